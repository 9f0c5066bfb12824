"""The facts of stored history: what was so at a moment, and what happened from then on.

Readings come in batches, in order of time and in bounded memory; all else of a span at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from devices.model import City, Device, Observation
from services.runtime.ports import DeviceDirectory
from services.status.facts import Alerted, Fact, Heard, Hearing, Registered, Stated
from services.status.feeding import heard
from services.status.history.archive import change_of
from services.status.history.factdata import HEARING, KINDS, REGISTERED, fact_of
from services.status.model import Change
from services.status.recompute.hindsight import Deaf, deaf_spans
from services.status.recompute.reach import Reach
from services.status.works import WorkSource
from services.store.records import Records
from services.store.records.facts import StatusFactRecord
from services.store.records.history import Named
from services.store.timeseries.protocol import Selection, TimeSeriesStore

BATCH = 5_000
"""Readings that are read at once."""

_NAMED = 1_000
"""More devices than these are not named in a question; their types and zones are, and the rest left out."""

_DAY = 86_400_000
_FAR = 1 << 62
_FACTS_AT_ONCE = 10_000

WorksOf = Callable[[], Sequence[WorkSource]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where history is. ``works`` is all the planned work there is or was, that of ``city.yaml`` too."""

    city: City
    registry: DeviceDirectory
    store: TimeSeriesStore
    records: Records
    works: WorksOf


class Past:
    """Reads it. Every method may raise :class:`services.store.errors.StoreError`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def so(self, at: int) -> list[Fact]:
        """What was so just before a moment, of what no other record tells; devices apart."""
        stateful = [kind for kind in KINDS if kind != REGISTERED]
        return _facts(await self._sources.records.status_facts.held(stateful, at))

    async def known(self, start: int, end: int, kinds: Sequence[str] = KINDS) -> list[Fact]:
        """What happened of that from ``start`` to before ``end`` (ms), oldest first."""
        facts = self._sources.records.status_facts
        found: list[Fact] = []
        last: tuple[int, int] | None = None
        while rows := await facts.span(kinds, start=start, end=end, after=last, limit=_FACTS_AT_ONCE):
            found += _facts(rows)
            last = rows[-1].at, rows[-1].seq
        return found

    async def registered(self, start: int, end: int = _FAR) -> list[Registered]:
        """How the registry changed from ``start`` to before ``end``."""
        facts = await self.known(start, end, [REGISTERED])
        return [fact for fact in facts if isinstance(fact, Registered)]

    async def deaf(self, start: int, end: int) -> list[Deaf]:
        """The times in which nothing could be heard, one that goes on at ``start`` too."""
        facts = [*await self.so(start), *await self.known(start, end, [HEARING])]
        return deaf_spans(fact for fact in facts if isinstance(fact, Hearing))

    async def devices(self, at: int) -> list[Device]:
        """The devices that were registered just before a moment."""
        return await asyncio.to_thread(_undone, self._sources.registry.all(), await self.registered(at))

    async def alerts(self, reach: Reach, start: int, end: int) -> list[Alerted]:
        """The steps of the alerts that fired at any time from ``start`` to before ``end``."""
        services = sorted(reach.services)
        steps = await self._sources.records.alert_steps.span(services, start=start, end=end)
        return [
            Alerted(
                step.at,
                step.alert,
                step.severity,
                step.rule,
                step.domain,
                step.zone,
                step.device,
                step.service,
            )
            for step in steps
        ]

    def works(self) -> Sequence[WorkSource]:
        """All the planned work that there is or was."""
        return self._sources.works()

    async def held(self, named: Sequence[Named], at: int) -> list[Change]:
        """What is recorded to hold just before a moment, of each of these."""
        found = await self._sources.records.status_history.held(named, at)
        return [change_of(record) for record in found.values()]

    async def first(self, named: Sequence[Named]) -> dict[Named, int]:
        """Since when anything is recorded of each."""
        return await self._sources.records.status_history.first(named)

    async def told(self, named: Sequence[Named], start: int, end: int) -> list[Change]:
        """What is recorded of these from ``start`` to before ``end``."""
        found = await self._sources.records.status_history.within(named, start=start, end=end)
        return [change_of(record) for record in found]

    async def heard_before(self, reach: Reach, at: int) -> list[Heard]:
        """The newest reading of each device before a moment, as far back as there are any."""
        lookback = max(_DAY, 2 * reach.patience)
        found = await self._latest(reach, sorted(reach.devices), at - lookback, at)
        seen = {fact.device for fact in found}
        missing = [name for name in sorted(reach.devices) if name not in seen]
        return [*found, *await self._latest(reach, missing, 0, at - lookback)]

    async def _latest(self, reach: Reach, devices: Sequence[str], start: int, end: int) -> list[Heard]:
        found: list[Observation] = []
        for number in range(0, len(devices), _NAMED):
            few = tuple(devices[number : number + _NAMED])
            found += await self._sources.store.latest(Selection(max(0, start), end, few))
        return [heard(one) for one in found if one.device in reach.devices]

    async def readings(self, reach: Reach, start: int, end: int) -> AsyncIterator[list[Heard]]:
        """Every reading of the devices from ``start`` to before ``end``, in batches, in order of time."""
        names = reach.counts_for.keys()
        if not names or start >= end:
            return
        async for batch in self._sources.store.replay(_selection(reach, start, end), batch=BATCH):
            yield [heard(one) for one in batch if one.device in names]


def _undone(devices: Sequence[Device], registered: Sequence[Registered]) -> list[Device]:
    """The devices as they were before these changes, which are oldest first."""
    there = {device.id: device for device in devices}
    for fact in reversed(registered):
        there.pop(fact.id, None)
        if fact.before is not None:
            there[fact.id] = fact.before
    return list(there.values())


def stated(changes: Iterable[Change]) -> list[Stated]:
    """What was found elsewhere, for a course that does not judge it."""
    return [Stated(change.at, change.subject, change.verdict) for change in changes]


def _selection(reach: Reach, start: int, end: int) -> Selection:
    if len(reach.counts_for) <= _NAMED:
        return Selection(start, end, devices=tuple(sorted(reach.counts_for)))
    return Selection(start, end, zones=tuple(sorted(reach.zones)), types=tuple(sorted(reach.types)))


def _facts(rows: Iterable[StatusFactRecord]) -> list[Fact]:
    return [fact for fact in map(fact_of, rows) if fact is not None]
