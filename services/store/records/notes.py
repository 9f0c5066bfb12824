"""What operators told the public, as it is kept: every note with all that was said, withdrawn ones too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update

from services.store.records.database import Database
from services.store.records.tables import status_notes as table
from services.store.records.ulid import is_ulid


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A note. Times are ms; ``title`` is ``{en, th}``.

    ``updates`` are ``{"at", "by", "state", "text": {en, th}}``, oldest first. ``changes`` counts what was
    done to it, ``withdrawn`` is when it was taken back. ``starts_at`` and ``ends_at`` are of planned work.
    """

    id: str
    created_at: int
    updated_at: int
    state: str
    title: Mapping[str, str]
    services: Sequence[str]
    domain: str | None
    incident: str | None
    starts_at: int | None
    ends_at: int | None
    updates: Sequence[Mapping[str, Any]]
    changes: int = 1
    withdrawn: int | None = None


_COLUMNS = tuple(column.name for column in fields(NoteRecord))


class NoteRecords:
    """The table of notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, record: NoteRecord) -> None:
        """Keep a new note."""
        await self._database.write(lambda c: c.execute(insert(table), _values(record)).close())

    async def change(self, record: NoteRecord) -> bool:
        """Keep the next version of a note. False: somebody else changed it first, and nothing is written."""
        mine = (table.c.id == record.id, table.c.changes == record.changes - 1)
        statement = update(table).where(*mine).values(_values(record))
        return await self._database.write(lambda c: c.execute(statement).rowcount == 1)

    async def get(self, note: str) -> NoteRecord | None:
        """The note of that id, withdrawn or not."""
        query = select(table).where(table.c.id == note)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def page(
        self, *, since: int | None = None, limit: int, cursor: str | None = None
    ) -> tuple[list[NoteRecord], str | None]:
        """Notes that were not withdrawn, the last changed first, and the cursor of the next page.

        ``since``: only those changed then or later (ms).

        Raises:
            ValueError: a cursor that is none of ours.
        """
        query = select(table).where(table.c.withdrawn.is_(None))
        if since is not None:
            query = query.where(table.c.updated_at >= since)
        if cursor is not None:
            at, note = _place(cursor)
            earlier = and_(table.c.updated_at == at, table.c.id < note)
            query = query.where(or_(table.c.updated_at < at, earlier))
        query = query.order_by(table.c.updated_at.desc(), table.c.id.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        last = found[limit - 1] if len(found) > limit else None
        return found[:limit], None if last is None else f"{last.updated_at}-{last.id}"


def _place(cursor: str) -> tuple[int, str]:
    at, _, note = cursor.partition("-")
    if not (at.isascii() and at.isdecimal() and len(at) < 16 and is_ulid(note)):
        raise ValueError("the cursor is not one that a list of notes gave out")
    return int(at), note


def _values(record: NoteRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _COLUMNS}


def _record(row: Row[Any]) -> NoteRecord:
    return NoteRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
