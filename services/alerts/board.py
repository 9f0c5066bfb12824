"""The open alerts and the counts of all, in memory, for whoever asks often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rules.model import State
from services.alerts.document import document
from services.store.records.alerts import AlertRecord, Changes

Key = tuple[str, str, str]


class Open(NamedTuple):
    """An alert that is not over: whose it is, and whether it is pending or firing."""

    rule: str
    state: str


class Board:
    """What :class:`~services.alerts.service.AlertsService` answers without asking the database.

    Shadow alerts are in no list and in no count of it; only :meth:`by_rule` and what is open know them.
    """

    def __init__(self) -> None:
        self._firing: dict[str, Mapping[str, Any]] = {}
        self._counts: Counter[Key] = Counter()
        self._open: dict[str, dict[str, Open]] = {}

    def load(self, opened: Iterable[AlertRecord], counts: Mapping[Key, int]) -> None:
        """Begin with what the store holds; ``opened`` are all that are open, shadow ones too."""
        opened = list(opened)
        self._firing = {
            record.id: document(record)
            for record in opened
            if record.state is State.FIRING and not record.shadow
        }
        self._counts = Counter(counts)
        self._open = {}
        for record in opened:
            self._keep(record)

    def count(self, changes: Changes) -> None:
        """Take what was just written into the counts."""
        for alert in changes.passed.keys() | changes.alerts.keys():
            before = changes.before.get(alert)
            self._count(before, -1)
            self._forget(before)
        for record in changes.alerts.values():
            self._count(record, +1)
            if record.state is not State.RESOLVED:
                self._keep(record)

    def siblings(self, fingerprint: str) -> Iterable[str]:
        """The open alerts of a rule and subject."""
        return self._open.get(fingerprint, ())

    def strangers(self, alive: Collection[str]) -> list[str]:
        """The open alerts whose rule and subject are not among those of ``alive`` (fingerprints)."""
        return [alert for name, found in self._open.items() if name not in alive for alert in found]

    def by_rule(self) -> Mapping[str, Counter[str]]:
        """How many alerts of each rule are pending and firing, shadow ones too."""
        found: dict[str, Counter[str]] = {}
        for alerts in self._open.values():
            for one in alerts.values():
                found.setdefault(one.rule, Counter())[one.state] += 1
        return found

    def show(self, alert: str, body: Mapping[str, Any]) -> None:
        """Take over an alert's document as it was announced; every change of an alert on the board is."""
        if body["state"] == State.FIRING.value:
            self._firing[alert] = body
        else:
            self._firing.pop(alert, None)

    def firing(self) -> Sequence[Mapping[str, Any]]:
        """Firing alerts, newest beginning first."""
        return [self._firing[alert] for alert in sorted(self._firing, reverse=True)]

    def counts(self) -> dict[Key, int]:
        """How many alerts there are by (domain, severity, state); a key once seen stays, at 0."""
        return dict(self._counts)

    def _keep(self, record: AlertRecord) -> None:
        self._open.setdefault(record.fingerprint, {})[record.id] = Open(record.rule, record.state.value)

    def _forget(self, record: AlertRecord | None) -> None:
        if record is None or record.fingerprint not in self._open:
            return
        self._open[record.fingerprint].pop(record.id, None)
        if not self._open[record.fingerprint]:
            del self._open[record.fingerprint]

    def _count(self, record: AlertRecord | None, step: int) -> None:
        if record is not None and not record.shadow:
            self._counts[record.domain, record.severity.value, record.state.value] += step
