"""The parts of indicators: those of days that are over are kept, those of today made anew now and then.

A day is kept once it has been over for a while. Readings that come later mark it (see
:meth:`services.store.records.kpis.KpiRecords.invalidate`), and it is gathered again; how much was expected on
that day stays as it was, whatever devices were registered since.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.status.kpis.adding import ByDay, ByZone
from services.status.kpis.gathering import Gathering
from services.status.kpis.model import NOTHING, Kpi, Parts
from services.status.kpis.periods import Day
from services.store.records.kpis import PARTS, KpiRecord, KpiRecords

SETTLED = 15 * 60_000
"""How long (ms) a day, or a period, has to be over before it is kept."""

MOST = 50_000
"""Days of indicators kept in memory."""

_DIGITS = 9


class Book:
    """The parts of every indicator, by day and zone. One round at a time uses it.

    ``fresh`` (ms) is how old the parts of a day that is not kept yet may be.
    """

    def __init__(self, records: KpiRecords, *, fresh: int = 60_000) -> None:
        self._records, self._fresh = records, fresh
        self._kept: OrderedDict[tuple[str, str, int], ByZone] = OrderedDict()
        self._running: dict[tuple[str, str, int], tuple[int, ByZone]] = {}

    def forget(self, kpis: Iterable[str], start: int, end: int) -> None:
        """Look again at the days of [start, end) when they are asked for next."""
        wanted = set(kpis)
        for held in (self._kept, self._running):
            gone = [key for key in held if key[0] in wanted and start - _LONGEST_DAY < key[2] < end]
            for key in gone:
                del held[key]

    async def days(self, kpi: Kpi, days: Sequence[Day], gathering: Gathering, now: int) -> ByDay:
        """The parts of these days, which follow one another."""
        found: ByDay = {}
        missing = [day for day in days if not self._remembered(kpi, day, now, found)]
        if over := [day for day in missing if settled(day.end, now)]:
            for day in await self._read(kpi, over, found):
                missing.remove(day)
        most = gathering.at_once(kpi.compute)
        for run in _runs([day for day in missing if day.start not in found], most):
            await self._gather(kpi, run, gathering, now, found)
        return {day.start: found[day.start] for day in days}

    def _remembered(self, kpi: Kpi, day: Day, now: int, found: ByDay) -> bool:
        key = (kpi.id, kpi.definition, day.start)
        kept = self._kept.get(key)
        if kept is None:
            at, running = self._running.get(key, (0, {}))
            fresh = now - at < self._fresh and not settled(day.end, now)
            kept = running if fresh and at <= now else None
        if kept is None:
            return False
        found[day.start] = kept
        return True

    async def _read(self, kpi: Kpi, days: Sequence[Day], found: ByDay) -> list[Day]:
        """Those of these days that the records hold."""
        rows = await self._records.find([kpi.id], PARTS, start=days[0].start, end=days[-1].end)
        held = {row.start: row for row in rows if row.definition == kpi.definition and row.computed}
        read = [day for day in days if day.start in held]
        for day in read:
            found[day.start] = zones = parts_of(held[day.start].detail)
            self._keep(kpi, day, zones)
        return read

    async def _gather(
        self, kpi: Kpi, days: Sequence[Day], gathering: Gathering, now: int, found: ByDay
    ) -> None:
        before = await self._records.find([kpi.id], PARTS, start=days[0].start, end=days[-1].end)
        marked = {row.start: row.detail for row in before if row.definition == kpi.definition}
        gathered = await gathering.parts(kpi.compute, days)
        rows = []
        for day in days:
            zones = _rounded(gathered[day.start])
            if day.start in marked and settled(day.end, now):
                zones = _as_expected(zones, parts_of(marked[day.start]))
            found[day.start] = zones
            if settled(day.end, now):
                self._keep(kpi, day, zones)
                rows.append(_row(kpi, day, zones, now))
            else:
                self._running[kpi.id, kpi.definition, day.start] = (now, zones)
        await self._records.put(rows)

    def _keep(self, kpi: Kpi, day: Day, zones: ByZone) -> None:
        self._running.pop((kpi.id, kpi.definition, day.start), None)
        self._kept[kpi.id, kpi.definition, day.start] = zones
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


_LONGEST_DAY = 26 * 3_600_000


def settled(end: int, now: int) -> bool:
    """Whether what ended then has been over for long enough to be kept."""
    return now >= end + SETTLED


def together(zones: ByZone, wanted: Iterable[str] | None = None) -> Parts:
    """The parts of some zones added up, or of all: always in the same order, for the same sum."""
    chosen = zones if wanted is None else {zone: zones[zone] for zone in sorted(wanted) if zone in zones}
    total = NOTHING
    for parts in chosen.values():
        total = total.plus(parts)
    return total


def parts_of(detail: Mapping[str, Any]) -> ByZone:
    """The parts that a row of the records holds."""
    return {zone: Parts(*numbers) for zone, numbers in detail["zones"].items()}


def _row(kpi: Kpi, day: Day, zones: ByZone, now: int) -> KpiRecord:
    detail = {"zones": {zone: list(parts) for zone, parts in zones.items()}}
    samples = together(zones).samples
    return KpiRecord(
        kpi.id, "", PARTS, day.start, day.end, None, None, samples, kpi.definition, max(now, 1), detail
    )


def _rounded(zones: ByZone) -> ByZone:
    """As they are kept: sums that a database adds up in any order are then the same."""
    return {zone: _round(*parts) for zone, parts in sorted(zones.items())}


def _round(above: float, below: float, held: float, expected: float, samples: int) -> Parts:
    return Parts(
        round(above, _DIGITS), round(below, _DIGITS), round(held, _DIGITS), round(expected, _DIGITS), samples
    )


def _as_expected(zones: ByZone, before: ByZone) -> ByZone:
    """What is there now, and what was expected when the day was first looked at."""
    every = sorted({*zones, *before})
    return {
        zone: zones.get(zone, NOTHING)._replace(expected=before.get(zone, NOTHING).expected) for zone in every
    }


def _runs(days: Sequence[Day], most: int) -> Iterator[list[Day]]:
    """Days that follow one another, not too many at once."""
    run: list[Day] = []
    for day in days:
        if run and (run[-1].end != day.start or len(run) >= most):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
