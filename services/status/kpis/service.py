"""Indicators as a service: answers with them, keeps the running ones fresh, tells which leave their bands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import structlog

from devices.documents import suggestion
from devices.model import City, Domain, SmartService
from devices.types import ObservationType
from services.runtime.clock import Clock
from services.runtime.ports import DeviceDirectory, InvalidError, NotFoundError
from services.status.kpis import documents
from services.status.kpis.book import Book
from services.status.kpis.computing import Computing, Outcomes
from services.status.kpis.counters import LOOK_BACK
from services.status.kpis.export import export
from services.status.kpis.gathering import Gathering
from services.status.kpis.model import Kpi, Rise, Weekday, terms_of
from services.status.kpis.periods import DAY, Calendar, Kind, Period
from services.status.kpis.reading import Kpis
from services.status.kpis.values import distance
from services.status.model import OffBand
from services.store.errors import StoreError
from services.store.records.kpis import KpiRecords
from services.store.timeseries.protocol import TimeSeriesStore

log = structlog.get_logger(__name__)

EVERY = 300.0
"""Seconds between two looks at the running periods."""

MOST = 20_000
"""Values that one question may ask for."""

MOST_DAYS = 12_000
"""Days of indicators that one question may ask for: a year of all of Nakhon's own."""

EVERY_ZONE = "*"
_REST = 4.0
"""A look is followed by at least so many times as long a pause: it takes a fifth of a core at most."""

_WATCHED = Kind.MONTH
_DIGITS = 4

OnBands = Callable[[str, tuple[OffBand, ...]], None]


class KpiService:
    """:class:`services.runtime.statusports.KpisPort` of one city.

    After :meth:`start` the running day, week and month are computed again every few minutes, and what is over
    is kept in the records; what a question needs besides is computed when it is asked. ``on_bands`` is told,
    for each service, its domain's indicators that are outside their bands this month, whenever they change.
    """

    def __init__(
        self,
        city: City,
        kpis: Kpis,
        catalog: Mapping[str, ObservationType],
        registry: DeviceDirectory,
        store: TimeSeriesStore,
        records: KpiRecords,
        clock: Clock,
        *,
        on_bands: OnBands | None = None,
        every: float = EVERY,
    ) -> None:
        self._city, self._kpis, self._registry = city, kpis, registry
        self._intervals = {name: kind.interval for name, kind in catalog.items()}
        self._store, self._records, self._clock = store, records, clock
        self.on_bands = on_bands
        self._every = every
        self._calendar = Calendar(city.timezone)
        self._book = Book(records)
        self._computing = Computing(city, self._calendar, store, records, self._book)
        self._one_at_a_time = asyncio.Lock()
        self._told: dict[str, tuple[OffBand, ...]] = {}
        self._again: dict[str, tuple[int, int]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at the running periods."""
        self._task = asyncio.create_task(self._look_for_ever(), name="kpis: look")

    async def stop(self) -> None:
        """Stop looking."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        """Every indicator that the city has: what it says, its formula, unit, direction, target, source."""
        return [documents.definition(kpi) for kpi in self._kpis.by_id.values()]

    async def kpis(
        self,
        *,
        domain: str | None = None,
        kpi: str | None = None,
        zones: Sequence[str] = (),
        period: str = "month",
        start: int | None = None,
        end: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Values by indicator, zone and period, in this order; each with that of the period before.

        Raises:
            NotFoundError: no such indicator, domain or zone.
            InvalidError: more than can be answered at once, or no such kind of period.
            StoreError: the readings, or what is kept, can't be read.
        """
        chosen = self._chosen(domain, kpi)
        wanted = self._zones(zones)
        periods = self._periods(period, start, end)
        self._check_size(len(chosen), len(wanted), periods)
        found: list[Mapping[str, Any]] = []
        async with self._one_at_a_time:
            now, gathering = self._clock.now(), self._gathering()
            every = [self._calendar.before(periods[0]), *periods]
            for one in chosen:
                values = await self._computing.values(one, every, gathering, now)
                found += _documents(one, wanted, every, values)
                await asyncio.sleep(0)
        return found

    @staticmethod
    def export(values: Sequence[Mapping[str, Any]], format_: str) -> bytes:
        """Values as a file: see :func:`services.status.kpis.export.export`."""
        return export(values, format_)

    async def late(self, devices: Mapping[str, tuple[int, int]]) -> None:
        """Readings came late: what they belong to is computed again, at the next look or question.

        ``devices`` are their first and last times (ms) by device.
        """
        async with self._one_at_a_time:
            for kpi_id, (first, last) in self._spans_of(devices).items():
                start, end = self._reach(self._kpis.by_id[kpi_id], first, last)
                self._book.forget([kpi_id], start, end)
                await self._records.invalidate([kpi_id], start=start, end=end)
                before = self._again.get(kpi_id, (start, end))
                self._again[kpi_id] = (min(start, before[0]), max(end, before[1]))

    async def look(self) -> None:
        """Compute the running periods and those just over, and tell of bands; a step at a time."""
        again, self._again = self._again, {}
        gathering = self._gathering()
        for kpi in self._kpis.by_id.values():
            async with self._one_at_a_time:
                now = self._clock.now()
                for kind in Kind:
                    running = self._calendar.at(kind, now)
                    if kind in (Kind.DAY, Kind.WEEK, Kind.MONTH):
                        both = [self._calendar.before(running), running]
                        await self._computing.values(kpi, both, gathering, now)
                    await self._recompute(kpi, kind, again.get(kpi.id), gathering, now)
            await asyncio.sleep(0)
        await self._look_at_bands(gathering)

    async def _recompute(
        self, kpi: Kpi, kind: Kind, span: tuple[int, int] | None, gathering: Gathering, now: int
    ) -> None:
        """What is kept of a span that late readings came into."""
        if span is None:
            return
        start = self._calendar.at(kind, span[0]).start
        rows = await self._records.find([kpi.id], kind.value, start=start, end=span[1], zones=[""])
        for row in rows:
            if not row.computed:
                period = self._calendar.at(kind, row.start)
                await self._computing.values(kpi, [period], gathering, now)

    async def _look_for_ever(self) -> None:
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self.look()
            except StoreError as error:
                log.warning("indicators can't be computed now; they are tried again", error=str(error))
            took = asyncio.get_running_loop().time() - began
            await self._clock.sleep(max(self._every, took * _REST))

    async def _look_at_bands(self, gathering: Gathering) -> None:
        for service in self._city.services.values():
            async with self._one_at_a_time:
                now = self._clock.now()
                month = self._calendar.at(_WATCHED, now)
                off = [
                    one
                    for kpi in self._watched(service)
                    if (one := await self._off_band(kpi, service, month, gathering, now))
                ]
            self._tell(service.id, tuple(off))

    def _tell(self, service: str, off: tuple[OffBand, ...]) -> None:
        if self._told.get(service, ()) != off:
            self._told[service] = off
            if self.on_bands is not None:
                self.on_bands(service, off)

    async def _off_band(
        self, kpi: Kpi, service: SmartService, month: Period, gathering: Gathering, now: int
    ) -> OffBand | None:
        assert kpi.band is not None
        found = await self._computing.over(kpi, month, service.zones, gathering, now)
        if found.value is None or distance(kpi.band, found.value) == 0:
            return None
        value = float(f"{found.value:.{_DIGITS}g}")
        return OffBand(kpi.id, kpi.title, value, kpi.unit, *kpi.band)

    def _watched(self, service: SmartService) -> Iterable[Kpi]:
        """The indicators with a band of a service's domain that are made of what it stands on."""
        for kpi in self._kpis.by_id.values():
            if kpi.band and kpi.domain is service.domain and not kpi.types.isdisjoint(service.types):
                yield kpi

    def _gathering(self) -> Gathering:
        devices = self._registry.all()
        return Gathering(self._store, devices, self._calendar, self._kpis.factors, self._intervals)

    def _spans_of(self, devices: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """First and last time by indicator; a device that is not known may be of any type."""
        by_type: dict[str, tuple[int, int]] = {}
        every = {type_ for kpi in self._kpis.by_id.values() for type_ in kpi.types}
        for device_id, (first, last) in devices.items():
            device = self._registry.get(device_id)
            for type_ in every if device is None else every.intersection(device.types):
                before = by_type.get(type_, (first, last))
                by_type[type_] = (min(first, before[0]), max(last, before[1]))
        spans = {}
        for kpi in self._kpis.by_id.values():
            if found := [by_type[type_] for type_ in kpi.types if type_ in by_type]:
                spans[kpi.id] = (min(first for first, _ in found), max(last for _, last in found))
        return spans

    def _reach(self, kpi: Kpi, first: int, last: int) -> tuple[int, int]:
        """How far readings of a span matter: counters and comparisons look back."""
        days = 0
        if isinstance(kpi.compute, Weekday):
            days = 7 * kpi.compute.weeks
        elif any(isinstance(term.what, Rise) for term in terms_of(kpi.compute)):
            days = LOOK_BACK
        start = self._calendar.at(Kind.DAY, first).start
        return start, self._calendar.at(Kind.DAY, last + days * DAY).end

    def _chosen(self, domain: str | None, kpi: str | None) -> list[Kpi]:
        if domain is not None and domain not in set(Domain):
            raise NotFoundError(f"no domain {domain!r}{suggestion(domain, list(Domain))}")
        if kpi is not None and kpi not in self._kpis.by_id:
            raise NotFoundError(f"no KPI {kpi!r}{suggestion(kpi, self._kpis.by_id)}")
        return [
            one
            for one in self._kpis.by_id.values()
            if domain in (None, one.domain.value) and kpi in (None, one.id)
        ]

    def _zones(self, zones: Sequence[str]) -> list[str | None]:
        if not zones:
            return [None]
        if EVERY_ZONE in zones:
            return list(self._city.zones)
        for zone in zones:
            if zone not in self._city.zones:
                raise NotFoundError(f"no zone {zone!r}{suggestion(zone, self._city.zones)}")
        return list(dict.fromkeys(zones))

    def _periods(self, kind: str, start: int | None, end: int | None) -> list[Period]:
        if kind not in set(Kind):
            raise InvalidError.at("period", f"no period {kind!r}", ", ".join(Kind))
        now = self._clock.now()
        first = now if start is None else start
        last = max(now, first) + 1 if end is None else end
        if start is None and end is not None:
            first = end - 1
        found = self._calendar.between(Kind(kind), max(first, 0), last)
        return list(islice(found, MOST + 1)) or [self._calendar.at(Kind(kind), max(first, 0))]

    def _check_size(self, kpis: int, zones: int, periods: Sequence[Period]) -> None:
        values = kpis * zones * len(periods)
        days = kpis * (periods[-1].end - self._calendar.before(periods[0]).start) // DAY
        if values > MOST:
            raise InvalidError.at("start", f"{values} values are asked for", f"{MOST} at most")
        if days > max(MOST_DAYS, kpis * 740):
            raise InvalidError.at("start", "the span is too long", "two years of all KPIs, or fewer of them")


def _documents(
    kpi: Kpi, zones: Sequence[str | None], periods: Sequence[Period], values: Mapping[int, Outcomes]
) -> Iterable[Mapping[str, Any]]:
    for zone in zones:
        before = values[periods[0].start][zone].value
        for period in periods[1:]:
            found = values[period.start][zone]
            yield documents.value(kpi, zone, period, found, before)
            before = found.value
