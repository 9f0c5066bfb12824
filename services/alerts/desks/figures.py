"""What can be asked about alerts as a whole: floods, deadlines, and who would hear of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from devices.model import City
from rules.ruleset import Rule
from services.alerts.books import Reach
from services.alerts.deadlines import percentiles
from services.alerts.desks.paging import after_first
from services.alerts.floods.book import flood_document
from services.alerts.notify.outbox import kind_of
from services.alerts.own import WATCHES
from services.alerts.routing.explain import explain
from services.alerts.routing.query import complete
from services.alerts.service import AlertsService
from services.runtime.clock import Clock
from services.runtime.ports import DeviceDirectory, InvalidError, NotFoundError, Page
from services.store.records import Records


class FigureDesk:
    """:class:`~services.runtime.operatorports.FloodsPort`, ``DeadlinesPort`` and ``RoutesPort``."""

    def __init__(
        self,
        alerts: AlertsService,
        records: Records,
        clock: Clock,
        city: City,
        devices: DeviceDirectory,
        reach: Reach,
        rule_of: Callable[[str], Rule | None],
    ) -> None:
        self._alerts = alerts
        self._records = records
        self._clock = clock
        self._city = city
        self._devices = devices
        self._reach = reach
        self._rule_of = rule_of

    async def floods(self, *, limit: int, cursor: str | None) -> Page:
        """Floods, those that last first."""

        async def over(most: int, after: str | None) -> Page:
            found, following = await self._records.floods.page(limit=most, cursor=after)
            return Page([flood_document(record) for record in found], following)

        lasting = [flood_document(record) for record in self._alerts.books.floods.current()]
        return await after_first(lasting, over, limit=limit, cursor=cursor)

    async def deadlines(self, *, start: int, end: int) -> Mapping[str, Any]:
        """Of the alerts that fired within the span (ms), by domain and stage."""
        rows = await self._records.alerts.staged(start=start, end=end)
        deadlines, now = self._alerts.policy.deadlines, self._clock.now()
        return await asyncio.to_thread(percentiles, rows, deadlines, now=now)

    async def explain(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who would hear of an alert, when."""
        device, rule = self._device(query.get("device")), self._rule(query.get("rule"))
        at = query["at"] if query.get("at") is not None else self._clock.now()
        try:
            asked = complete(query, at, city=self._city, device=device, rule=rule)
        except ValueError as error:
            raise InvalidError.at("domain", str(error)) from None
        policy = self._alerts.policy
        names = {*policy.receivers, *(name for name, _ in self._reach.channels)}
        kinds = {name: [kind_of(one) for one in self._reach.of(name)] for name in names}
        found = explain(policy, asked, kinds, router=self._alerts.books.router)
        hold = self._alerts.books.suppression.held_by(asked, at)
        if hold is not None and hold.id not in {one["id"] for one in found["held"]}:
            found["held"].insert(0, {**hold.as_dict(hold.by), "now": True})
        return found

    def _device(self, name: str | None) -> Any:
        if name is None:
            return None
        device = self._devices.get(name)
        if device is None:
            raise NotFoundError(f"no device {name}")
        return device

    def _rule(self, name: str | None) -> Rule | None:
        if name is None or any(watch.rule == name for watch in WATCHES):
            return None
        rule = self._rule_of(name)
        if rule is None:
            raise NotFoundError(f"no rule {name}")
        return rule
