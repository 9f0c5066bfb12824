"""Maintenance, for the operators who plan it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from services.alerts.desks.paging import after_first
from services.alerts.desks.writing import write
from services.alerts.service import AlertsService
from services.runtime.clock import Clock
from services.runtime.ports import NotFoundError, Page
from services.store.records import Records
from services.store.records.maintenance import MaintenanceRecord


class MaintenanceDesk:
    """:class:`services.runtime.operatorports.MaintenancePort`.

    What stands in the city's file comes first in the list.
    """

    def __init__(self, alerts: AlertsService, records: Records, clock: Clock) -> None:
        self._alerts = alerts
        self._book = alerts.books.suppression
        self._records = records
        self._clock = clock

    async def maintenance(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Those of the city's file and those that were added. Filters: origin, active."""
        now = self._clock.now()

        async def added(most: int, after: str | None) -> Page:
            found, following = await self._records.maintenance.page(limit=most, cursor=after)
            documents = [self._book.maintenance_document(record, now) for record in found]
            return Page([one for one in documents if _wanted(one, filters)], following)

        of_city = [one for one in self._book.city_maintenance(now) if _wanted(one, filters)]
        return await after_first(of_city, added, limit=limit, cursor=cursor)

    async def maintenance_window(self, maintenance_id: str) -> Mapping[str, Any]:
        """One of them."""
        now = self._clock.now()
        for one in self._book.city_maintenance(now):
            if one["id"] == maintenance_id:
                return one
        return self._book.maintenance_document(await self._record(maintenance_id), now)

    async def add_maintenance(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Plan one."""
        # A time zone that nobody has used yet is read from its file.
        plan = partial(self._book.add_maintenance, body, by=by, now=self._clock.now())
        planned = await asyncio.to_thread(plan)
        record = await write(self._alerts.turn, self._alerts.minder, planned)
        return self._book.maintenance_document(record, self._clock.now())

    async def end_maintenance(self, maintenance_id: str, *, by: str) -> Mapping[str, Any]:
        """End it now, for good."""
        self._book.refuse_if_city(maintenance_id)
        record = await self._record(maintenance_id)
        planned = self._book.end_maintenance(record, by=by, now=self._clock.now())
        record = await write(self._alerts.turn, self._alerts.minder, planned)
        return self._book.maintenance_document(record, self._clock.now())

    async def _record(self, maintenance_id: str) -> MaintenanceRecord:
        found = await self._records.maintenance.get(maintenance_id)
        if found is None:
            raise NotFoundError(f"no maintenance {maintenance_id}")
        return found


def _wanted(document: Mapping[str, Any], filters: Mapping[str, Sequence[str]]) -> bool:
    """Whether each given filter has its value among those that are wanted."""
    values = {"origin": document["origin"], "active": str(document["active"]).lower()}
    return all(values.get(name) in wanted for name, wanted in filters.items() if wanted)
