"""Alerts as they are kept: the alert, its history, and what is still to be announced.

This module stores; what a step does to an alert is decided by the caller, on the rows as they are under
the lock of one transaction (:data:`Decide`). That makes a batch of transitions idempotent, and lets one of
two operators win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from rules.model import Severity, State
from services.store.records import alertlists
from services.store.records.alertdata import (
    FIRES,
    NAKHON,
    SLACK,
    AlertEvent,
    AlertRecord,
    Announcement,
    Changes,
    Decide,
    Deed,
    Firing,
    Known,
    Recent,
    Staged,
    Step,
)
from services.store.records.alertlists import FILTERS, event_of, record_of
from services.store.records.database import Database, run_many
from services.store.records.failures import StoreClashError
from services.store.records.tables import (
    alert_episodes,
    alert_history,
    alert_outbox,
    alerts,
    alerts_passed,
)

__all__ = [
    "FILTERS",
    "FIRES",
    "NAKHON",
    "SLACK",
    "AlertEvent",
    "AlertRecord",
    "AlertRecords",
    "Announcement",
    "Changes",
    "Decide",
    "Deed",
    "Firing",
    "Known",
    "Recent",
    "Staged",
    "Step",
]

STEPS_KNOWN = 1_000
"""Newest steps of an alert by which a replay is recognised; it reaches nowhere near so far."""

HISTORY_SHOWN = 5_000
"""Newest steps of an alert that are shown."""

PASSED_KEPT = 50_000
"""How many alerts that never fired are remembered; a replay of the journal reaches nowhere near so far."""

STAGED_MOST = 200_000
"""Newest alerts of a span whose deadlines are reckoned."""

_CHUNK = 500

_ALERT, _EVENT, _ANNOUNCEMENT = (
    tuple(column.name for column in fields(shape)) for shape in (AlertRecord, AlertEvent, Announcement)
)


class AlertRecords:
    """The tables of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # To build it takes longer than to run it.
        self._upsert = database.upsert(alerts, keep=("delivered", "notified"))

    async def change(self, ids: Sequence[str], decide: Decide, *, people: bool = False) -> Changes:
        """Read these alerts, let ``decide`` say what becomes of them, write that; nobody comes between.

        ``decide`` may be called on another thread; what it raises undoes everything and goes to the
        caller. It may be called a second time, when another process created one of the alerts at the same
        moment. ``people``: it wants to know what people did last (:attr:`Known.people`).
        """
        try:
            return await self._change(ids, decide, people)
        except StoreClashError:
            return await self._change(ids, decide, people)

    async def _change(self, ids: Sequence[str], decide: Decide, people: bool) -> Changes:
        def work(connection: Connection) -> Changes:
            known = _known(connection, sorted(set(ids)))
            if people:
                _add_people(connection, known)
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
        """The alert and its history, oldest step first; None when there is none of that id.

        Of a very long history it is the newest :data:`HISTORY_SHOWN` steps.
        """
        alert = select(alerts).where(alerts.c.id == alert_id)
        history = select(alert_history).where(alert_history.c.alert == alert_id)
        history = history.order_by(alert_history.c.number.desc()).limit(HISTORY_SHOWN)

        def work(connection: Connection) -> tuple[AlertRecord, list[AlertEvent]] | None:
            row = connection.execute(alert).one_or_none()
            if row is None:
                return None
            return record_of(row), [event_of(event) for event in connection.execute(history)][::-1]

        return await self._database.read(work)

    async def some(self, ids: Sequence[str]) -> list[AlertRecord]:
        """The alerts of these ids; one that is not there is left out."""

        def work(connection: Connection) -> list[AlertRecord]:
            found: list[AlertRecord] = []
            for start in range(0, len(ids), _CHUNK):
                query = select(alerts).where(alerts.c.id.in_(ids[start : start + _CHUNK]))
                found += [record_of(row) for row in connection.execute(query)]
            return found

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
            ValueError: an unknown filter or value of it, or a cursor that is none of ours.
        """
        query = alertlists.page_query(filters, limit, cursor, shadow)
        found = await self._database.read(lambda c: [record_of(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def open(
        self, *, shadow: bool | None = False, after: str = "", limit: int | None = None
    ) -> list[AlertRecord]:
        """Pending and firing alerts, oldest beginning first; ``shadow`` as :meth:`page` has it.

        ``after`` is an id that they come after, ``limit`` the most to answer.
        """
        query = alertlists.open_query(shadow, after, limit)
        return await self._database.read(lambda c: [record_of(row) for row in c.execute(query)])

    async def recent(self, span: int) -> Recent:
        """What recurrences of the last ``span`` (ms) are recognised by, up to the newest step of all.

        Alerts whose end is held back are there even when ``span`` is 0.
        """
        return await self._database.read(lambda c: alertlists.recent(c, span))

    async def staged(self, *, start: int, end: int, limit: int = STAGED_MOST) -> list[Staged]:
        """The times of the alerts that fired from ``start`` to before ``end`` (ms), newest first."""
        return await self._database.read(lambda c: alertlists.staged(c, start, end, limit))

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
    found = {row.id: record_of(row) for row in connection.execute(rows)}
    known.alerts.update(found)
    known.steps.update({alert: set() for alert in found})
    _add_steps(connection, found, known)
    if len(found) < len(ids):
        gone = select(alerts_passed.c.alert, alerts_passed.c.changes)
        for passed in connection.execute(gone.where(alerts_passed.c.alert.in_(ids))):
            known.passed[passed.alert] = passed.changes


def _add_steps(connection: Connection, found: Mapping[str, AlertRecord], known: Known) -> None:
    """The rules' own steps; of an alert with a very long history the newest alone."""
    history = alert_history.c
    query = select(history.alert, history.at, history.change, history.state, history.severity)
    query = query.where(history.by.is_(None))
    long = [record for record in found.values() if record.changes > STEPS_KNOWN]
    short = list(found.keys() - {record.id for record in long})
    queries = [query.where(history.alert.in_(short))] if short else []
    for record in long:
        since = record.changes - STEPS_KNOWN
        queries.append(query.where(history.alert == record.id, history.number > since))
    for each in queries:
        for row in connection.execute(each):
            known.steps[row.alert].add(_step(row))


def _step(row: Any) -> Step:
    """What the rules said: of an alert that is held open, that its condition had ended."""
    state = State.RESOLVED if row.change == "held" else State(row.state)
    return Step(row.at, state, Severity(row.severity))


def _add_people(connection: Connection, known: Known) -> None:
    """What people did last to each of the alerts."""
    history = alert_history.c
    query = select(history.alert, history.number, history.at, history.change, history.by)
    query = query.where(history.by.is_not(None), history.by != NAKHON).order_by(history.alert, history.number)
    ids = sorted(known.alerts)
    for start in range(0, len(ids), _CHUNK):
        for row in connection.execute(query.where(history.alert.in_(ids[start : start + _CHUNK]))):
            known.people[row.alert] = Deed(row.number, row.at, row.change, row.by)
