"""Notes: what operators tell the public on the status page, and how it went on.

Whatever stands in a note, who wrote it apart, is read by everybody. So it is written for that, in both
languages, and nothing gets into it by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from devices.documents import suggestion
from devices.model import City, Domain
from services.bus.protocol import Bus, NoteChanged
from services.runtime.clock import Clock, optional_rfc3339, rfc3339
from services.runtime.ports import ConflictError, InvalidError, NotFoundError, Page
from services.store.records.notes import NoteRecord, NoteRecords
from services.store.records.ulid import ulid

STATES = ("investigating", "identified", "monitoring", "resolved", "planned")
LANGUAGES = ("en", "th")
LONGEST_TITLE = 200
LONGEST_TEXT = 4_000
MOST_SERVICES = 100
MOST_UPDATES = 200
LONGEST_INCIDENT = 64
_BITS = 80


class NotesService:
    """:class:`services.runtime.statusports.NotesPort` over the records database."""

    def __init__(self, city: City, records: NoteRecords, bus: Bus, clock: Clock) -> None:
        self._city = city
        self._records = records
        self._bus = bus
        self._clock = clock

    async def notes(self, *, since: int | None, limit: int, cursor: str | None) -> Page:
        """Notes, the last changed first."""
        found, following = await self._records.page(since=since, limit=limit, cursor=cursor)
        return Page([note_document(record) for record in found], following)

    async def note(self, note_id: str) -> Mapping[str, Any]:
        """One note."""
        return note_document(await self._record(note_id))

    async def add_note(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Tell something new."""
        now = self._clock.now()
        record = added(self._city, body, by=by, now=now, rest=secrets.randbits(_BITS))
        await self._records.add(record)
        return self._told(record)

    async def update_note(
        self, note_id: str, body: Mapping[str, Any], *, by: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Tell how it went on."""
        before = await self._standing(note_id, number)
        return await self._change(updated(self._city, before, body, by=by, now=self._clock.now()))

    async def withdraw_note(self, note_id: str, *, by: str, number: int | None = None) -> Mapping[str, Any]:
        """Take it off the page."""
        before = await self._standing(note_id, number)
        return await self._change(withdrawn(before, by=by, now=self._clock.now()))

    async def _record(self, note_id: str) -> NoteRecord:
        found = await self._records.get(note_id)
        if found is None:
            raise NotFoundError(f"no note {note_id}")
        return found

    async def _standing(self, note_id: str, number: int | None) -> NoteRecord:
        """A note that still stands, as whoever changes it saw it."""
        record = await self._record(note_id)
        if record.withdrawn is not None:
            raise ConflictError(
                f"note {note_id} was withdrawn by {_last_by(record)} at {rfc3339(record.withdrawn)}; "
                "write a new one instead"
            )
        if number is not None and number != record.changes:
            raise _changed_first(record)
        return record

    async def _change(self, record: NoteRecord) -> Mapping[str, Any]:
        if not await self._records.change(record):
            raise _changed_first(await self._record(record.id))
        return self._told(record)

    def _told(self, record: NoteRecord) -> Mapping[str, Any]:
        document = note_document(record)
        self._bus.publish(NoteChanged(document))
        return document


def added(city: City, body: Mapping[str, Any], *, by: str, now: int, rest: int) -> NoteRecord:
    """A new note. ``rest`` are 80 bits that tell it from others of the same moment.

    Raises:
        InvalidError: all that is wrong with it.
    """
    refuse(mistakes(city, body, ("state", "title", "text")))
    return NoteRecord(
        id=ulid(now, rest),
        created_at=now,
        updated_at=now,
        state=body["state"],
        title=_text(body["title"]),
        services=list(dict.fromkeys(body.get("services") or ())),
        domain=body.get("domain"),
        incident=body.get("incident"),
        starts_at=body.get("starts_at"),
        ends_at=body.get("ends_at"),
        updates=[_update(body, by, now)],
    )


def updated(city: City, record: NoteRecord, body: Mapping[str, Any], *, by: str, now: int) -> NoteRecord:
    """A note with one more update; what else ``body`` names stands in place of what was said before.

    Raises:
        InvalidError: all that is wrong with it.
    """
    kept = {name: getattr(record, name) for name in _REPLACED} | _given(body)
    refuse(mistakes(city, {**kept, "state": body.get("state"), "text": body.get("text")}, ("state", "text")))
    if len(record.updates) >= MOST_UPDATES:
        raise InvalidError.at("text", f"the note has {MOST_UPDATES} updates; write a new one")
    now = max(now, record.updated_at)
    return replace(
        record,
        **{name: kept[name] for name in ("domain", "incident", "starts_at", "ends_at")},
        title=_text(kept["title"]),
        services=list(dict.fromkeys(kept["services"])),
        state=body["state"],
        updated_at=now,
        updates=[*record.updates, _update(body, by, now)],
        changes=record.changes + 1,
    )


def withdrawn(record: NoteRecord, *, by: str, now: int) -> NoteRecord:
    """A note that is on no page any more."""
    last = {"at": now, "by": by, "state": "withdrawn", "text": None}
    return replace(
        record,
        updated_at=max(now, record.updated_at),
        withdrawn=now,
        updates=[*record.updates, last],
        changes=record.changes + 1,
    )


def note_document(record: NoteRecord) -> dict[str, Any]:
    """A note as the API tells it: ``by``, here and in its updates, is not for the public."""
    return {
        "id": record.id,
        "number": record.changes,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "state": record.state,
        "title": dict(record.title),
        "services": list(record.services),
        "domain": record.domain,
        "incident": record.incident,
        "starts_at": optional_rfc3339(record.starts_at),
        "ends_at": optional_rfc3339(record.ends_at),
        "updates": [
            {"at": rfc3339(one["at"]), "state": one["state"], "text": one["text"], "by": one["by"]}
            for one in record.updates
            if one["text"] is not None
        ],
        "by": record.updates[0]["by"],
        "withdrawn_at": optional_rfc3339(record.withdrawn),
    }


_REPLACED = ("title", "services", "domain", "incident", "starts_at", "ends_at")
_Mistake = Mapping[str, str | None]


def refuse(found: Sequence[_Mistake]) -> None:
    """Raise all mistakes together, if there are any."""
    if found:
        raise InvalidError(found)


def mistakes(city: City, body: Mapping[str, Any], needed: Sequence[str]) -> list[_Mistake]:
    """All that is wrong with a note: ``{"path", "message", "allowed"}`` each."""
    found = [_mistake(name, "is missing") for name in needed if body.get(name) in (None, "", {})]
    if (state := body.get("state")) is not None and state not in STATES:
        found.append(_mistake("state", "is no state of a note", ", ".join(STATES)))
    for name, longest in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT)):
        found += _in_both_languages(name, body.get(name), longest)
    found += _known_services(city, body.get("services") or ())
    domain = body.get("domain")
    if domain is not None and domain not in set(Domain):
        found.append(_mistake("domain", "is no domain", ", ".join(Domain)))
    incident = body.get("incident")
    if incident is not None and not 0 < len(incident) <= LONGEST_INCIDENT:
        found.append(_mistake("incident", "must be the id of an incident"))
    return found + _times(body)


def _in_both_languages(name: str, text: Mapping[str, str] | None, longest: int) -> list[_Mistake]:
    found = []
    for language in LANGUAGES if text else ():
        said = str((text or {}).get(language) or "").strip()
        if not said:
            found.append(_mistake(f"{name}.{language}", "is missing: the public page has both languages"))
        elif len(said) > longest:
            found.append(_mistake(f"{name}.{language}", "is too long", f"{longest} characters"))
    return found


def _known_services(city: City, services: Sequence[str]) -> list[_Mistake]:
    if len(services) > MOST_SERVICES:
        return [_mistake("services", "are too many", f"{MOST_SERVICES} at most")]
    return [
        _mistake(
            f"services[{place}]", f"{name!r} is no service of this city" + suggestion(name, city.services)
        )
        for place, name in enumerate(services)
        if name not in city.services
    ]


def _times(body: Mapping[str, Any]) -> list[_Mistake]:
    start, end = body.get("starts_at"), body.get("ends_at")
    if end is not None and start is None:
        return [_mistake("starts_at", "is missing: work that ends begins at some time")]
    if start is not None and end is not None and end <= start:
        return [_mistake("ends_at", "must lie after starts_at")]
    return []


def _mistake(path: str, message: str, allowed: str | None = None) -> _Mistake:
    return {"path": path, "message": message, "allowed": allowed}


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _REPLACED if body.get(name) is not None}


def _text(text: Mapping[str, str]) -> dict[str, str]:
    return {language: text[language].strip() for language in LANGUAGES}


def _update(body: Mapping[str, Any], by: str, now: int) -> dict[str, Any]:
    return {"at": now, "by": by, "state": body["state"], "text": _text(body["text"])}


def _last_by(record: NoteRecord) -> str:
    return str(record.updates[-1]["by"])


def _changed_first(record: NoteRecord) -> ConflictError:
    what = "changed" if record.withdrawn is None else "withdrawn"
    at = rfc3339(record.updated_at)
    return ConflictError(f"note {record.id} was {what} by {_last_by(record)} at {at}; look at it again")
