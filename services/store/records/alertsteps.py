"""How severe alerts were, step by step: what statuses of the past stood on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from rules.model import Severity, State
from services.store.records.database import Database
from services.store.records.tables import alert_history, alerts

_CHUNK = 500


class AlertStep(NamedTuple):
    """From ``at`` (ms) on an alert fires with this severity; None: it does not fire."""

    at: int
    alert: str
    severity: Severity | None
    rule: str
    domain: str
    zone: str
    device: str | None
    service: str | None


class AlertStepRecords:
    """The tables of alerts and of their history, read for statuses. Shadow alerts are none of theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def span(self, services: Sequence[str], *, start: int, end: int) -> list[AlertStep]:
        """Every step before ``end`` of the alerts that fired at any time from ``start`` (ms) on.

        Of those about these services, and of those about a whole zone; by alert and in order of its steps.
        """

        def work(connection: Connection) -> list[AlertStep]:
            found = _steps(
                connection, and_(alerts.c.service.is_(None), alerts.c.device.is_(None)), start, end
            )
            for number in range(0, len(services), _CHUNK):
                named = alerts.c.service.in_(list(services[number : number + _CHUNK]))
                found += _steps(connection, named, start, end)
            return found

        return await self._database.read(work)


def _steps(connection: Connection, whose: ColumnElement[bool], start: int, end: int) -> list[AlertStep]:
    history, table = alert_history.c, alerts.c
    columns = (table.rule, table.domain, table.zone, table.device, table.service, table.ends_at)
    query = select(history.at, history.alert, history.state, history.severity, *columns)
    query = query.join_from(alerts, alert_history, history.alert == table.id).where(
        whose, ~table.shadow, table.fired < end, or_(table.ends_at.is_(None), table.ends_at >= start)
    )
    found: list[AlertStep] = []
    ends: list[int | None] = []
    for row in connection.execute(query.order_by(history.alert, history.number)):
        severity = Severity(row.severity) if row.state == State.FIRING.value else None
        about = (row.rule, row.domain, row.zone, row.device, row.service)
        found.append(AlertStep(row.at, row.alert, severity, *about))
        ends.append(row.ends_at)
    return [step for step in _moved(found, ends) if step.at < end]


def _moved(steps: Sequence[AlertStep], ends: Sequence[int | None]) -> list[AlertStep]:
    """Steps that changed how severe it was. An alert that is over ended when it says so, also when that
    was told only later."""
    found: list[AlertStep] = []
    for number, step in enumerate(steps):
        last = number + 1 == len(steps) or steps[number + 1].alert != step.alert
        before = found[-1] if found and found[-1].alert == step.alert else None
        end = ends[number]
        if last and step.severity is None and end is not None:
            step = step._replace(at=end)  # noqa: PLW2901 - the step as it counts
        if before is None and step.severity is None:
            continue
        if before is not None and before.severity is step.severity:
            if step.severity is None:
                found[-1] = before._replace(at=min(before.at, step.at))
            continue
        found.append(step if before is None else step._replace(at=max(before.at, step.at)))
    return found
