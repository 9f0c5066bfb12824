"""What statuses stood on and no other record tells: when Nakhon was deaf, what was registered and such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select, tuple_

from services.store.records.database import Database, run_many
from services.store.records.tables import status_facts as table

MOST_TRIMMED = 5_000
"""Rows that one call of :meth:`StatusFactRecords.trim` deletes at most."""


@dataclass(frozen=True, slots=True)
class StatusFactRecord:
    """Something that is so from ``at`` (ms) on, of a ``subject``, until a later one of the same kind.

    ``value`` is JSON-ready: the state after it. ``seq`` is given by the table.
    """

    at: int
    kind: str
    subject: str
    value: Any
    seq: int = 0


_COLUMNS = tuple(column.name for column in fields(StatusFactRecord) if column.name != "seq")


class StatusFactRecords:
    """The table of facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, facts: Iterable[StatusFactRecord]) -> None:
        """Write facts, all or none, in the order in which they are given."""
        rows = [{name: getattr(fact, name) for name in _COLUMNS} for fact in facts]
        await self._database.write(lambda c: run_many(c, insert(table), rows))

    async def span(
        self, kinds: Sequence[str], *, start: int, end: int, after: tuple[int, int] | None = None, limit: int
    ) -> list[StatusFactRecord]:
        """Facts of these kinds from ``start`` to before ``end`` (ms), oldest first, at most ``limit``.

        ``after`` is the ``(at, seq)`` of the last one that was read, for those that follow it.
        """
        query = select(table).where(table.c.kind.in_(list(kinds)), table.c.at >= start, table.c.at < end)
        if after is not None:
            query = query.where(tuple_(table.c.at, table.c.seq) > tuple_(*after))
        query = query.order_by(table.c.at, table.c.seq).limit(limit)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def held(self, kinds: Sequence[str], at: int) -> list[StatusFactRecord]:
        """What was so just before ``at`` (ms): the last fact of each kind and subject, by when it was."""
        return await self._database.read(lambda c: _held(c, kinds, at))

    async def last(self, kind: str) -> StatusFactRecord | None:
        """The newest fact of a kind."""
        query = select(table).where(table.c.kind == kind).order_by(table.c.at.desc(), table.c.seq.desc())
        row = await self._database.read(lambda c: c.execute(query.limit(1)).one_or_none())
        return None if row is None else _record(row)

    async def trim(self, older_than: int, *, limit: int = MOST_TRIMMED) -> int:
        """Forget facts before ``older_than`` (ms), at most ``limit``; answers how many.

        The last one of each kind and subject before it stays: it tells what was so from then on.
        """
        later = table.alias("later")
        passed = select(later.c.seq).where(
            later.c.kind == table.c.kind,
            later.c.subject == table.c.subject,
            later.c.at < older_than,
            tuple_(later.c.at, later.c.seq) > tuple_(table.c.at, table.c.seq),
        )
        gone = select(table.c.seq).where(table.c.at < older_than, passed.exists())
        gone = gone.order_by(table.c.at).limit(limit)
        statement = delete(table).where(table.c.seq.in_(gone))
        return await self._database.write(lambda c: int(c.execute(statement).rowcount))


def _held(connection: Connection, kinds: Sequence[str], at: int) -> list[StatusFactRecord]:
    newest = _newest(kinds, at).subquery()
    same = and_(table.c.kind == newest.c.kind, table.c.subject == newest.c.subject, table.c.at == newest.c.at)
    found: dict[tuple[str, str], StatusFactRecord] = {}
    for row in connection.execute(select(table).join(newest, same).order_by(table.c.at, table.c.seq)):
        found.pop((row.kind, row.subject), None)  # of several at one moment the last one counts
        found[row.kind, row.subject] = _record(row)
    return list(found.values())


def _newest(kinds: Sequence[str], at: int) -> Select[Any]:
    query = select(table.c.kind, table.c.subject, func.max(table.c.at).label("at"))
    query = query.where(table.c.kind.in_(list(kinds)), table.c.at < at)
    return query.group_by(table.c.kind, table.c.subject)


def _record(row: Row[Any]) -> StatusFactRecord:
    return StatusFactRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
