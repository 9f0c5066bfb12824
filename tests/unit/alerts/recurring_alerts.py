"""Alerts that come back: transitions of their episodes, and a store of alerts in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules.model import Severity, State, Subject, Transition
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, settle
from services.alerts.operations import Operation
from services.alerts.policy.model import MINUTE, Recurrence
from services.alerts.recurrence import Recurrences
from services.store.records.alerts import (
    FIRES,
    AlertEvent,
    AlertRecord,
    Changes,
    Known,
    Recent,
    Step,
)
from tests.unit.alerts.test_alert_lifecycle import NOW, START, step

REOPENING = Recurrence(reopen=10 * MINUTE)
FLAPPING = Recurrence(firings=3, over=30 * MINUTE, calm=10 * MINUTE)


def episode(
    begins: int, ends: int | None = None, *, pending: bool = True, **fields: object
) -> list[Transition]:
    """A condition that begins and ends after so many minutes; it fires a minute after its beginning."""
    given = {"starts_at": START + begins * MINUTE, **fields}
    life = [step(State.PENDING, begins * MINUTE, **given)] if pending else []
    life.append(step(State.FIRING, (begins + 1) * MINUTE, **given))
    if ends is not None:
        life.append(step(State.RESOLVED, ends * MINUTE, **given))
    return life


def worse(begins: int, at: int, severity: Severity = Severity.CRITICAL) -> Transition:
    """The severity of the episode that began so, moved after so many minutes."""
    return step(State.FIRING, at * MINUTE, severity, starts_at=START + begins * MINUTE)


class Shelf:
    """Keeps alerts as the records do, and loads with each batch what the service loads."""

    def __init__(self, recurrence: Recurrence) -> None:
        self.recurrence = recurrence
        self.memory = Recurrences(recurrence)
        self.records: dict[str, AlertRecord] = {}
        self.history: dict[str, list[AlertEvent]] = {}
        self.passed: dict[str, int] = {}
        self.episodes: dict[str, str] = {}

    def apply(self, *transitions: Transition) -> Changes:
        """What the service does with a batch."""
        names = {transition.fingerprint for transition in transitions}
        ids = {id_of(transition) for transition in transitions} | set(self.memory.relatives(names, NOW))
        ids |= {
            one.id
            for one in self.records.values()
            if one.fingerprint in names and one.state is not State.RESOLVED
        }
        changes = advance(
            self.known(ids),
            [(id_of(transition), transition) for transition in transitions],
            now=NOW,
            service_of=lambda _subject: None,
            recurrence=self.recurrence,
            past=self.memory.past,
        )
        return self._keep(changes)

    def settle(self, minutes: float) -> Changes:
        """What the minder does, so many minutes after the start."""
        now = START + round(minutes * MINUTE)
        return self._keep(settle(self.known(self.memory.due(now)), now))

    def operate(self, alert: str, operation: Operation) -> None:
        """What an operator does."""
        outcome = operation(self.records[alert])
        if outcome is not None:
            record, event = outcome
            self._keep(Changes({record.id: record}, {record.id: [event]}))

    def restart(self) -> None:
        """The process is gone; what it remembers is read from what is kept."""
        self.memory = Recurrences(self.recurrence)
        every = self.records.values()
        self.memory.load(
            Recent(
                [(one.id, one.held_until) for one in every if one.held_until is not None],
                [(one.fingerprint, one.id, one.ends_at) for one in every if one.ends_at is not None],
                [
                    (one.fingerprint, event.at)
                    for one in every
                    for event in self.history[one.id]
                    if event.change in FIRES
                ],
            )
        )

    def known(self, ids: Iterable[str]) -> Known:
        """What the store knows of these."""
        wanted = set(ids)
        episodes = {name: alert for name, alert in self.episodes.items() if name in wanted}
        wanted |= set(episodes.values())
        found = {alert: self.records[alert] for alert in sorted(wanted) if alert in self.records}
        steps = {
            alert: {_step(event) for event in self.history[alert] if event.by is None} for alert in found
        }
        passed = {alert: self.passed[alert] for alert in wanted if alert in self.passed}
        return Known(found, steps, passed, episodes)

    def _keep(self, changes: Changes) -> Changes:
        for alert in changes.passed:
            self.records.pop(alert, None)
            self.history.pop(alert, None)
        self.passed.update(changes.passed)
        self.episodes.update(changes.episodes)
        self.records.update(changes.alerts)
        for alert, events in changes.events.items():
            self.history.setdefault(alert, []).extend(events)
        self.memory.take(changes, NOW)
        return changes

    @property
    def alert(self) -> AlertRecord:
        """The one that there is."""
        (record,) = self.records.values()
        return record

    @property
    def steps(self) -> list[str]:
        """The log of the one that there is."""
        return [event.change for event in self.history[self.alert.id]]


def _step(event: AlertEvent) -> Step:
    state = State.RESOLVED if event.change == "held" else event.state
    return Step(event.at, state, event.severity)


def about(device: str, *transitions: Transition) -> list[Transition]:
    """The same, about another device."""
    return [replace(transition, subject=Subject("samyan", device)) for transition in transitions]
