"""Statuses as they changed: what is so by now, and what was told before late data came.

A change holds from its moment until the next one of the same subject. One that a recomputation found
otherwise is never thrown away: it is marked with when it was superseded, and what took its place is marked as
revised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from services.store.records.database import Database, run_many
from services.store.records.historydata import Named, Revision, StatusChangeRecord, StatusStep
from services.store.records.tables import status_changes as table

__all__ = ["Named", "Revision", "StatusChangeRecord", "StatusHistoryRecords", "StatusStep"]

MOST_TRIMMED = 5_000
"""Rows that one call of :meth:`StatusHistoryRecords.trim` deletes at most."""

_CHUNK = 500


_COLUMNS = tuple(column.name for column in fields(StatusChangeRecord) if column.name != "seq")
_LEAN = (table.c.kind, table.c.subject, table.c.at, table.c.status, table.c.counted, table.c.rule)
_STANDS = table.c.superseded.is_(None)


class StatusHistoryRecords:
    """The table of changes. ``recorded`` and ``revised`` of what is handed in are set here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, changes: Iterable[StatusChangeRecord], *, recorded: int) -> None:
        """Write what was told, all or none, as of ``recorded`` (ms)."""
        rows = [{**_row(change), "recorded": recorded, "revised": False} for change in changes]
        await self._database.write(lambda c: run_many(c, insert(table), rows))

    async def page(
        self,
        named: Sequence[Named],
        *,
        start: int,
        end: int,
        limit: int,
        cursor: str | None = None,
        superseded: bool = False,
    ) -> tuple[list[tuple[StatusChangeRecord, int | None]], str | None]:
        """Changes of these from ``start`` to before ``end`` (ms), newest first, and the next page's cursor.

        With each comes until when it held, as it is known by now: None while it does, and of what is
        superseded. That is left out unless it is asked for.

        Raises:
            ValueError: a cursor that is none of ours.
        """
        query = select(table, _until()).where(_any_of(named), table.c.at >= start, table.c.at < end)
        if not superseded:
            query = query.where(_STANDS)
        if cursor is not None:
            query = query.where(tuple_(table.c.at, table.c.seq) < _position(cursor))
        query = query.order_by(table.c.at.desc(), table.c.seq.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_record_until(row) for row in c.execute(query)])
        last = found[limit - 1][0] if len(found) > limit else None
        return found[:limit], None if last is None else f"{last.at}-{last.seq}"

    async def span(self, kind: str, subject: str, *, start: int, end: int) -> list[StatusChangeRecord]:
        """What stands of one subject from ``start`` to before ``end`` (ms), oldest first.

        Before it comes the change that held at ``start``, if there was one.
        """
        named = [Named(kind, subject)]
        query = select(table).where(_any_of(named), _STANDS, table.c.at >= start, table.c.at < end)
        query = query.order_by(table.c.at, table.c.seq)

        def work(connection: Connection) -> list[StatusChangeRecord]:
            return [*_held(named, start, connection), *map(_record, connection.execute(query))]

        return _without_passed(await self._database.read(work), start)

    async def steps(
        self, kind: str, subjects: Sequence[str], *, start: int, end: int
    ) -> dict[str, list[StatusStep]]:
        """As :meth:`span`, of many subjects and without evidence and texts; of none without a change."""
        found: dict[str, list[StatusStep]] = {}
        for number in range(0, len(subjects), _CHUNK):
            few = [Named(kind, subject) for subject in subjects[number : number + _CHUNK]]
            for subject, step in await self._database.read(partial(_steps, few, start, end)):
                steps = found.setdefault(subject, [])
                if step.at <= start:
                    steps.clear()
                steps.append(step)
        return found

    async def within(self, named: Sequence[Named], *, start: int, end: int) -> list[StatusChangeRecord]:
        """What stands of all these from ``start`` to before ``end`` (ms), oldest first."""
        found: list[StatusChangeRecord] = []
        for number in range(0, len(named), _CHUNK):
            few = named[number : number + _CHUNK]
            query = select(table).where(_any_of(few), _STANDS, table.c.at >= start, table.c.at < end)
            found += await self._database.read(partial(_records, query))
        return sorted(found, key=_position_of)

    async def held(self, named: Sequence[Named], at: int) -> dict[Named, StatusChangeRecord]:
        """The change that held just before ``at`` (ms) of each that had one."""
        found: dict[Named, StatusChangeRecord] = {}
        for number in range(0, len(named), _CHUNK):
            few = named[number : number + _CHUNK]
            for record in await self._database.read(partial(_held, few, at)):
                found[record.named] = record
        return found

    async def first(self, named: Sequence[Named]) -> dict[Named, int]:
        """Since when (ms) anything is recorded of each of which something is."""
        found: dict[Named, int] = {}
        for number in range(0, len(named), _CHUNK):
            found |= await self._database.read(partial(_first, named[number : number + _CHUNK]))
        return found

    async def after(
        self, at: int, *, following: tuple[int, int] | None = None, limit: int
    ) -> list[StatusChangeRecord]:
        """What stands of all that was told of moments after ``at`` (ms), oldest first, at most ``limit``.

        ``following`` is the ``(at, seq)`` of the last one that was read, for those that come after it.
        """
        query = select(table).where(_STANDS, table.c.at > at)
        if following is not None:
            query = query.where(tuple_(table.c.at, table.c.seq) > tuple_(*following))
        query = query.order_by(table.c.at, table.c.seq).limit(limit)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def revise(self, revisions: Sequence[Revision], *, now: int) -> int:
        """Take over what a recomputation found, all or none; answers how many changes that moved.

        What was told and still holds stays as it is. What does not is marked superseded, and what is new is
        written, as of ``now`` (ms).
        """

        def work(connection: Connection) -> int:
            return sum(_revise(connection, revision, now) for revision in revisions)

        return await self._database.write(work)

    async def trim(self, older_than: int, *, limit: int = MOST_TRIMMED) -> int:
        """Forget changes before ``older_than`` (ms), at most ``limit``; answers how many.

        The last one of each subject that stands stays: it tells what held from then on.
        """
        later = table.alias("later")
        passed = (
            select(later.c.seq)
            .where(
                later.c.kind == table.c.kind,
                later.c.subject == table.c.subject,
                later.c.superseded.is_(None),
                later.c.at < older_than,
                tuple_(later.c.at, later.c.seq) > tuple_(table.c.at, table.c.seq),
            )
            .exists()
        )
        gone = select(table.c.seq).where(table.c.at < older_than, or_(~_STANDS, passed))
        gone = gone.order_by(table.c.at).limit(limit)
        statement = delete(table).where(table.c.seq.in_(gone))
        return await self._database.write(lambda c: int(c.execute(statement).rowcount))


def _first(named: Sequence[Named], connection: Connection) -> dict[Named, int]:
    query = select(table.c.kind, table.c.subject, func.min(table.c.at).label("at")).where(_any_of(named))
    rows = connection.execute(query.group_by(table.c.kind, table.c.subject))
    return {Named(row.kind, row.subject): row.at for row in rows}


def _records(query: Select[Any], connection: Connection) -> list[StatusChangeRecord]:
    return [_record(row) for row in connection.execute(query)]


def _position_of(record: StatusChangeRecord) -> tuple[int, int]:
    return record.at, record.seq


def _any_of(named: Sequence[Named]) -> ColumnElement[bool]:
    kinds: dict[str, list[str]] = {}
    for kind, subject in named:
        kinds.setdefault(kind, []).append(subject)
    both = [and_(table.c.kind == kind, table.c.subject.in_(few)) for kind, few in kinds.items()]
    return or_(False, *both)


def _until() -> Any:
    """When the next change of the same subject that stands took the place of a row that stands."""
    later = table.alias("later")
    query = select(func.min(later.c.at)).where(
        later.c.kind == table.c.kind,
        later.c.subject == table.c.subject,
        later.c.superseded.is_(None),
        _STANDS,
        tuple_(later.c.at, later.c.seq) > tuple_(table.c.at, table.c.seq),
    )
    return query.scalar_subquery().label("until")


def _position(cursor: str) -> Any:
    at, _, seq = cursor.rpartition("-")
    if not (at.isascii() and at.isdigit() and seq.isascii() and seq.isdigit() and len(cursor) <= 40):
        raise ValueError("the cursor is not one that a list of status changes gave out")
    return tuple_(bindparam(None, int(at)), bindparam(None, int(seq)))


def _newest_before(named: Sequence[Named], at: int) -> Select[Any]:
    """When the change was made that held just before ``at``."""
    query = select(table.c.kind, table.c.subject, func.max(table.c.at).label("at"))
    query = query.where(_any_of(named), _STANDS, table.c.at < at)
    return query.group_by(table.c.kind, table.c.subject)


def _held(named: Sequence[Named], at: int, connection: Connection) -> list[StatusChangeRecord]:
    newest = _newest_before(named, at).subquery()
    found: dict[Named, StatusChangeRecord] = {}
    query = select(table).join(newest, _same_moment(newest)).where(_STANDS).order_by(table.c.seq)
    for row in connection.execute(query):
        record = _record(row)
        found[record.named] = record
    return list(found.values())


def _same_moment(newest: Any) -> ColumnElement[bool]:
    return and_(table.c.kind == newest.c.kind, table.c.subject == newest.c.subject, table.c.at == newest.c.at)


def _without_passed(records: list[StatusChangeRecord], start: int) -> list[StatusChangeRecord]:
    """A change at ``start`` itself leaves nothing of what held before."""
    if len(records) > 1 and records[1].at <= start:
        return records[1:]
    return records


def _steps(
    named: Sequence[Named], start: int, end: int, connection: Connection
) -> Iterator[tuple[str, StatusStep]]:
    newest = _newest_before(named, start).subquery()
    before = select(*_LEAN).join(newest, _same_moment(newest)).where(_STANDS)
    within = select(*_LEAN).where(_any_of(named), _STANDS, table.c.at >= start, table.c.at < end)
    rows = [
        *connection.execute(before.order_by(table.c.seq)),
        *connection.execute(within.order_by(table.c.at, table.c.seq)),
    ]
    return iter([(row.subject, StatusStep(row.at, row.status, row.counted, row.rule)) for row in rows])


def _revise(connection: Connection, revision: Revision, now: int) -> int:
    named = [Named(revision.kind, revision.subject)]
    query = select(table).where(
        _any_of(named), _STANDS, table.c.at >= revision.start, table.c.at < revision.end
    )
    there = [_record(row) for row in connection.execute(query.order_by(table.c.at, table.c.seq))]
    before = next(iter(_held(named, revision.start, connection)), None)
    found = _without_repeats(revision.changes, before)
    told, known = (there[-1] if there else before), (found[-1] if found else before)
    if told is not None and (known is None or told.verdict != known.verdict):
        found += _going_on(connection, revision, told)
    still = {old.at: old.seq for old, new in _pairs(there, found) if old.same(new)}
    gone = [old.seq for old in there if old.seq != still.get(old.at)]
    for number in range(0, len(gone), _CHUNK):
        few = gone[number : number + _CHUNK]
        connection.execute(update(table).where(table.c.seq.in_(few)).values(superseded=now))
    new = [change for change in found if change.at not in still]
    written = {"kind": revision.kind, "subject": revision.subject, "recorded": now, "revised": True}
    run_many(connection, insert(table), [{**_row(change), **written} for change in new])
    return len(gone) + len(new)


def _going_on(
    connection: Connection, revision: Revision, told: StatusChangeRecord
) -> list[StatusChangeRecord]:
    """The change back to what was told to hold at the end, unless one is recorded there."""
    following = select(table.c.seq).where(
        _any_of([Named(revision.kind, revision.subject)]), _STANDS, table.c.at == revision.end
    )
    if connection.execute(following.limit(1)).first() is not None:
        return []
    return [replace(told, at=revision.end)]


def _pairs(
    there: Sequence[StatusChangeRecord], found: Sequence[StatusChangeRecord]
) -> Iterator[tuple[StatusChangeRecord, StatusChangeRecord]]:
    """What is recorded and what is found of the same moment; the last of several that are recorded."""
    old = {record.at: record for record in there}
    return ((old[change.at], change) for change in found if change.at in old)


def _without_repeats(
    changes: Sequence[StatusChangeRecord], before: StatusChangeRecord | None
) -> list[StatusChangeRecord]:
    """Changes that change something; ``before`` is what held when they begin."""
    found: list[StatusChangeRecord] = []
    last = None if before is None else before.verdict
    for change in changes:
        if (verdict := change.verdict) != last:
            found.append(change)
            last = verdict
    return found


def _row(change: StatusChangeRecord) -> dict[str, Any]:
    row = {name: getattr(change, name) for name in _COLUMNS}
    return {**row, "superseded": None}


def _record(row: Row[Any]) -> StatusChangeRecord:
    return StatusChangeRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _


def _record_until(row: Row[Any]) -> tuple[StatusChangeRecord, int | None]:
    values = dict(row._mapping)  # noqa: SLF001 - as above
    until = values.pop("until")
    return StatusChangeRecord(**values), until
