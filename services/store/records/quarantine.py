"""Refused readings, with the reason and the bytes they came as: kept, found, grouped, marked, let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, func, select, update

from services.store.records.database import Database, run_many
from services.store.records.quarantine_cause import Cause, cause_of, key_of
from services.store.records.quarantine_entry import (
    PAYLOAD_LIMIT,
    QuarantineEntry,
    Refused,
    first_of,
    refused_of,
    row_of,
)
from services.store.records.quarantine_filter import QuarantineFilter, select_where
from services.store.records.quarantine_groups import CauseGroup, Groups, groups
from services.store.records.tables import quarantine as table
from services.store.records.tables import quarantine_causes as causes
from services.store.records.tables import quarantine_payloads as payloads
from services.store.records.ulid import is_ulid, ulid

__all__ = [
    "PAYLOAD_LIMIT",
    "Cause",
    "CauseGroup",
    "QuarantineEntry",
    "QuarantineFilter",
    "QuarantineRecords",
    "Refused",
    "key_of",
]

PAYLOADS_LIMIT = 4 << 30
"""Bytes of payloads that are kept, unless told otherwise: entries are many, and some are large."""

SEARCHED = 200_000
"""Entries that one page looks through for words."""

_AT_ONCE = 500
_GO_AT_ONCE = 2_000
"""Rows that leave in one transaction: nobody who writes waits for more than these."""

_ALL = QuarantineFilter()

T = TypeVar("T")


class QuarantineRecords:
    """The tables of refused readings, bounded by :meth:`trim`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = asyncio.Lock()  # what nobody refers to goes only while nobody adds

    async def add(self, entries: Sequence[QuarantineEntry]) -> None:
        """Keep these, all or none; those that are kept already stay as they are."""
        if not entries:
            return
        rows, bodies, found = _rows(entries)
        statements = [
            (self._database.insert(kind).on_conflict_do_nothing(), data)
            for kind, data in ((causes, found), (payloads, bodies), (table, rows))
        ]

        def work(connection: Connection) -> None:
            for statement, data in statements:
                run_many(connection, statement, data)

        await self._change(work)

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        where: QuarantineFilter = _ALL,
        oldest_first: bool = False,
        shown: int | None = None,
    ) -> tuple[list[Refused], str | None]:
        """Entries, newest first unless said otherwise, at most ``limit``, and the cursor of the next page.

        ``shown`` is how many bytes of a payload are read and shown; None is all that is kept. Words are
        looked for in so many entries at a time (:data:`SEARCHED`): a page that is not the last may have
        fewer than ``limit``, or none.

        Raises:
            ValueError: the cursor is none of ours.
        """
        seek = _seek(cursor, oldest_first)
        kind = self._database.kind

        def work(connection: Connection) -> tuple[list[Refused], str | None]:
            query = select_where(seek, where, kind).limit(limit + 1)
            bound = _searched_to(connection, seek, where, kind) if where.words else None
            if bound is not None:
                query = query.where(table.c.id <= bound if oldest_first else table.c.id >= bound)
            ids = connection.execute(query).scalars().all()
            found = _read(connection, ids[:limit], shown)
            return found, ids[limit - 1] if len(ids) > limit else bound

        return await self._database.read(work)

    async def get(self, entry_id: str) -> Refused | None:
        """The entry, or None."""
        if not is_ulid(entry_id):
            return None
        found = await self._database.read(lambda c: _read(c, [entry_id], None))
        return found[0] if found else None

    async def causes(
        self, *, limit: int, after: tuple[int, int] | None = None, where: QuarantineFilter = _ALL
    ) -> Groups:
        """Entries by cause, the largest group first; ``after`` is the ``place`` of the last one shown."""
        kind = self._database.kind
        return await self._database.read(lambda c: groups(c, where, kind, limit, after))

    async def count(self, where: QuarantineFilter = _ALL, *, after: str | None = None) -> int:
        """How many entries are kept; with ``after``, of those newer than that."""
        query = select_where(
            select(func.count()).select_from(table), where, self._database.kind, by_cause=True
        )
        if after is not None:
            query = query.where(table.c.id > after)
        return await self._database.read(lambda c: c.execute(query).scalar_one())

    async def mark_replayed(self, ids: Sequence[str], at: int) -> None:
        """Note that these were accepted after all, at ``at`` (ms). The first time counts."""
        statement = (
            update(table)
            .where(table.c.id == bindparam("marked"), table.c.replayed.is_(None))
            .values(replayed=at)
        )
        rows = [{"marked": entry_id} for entry_id in ids]
        await self._database.write(lambda c: run_many(c, statement, rows))

    async def trim(self, *, max_count: int, older_than: int, max_bytes: int = PAYLOADS_LIMIT) -> int:
        """Let go of what was received before ``older_than`` (ms), and of the oldest beyond the bounds.

        ``max_bytes`` bounds the payloads that are kept. Answers how many entries went.
        """
        beyond = await self._database.read(lambda c: _beyond(c, max_count, max_bytes))
        bound = ulid(older_than, 0) if beyond is None else max(ulid(older_than, 0), beyond)
        gone = 0
        while went := await self._change(lambda c: _let_go(c, bound)):
            gone += went
        if gone:
            await self._change(_tidy)
        return gone

    async def _change(self, work: Callable[[Connection], T]) -> T:
        async with self._changing:
            return await self._database.write(work)


def _rows(
    entries: Sequence[QuarantineEntry],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of entries, of the payloads they share, and of their causes."""
    rows, bodies, found = [], {}, {}
    for entry in entries:
        row = row_of(entry)
        if (key := row["cause"]) not in found:
            cause = cause_of(row["code"], row["path"], row["contract"], row["expected"])
            found[key] = _cause_row(cause)
        if row["message"] not in bodies:
            bodies[row["message"]] = {"id": row["message"], "payload": entry.payload[:PAYLOAD_LIMIT]}
        rows.append(row)
    return rows, list(bodies.values()), list(found.values())


def _cause_row(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.key,
        "code": cause.code,
        "path": cause.path,
        "contract": cause.contract,
        "expected": cause.expected,
    }


def _seek(cursor: str | None, oldest_first: bool) -> Select[tuple[str]]:
    """The ids of all entries after a cursor, in order."""
    query = select(table.c.id).order_by(table.c.id.asc() if oldest_first else table.c.id.desc())
    if cursor is None:
        return query
    if not is_ulid(cursor):
        raise ValueError("the cursor is not one that a list of the quarantine gave out")
    return query.where(table.c.id > cursor if oldest_first else table.c.id < cursor)


def _searched_to(
    connection: Connection, seek: Select[tuple[str]], where: QuarantineFilter, kind: str
) -> str | None:
    """The last of the entries that one page looks through for words; None when that is all of them."""
    query = select_where(seek, replace(where, words=()), kind).offset(SEARCHED - 1).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _read(connection: Connection, ids: Sequence[str], shown: int | None) -> list[Refused]:
    """The entries of these ids, in that order; payloads that several share are read once."""
    rows: dict[str, Row[Any]] = {}
    bodies: dict[str, bytes] = {}
    kept = payloads.c.payload
    content = (kept if shown is None else func.substr(kept, 1, shown)).label("payload")
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        found = connection.execute(select(table).where(table.c.id.in_(part))).all()
        rows |= {row.id: row for row in found}
        messages = {row.message for row in found} - bodies.keys()
        query = select(payloads.c.id, content).where(payloads.c.id.in_(messages))
        bodies |= {row.id: row.payload for row in connection.execute(query)}
    return [
        refused_of(row, bodies.get(row.message), shown=shown) for row in map(rows.get, ids) if row is not None
    ]


def _beyond(connection: Connection, max_count: int, max_bytes: int) -> str | None:
    """The oldest entry that may stay; None when all may."""
    if max_count == 0:
        return "Z"
    newest_first = select(table.c.id).order_by(table.c.id.desc())
    last = connection.execute(newest_first.offset(max_count - 1).limit(2)).scalars().all()
    bounds = [last[0]] if len(last) > 1 else []
    size = func.length(payloads.c.payload)
    kept = connection.execute(select(func.sum(size))).scalar_one() or 0
    if kept > max_bytes:
        running = select(
            payloads.c.id, func.sum(size).over(order_by=payloads.c.id.desc()).label("total")
        ).subquery()
        stays = select(func.min(running.c.id)).where(running.c.total <= max_bytes)
        bounds.append(connection.execute(stays).scalar_one() or "Z")
    return max(bounds, default=None)


def _let_go(connection: Connection, bound: str) -> int:
    """Let the oldest entries below ``bound`` go, not too many at once."""
    oldest = select(table.c.id).where(table.c.id < bound).order_by(table.c.id).limit(_GO_AT_ONCE)
    gone = connection.execute(delete(table).where(table.c.id.in_(oldest))).rowcount
    first = connection.execute(select(func.min(table.c.id))).scalar_one()
    unused = delete(payloads) if first is None else delete(payloads).where(payloads.c.id < first_of(first))
    connection.execute(unused)
    return gone


def _tidy(connection: Connection) -> None:
    """Causes of which no entry is left go too."""
    used = exists().where(table.c.cause == causes.c.id)
    connection.execute(delete(causes).where(~used))
