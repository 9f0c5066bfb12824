"""Values of indicators by period and zone: what is kept is read, the rest made of days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from devices.model import City, Text
from services.status.kpis.adding import ByDay, ByZone
from services.status.kpis.book import Book, settled, together
from services.status.kpis.gathering import Gathering
from services.status.kpis.model import Kpi, Percentile
from services.status.kpis.periods import Calendar, Period
from services.status.kpis.values import Outcome, outcome
from services.store.records.kpis import KpiRecord, KpiRecords
from services.store.timeseries.protocol import Selection, TimeSeriesStore

Outcomes: TypeAlias = dict[str | None, Outcome]
"""By zone; None is the whole city."""


class Computing:
    """Computes for one city. One round at a time uses it."""

    def __init__(
        self, city: City, calendar: Calendar, store: TimeSeriesStore, records: KpiRecords, book: Book
    ) -> None:
        self._city, self._calendar, self._store = city, calendar, store
        self._records, self._book = records, book

    async def values(
        self, kpi: Kpi, periods: Sequence[Period], gathering: Gathering, now: int
    ) -> dict[int, Outcomes]:
        """Of each of these periods, oldest first, by its start: of the city, and of every zone."""
        found = await self._kept(kpi, periods)
        missing = [period for period in periods if period.start not in found]
        if missing:
            days = self._calendar.days(missing[0].start, missing[-1].end, now)
            parts = await self._book.days(kpi, days, gathering, now) if days else {}
            for period in missing:
                found[period.start] = await self._computed(kpi, period, parts, now)
            await self._keep(kpi, [one for one in missing if settled(one.end, now)], found, now)
        return found

    async def over(
        self, kpi: Kpi, period: Period, zones: Sequence[str], gathering: Gathering, now: int
    ) -> Outcome:
        """Of some zones together, or (none named) of all."""
        days = self._calendar.days(period.start, period.end, now)
        parts = await self._book.days(kpi, days, gathering, now)
        whole = together(_added(parts.values()), zones or None)
        quantile = None
        if isinstance(kpi.compute, Percentile):
            quantile = (await self._quantiles(kpi.compute, period, now, tuple(zones))).get(None)
        return outcome(kpi, whole, None, period, now, quantile)

    async def _computed(self, kpi: Kpi, period: Period, parts: ByDay, now: int) -> Outcomes:
        inside = [zones for day, zones in parts.items() if period.start <= day < period.end]
        by_zone = _added(inside)
        quantiles: Mapping[str | None, float] = {}
        if isinstance(kpi.compute, Percentile):
            quantiles = await self._quantiles(kpi.compute, period, now)
        whole = outcome(kpi, together(by_zone), None, period, now, quantiles.get(None))
        found: Outcomes = {None: whole}
        for zone in self._city.zones:
            found[zone] = outcome(kpi, together(by_zone, [zone]), zone, period, now, quantiles.get(zone))
        return found

    async def _quantiles(
        self, compute: Percentile, period: Period, now: int, zones: tuple[str, ...] = ()
    ) -> Mapping[str | None, float]:
        end = min(period.end, now)
        if period.start >= end:
            return {}
        selection = Selection(
            period.start, end, zones=zones, types=(compute.readings.type,), metrics=(compute.metric,)
        )
        found = await self._store.quantiles(selection, [compute.share])
        return {one.zone: one.values[0] for one in found}

    async def _kept(self, kpi: Kpi, periods: Sequence[Period]) -> dict[int, Outcomes]:
        """Those of the periods that the records hold."""
        rows = await self._records.find(
            [kpi.id], periods[0].kind.value, start=periods[0].start, end=periods[-1].end
        )
        found: dict[int, Outcomes] = {}
        for row in rows:
            if row.definition == kpi.definition and row.computed:
                found.setdefault(row.start, {})[row.zone or None] = _outcome(row)
        every = {None, *self._city.zones}
        return {start: zones for start, zones in found.items() if every <= zones.keys()}

    async def _keep(
        self, kpi: Kpi, periods: Iterable[Period], found: Mapping[int, Outcomes], now: int
    ) -> None:
        await self._records.put(
            _row(kpi, zone, period, one, now)
            for period in periods
            for zone, one in found[period.start].items()
        )


def _added(days: Iterable[ByZone]) -> ByZone:
    """Days added up, by zone: always in the same order, for the same sums."""
    total: ByZone = {}
    for zones in days:
        for zone, parts in zones.items():
            before = total.get(zone)
            total[zone] = parts if before is None else before.plus(parts)
    return dict(sorted(total.items()))


def _row(kpi: Kpi, zone: str | None, period: Period, one: Outcome, now: int) -> KpiRecord:
    detail = {} if one.reason is None else {"reason": one.reason.as_dict()}
    return KpiRecord(
        kpi.id,
        zone or "",
        period.kind.value,
        period.start,
        period.end,
        one.value,
        one.coverage,
        one.samples,
        kpi.definition,
        max(now, 1),
        detail,
    )


def _outcome(row: KpiRecord) -> Outcome:
    said = row.detail.get("reason")
    return Outcome(row.value, row.coverage, row.samples, Text(**said) if said else None)
