"""By how much counters rose, day by day: from the day's ends where it only rose, else reading by reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.status.kpis.model import Readings
from services.status.kpis.periods import DAY, Calendar, Day, Kind
from services.store.timeseries.protocol import Aggregate, Bucket, Selection, TimeSeriesStore

LOOK_BACK = 7
"""Days. What a counter rose by while nothing was heard of it counts on the day it is heard again; after a
longer silence it begins anew."""


class Rise(NamedTuple):
    """Of one device, day and zone; ``samples`` readings."""

    day: int
    zone: str
    rise: float
    samples: int


@dataclass(slots=True)
class _DayOf:
    """A device's day."""

    time: int
    zones: list[str]
    low: float
    high: float
    last: float
    count: int

    def only_rose(self, before: float | None) -> bool:
        """Whether the ends of the day say it all.

        A counter that begins again falls below where the day before left it, unless it is so young that one
        reading takes it beyond that: one that more than doubled is read reading by reading.
        """
        if before is None or len(self.zones) > 1:
            return False
        return self.last == self.high and self.low >= before and self.last - before <= before


class Rises:
    """Of one counter of a type, of these devices (none named: all)."""

    def __init__(
        self, store: TimeSeriesStore, calendar: Calendar, readings: Readings, names: tuple[str, ...]
    ) -> None:
        assert readings.value is not None
        self._store, self._calendar, self._names = store, calendar, names
        self._type, self._metric = readings.type, readings.value

    async def of(self, days: Sequence[Day]) -> list[Rise]:
        """The rises of these days, which follow one another."""
        start = days[0].start
        first = self._calendar.weeks_before(days[0], LOOK_BACK // 7).start
        by_device = await self._days(first, days[-1].end)
        found: list[Rise] = []
        for device, own in sorted(by_device.items()):
            before: float | None = None
            for day in own:
                if day.time >= start:
                    found += await self._rise(device, day, before)
                before = day.last
        return found

    async def _rise(self, device: str, day: _DayOf, before: float | None) -> list[Rise]:
        if day.only_rose(before):
            return [Rise(day.time, day.zones[0], day.last - (before or 0.0), day.count)]
        return await self._one_by_one(device, day.time, before)

    async def _one_by_one(self, device: str, start: int, before: float | None) -> list[Rise]:
        by_zone: dict[str, tuple[float, int]] = {}
        async for readings in self._store.replay(self._of_day(device, start)):
            for one in readings:
                value = one.values[self._metric]
                if isinstance(value, float):
                    rose = 0.0 if before is None else value - before if value >= before else value
                    total, count = by_zone.get(one.zone, (0.0, 0))
                    by_zone[one.zone] = (total + rose, count + 1)
                    before = value
        return [Rise(start, zone, rise, count) for zone, (rise, count) in sorted(by_zone.items())]

    async def _days(self, start: int, end: int) -> dict[str, list[_DayOf]]:
        """Each device's days, in order."""
        selection = Selection(start, end, self._names, types=(self._type,), metrics=(self._metric,))
        timezone = self._calendar.timezone
        answers = [
            await self._store.aggregate(selection, every=DAY, agg=agg, timezone=timezone)
            for agg in (Aggregate.LAST, Aggregate.MIN, Aggregate.MAX)
        ]
        found: dict[str, dict[int, _DayOf]] = {}
        for last, low, high in _aligned(answers):
            own = found.setdefault(last.device or "", {})
            day = own.get(last.time)
            if day is None:
                own[last.time] = _DayOf(last.time, [last.zone], low.value, high.value, last.value, last.count)
            else:
                day.zones.append(last.zone)
                day.last = await self._newest(last.device or "", last.time)
        return {device: [own[time] for time in sorted(own)] for device, own in found.items()}

    async def _newest(self, device: str, start: int) -> float:
        """The last value of a day on which a device was in several zones."""
        (one,) = await self._store.readings(self._of_day(device, start), limit=1, newest_first=True)
        value = one.values[self._metric]
        return value if isinstance(value, float) else 0.0

    def _of_day(self, device: str, start: int) -> Selection:
        end = self._calendar.at(Kind.DAY, start).end
        return Selection(start, end, (device,), types=(self._type,), metrics=(self._metric,))


def _aligned(answers: Sequence[Iterable[Bucket]]) -> Iterator[tuple[Bucket, Bucket, Bucket]]:
    """The buckets of three answers about the same days, devices and zones."""
    last, low, high = ({one[:4]: one for one in answer} for answer in answers)
    for key, one in last.items():
        if key in low and key in high:  # a reading may have come between the questions
            yield one, low[key], high[key]
