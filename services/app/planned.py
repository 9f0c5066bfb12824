"""Work on services that stands beside ``city.yaml``: of the city's alerting file, and of operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from devices.calendar.windows import ScheduleError, Windows
from devices.model import City, Text
from services.alerts.policy.model import Policy
from services.bus.protocol import Bus, SuppressionChanged
from services.runtime.clock import Clock
from services.status.works import WorkSource, matched_work
from services.store.errors import StoreError
from services.store.records.maintenance import MaintenanceRecord, MaintenanceRecords

log = structlog.get_logger(__name__)

_RETRY = 5.0
_AT_ONCE = 1_000
MAINTENANCE = "maintenance"


class PlannedWorks:
    """All of it as it stands; whoever judges services is told when it is otherwise."""

    def __init__(
        self, city: City, policy: Policy, records: MaintenanceRecords, bus: Bus, clock: Clock
    ) -> None:
        self._city = city
        self._records = records
        self._bus = bus
        self._clock = clock
        self._of_city = [
            source
            for one in policy.maintenance
            if (source := self._source(one.id, one.title, one.matcher.as_dict(), one.schedule))
        ]
        self._of_operators: list[WorkSource] = []
        self.changed: Callable[[], None] = lambda: None

    def __call__(self) -> Sequence[WorkSource]:
        return [*self._of_city, *self._of_operators]

    async def load(self) -> None:
        """What operators planned, also what is over: history stands on it."""
        found: list[WorkSource] = []
        cursor: str | None = None
        while True:
            records, cursor = await self._records.page(limit=_AT_ONCE, cursor=cursor)
            found += [source for one in records if (source := self._of_record(one))]
            if cursor is None:
                break
        self._of_operators = found

    async def follow(self, subscribed: asyncio.Event) -> None:
        """Read it anew whenever maintenance changes, until cancelled."""
        async with self._bus.subscribe(SuppressionChanged) as events:
            subscribed.set()
            async for event in events:
                if isinstance(event, SuppressionChanged) and event.kind == MAINTENANCE:
                    await self._again()

    async def _again(self) -> None:
        while True:
            try:
                await self.load()
            except StoreError as error:
                log.warning("planned maintenance can't be read; trying again", reason=str(error))
                await self._clock.sleep(_RETRY)
            else:
                self.changed()
                return

    def _of_record(self, record: MaintenanceRecord) -> WorkSource | None:
        title = Text(record.title["en"], record.title["th"])
        times = (record.created_at, record.ended_at)
        return self._source(record.id, title, record.matcher, record.schedule, *times)

    def _source(
        self,
        name: str,
        title: Text,
        matcher: Mapping[str, Any],
        schedule: Mapping[str, object],
        created: int | None = None,
        ended: int | None = None,
    ) -> WorkSource | None:
        try:
            windows = Windows.of(schedule, self._city.timezone)
        except ScheduleError:
            return None  # it was checked when it came in, by rules that may have become stricter since
        return matched_work(self._city, name, title, matcher, windows, created=created, ended=ended)
