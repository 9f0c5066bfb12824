"""The open alerts and the counts of all, in memory, for whoever asks often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules.model import State
from services.alerts.document import document
from services.store.records.alerts import AlertRecord, Changes

Key = tuple[str, str, str]


class Board:
    """What :class:`~services.alerts.service.AlertsService` answers without asking the database.

    Shadow alerts are not on it.
    """

    def __init__(self) -> None:
        self._firing: dict[str, Mapping[str, Any]] = {}
        self._counts: Counter[Key] = Counter()

    def load(self, opened: Iterable[AlertRecord], counts: Mapping[Key, int]) -> None:
        """Begin with what the store holds."""
        self._firing = {record.id: document(record) for record in opened if record.state is State.FIRING}
        self._counts = Counter(counts)

    def count(self, changes: Changes) -> None:
        """Take what was just written into the counts."""
        for alert in changes.passed.keys() | changes.alerts.keys():
            self._count(changes.before.get(alert), -1)
        for record in changes.alerts.values():
            self._count(record, +1)

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

    def _count(self, record: AlertRecord | None, step: int) -> None:
        if record is not None and not record.shadow:
            self._counts[record.domain, record.severity.value, record.state.value] += step
