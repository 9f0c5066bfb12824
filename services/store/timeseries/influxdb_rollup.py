"""Buckets from pre-aggregated hours and days, as far as these are what the readings say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from services.store.timeseries import annotated, flux_rollup
from services.store.timeseries.annotated import Table
from services.store.timeseries.grid import DAY, Piece, pieces
from services.store.timeseries.hours import HOUR
from services.store.timeseries.influxdb_link import Link, MissingBucketError
from services.store.timeseries.influxdb_notes import Notes, Standing
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.protocol import Aggregate, Bucket, Selection

_MOST_HOLES = 12


class AmbiguousError(Exception):
    """Two types have the metric in the same hour, and nothing says which value is the last one."""


class Part(NamedTuple):
    """A part of a selection: ``level`` 1h or 1d when these have it, None when the readings do."""

    selection: Selection
    level: str | None


class Kind(NamedTuple):
    """What is asked for: buckets of ``every`` ms in a time zone, and what becomes of their values."""

    every: int
    timezone: str
    agg: Aggregate
    by_zone: bool


class Rollup:
    """Reads what :class:`services.store.timeseries.influxdb_summaries.Summaries` writes."""

    def __init__(self, link: Link, notes: Notes, days: LocalDays) -> None:
        self._link, self._notes, self._days = link, notes, days

    async def parts(self, selection: Selection, grid: Sequence[Piece], kind: Kind) -> list[Part]:
        """The selection in order of time, cut at midnights, by where its buckets are to be read from.

        ``grid`` is that of the buckets that are asked for.
        """
        everything = [Part(selection, None)]
        first = max(selection.start, grid[0].start)
        last = min(selection.end, grid[-1].end)
        if last - first < 2 * DAY:
            return everything
        level = self._level(grid, kind)
        standing = await self._notes.standing() if level else None
        if standing is None or standing.timezone != self._days.timezone:
            return everything
        start = self._days.start(first)
        start = start if start == first else self._days.end(first)
        end = self._days.start(min(last, standing.rolled))
        if end - start < DAY - HOUR:
            return everything
        within = replace(selection, start=start, end=end)
        try:
            holes = await self._notes.late_days(within)
        except MissingBucketError:
            return everything
        holes |= {day for day in self._expiring(selection, standing) if start <= day < end}
        return list(_cut(selection, start, end, self._runs(holes), level))

    async def buckets(self, part: Part, piece: Piece, agg: Aggregate, *, by_zone: bool) -> list[Bucket]:
        """Buckets of a piece within a part that has a level; a mean comes as its sum.

        Raises:
            AmbiguousError: only the readings can tell.
        """
        assert part.level is not None
        query = flux_rollup.aggregate(self._link.bucket, part.selection, part.level, piece, agg)
        answer = await self._link.query(query)
        return await asyncio.to_thread(_buckets, answer, piece, part.level, agg, by_zone=by_zone)

    def _level(self, grid: Sequence[Piece], kind: Kind) -> str | None:
        every, timezone, agg, by_zone = kind
        if agg is Aggregate.MEDIAN:
            return None
        ours = timezone == self._days.timezone
        if every % DAY == 0 and ours:
            return "1d"
        if every % HOUR or (agg is Aggregate.LAST and by_zone):
            return None
        return "1h" if ours or all(map(self._on_hours, grid)) else None

    def _on_hours(self, piece: Piece) -> bool:
        """Whether all buckets of a piece begin and end with hours of our days."""
        ours = pieces(piece.start, piece.end, HOUR, self._days.timezone)
        return all((edge - own.start) % HOUR == 0 for own in ours for edge in (piece.start, piece.end))

    def _expiring(self, selection: Selection, standing: Standing) -> Iterator[int]:
        """The days of which only the later part is still there."""
        for type_, before in standing.expired.items():
            if not selection.types or type_ in selection.types:
                yield self._days.start(before)

    def _runs(self, days: Iterable[int]) -> list[tuple[int, int]]:
        """Spans [start, end) that hold these days; the narrowest gaps between them are read over."""
        runs: list[tuple[int, int]] = []
        for day in sorted(days):
            end = self._days.end(day)
            if runs and runs[-1][1] == day:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((day, end))
        while len(runs) > _MOST_HOLES:
            at = min(range(len(runs) - 1), key=lambda one: runs[one + 1][0] - runs[one][1])
            runs[at : at + 2] = [(runs[at][0], runs[at + 1][1])]
        return runs


def _cut(
    selection: Selection, start: int, end: int, holes: Iterable[tuple[int, int]], level: str | None
) -> Iterator[Part]:
    """What is before ``start``, in a hole or from ``end`` on is read from the readings."""
    at, until = selection.start, start
    for hole_start, hole_end in [*holes, (end, selection.end)]:
        if until < hole_start:
            if at < until:
                yield Part(replace(selection, start=at, end=until), None)
            yield Part(replace(selection, start=until, end=hole_start), level)
            at = hole_start
        until = hole_end
    if at < selection.end:
        yield Part(replace(selection, start=at), None)


def _buckets(
    answer: Sequence[Table], piece: Piece, level: str, agg: Aggregate, *, by_zone: bool
) -> list[Bucket]:
    counts = _Sums(piece, Aggregate.SUM, level, by_zone=by_zone)
    values = _Sums(piece, agg, level, by_zone=by_zone)
    for table in answer:
        is_count = table.result in (flux_rollup.NUMBERS, flux_rollup.TEXTS)
        (counts if is_count else values).add(table)
    found = counts.found if agg is Aggregate.COUNT else values.found
    return [Bucket(*key, value, int(counts.found[key])) for key, value in found.items()]


Key = tuple[int, str | None, str, str]


class _Sums:
    """Values by bucket, device, zone and metric; those of several types or devices made one."""

    def __init__(self, piece: Piece, agg: Aggregate, level: str, *, by_zone: bool) -> None:
        self.found: dict[Key, float] = {}
        self._piece, self._agg, self._level, self._by_zone = piece, agg, level, by_zone
        self._newest: dict[Key, tuple[int, str, str]] = {}
        self._times: dict[str, tuple[int, int]] = {}

    def add(self, table: Table) -> None:
        """Rows with the same number in ``table`` are a series."""
        at = table.columns
        time, value = at["_time"], at["_value"]
        take = self._take_newer if self._agg is Aggregate.LAST else self._take
        for _, series in groupby(table.rows, key=itemgetter(at["table"])):
            rows = list(series)
            first = rows[0]
            device, type_, zone = (first[at[name]] for name in ("device", "_measurement", "zone"))
            metric = first[at["_field"]].partition(".")[2]
            moments = map(self._when, map(itemgetter(time), rows))
            owner = (None if self._by_zone else device, zone, metric)
            take(owner, (device, type_), moments, map(float, map(itemgetter(value), rows)))

    def _when(self, cell: str) -> tuple[int, int]:
        """The moment, and the start of its bucket."""
        found = self._times.get(cell)
        if found is None:
            moment = annotated.milliseconds(cell)
            found = self._times[cell] = (moment, self._piece.bucket(moment))
        return found

    def _take(
        self,
        owner: tuple[str | None, str, str],
        _source: tuple[str, str],
        moments: Iterable[tuple[int, int]],
        values: Iterable[float],
    ) -> None:
        found, agg = self.found, self._agg
        for (_, start), value in zip(moments, values, strict=True):
            key = (start, *owner)
            before = found.get(key)
            found[key] = value if before is None else together(agg, before, value)

    def _take_newer(
        self,
        owner: tuple[str | None, str, str],
        source: tuple[str, str],
        moments: Iterable[tuple[int, int]],
        values: Iterable[float],
    ) -> None:
        for (moment, start), value in zip(moments, values, strict=True):
            key, place = (start, *owner), (moment, *source)
            before = self._newest.get(key)
            if before is not None and self._level != "1d" and before[2] != place[2]:
                raise AmbiguousError
            if before is None or place > before:
                self._newest[key] = place
                self.found[key] = value


def one_each(found: Iterable[Bucket], agg: Aggregate) -> list[Bucket]:
    """Buckets that came in parts, in order of time, as one each; sums become means when these are wanted."""
    whole: dict[Key, Bucket] = {}
    for one in found:
        before = whole.setdefault(one[:4], one)
        if before is not one:
            value = together(agg, before.value, one.value)
            whole[one[:4]] = before._replace(value=value, count=before.count + one.count)
    buckets: Iterable[Bucket] = whole.values()
    if agg is Aggregate.MEAN:
        buckets = (Bucket(*key, one.value / one.count, one.count) for key, one in whole.items())
    return sorted(buckets, key=lambda one: (one[0], one[1] or "", one[3], one[2]))


def together(agg: Aggregate, one: float, other: float) -> float:
    """Two values of one bucket as one, the other being of later readings; means come as sums."""
    if agg is Aggregate.MIN:
        return min(one, other)
    if agg is Aggregate.MAX:
        return max(one, other)
    return other if agg is Aggregate.LAST else one + other
