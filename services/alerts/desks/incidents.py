"""Incidents, for the operators who work on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.alerts.document import document as alert_document
from services.alerts.incidents.document import document, full_document
from services.alerts.incidents.operations import (
    Operation,
    acknowledging,
    assigning,
    closing,
    commenting,
)
from services.alerts.operations import Operation as AlertOperation
from services.alerts.operations import acknowledging as acknowledging_alert
from services.alerts.operations import closing as closing_alert
from services.alerts.service import AlertsService
from services.alerts.turn import TOGETHER
from services.runtime.clock import Clock
from services.runtime.ports import NotFoundError, Page
from services.store.records import Records
from services.store.records.alerts import Changes, Known

_COUNTED = ("severity", "rule", "zone")


class IncidentDesk:
    """:class:`services.runtime.operatorports.IncidentsPort`."""

    def __init__(self, alerts: AlertsService, records: Records, clock: Clock) -> None:
        self._alerts = alerts
        self._book = alerts.books.incidents
        self._records = records
        self._clock = clock

    async def incidents(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Incidents, newest first."""
        found, following = await self._records.incidents.page(filters, limit=limit, cursor=cursor)
        return Page([document(record) for record in found], following)

    async def incident(self, incident_id: str) -> Mapping[str, Any]:
        """One incident, with its ``history``, its ``cause_alert`` and the ``counts`` of its alerts."""
        found = await self._records.incidents.get(incident_id)
        if found is None:
            raise NotFoundError(f"no incident {incident_id}")
        record, history = found
        causes = [] if record.cause is None else await self._records.alerts.some([record.cause])
        cause = alert_document(causes[0]) if causes else None
        return full_document(record, history, cause_alert=cause, counts=self._counts(incident_id))

    async def acknowledge_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Acknowledge it and its open alerts; those that somebody has acknowledged already stay his."""
        now = self._clock.now()
        step, each = acknowledging(by, note, now, number), acknowledging_alert(by, note, now)
        return await self._with_alerts(incident_id, step, each)

    async def close_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Resolve it and its open alerts by hand, with a reason."""
        now = self._clock.now()
        step, each = closing(by, note, now, number), closing_alert(by, note, now)
        return await self._with_alerts(incident_id, step, each)

    async def assign_incident(
        self, incident_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        """Give it to somebody, or to nobody."""
        return await self._operate(incident_id, assigning(by, to, self._clock.now(), number))

    async def comment_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Write into its history."""
        return await self._operate(incident_id, commenting(by, note, self._clock.now(), number))

    async def _operate(self, incident_id: str, operation: Operation) -> Mapping[str, Any]:
        step = self._book.operate(incident_id, operation)
        await self._alerts.turn.change([], _beside(step))
        return await self.incident(incident_id)

    async def _with_alerts(
        self, incident_id: str, operation: Operation, each: AlertOperation
    ) -> Mapping[str, Any]:
        """The incident's own step and those of its alerts: in one transaction, unless there are very many."""
        members = self._book.members(incident_id)
        step = self._book.operate(incident_id, operation)
        await self._alerts.each(members[:TOGETHER], each, {}, beside=step)
        for start in range(TOGETHER, len(members), TOGETHER):
            await self._alerts.each(members[start : start + TOGETHER], each, {})
        return await self.incident(incident_id)

    def _counts(self, incident_id: str) -> Mapping[str, Mapping[str, int]]:
        """Its open alerts by severity, rule and zone, the most first."""
        counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
        for member in self._book.members(incident_id):
            alert = self._alerts.board.get(member)
            if alert is not None:
                for name, found in counts.items():
                    found[str(getattr(alert, name))] += 1
        return {name: dict(found.most_common()) for name, found in counts.items()}


def _beside(step: Callable[[Changes, int], None]) -> Callable[[Known, int], Changes]:
    def decide(_known: Known, now: int) -> Changes:
        changes = Changes()
        step(changes, now)
        return changes

    return decide
