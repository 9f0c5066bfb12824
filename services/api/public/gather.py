"""What the public page shows, gathered from the ports, with all that is not for everybody left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from devices.model import DOMAIN_TITLES, City, Domain, Text
from services.api.deps import ApiDeps
from services.api.parameters import parse_moment
from services.api.public.model import (
    DEGRADED,
    MAINTENANCE,
    OPERATIONAL,
    OUTAGE,
    PLANNED,
    RESOLVED,
    STATUSES,
    UNKNOWN,
    Day,
    Note,
    NoteUpdate,
    PublicDomain,
    PublicService,
    Snapshot,
    Turn,
    Work,
)
from services.api.public.reasons import domain_reason, public_reason
from services.api.public.turning import turns
from services.runtime.ports import NotFoundError
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

DAYS = 90
MOST_BARS = 30
"""Services up to which each has its 90 days on the page: with more it would be longer than anybody reads."""

MOST_SERVICES = 120
"""Services that are shown at most; the others are counted."""

_FEW = 5
_BY_BADNESS = (OUTAGE, DEGRADED, UNKNOWN, MAINTENANCE, OPERATIONAL)

MOST_NOTES = 100
MOST_WORK = 20
MOST_TURNS = 100
_MOST_CHANGES = 2_000
_DAY = 86_400_000
RECENT = 14 * _DAY
"""How far back (ms) notes that are over, and turns of services, are told; and how far ahead planned work."""

STARTING = 600_000
"""For so long (ms) after its start Nakhon may say that it began a moment ago."""

Past = Mapping[str, tuple[Day, ...]]


def domains(deps: ApiDeps, past: Past, zone: ZoneInfo) -> tuple[PublicDomain, ...]:
    """The seven domains and their services as they are now."""
    documents = list(deps.status.domains())
    zones = {one.id: one.name for one in deps.city.zones.values()}
    room = MOST_SERVICES
    found = []
    for document in documents:
        few = _shown(document["services"], room)
        shown = [_service(one, document["domain"], zones, zone, past) for one in few]
        room -= len(shown)
        found.append(_domain(document, shown))
    return tuple(found)


def _shown(services: Sequence[Mapping[str, Any]], room: int) -> Sequence[Mapping[str, Any]]:
    """As many services as there is room for, a few in any case; the worst before the others then."""
    if len(services) <= room:
        return services
    return sorted(services, key=lambda one: _BY_BADNESS.index(_status(one["status"])))[: max(room, _FEW)]


def _domain(document: Mapping[str, Any], shown: Sequence[PublicService]) -> PublicDomain:
    status, services = _status(document["status"]), document["services"]
    return PublicDomain(
        id=document["domain"],
        title=_text(document["title"]),
        status=status,
        since=parse_moment(document["since"]),
        reason=domain_reason(status, [(_status(one["status"]), _text(one["name"])) for one in services]),
        services=tuple(shown),
        others=_others(services, shown),
    )


def _others(services: Sequence[Mapping[str, Any]], shown: Sequence[PublicService]) -> Mapping[str, int]:
    """How many services there are beyond those shown, by status."""
    every = Counter(_status(one["status"]) for one in services)
    return every - Counter(one.status for one in shown)


def _service(
    document: Mapping[str, Any], domain: str, zones: Mapping[str, Text], timezone: ZoneInfo, past: Past
) -> PublicService:
    return PublicService(
        id=document["id"],
        name=_text(document["name"]),
        domain=domain,
        status=_status(document["status"]),
        since=parse_moment(document["since"]),
        reason=public_reason(document, zones, timezone),
        days=past.get(document["id"]),
    )


async def past_of(deps: ApiDeps, now: int) -> Past | None:
    """The last 90 days of each service, when they are few enough to be drawn; None: it can't be told."""
    services = list(deps.city.services)
    if deps.history is None:
        return None
    if len(services) > MOST_BARS:
        return {}
    found = {}
    try:
        for service in services:
            days = await deps.history.uptime("service", service, days=DAYS, end=now)
            found[service] = tuple(Day(one["day"], dict(one["seconds"])) for one in days)
    except (StoreError, NotFoundError) as error:
        log.warning("the public page does without the past", reason=str(error))
        return None
    return found


async def turns_of(deps: ApiDeps, now: int) -> tuple[Turn, ...] | None:
    """The turns of services within the last two weeks, newest first; None: they can't be told."""
    if deps.history is None:
        return None
    names = {one.id: one.name for one in deps.city.services.values()}
    try:
        found = await deps.history.changes(
            "service", list(names), start=now - RECENT, end=now + 1, limit=_MOST_CHANGES, cursor=None
        )
    except (StoreError, NotFoundError) as error:
        log.warning("the public feed does without the past", reason=str(error))
        return None
    return tuple(turns(found.items, names)[:MOST_TURNS])


async def notes_of(deps: ApiDeps, now: int) -> tuple[Note, ...] | None:
    """What operators tell: all that goes on or is planned, and what was over within two weeks."""
    if deps.notes is None:
        return ()
    try:
        page = await deps.notes.notes(since=None, limit=MOST_NOTES, cursor=None)
    except StoreError as error:
        log.warning("the public page does without its notes", reason=str(error))
        return None
    notes = (_note(document, deps.city) for document in page.items if not document.get("withdrawn_at"))
    return tuple(note for note in notes if not is_over(note, now) or _ended(note) >= now - RECENT)


def is_over(note: Note, now: int) -> bool:
    """Whether a note is among the past ones."""
    if note.state == PLANNED:
        return note.ends is not None and note.ends <= now
    return note.state == RESOLVED


def _ended(note: Note) -> int:
    """When a note that is over was so."""
    return note.updated if note.state == RESOLVED or note.ends is None else max(note.updated, note.ends)


def _note(document: Mapping[str, Any], city: City) -> Note:
    """A note without who wrote it and which incident it goes with."""
    updates = [
        NoteUpdate(parse_moment(one["at"]), one["state"], _text(one["text"])) for one in document["updates"]
    ]
    return Note(
        id=document["id"],
        state=document["state"],
        title=_text(document["title"]),
        subjects=_names(city, document["services"]) or _title(document["domain"]),
        created=parse_moment(document["created_at"]),
        updated=parse_moment(document["updated_at"]),
        starts=_moment(document.get("starts_at")),
        ends=_moment(document.get("ends_at")),
        updates=tuple(reversed(updates)),
    )


async def work_of(deps: ApiDeps, now: int) -> tuple[Work, ...]:
    """Planned work on services within the next two weeks, the next first.

    The city's own file has titles that are for everybody. Of what operators plan only services and times are
    told, and nothing where it is about single devices or zones.
    """
    found = [*_of_the_city(deps.city, now), *await _of_operators(deps, now)]
    return tuple(sorted(found, key=lambda work: (work.start, work.end))[:MOST_WORK])


def _of_the_city(city: City, now: int) -> Iterable[Work]:
    for service in city.services.values():
        for work in service.maintenance:
            for start, end in work.windows.upcoming(now, 2):
                if start < now + RECENT:
                    yield Work(work.title, (service.name,), start, end)


async def _of_operators(deps: ApiDeps, now: int) -> list[Work]:
    if deps.maintenance is None:
        return []
    try:
        page = await deps.maintenance.maintenance(
            filters={"origin": ["added"]}, limit=MOST_NOTES, cursor=None
        )
    except StoreError as error:
        log.warning("the public page does without planned work", reason=str(error))
        return []
    found = []
    for document in page.items:
        matcher = document["matcher"]
        names = _names(deps.city, matcher.get("services") or ())
        if not names or any(matcher.get(part) for part in ("devices", "labels", "rules")):
            continue
        for window in document["next"][:2]:
            start, end = parse_moment(window["start"]), parse_moment(window["end"])
            if now < end and start < now + RECENT:
                found.append(Work(None, names, start, end))
    return found


def snapshot(
    deps: ApiDeps,
    now: int,
    zone: ZoneInfo,
    *,
    started: int,
    past: Past | None,
    turned: tuple[Turn, ...] | None,
    notes: tuple[Note, ...] | None,
    work: tuple[Work, ...],
) -> Snapshot:
    """All of it together, as of now. ``zone`` is the city's time."""
    found = Snapshot(
        city=deps.city.id,
        name=deps.city.name,
        timezone=deps.city.timezone,
        at=now,
        domains=domains(deps, past or {}, zone),
        current=tuple(note for note in notes or () if not is_over(note, now)),
        past=tuple(note for note in notes or () if is_over(note, now)),
        work=work,
        turns=turned or (),
        past_known=past is not None,
        notes_known=notes is not None,
    )
    counts = found.counts()
    nothing_heard = counts[UNKNOWN] == sum(counts.values())
    return replace(found, starting=nothing_heard and now - started < STARTING)


def _status(name: str) -> str:
    return name if name in STATUSES else UNKNOWN


def _names(city: City, services: Iterable[str]) -> tuple[Text, ...]:
    return tuple(city.services[name].name for name in services if name in city.services)


def _title(domain: str | None) -> tuple[Text, ...]:
    return () if domain is None else (DOMAIN_TITLES[Domain(domain)],)


def _moment(time: str | None) -> int | None:
    return None if time is None else parse_moment(time)


def _text(text: Mapping[str, str]) -> Text:
    return Text(text["en"], text["th"])
