"""Alerts as they are kept: the alert, its history, and what is still to be announced.

This module stores; what a step does to an alert is decided by the caller, on the rows as they are under
the lock of one transaction (:data:`Decide`). That makes a batch of transitions idempotent, and lets one of
two operators win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, or_, select, update

from rules.model import Severity, State
from services.store.records.database import Database, run_many
from services.store.records.failures import StoreClashError
from services.store.records.tables import (
    alert_episodes,
    alert_history,
    alert_outbox,
    alerts,
    alerts_passed,
)
from services.store.records.ulid import is_ulid

FILTERS = ("state", "severity", "domain", "zone", "device", "rule", "service")
PASSED_KEPT = 50_000
"""How many alerts that never fired are remembered; a replay of the journal reaches nowhere near so far."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert. Times are ms; texts and evidence are in the contract's JSON shape.

    ``changes`` counts its steps: (id, changes) names one step for ever. ``shadow``: recorded, never
    announced. ``zone`` is empty for an alert about Nakhon itself. ``labels`` are those of its device.
    ``cause`` is the alert that it stands under, ``suppressed`` why nobody is told of it (see
    :mod:`services.alerts.suppression`). ``acknowledged_severity`` is the severity that was acknowledged: a
    worse one needs somebody anew. ``occurrences`` counts how often it fired. While it is ``flapping`` its end
    is held back: the condition ended at ``held_from``, and counts as over at ``held_until`` unless it comes
    back. ``notified`` is when somebody outside was first told.
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
    labels: Mapping[str, str] = field(default_factory=dict)
    incident: str | None = None
    cause: str | None = None
    suppressed: Mapping[str, Any] | None = None
    acknowledged_severity: str | None = None
    occurrences: int = 1
    flapping: bool = False
    held_from: int | None = None
    held_until: int | None = None
    closed_by: str | None = None
    notified: int | None = None


NAKHON = "nakhon"
"""Who took a step that neither the rules nor a person took."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One step of an alert's history.

    ``by`` is None for the rule engine's own, :data:`NAKHON` for what Nakhon did of itself; ``detail`` is what
    such a step has to say, JSON-ready.
    """

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
    detail: Mapping[str, Any] | None = None


class Step(NamedTuple):
    """What tells one of the engine's steps from another of the same alert."""

    at: int
    state: State
    severity: Severity


class Firing(NamedTuple):
    """How long an alert fired, and whom it was about. ``severity`` is the highest it reached."""

    id: str
    zone: str
    device: str | None
    service: str | None
    severity: str
    fired: int
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A step that the city is to hear of. ``received`` is when the reading behind a firing came in (ms)."""

    alert: str
    number: int
    change: str
    body: dict[str, Any]
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of some alerts: their rows and the engine's steps so far.

    ``passed`` are those that never fired and are kept no more, with the number of steps that they took.
    ``episodes`` maps recurrences to the alerts that they were taken for; the alerts are among ``alerts``.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    steps: dict[str, set[Step]] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What to write, in one transaction.

    ``events`` are by alert. ``passed`` are pending alerts that came to nothing, with their number of steps:
    they go before anything else is written. ``episodes`` are recurrences, each with the alert that it is
    taken for. ``before`` holds the rows as they were. ``again`` are alerts to which nothing happened and that
    are to be looked at anew. ``also`` is what others write in the same transaction, after the alerts, and
    ``plans`` is what each of them decided, by its name.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    events: dict[str, list[AlertEvent]] = field(default_factory=dict)
    announcements: list[Announcement] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)
    also: list[Callable[[Connection], None]] = field(default_factory=list)
    before: Mapping[str, AlertRecord] = field(default_factory=dict)
    again: Mapping[str, AlertRecord] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.passed or self.also)

    def seen(self) -> list[AlertRecord]:
        """The alerts that changed, and those to be looked at anew, as they are by now."""
        return list({**self.again, **self.alerts}.values())

    def amend(self, record: AlertRecord, change: str, *, at: int, **said: Any) -> AlertRecord:
        """Add a step of Nakhon's own, or with ``by`` a person's, to an alert; answers it as it then is.

        ``said`` are further fields of :class:`AlertEvent`.
        """
        record = replace(record, changes=record.changes + 1)
        event = AlertEvent(
            record.id, record.changes, at, change, record.state, record.severity, **{"by": NAKHON} | said
        )
        self.alerts[record.id] = record
        self.events.setdefault(record.id, []).append(event)
        return record


_ALERT, _EVENT, _ANNOUNCEMENT = (
    tuple(column.name for column in fields(shape)) for shape in (AlertRecord, AlertEvent, Announcement)
)

Decide: TypeAlias = Callable[[Known], Changes]


class AlertRecords:
    """The tables of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.upsert(
            alerts, keep=("delivered", "notified")
        )  # to build it takes longer than to run it

    async def change(self, ids: Sequence[str], decide: Decide) -> Changes:
        """Read these alerts, let ``decide`` say what becomes of them, write that; nobody comes between.

        ``decide`` may be called on another thread; what it raises undoes everything and goes to the
        caller. It may be called a second time, when another process created one of the alerts at the same
        moment.
        """
        try:
            return await self._change(ids, decide)
        except StoreClashError:
            return await self._change(ids, decide)

    async def _change(self, ids: Sequence[str], decide: Decide) -> Changes:
        def work(connection: Connection) -> Changes:
            known = _known(connection, sorted(set(ids)))
            changes = decide(known)
            if changes:
                self._write(connection, changes)
            return changes

        return await self._database.write(work)

    def _write(self, connection: Connection, changes: Changes) -> None:
        self._forget(connection, changes.passed)
        rows = [_columns(changes.alerts[alert], _ALERT) for alert in sorted(changes.alerts)]
        run_many(connection, self._upsert, rows)
        events = [_columns(event, _EVENT) for steps in changes.events.values() for event in steps]
        run_many(connection, insert(alert_history), events)
        episodes = [{"episode": episode, "alert": alert} for episode, alert in changes.episodes.items()]
        run_many(connection, self._database.insert(alert_episodes).on_conflict_do_nothing(), episodes)
        outbox = [_columns(item, _ANNOUNCEMENT) for item in changes.announcements]
        run_many(connection, insert(alert_outbox), outbox)
        for write in changes.also:
            write(connection)

    def _forget(self, connection: Connection, passed: Mapping[str, int]) -> None:
        """Drop pending alerts that came to nothing, and remember that they did, within bounds."""
        if not passed:
            return
        ids = sorted(passed)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            connection.execute(delete(alert_history).where(alert_history.c.alert.in_(chunk)))
            connection.execute(delete(alerts).where(alerts.c.id.in_(chunk)))
        remember = self._database.insert(alerts_passed).on_conflict_do_nothing()
        run_many(connection, remember, [{"alert": alert, "changes": passed[alert]} for alert in ids])
        newest = connection.execute(select(func.max(alerts_passed.c.seq))).scalar_one()
        connection.execute(delete(alerts_passed).where(alerts_passed.c.seq <= newest - PASSED_KEPT))

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

        def work(connection: Connection) -> None:
            run_many(connection, outbox, done)
            run_many(connection, first, firsts)

        await self._database.write(work)

    async def unannounced(self) -> list[Announcement]:
        """What was persisted and not marked as delivered, in the order in which it happened."""
        table = alert_outbox.c
        query = select(table.alert, table.number, table.change, table.body, table.received)
        query = query.order_by(table.seq)
        return await self._database.read(lambda c: [Announcement(*row) for row in c.execute(query)])

    async def get(self, alert_id: str) -> tuple[AlertRecord, list[AlertEvent]] | None:
        """The alert and its history, oldest step first; None when there is none of that id."""
        alert = select(alerts).where(alerts.c.id == alert_id)
        history = select(alert_history).where(alert_history.c.alert == alert_id)
        history = history.order_by(alert_history.c.number)

        def work(connection: Connection) -> tuple[AlertRecord, list[AlertEvent]] | None:
            row = connection.execute(alert).one_or_none()
            if row is None:
                return None
            return _record(row), [_event(event) for event in connection.execute(history)]

        return await self._database.read(work)

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
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def open(
        self, *, shadow: bool | None = False, after: str = "", limit: int | None = None
    ) -> list[AlertRecord]:
        """Pending and firing alerts, oldest beginning first; ``shadow`` as :meth:`page` has it.

        ``after`` is an id that they come after, ``limit`` the most to answer.
        """
        still = alerts.c.state.in_([State.PENDING.value, State.FIRING.value])
        query = select(alerts).where(still, alerts.c.id > after).order_by(alerts.c.id).limit(limit)
        if shadow is not None:
            query = query.where(alerts.c.shadow == shadow)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def firings(self, rule: str, *, start: int, end: int, shadow: bool, limit: int) -> list[Firing]:
        """The alerts of a rule that fired at any time from ``start`` to before ``end`` (ms), newest first."""
        table = alerts.c
        query = select(
            table.id,
            table.zone,
            table.device,
            table.service,
            table.highest_severity,
            table.fired,
            table.ends_at,
        ).where(
            table.rule == rule,
            table.shadow == shadow,
            table.fired < end,
            or_(table.ends_at.is_(None), table.ends_at > start),
        )
        query = query.order_by(table.id.desc()).limit(limit)
        return await self._database.read(lambda c: [Firing(*row) for row in c.execute(query)])

    async def beginning(self, text: str, *, limit: int) -> list[str]:
        """The ids that begin with ``text``, which is part of a ULID, newest first."""
        query = select(alerts.c.id).where(alerts.c.id >= text, alerts.c.id < text + "~")
        query = query.order_by(alerts.c.id.desc()).limit(limit)
        return await self._database.read(lambda c: [row.id for row in c.execute(query)])

    async def counts(self) -> dict[tuple[str, str, str], int]:
        """How many alerts there are by (domain, severity, state), shadow ones apart."""
        by = (alerts.c.domain, alerts.c.severity, alerts.c.state)
        query = select(*by, func.count()).where(~alerts.c.shadow).group_by(*by)
        rows = await self._database.read(lambda c: c.execute(query).all())
        return {(row[0], row[1], row[2]): row[3] for row in rows}


def _columns(record: Any, names: Sequence[str]) -> dict[str, Any]:
    """A record as a row: shallow, so that the JSON in it is walked through once, by its encoder."""
    return {name: getattr(record, name) for name in names}


def _known(connection: Connection, ids: Sequence[str]) -> Known:
    known = Known()
    for start in range(0, len(ids), _CHUNK):
        _add_episodes(connection, ids[start : start + _CHUNK], known)
    ids = sorted({*ids, *known.episodes.values()})
    for start in range(0, len(ids), _CHUNK):
        _add_known(connection, ids[start : start + _CHUNK], known)
    return known


def _add_episodes(connection: Connection, ids: Sequence[str], known: Known) -> None:
    """Recurrences among these, and what they were taken for."""
    query = select(alert_episodes.c.episode, alert_episodes.c.alert)
    for row in connection.execute(query.where(alert_episodes.c.episode.in_(ids))):
        known.episodes[row.episode] = row.alert


def _add_known(connection: Connection, ids: Sequence[str], known: Known) -> None:
    rows = select(alerts).where(alerts.c.id.in_(ids)).order_by(alerts.c.id).with_for_update()
    found = {row.id: _record(row) for row in connection.execute(rows)}
    steps: dict[str, set[Step]] = {alert: set() for alert in found}
    history = alert_history.c
    query = select(history.alert, history.at, history.state, history.severity).where(history.by.is_(None))
    if found:
        for row in connection.execute(query.where(history.alert.in_(list(found)))):
            steps[row.alert].add(Step(row.at, State(row.state), Severity(row.severity)))
    if len(found) < len(ids):
        gone = select(alerts_passed.c.alert, alerts_passed.c.changes)
        for passed in connection.execute(gone.where(alerts_passed.c.alert.in_(ids))):
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
