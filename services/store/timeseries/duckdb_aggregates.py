"""Aggregates of the readings of a DuckDB file, put together from days, hours and the readings themselves.

Days and hours are read where they hold what was asked for. Readings are aggregated where they do not:
at the ends of the span, after the last hour that has been worked out, and in hours that were written to
since (stale ones).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import duckdb

from services.store.timeseries.duckdb_partials import (
    COLUMNS,
    Hour,
    Measures,
    Scope,
    Sql,
    among,
    chosen,
    hour_of,
    joined,
    near,
    partials,
    table,
)
from services.store.timeseries.duckdb_queries import Known
from services.store.timeseries.duckdb_tables import Rolled, rolled
from services.store.timeseries.grid import DAY, Piece, pieces, within
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.plan import Plan, Span, holding, plan
from services.store.timeseries.protocol import Aggregate, Bucket, Selection

MOST_STALE = 20_000
"""When more hours than this are stale, a question reads nothing but readings."""

_FETCH = 5_000
"""Rows turned into buckets at a time, others having their turn in between."""

_NEEDED: dict[Aggregate, Sequence[str]] = {
    Aggregate.MEAN: ("total",),
    Aggregate.MIN: ("low",),
    Aggregate.MAX: ("high",),
    Aggregate.SUM: ("total",),
    Aggregate.COUNT: (),
    Aggregate.LAST: ("last", "last_time"),
}
_TOGETHER = {
    Aggregate.MEAN: "sum(total) / sum(held)",
    Aggregate.MIN: "min(low)",
    Aggregate.MAX: "max(high)",
    Aggregate.SUM: "sum(total)",
    Aggregate.COUNT: "sum(held)::DOUBLE",
    Aggregate.LAST: "arg_max(last, {'time': last_time, 'device': device, 'type': type})",
}


_bucket: Callable[[Sequence[Any]], Bucket] = partial(tuple.__new__, Bucket)
"""As ``Bucket._make``, in half the time, which is most of what a question of many buckets takes."""


class Question(NamedTuple):
    """What :meth:`~services.store.timeseries.protocol.TimeSeriesStore.aggregate` is asked."""

    selection: Selection
    every: int
    agg: Aggregate
    timezone: str
    by_zone: bool


class _Task(NamedTuple):
    """One piece of the grid: what of it is asked for, and from what that is put together."""

    piece: Piece
    selection: Selection
    plan: Plan
    stale: Collection[Hour] = ()
    again: Collection[Hour] = ()


def aggregate(
    cursor: duckdb.DuckDBPyConnection, known: Known, question: Question, hours: Hours
) -> list[Bucket]:
    """The buckets of a question, as of one moment."""
    cursor.execute("BEGIN")
    selection = _clipped(cursor, question.selection)
    measures = Measures.of(
        known,
        selection,
        _NEEDED.get(question.agg, ()),
        kinds="nsb" if question.agg is Aggregate.COUNT else "n",
    )
    asked = _Asked(cursor, question, measures, hours)
    tasks = asked.tasks(selection)
    return [bucket for task in tasks for bucket in asked.answer(task)] if measures.slots else []


def _clipped(cursor: duckdb.DuckDBPyConnection, selection: Selection) -> Selection:
    """The part of a selection in which there are readings at all; from statistics, without reading any."""
    ((first, last),) = cursor.execute("SELECT min(time), max(time) FROM observations").fetchall()
    if first is None:
        return replace(selection, end=selection.start)
    return replace(selection, start=max(selection.start, first), end=min(selection.end, last + 1))


class _Asked:
    """One question on its way to being answered."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, question: Question, measures: Measures, hours: Hours
    ) -> None:
        self._cursor, self._question, self._measures, self._hours = cursor, question, measures, hours

    def tasks(self, selection: Selection) -> list[_Task]:
        """The question in pieces within which buckets are plain arithmetic."""
        state = rolled(self._cursor) if self._question.agg in _NEEDED else None
        if state is None or state.timezone != self._hours.timezone:
            return list(self._planned(selection, None))
        tasks = list(self._planned(selection, state))
        stale = self._stale(selection, tasks, state)
        if len(stale) > MOST_STALE:
            return list(self._planned(selection, None))
        return [self._with_stale(task, stale) for task in tasks] if stale else tasks

    def answer(self, task: _Task) -> Iterator[Bucket]:
        """The buckets of one piece."""
        median = self._question.agg is Aggregate.MEDIAN
        sql = self._of_values(task) if median else self._of_partials(task)
        self._cursor.register("stale", table(task.stale))
        self._cursor.register("again", table(task.again))
        self._cursor.execute(sql.text, sql.parameters)
        while rows := self._cursor.fetchmany(_FETCH):
            yield from map(_bucket, rows)

    def _planned(self, selection: Selection, state: Rolled | None) -> Iterator[_Task]:
        question = self._question
        days = question.every % DAY == 0 and question.timezone == self._hours.timezone
        for piece in pieces(selection.start, selection.end, question.every, question.timezone):
            part = within(selection, piece)
            span = (part.start, part.end)
            if state is None:
                yield _Task(piece, part, Plan(readings=(span,)))
            else:
                yield _Task(piece, part, plan(piece, span, state.upto, self._hours, days=days))

    def _stale(self, selection: Selection, tasks: Sequence[_Task], state: Rolled) -> set[Hour]:
        """The hours that were written to since; one more than :data:`MOST_STALE` when there are more."""
        told = [span for task in tasks for span in (*task.plan.days, *task.plan.hours)]
        if not told:
            return set()
        span = (min(first for first, _ in told), max(last for _, last in told))
        sql = (
            Sql(f"SELECT DISTINCT type, device, {hour_of(self._hours)} FROM observations")  # noqa: S608
            + Sql(" WHERE position > ? AND time >= ? AND time < ?", [state.position, *span])
            + among("type", self._measures.types)
            + among("device", selection.devices)
            + Sql(f" LIMIT {MOST_STALE + 1}")
        )
        return {Hour(*row) for row in self._cursor.execute(sql.text, sql.parameters).fetchall()}

    def _with_stale(self, task: _Task, stale: Collection[Hour]) -> _Task:
        """Rows of hours and days not to be used, and all hours to be read again in place of them."""
        days = [day for span in task.plan.days for day in self._hours.days(*span)]
        unused: set[Hour] = set()
        again: set[Hour] = set()
        for one in stale:
            if day := holding(days, one.start):
                unused.add(one._replace(start=day[0]))
                again.update(one._replace(start=start) for start in range(*day, HOUR))
            elif holding(task.plan.hours, one.start):
                unused.add(one)
                again.add(one)
        return task._replace(stale=unused, again=again)

    def _of_partials(self, task: _Task) -> Sql:
        """From days, hours and readings, whichever of them have a part in it."""
        piece, agg = task.piece, self._question.agg
        with_, sources = Sql(""), []
        if scopes := self._scopes(task):
            unit = f"time - (time - {piece.start}) % {piece.every}"
            with_ = Sql("WITH ") + partials(self._measures, scopes, unit, self._hours)
            sources.append(Sql(f"SELECT {', '.join(COLUMNS)} FROM partials"))  # noqa: S608
        sources += [self._from("days", task, span) for span in task.plan.days]
        sources += [self._from("hours", task, span) for span in task.plan.hours]
        return (
            with_
            + self._select(task, f"{_TOGETHER[agg]}, sum(held)::BIGINT", "start")
            + Sql("(")
            + joined(sources, " UNION ALL ")
            + Sql(f")  {self._order()}")
        )

    def _of_values(self, task: _Task) -> Sql:
        """From the values of all readings."""
        values = joined((self._values(slot) for slot in self._measures.slots), " UNION ALL ")
        return (
            Sql("WITH ")
            + chosen(self._measures, self._scopes(task), self._hours)
            + self._select(task, "median(value), count(*)", "time")
            + Sql("(")
            + values
            + Sql(f") {self._order()}")
        )

    def _values(self, slot: str) -> Sql:
        return Sql(
            f"SELECT time, type, device, zone, metric, {slot} AS value FROM chosen"  # noqa: S608
            f" JOIN metrics USING (type) WHERE metrics.slot = '{slot}' AND {slot} IS NOT NULL"
        ) + among("metric", self._measures.metrics)

    def _select(self, task: _Task, values: str, time: str) -> Sql:
        piece, device = task.piece, "NULL" if self._question.by_zone else "device"
        bucket = f"{time} - ({time} - {piece.start}) % {piece.every}"
        return Sql(f" SELECT {bucket} AS bucket, {device} AS whose, zone, metric, {values} FROM ")  # noqa: S608

    def _order(self) -> str:
        return "GROUP BY bucket, whose, zone, metric ORDER BY bucket, whose, metric, zone"

    def _scopes(self, task: _Task) -> list[Scope]:
        """The readings to aggregate: parts of the span whole, and single hours."""
        scopes = [Scope(task.selection, task.plan.readings)] if task.plan.readings else []
        if task.again:
            scopes.append(Scope(task.selection, near(task.again), wanted="again"))
        return scopes

    def _from(self, source: str, task: _Task, span: Span) -> Sql:
        """What ``hours`` or ``days`` hold of a span."""
        selection = task.selection
        fresh = " ANTI JOIN stale USING (type, device, start)" if task.stale else ""
        numbers = "" if self._question.agg is Aggregate.COUNT else " AND low IS NOT NULL"
        return (
            Sql(f"SELECT {', '.join(COLUMNS)} FROM {source}{fresh}")  # noqa: S608
            + Sql(f" WHERE start >= ? AND start < ?{numbers}", span)
            + among("type", selection.types)
            + among("device", selection.devices)
            + among("zone", selection.zones)
            + among("metric", selection.metrics)
        )
