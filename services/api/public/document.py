"""``/status.json``: the public page as data. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from devices.model import Text
from services.api.public.model import Note, PublicDomain, PublicService, Snapshot, Uptime, Work
from services.runtime.clock import optional_rfc3339, rfc3339

_MINUTE = 60_000


def document(snapshot: Snapshot) -> dict[str, Any]:
    """All that the page shows, in both languages."""
    return {
        "city": {"id": snapshot.city, "name": snapshot.name.as_dict(), "timezone": snapshot.timezone},
        "updated_at": rfc3339(snapshot.at - snapshot.at % _MINUTE),
        "starting": snapshot.starting,
        "counts": dict(snapshot.counts()),
        "domains": [_domain(domain) for domain in snapshot.domains],
        "notes": [_note(note) for note in snapshot.current],
        "past_notes": [_note(note) for note in snapshot.past],
        "planned": [_work(work) for work in snapshot.work],
    }


def _domain(domain: PublicDomain) -> dict[str, Any]:
    return {
        "domain": domain.id,
        "title": domain.title.as_dict(),
        "status": domain.status,
        "since": rfc3339(domain.since),
        "reason": domain.reason.as_dict(),
        "services": [_service(service) for service in domain.services],
        "others": dict(domain.others),
    }


def _service(service: PublicService) -> dict[str, Any]:
    uptime = None if service.days is None else Uptime.of(service.days)
    return {
        "id": service.id,
        "name": service.name.as_dict(),
        "status": service.status,
        "since": rfc3339(service.since),
        "reason": service.reason.as_dict(),
        "uptime": None
        if uptime is None
        else {
            "share": None if uptime.share is None else round(uptime.share, 6),
            "days_known": round(uptime.days, 2),
        },
        "days": None
        if service.days is None
        else [{"day": day.date, "shown": day.shown, "seconds": dict(day.seconds)} for day in service.days],
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "state": note.state,
        "title": note.title.as_dict(),
        "services": _texts(note.subjects),
        "created_at": rfc3339(note.created),
        "updated_at": rfc3339(note.updated),
        "starts_at": optional_rfc3339(note.starts),
        "ends_at": optional_rfc3339(note.ends),
        "updates": [
            {"at": rfc3339(one.at), "state": one.state, "text": one.text.as_dict()} for one in note.updates
        ],
    }


def _work(work: Work) -> dict[str, Any]:
    return {
        "title": None if work.title is None else work.title.as_dict(),
        "services": _texts(work.subjects),
        "start": rfc3339(work.start),
        "end": rfc3339(work.end),
    }


def _texts(texts: Iterable[Text]) -> list[dict[str, str]]:
    return [text.as_dict() for text in texts]
