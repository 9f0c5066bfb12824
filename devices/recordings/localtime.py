"""Local times, as wall clocks show them, to milliseconds since 1970-01-01 UTC, a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_DAY = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EARLIEST = -2_208_988_800_000
LATEST = 7_258_118_400_000
"""1900 and 2200, UTC: what lies outside is no time of a recording."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to before ``end`` (ms, UTC) the clocks are ``offset`` ms ahead of UTC."""

    start: int
    end: int
    offset: int


class LocalTimes:
    """A zone of time that remembers, series by series, how far a recording has come.

    An hour that a clock change repeats is taken in row order: where the time of a series stands still or
    goes back inside it, the second hour has begun. In a recording whose newest rows come first it is the
    other way round. A time that a clock change skips becomes null.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._years: dict[int, list[tuple[int, int]]] = {}
        self._seen: dict[tuple[Hashable, int], tuple[int, bool]] = {}
        self._backwards: bool | None = None

    def to_utc(self, local: Any, series: Callable[[int], Hashable]) -> Any:
        """The moments (int64 array, null where there is none) of local times (the same).

        ``series`` tells of a row what it belongs to: rows of one series follow each other in time.
        """
        reach = pc.min_max(local).as_py()
        if reach["min"] is None:
            return local
        spans = self._spans(reach["min"], reach["max"])
        if len(spans) == 1:
            return pc.subtract(local, spans[0].offset)
        moments = pa.nulls(len(local), pa.int64())
        for span in spans:
            inside = _between(local, span.start + span.offset, span.end + span.offset)
            first = pc.and_(inside, pc.is_null(moments))
            moments = pc.if_else(first, pc.subtract(local, span.offset), moments)
        return self._repeated(local, moments, spans, series)

    def _repeated(
        self, local: Any, moments: Any, spans: list[Span], series: Callable[[int], Hashable]
    ) -> Any:
        """The same with the hours that come twice told apart."""
        for before, after in pairwise(spans):
            back = before.offset - after.offset
            if back <= 0:
                continue
            twice = _between(local, after.start + after.offset, after.start + before.offset)
            rows = pc.indices_nonzero(pc.fill_null(twice, False)).to_pylist()
            if rows:
                later = self._later(local, rows, after.start, series)
                mask = _mask(len(local), later)
                moments = pc.if_else(mask, pc.add(moments, back), moments)
        return moments

    def _later(
        self, local: Any, rows: list[int], change: int, series: Callable[[int], Hashable]
    ) -> list[int]:
        """Those of the rows in a repeated hour that belong to the second time round."""
        if self._backwards is None:
            self._backwards = _newest_first(local)
        later = []
        for row in rows:
            time = local[row].as_py()
            key = (series(row), change)
            last, turned = self._seen.get(key, (None, False))
            if last is not None:
                turned = turned or (time >= last if self._backwards else time <= last)
            self._seen[key] = (time, turned)
            if turned != self._backwards:
                later.append(row)
        return later

    def _spans(self, low: int, high: int) -> list[Span]:
        """What the clocks did between two local times."""
        start, end = low - 2 * _DAY, high + 2 * _DAY
        years = range(_year(start), _year(end) + 1)
        changes = [change for year in years for change in self._changes(year) if start < change[0] < end]
        offsets = [self._offset(start), *(offset for _, offset in changes)]
        edges = [start, *(moment for moment, _ in changes), end]
        return [Span(a, b, offset) for (a, b), offset in zip(pairwise(edges), offsets, strict=True)]

    def _changes(self, year: int) -> list[tuple[int, int]]:
        """The moments of a year (UTC) at which the offset changes, each with the new offset."""
        if year not in self._years:
            self._years[year] = list(self._found(_ms(datetime(year, 1, 1, tzinfo=UTC)), year))
        return self._years[year]

    def _found(self, start: int, year: int) -> Iterator[tuple[int, int]]:
        end = _ms(datetime(year + 1, 1, 1, tzinfo=UTC))
        for day in range(start, end, _DAY):
            after = min(day + _DAY, end)
            if self._offset(day) != self._offset(after):
                yield self._change(day, after)

    def _change(self, low: int, high: int) -> tuple[int, int]:
        new = self._offset(high)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._offset(middle) == new else (middle, high)
        return high, new

    def _offset(self, moment: int) -> int:
        offset = (_EPOCH + moment * _MILLISECOND).astimezone(self._zone).utcoffset()
        assert offset is not None
        return offset // _MILLISECOND


def _between(local: Any, low: int, high: int) -> Any:
    return pc.and_(pc.greater_equal(local, low), pc.less(local, high))


def _mask(length: int, rows: list[int]) -> Any:
    flags = bytearray(length)
    for row in rows:
        flags[row] = 1
    return pc.cast(pa.Array.from_buffers(pa.uint8(), length, [None, pa.py_buffer(flags)]), pa.bool_())


def _newest_first(local: Any) -> bool:
    steps = pc.pairwise_diff(pc.drop_null(local))
    down = pc.sum(pc.less(steps, 0)).as_py() or 0
    up = pc.sum(pc.greater(steps, 0)).as_py() or 0
    return bool(down > up)


def _year(moment: int) -> int:
    return (_EPOCH + moment * _MILLISECOND).year


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
