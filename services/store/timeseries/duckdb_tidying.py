"""What a DuckDB file needs now and then: old readings let go, hours and days worked out.

Work comes in steps of bounded size. A step is made ready by reading, beside whatever is written meanwhile,
and carried out in one short transaction on the thread that writes, so that a process killed at any moment
leaves hours and days that fit what :class:`~.duckdb_tables.Rolled` says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import duckdb

from services.store.timeseries import duckdb_rolling as rolling
from services.store.timeseries.duckdb_partials import Hour, Measures, Scope, hour_of, near
from services.store.timeseries.duckdb_queries import Known
from services.store.timeseries.duckdb_tables import Rolled, forget_rolled, mark_rolled, rolled
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.plan import Span
from services.store.timeseries.protocol import Selection
from services.store.timeseries.retention import Retention

GRACE = 600_000
"""An hour is worked out this long (ms) after its end, when most of what was late has come."""

ROWS = 50_000
"""About as many rows are read, or let go, in a step; an hour of more rows is still one step."""

_FARTHEST = 1_536
"""Hours that are looked at to find out how many of them make a step."""

_ALL = Selection(0, 2**62)

Step: TypeAlias = Callable[[duckdb.DuckDBPyConnection], None]
"""Something to do within a transaction."""


class Moment(NamedTuple):
    """As of when work is done: the clock (ms), and the last batch that is taken into account."""

    now: int
    position: int


class Tidier:
    """Finds out what has to be done. ``rows`` is about how many of them a step may touch."""

    def __init__(self, hours: Hours, retention: Retention, rows: int = ROWS) -> None:
        self._hours, self._retention, self._rows = hours, retention, rows
        self._kept_from: dict[str, int] = {}
        self._ahead = 24

    def next(self, cursor: duckdb.DuckDBPyConnection, known: Known, moment: Moment) -> Step | None:
        """The next thing to do, None when nothing is due."""
        cursor.execute("BEGIN")
        return self._expiry(cursor, known, moment.now) or self._rolling(cursor, known, moment)

    def _expiry(self, cursor: duckdb.DuckDBPyConnection, known: Known, now: int) -> Step | None:
        """Whole hours of the readings of one type, the oldest first."""
        for type_ in known.slots.by_type:
            span = self._retention.of(type_)
            end = None if span is None else self._hours.floor(now - span)
            if end is None or end <= self._kept_from.get(type_, 0):
                continue
            oldest = _moment(
                cursor, "SELECT min(time) FROM observations WHERE type = ? AND time < ?", type_, end
            )
            if oldest is not None:
                until = self._until(cursor, (self._hours.floor(oldest), end), "type = ?", type_)
                return partial(rolling.expire, self._hours, type_, until)
            self._kept_from[type_] = end
        return None

    def _rolling(self, cursor: duckdb.DuckDBPyConnection, known: Known, moment: Moment) -> Step | None:
        state = rolled(cursor)
        if state is None:
            return self._beginning(cursor, moment)
        if state.timezone != self._hours.timezone:
            return forget_rolled
        return (
            self._late(cursor, known, state, moment)
            or self._advance(
                cursor, known, state._replace(position=max(state.position, moment.position)), moment
            )
            or self._noted(state, moment)
        )

    def _beginning(self, cursor: duckdb.DuckDBPyConnection, moment: Moment) -> Step | None:
        first = _moment(cursor, "SELECT min(time) FROM observations")
        if first is None:
            return None
        upto = self._hours.floor(max(first, 0))
        return partial(mark_rolled, state=Rolled(moment.position, upto, self._hours.timezone))

    def _noted(self, state: Rolled, moment: Moment) -> Step | None:
        if state.position >= moment.position:
            return None
        return partial(mark_rolled, state=state._replace(position=moment.position))

    def _late(
        self, cursor: duckdb.DuckDBPyConnection, known: Known, state: Rolled, moment: Moment
    ) -> Step | None:
        """Hours that were written to after they had been worked out: worked out again."""
        condition = "position > ? AND position <= ? AND time < ?"
        batches = cursor.execute(
            f"SELECT position, count(*) FROM observations WHERE {condition} GROUP BY 1 ORDER BY 1",  # noqa: S608
            [state.position, moment.position, state.upto],
        ).fetchall()
        if not batches:
            return None
        position = batches[_most(batches, self._rows)][0]
        found = cursor.execute(
            f"SELECT DISTINCT type, device, {hour_of(self._hours)} FROM observations WHERE {condition}",  # noqa: S608
            [state.position, position, state.upto],
        ).fetchall()
        wanted = {Hour(*row) for row in found}
        within = near(wanted)
        rows = rolling.work_out(
            cursor, Measures.of(known, _ALL), Scope(_ALL, within, position), self._hours, wanted
        )
        return partial(rolling.replace, self._hours, rows, wanted, within, state._replace(position=position))

    def _advance(
        self, cursor: duckdb.DuckDBPyConnection, known: Known, state: Rolled, moment: Moment
    ) -> Step | None:
        """The hours that have ended since."""
        if self._hours.floor(moment.now - GRACE) <= state.upto:
            return None
        newest = _moment(cursor, "SELECT max(time) FROM observations")
        end = self._hours.floor(min(moment.now - GRACE, newest or 0))
        if end <= state.upto:
            return None
        until = self._until(cursor, (state.upto, end))
        scope = Scope(_ALL, [(state.upto, until)], state.position)
        rows = rolling.work_out(cursor, Measures.of(known, _ALL), scope, self._hours)
        return partial(rolling.append, self._hours, rows, state, until)

    def _until(
        self, cursor: duckdb.DuckDBPyConnection, span: Span, condition: str = "true", *parameters: Any
    ) -> int:
        """The end of the last hour of a span up to which there are no more rows than a step may touch."""
        start, end = span[0], min(span[1], span[0] + self._ahead * HOUR)
        of_span = f"FROM observations WHERE time >= ? AND time < ? AND {condition}"
        counts = cursor.execute(
            f"SELECT {hour_of(self._hours)}, count(*) {of_span} GROUP BY 1 ORDER BY 1",
            [start, end, *parameters],
        ).fetchall()
        if not counts and end < span[1]:
            following = _moment(cursor, f"SELECT min(time) {of_span}", *span, *parameters)
            return span[1] if following is None else self._hours.floor(following)
        last = _most(counts, self._rows)
        if last == len(counts) - 1:
            self._ahead = min(_FARTHEST, self._ahead * 2)
            return end
        self._ahead = max(1, self._ahead // 2)
        return int(counts[last][0]) + HOUR


def _most(counts: Sequence[tuple[int, int]], rows: int) -> int:
    """The place of the last of these that can be taken together; the first can always."""
    taken = 0
    for place, (_, count) in enumerate(counts):
        taken += count
        if taken > rows:
            return max(0, place - 1)
    return len(counts) - 1


def _moment(cursor: duckdb.DuckDBPyConnection, sql: str, *parameters: Any) -> int | None:
    ((moment,),) = cursor.execute(sql, parameters).fetchall()
    return None if moment is None else int(moment)
