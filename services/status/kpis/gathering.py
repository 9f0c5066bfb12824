"""From the stored series to what each day of each zone adds to an indicator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from devices.model import Device
from services.status.kpis.adding import (
    HOUR,
    ByDay,
    BySlot,
    add,
    cap,
    expect,
    number,
    of_day,
    of_row,
)
from services.status.kpis.counters import Rises
from services.status.kpis.factors import Factors
from services.status.kpis.fleet import Group, groups, open_spans
from services.status.kpis.model import (
    Computation,
    Constant,
    Daily,
    Days,
    LabelSum,
    Level,
    Mean,
    Parts,
    Percentile,
    Quantity,
    Ratio,
    Readings,
    Rise,
    Share,
    Sum,
    Term,
    Time,
    Total,
    Weekday,
    is_aggregated,
    readings_of,
)
from services.status.kpis.periods import DAY, Calendar, Day
from services.store.timeseries.protocol import Aggregate, Bucket, Selection, TimeSeriesStore
from services.store.timeseries.tallying import Span, Tallied, Tally

_MEMORY = 16
_MOST_DAYS, _DEVICE_DAYS = 31, 500_000
_AGGREGATED = 400
"""Days of what the store aggregates ahead."""


class Gathering:
    """Gathers for one city. ``devices`` are those expected to report, ``intervals`` those of types (ms).

    Make one for each round: what one indicator asked of the store is remembered for the next.
    """

    def __init__(
        self,
        store: TimeSeriesStore,
        devices: Sequence[Device],
        calendar: Calendar,
        factors: Factors,
        intervals: Mapping[str, int],
    ) -> None:
        self._store, self._devices, self._calendar = store, devices, calendar
        self._factors, self._intervals = factors, intervals
        self._tallied: dict[tuple[Selection, Tally], list[Tallied]] = {}
        self._groups: dict[Readings, list[Group]] = {}

    async def parts(self, compute: Computation, days: Sequence[Day]) -> ByDay:
        """What these days, which follow one another, add; every day is there, zones that hold or expect
        something."""
        into: ByDay = {day.start: {} for day in days}
        if not days:
            return into
        if isinstance(compute, Ratio):
            await self._sum(compute.of, days, into, below=False)
            await self._sum(compute.to, days, into, below=True)
        elif isinstance(compute, Total):
            await self._sum(compute.of, days, into, below=False)
        else:
            await self._plain(compute, days, into)
        return {day: dict(sorted(zones.items())) for day, zones in sorted(into.items())}

    def at_once(self, compute: Computation) -> int:
        """Of how many days :meth:`parts` should be asked at once: as much as fits into little memory."""
        if is_aggregated(compute):
            return _AGGREGATED
        devices = sum(sum(group.zones.values()) for one in readings_of(compute) for group in self._fleet(one))
        return min(_MOST_DAYS, max(1, _DEVICE_DAYS // max(1, devices)))

    async def _plain(
        self,
        compute: Share | Time | Mean | Days | Daily | Percentile | Weekday,
        days: Sequence[Day],
        into: ByDay,
    ) -> None:
        if isinstance(compute, Days | Daily):
            await self._station_days(compute, days, into)
        elif isinstance(compute, Weekday):
            await self._weekdays(compute, days, into)
        else:
            await self._slots(compute, days, into)

    async def _slots(self, compute: BySlot, days: Sequence[Day], into: ByDay) -> None:
        """Slot by slot, which the store counts."""
        readings = compute.readings
        for group in self._fleet(readings):
            spans = self._spans(readings, days)
            hours = group.interval / HOUR
            for row in await self._tally(readings, group, days, spans):
                sides = of_row(compute, row, hours)
                add(into, row.time, row.zone, Parts(*sides, row.slots * hours, 0.0, row.readings))
            expect(into, group, days, spans)

    async def _station_days(self, compute: Days | Daily, days: Sequence[Day], into: ByDay) -> None:
        """Each device's day by itself, where so much of it was heard that it is valid."""
        daily = compute.day if isinstance(compute, Days) else compute
        ends = {day.start: day for day in days}
        for group in self._fleet(daily.readings):
            spans = self._spans(daily.readings, days)
            hours = group.interval / HOUR
            for row in await self._tally(daily.readings, group, days, spans):
                day = ends[row.time]
                parts = Parts(held=row.slots * hours, samples=row.readings)
                if row.met_slots * group.interval >= daily.valid * (day.end - day.start):
                    parts = parts._replace(numerator=of_day(compute, row), denominator=1.0)
                add(into, row.time, row.zone, parts)
            expect(into, group, days, spans)

    async def _weekdays(self, compute: Weekday, days: Sequence[Day], into: ByDay) -> None:
        """Sums of a device's day beside those of the same weekday weeks before; both must be valid."""
        earlier = [self._calendar.weeks_before(day, compute.weeks) for day in days]
        for group in self._fleet(compute.readings):
            now = await self._day_sums(compute.readings, group, days)
            then = await self._day_sums(compute.readings, group, earlier)
            for day, before in zip(days, earlier, strict=True):
                for (zone, device), (total, held) in now.get(day.start, {}).items():
                    parts = Parts(held=held * group.interval / HOUR, samples=held)
                    old = then.get(before.start, {}).get((zone, device))
                    if old and min(held, old[1]) * group.interval >= compute.valid * (day.end - day.start):
                        parts = parts._replace(numerator=total, denominator=old[0])
                    add(into, day.start, zone, parts)
            expect(into, group, days, self._spans(compute.readings, days))

    async def _day_sums(
        self, readings: Readings, group: Group, days: Sequence[Day]
    ) -> dict[int, dict[tuple[str, str], tuple[float, int]]]:
        """Sum and number of the values of each device, by day."""
        found: dict[int, dict[tuple[str, str], tuple[float, int]]] = defaultdict(dict)
        for one in await self._aggregate(readings, group, days, Aggregate.SUM):
            found[one.time][one.zone, one.device or ""] = (one.value, one.count)
        return found

    async def _sum(self, terms: Iterable[Term], days: Sequence[Day], into: ByDay, *, below: bool) -> None:
        """The terms of one side of a ratio: above the line, or below it."""
        for term in terms:
            own: ByDay = {day.start: {} for day in days}
            await self._quantity(term.what, days, own)
            for day in days:
                factor = term.times
                if term.factor is not None:
                    factor *= self._factors.on(term.factor, day.date) or 0.0
                for zone, parts in own[day.start].items():
                    value = parts.numerator * factor
                    sides = (0.0, value) if below else (value, 0.0)
                    add(into, day.start, zone, parts._replace(numerator=sides[0], denominator=sides[1]))

    async def _quantity(self, what: Quantity, days: Sequence[Day], into: ByDay) -> None:
        if isinstance(what, Constant):
            return
        if isinstance(what, Level | Time):
            await self._slots(what, days, into)
        elif isinstance(what, LabelSum):
            await self._labels(what, days, into)
        elif isinstance(what, Rise):
            await self._rises(what, days, into)
        else:
            await self._sums(what, days, into)

    async def _sums(self, what: Sum, days: Sequence[Day], into: ByDay) -> None:
        for group in self._fleet(what.readings):
            for one in await self._aggregate(what.readings, group, days, Aggregate.SUM, by_zone=True):
                held = one.count * group.interval / HOUR
                add(into, one.time, one.zone, Parts(one.value, 0.0, held, 0.0, one.count))
            expect(into, group, days, self._spans(what.readings, days))
            cap(into)

    async def _rises(self, what: Rise, days: Sequence[Day], into: ByDay) -> None:
        for group in self._fleet(what.readings):
            rises = Rises(self._store, self._calendar, what.readings, group.names)
            for day, zone, rise, count in await rises.of(days):
                add(into, day, zone, Parts(rise, 0.0, count * group.interval / HOUR, 0.0, count))
            expect(into, group, days, self._spans(what.readings, days))
            cap(into)

    async def _labels(self, what: LabelSum, days: Sequence[Day], into: ByDay) -> None:
        by_start = {day.start: day for day in days}
        labels = {device.id: number(device.labels.get(what.label)) for device in self._devices}
        for group in self._fleet(what.readings):
            spans = self._spans(what.readings, days)
            for row in await self._tally(what.readings, group, days, spans):
                day = by_start[row.time]
                passed = day.until - day.start
                valid = row.met_slots * group.interval >= what.valid * passed
                value = labels.get(row.device or "", 0.0) * passed / HOUR if valid else 0.0
                held = row.slots * group.interval / HOUR
                add(into, row.time, row.zone, Parts(value, 0.0, held, 0.0, row.readings))
            expect(into, group, days, spans)

    def _fleet(self, readings: Readings) -> list[Group]:
        found = self._groups.get(readings)
        if found is None:
            default = self._intervals.get(readings.type, HOUR)
            found = self._groups[readings] = groups(self._devices, readings, default)
        return found

    def _spans(self, readings: Readings, days: Sequence[Day]) -> tuple[Span, ...]:
        start, end = days[0].start, days[-1].end
        if readings.schedule is None:
            return ((start, end),)
        return open_spans(readings.schedule, start, end)

    async def _tally(
        self, readings: Readings, group: Group, days: Sequence[Day], spans: tuple[Span, ...]
    ) -> list[Tallied]:
        if not spans:
            return []
        selection = Selection(days[0].start, days[-1].end, group.names, types=(readings.type,))
        tally = Tally(
            group.interval,
            group.given,
            group.met,
            readings.value,
            readings.decibels,
            spans if readings.schedule else (),
            readings.by_device,
        )
        key = (selection, tally)
        if key not in self._tallied:
            while len(self._tallied) >= _MEMORY:
                del self._tallied[next(iter(self._tallied))]
            timezone = self._calendar.timezone
            self._tallied[key] = await self._store.tally(selection, tally, timezone=timezone)
        return self._tallied[key]

    async def _aggregate(
        self,
        readings: Readings,
        group: Group,
        days: Sequence[Day],
        agg: Aggregate,
        *,
        by_zone: bool = False,
    ) -> list[Bucket]:
        assert readings.value is not None
        selection = Selection(
            days[0].start, days[-1].end, group.names, types=(readings.type,), metrics=(readings.value,)
        )
        return await self._store.aggregate(
            selection, every=DAY, agg=agg, timezone=self._calendar.timezone, by_zone=by_zone
        )
