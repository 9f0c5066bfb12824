"""Silences as they are kept: all of them, those that are over too.

What is written goes with what it does to the alerts: each change is a function of the transaction's
connection (:attr:`~services.store.records.alerts.Changes.also`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError
from services.store.records.database import Database
from services.store.records.tables import silences as table
from services.store.records.ulid import is_ulid

Write = Callable[[Connection], None]

STATES = ("pending", "active", "expired")


@dataclass(frozen=True, slots=True)
class SilenceRecord:
    """Nobody is told of the alerts that match, from ``starts_at`` to before ``ends_at`` (ms).

    ``matcher`` is JSON-ready. ``ended_by`` is who ended it before its time, ``replaces`` the silence in whose
    place this one came. ``changes`` counts what was done to it; the last was ``changed_by`` ``changed_at``.
    """

    id: str
    matcher: Mapping[str, Any]
    starts_at: int
    ends_at: int
    reason: str
    created_by: str
    created_at: int
    ended_by: str | None = None
    replaces: str | None = None
    changes: int = 1
    changed_by: str | None = None
    changed_at: int | None = None

    def state(self, now: int) -> str:
        """One of :data:`STATES`: its start belongs to it, its end does not."""
        if now >= self.ends_at:
            return "expired"
        return "active" if now >= self.starts_at else "pending"


_COLUMNS = tuple(column.name for column in fields(SilenceRecord))


def adding_silence(record: SilenceRecord) -> Write:
    """What writes a new silence."""

    def write(connection: Connection) -> None:
        connection.execute(insert(table), _values(record))

    return write


def changing_silence(record: SilenceRecord) -> Write:
    """What writes the next version of a silence.

    Raises (when it writes):
        ConflictError: somebody else changed or ended it first; the text says who, and when.
    """

    def write(connection: Connection) -> None:
        mine = (table.c.id == record.id, table.c.changes == record.changes - 1)
        if connection.execute(update(table).where(*mine).values(_values(record))).rowcount == 0:
            row = connection.execute(select(table).where(table.c.id == record.id)).one()
            raise ConflictError(changed_first(_record(row)))

    return write


def changed_first(record: SilenceRecord) -> str:
    """Who has changed a silence, for whoever comes second."""
    what = "changed" if record.ended_by is None else "ended"
    at = record.created_at if record.changed_at is None else record.changed_at
    who = record.changed_by or record.created_by
    return f"silence {record.id} was {what} by {who} at {rfc3339(at)}; look at it again"


class SilenceRecords:
    """The table of silences."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, silence: str) -> SilenceRecord | None:
        """The silence of that id."""
        query = select(table).where(table.c.id == silence)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def live(self, now: int) -> list[SilenceRecord]:
        """Those that are not over, oldest first."""
        query = select(table).where(table.c.ends_at > now).order_by(table.c.id)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def page(
        self, states: Collection[str] = (), *, now: int, limit: int, cursor: str | None = None
    ) -> tuple[list[SilenceRecord], str | None]:
        """Silences in any of these states, or all, newest first, and the cursor of the next page.

        Raises:
            ValueError: an unknown state, or a cursor that is none of ours.
        """
        query = select(table).where(or_(*_conditions(states, now))) if states else select(table)
        if cursor is not None:
            if not is_ulid(cursor):
                raise ValueError("the cursor is not one that a list of silences gave out")
            query = query.where(table.c.id < cursor)
        query = query.order_by(table.c.id.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None


def _conditions(states: Collection[str], now: int) -> list[ColumnElement[bool]]:
    unknown = set(states) - set(STATES)
    if unknown:
        raise ValueError(f"state can't be {', '.join(sorted(unknown))} (allowed: {', '.join(STATES)})")
    of = {
        "pending": (table.c.starts_at > now) & (table.c.ends_at > now),
        "active": (table.c.starts_at <= now) & (table.c.ends_at > now),
        "expired": table.c.ends_at <= now,
    }
    return [of[state] for state in states]


def _values(record: SilenceRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _COLUMNS}


def _record(row: Row[Any]) -> SilenceRecord:
    return SilenceRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
