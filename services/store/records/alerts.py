"""Alerts as they are kept: the alert, its history, and what is still to be announced.

This module stores; what a step does to an alert is decided by the caller, on the rows as they are under
the lock of one transaction (:data:`Decide`). That makes a batch of transitions idempotent, and lets one of
two operators win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rules.model import Severity, State
from services.store.records.database import Database
from services.store.records.failures import StoreClashError
from services.store.records.tables import alert_history, alert_outbox, alerts, alerts_passed
from services.store.records.ulid import is_ulid
from services.store.records.whole import uninterrupted

FILTERS = ("state", "severity", "domain", "zone", "device", "rule", "service")
PASSED_KEPT = 50_000
"""How many alerts that never fired are remembered; a replay of the journal reaches nowhere near so far."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert. Times are ms; texts and evidence are in the contract's JSON shape.

    ``changes`` counts its steps: (id, changes) names one step for ever. ``shadow``: recorded, never
    announced.
    """

    id: str
    fingerprint: str
    rule: str
    rule_version: str
    domain: str
    zone: str
    device: str | None
    service: str | None
    severity: Severity
    highest_severity: Severity
    state: State
    shadow: bool
    starts_at: int
    title: Mapping[str, str]
    advice: Mapping[str, str] | None
    evidence: Mapping[str, Any]
    ends_at: int | None = None
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    acknowledged_note: str | None = None
    assigned_to: str | None = None
    taken: int | None = None
    received: int | None = None
    fired: int | None = None
    persisted: int | None = None
    delivered: int | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One step of an alert's history. ``by`` is None for the rule engine's own."""

    alert: str
    number: int
    at: int
    change: str
    state: State
    severity: Severity
    by: str | None = None
    note: str | None = None
    assigned_to: str | None = None
    evidence: Mapping[str, Any] | None = None


class Step(NamedTuple):
    """What tells one of the engine's steps from another of the same alert."""

    at: int
    state: State
    severity: Severity


@dataclass(frozen=True, slots=True)
class Announcement:
    """A step that the city is to hear of. ``received`` is when the reading behind a firing came in (ms)."""

    alert: str
    number: int
    change: str
    body: Mapping[str, Any]
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of some alerts: their rows and the engine's steps so far.

    ``passed`` are those that never fired and are kept no more, with the number of steps that they took.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    steps: dict[str, set[Step]] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What to write, in one transaction.

    ``events`` are by alert. ``passed`` are pending alerts that came to nothing, with their number of steps:
    they go before anything else is written. ``before`` holds the rows as they were; the store fills it in
    for who asked.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    events: dict[str, list[AlertEvent]] = field(default_factory=dict)
    announcements: list[Announcement] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    before: Mapping[str, AlertRecord] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.passed)


_ALERT, _EVENT, _ANNOUNCEMENT = (
    tuple(column.name for column in fields(shape)) for shape in (AlertRecord, AlertEvent, Announcement)
)

Decide: TypeAlias = Callable[[Known], Changes]


class AlertRecords:
    """The tables of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def change(self, ids: Sequence[str], decide: Decide) -> Changes:
        """Read these alerts, let ``decide`` say what becomes of them, write that; nobody comes between.

        What ``decide`` raises undoes everything and goes to the caller. It may be called a second time,
        when another process created one of the alerts at the same moment.
        """
        try:
            return await self._change(ids, decide)
        except StoreClashError:
            return await self._change(ids, decide)

    async def _change(self, ids: Sequence[str], decide: Decide) -> Changes:
        async with self._database.write() as connection:
            known = await _known(connection, sorted(set(ids)))
            before = dict(known.alerts)
            changes = decide(known)
            if changes:
                await self._write(connection, changes)
        changes.before = before
        return changes

    async def _write(self, connection: AsyncConnection, changes: Changes) -> None:
        await self._forget(connection, changes.passed)
        rows = [_columns(changes.alerts[alert], _ALERT) for alert in sorted(changes.alerts)]
        await _each(connection, self._database.upsert(alerts, keep=("delivered",)), rows)
        events = [_columns(event, _EVENT) for steps in changes.events.values() for event in steps]
        await _each(connection, insert(alert_history), events)
        outbox = [_columns(item, _ANNOUNCEMENT) for item in changes.announcements]
        await _each(connection, insert(alert_outbox), outbox)

    async def _forget(self, connection: AsyncConnection, passed: Mapping[str, int]) -> None:
        """Drop pending alerts that came to nothing, and remember that they did, within bounds."""
        if not passed:
            return
        ids = sorted(passed)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            await connection.execute(delete(alert_history).where(alert_history.c.alert.in_(chunk)))
            await connection.execute(delete(alerts).where(alerts.c.id.in_(chunk)))
        remember = self._database.insert(alerts_passed).on_conflict_do_nothing()
        await _each(connection, remember, [{"alert": alert, "changes": passed[alert]} for alert in ids])
        newest = (await connection.execute(select(func.max(alerts_passed.c.seq)))).scalar_one()
        await connection.execute(delete(alerts_passed).where(alerts_passed.c.seq <= newest - PASSED_KEPT))

    @uninterrupted
    async def delivered(self, items: Sequence[Announcement], times: Mapping[str, int]) -> None:
        """These announcements are out; ``times`` maps alerts that were first announced firing to when."""
        done = [{"b_alert": item.alert, "b_number": item.number} for item in items]
        outbox = delete(alert_outbox).where(
            alert_outbox.c.alert == bindparam("b_alert"), alert_outbox.c.number == bindparam("b_number")
        )
        firsts = [{"b_id": alert, "b_at": at} for alert, at in times.items()]
        first = (
            update(alerts)
            .where(alerts.c.id == bindparam("b_id"), alerts.c.delivered.is_(None))
            .values(delivered=bindparam("b_at"))
        )
        async with self._database.write() as connection:
            await _each(connection, outbox, done)
            await _each(connection, first, firsts)

    @uninterrupted
    async def unannounced(self) -> list[Announcement]:
        """What was persisted and not marked as delivered, in the order in which it happened."""
        table = alert_outbox.c
        query = select(table.alert, table.number, table.change, table.body, table.received).order_by(
            table.seq
        )
        async with self._database.read() as connection:
            return [Announcement(*row) for row in await connection.execute(query)]

    @uninterrupted
    async def get(self, alert_id: str) -> tuple[AlertRecord, list[AlertEvent]] | None:
        """The alert and its history, oldest step first; None when there is none of that id."""
        history = (
            select(alert_history).where(alert_history.c.alert == alert_id).order_by(alert_history.c.number)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).one_or_none()
            if row is None:
                return None
            return _record(row), [_event(event) for event in await connection.execute(history)]

    @uninterrupted
    async def page(
        self,
        filters: Mapping[str, Sequence[str]],
        *,
        limit: int,
        cursor: str | None = None,
        shadow: bool | None = False,
    ) -> tuple[list[AlertRecord], str | None]:
        """Alerts, newest beginning first, at most ``limit``, and the cursor of the next page.

        New alerts never move what a cursor stands for. Each of :data:`FILTERS` takes any of its values;
        ``shadow`` None takes shadow alerts and others.

        Raises:
            ValueError: an unknown filter, or a cursor that is none of ours.
        """
        query = select(alerts).where(*_conditions(filters))
        if shadow is not None:
            query = query.where(alerts.c.shadow == shadow)
        if cursor is not None:
            if not is_ulid(cursor):
                raise ValueError("the cursor is not one that a list of alerts gave out")
            query = query.where(alerts.c.id < cursor)
        query = query.order_by(alerts.c.id.desc()).limit(limit + 1)
        async with self._database.read() as connection:
            found = [_record(row) for row in await connection.execute(query)]
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    @uninterrupted
    async def open(self) -> list[AlertRecord]:
        """All pending and firing alerts, shadow ones apart, oldest beginning first."""
        still = alerts.c.state.in_([State.PENDING.value, State.FIRING.value])
        query = select(alerts).where(still, ~alerts.c.shadow).order_by(alerts.c.id)
        async with self._database.read() as connection:
            return [_record(row) for row in await connection.execute(query)]

    @uninterrupted
    async def counts(self) -> dict[tuple[str, str, str], int]:
        """How many alerts there are by (domain, severity, state), shadow ones apart."""
        by = (alerts.c.domain, alerts.c.severity, alerts.c.state)
        query = select(*by, func.count()).where(~alerts.c.shadow).group_by(*by)
        async with self._database.read() as connection:
            return {(row[0], row[1], row[2]): row[3] for row in await connection.execute(query)}


def _columns(record: Any, names: Sequence[str]) -> dict[str, Any]:
    """A record as a row: shallow, so that the JSON in it is walked through once, by its encoder."""
    return {name: getattr(record, name) for name in names}


async def _each(connection: AsyncConnection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement once for each row; not at all for none."""
    if rows:
        await connection.execute(statement, rows)


async def _known(connection: AsyncConnection, ids: Sequence[str]) -> Known:
    known = Known()
    for start in range(0, len(ids), _CHUNK):
        await _add_known(connection, ids[start : start + _CHUNK], known)
    return known


async def _add_known(connection: AsyncConnection, ids: Sequence[str], known: Known) -> None:
    rows = select(alerts).where(alerts.c.id.in_(ids)).order_by(alerts.c.id).with_for_update()
    found = {row.id: _record(row) for row in await connection.execute(rows)}
    steps: dict[str, set[Step]] = {alert: set() for alert in found}
    history = alert_history.c
    query = select(history.alert, history.at, history.state, history.severity).where(history.by.is_(None))
    if found:
        for row in await connection.execute(query.where(history.alert.in_(list(found)))):
            steps[row.alert].add(Step(row.at, State(row.state), Severity(row.severity)))
    if len(found) < len(ids):
        gone = select(alerts_passed.c.alert, alerts_passed.c.changes)
        for passed in await connection.execute(gone.where(alerts_passed.c.alert.in_(ids))):
            known.passed[passed.alert] = passed.changes
    known.alerts.update(found)
    known.steps.update(steps)


def _conditions(filters: Mapping[str, Sequence[str]]) -> list[ColumnElement[bool]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"alerts can't be filtered by {names} (allowed: {', '.join(FILTERS)})")
    return [alerts.c[name].in_(list(values)) for name, values in filters.items() if values]


def _record(row: Row[Any]) -> AlertRecord:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
    for name in ("severity", "highest_severity"):
        values[name] = Severity(values[name])
    return AlertRecord(**values | {"state": State(row.state)})


def _event(row: Row[Any]) -> AlertEvent:
    values = dict(row._mapping)  # noqa: SLF001 - as above
    return AlertEvent(**values | {"state": State(row.state), "severity": Severity(row.severity)})
