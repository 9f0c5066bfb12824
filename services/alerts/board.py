"""The open alerts and the counts of all, in memory, for whoever asks often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from sys import intern

from rules.model import State
from services.runtime.ports import OpenAlert
from services.store.records.alerts import AlertRecord, Changes

Key = tuple[str, str, str]
_BY_ID = attrgetter("id")


def opened(record: AlertRecord) -> OpenAlert:
    """What is kept in memory of an alert. Names that many alerts share are held once."""
    return OpenAlert(
        id=record.id,
        fingerprint=record.fingerprint,
        rule=intern(record.rule),
        domain=intern(record.domain),
        zone=intern(record.zone),
        device=record.device,
        service=None if record.service is None else intern(record.service),
        severity=record.severity,
        firing=record.state is State.FIRING,
        shadow=record.shadow,
        starts_at=record.starts_at,
        fired=record.fired,
        labels=record.labels,
        incident=record.incident,
        cause=record.cause,
        suppressed=record.suppressed is not None,
        acknowledged=covered(record),
        held_until=record.held_until,
    )


def covered(record: AlertRecord) -> bool:
    """Whether somebody has acknowledged it as bad as it now is."""
    if record.acknowledged_at is None:
        return False
    given = record.acknowledged_severity
    return given is None or type(record.severity)(given).rank >= record.severity.rank


class Board:
    """What :class:`~services.alerts.service.AlertsService` answers without asking the database.

    Shadow alerts are in no list and in no count of it; only :meth:`by_rule` and what is open know them.
    """

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._alerts: dict[str, OpenAlert] = {}
        self._families: dict[str, dict[str, None]] = {}
        self._sorted: Sequence[OpenAlert] = ()
        self._sorted_at = -1
        self.version = 0
        """Moves whenever an open alert does."""

    def load(self, alerts: Iterable[OpenAlert], counts: Mapping[Key, int]) -> None:
        """Begin with what the store holds; ``alerts`` are all that are open, shadow ones too."""
        self._counts = Counter(counts)
        self._alerts, self._families = {}, {}
        for alert in alerts:
            self._keep(alert)
        self.version += 1

    def count(self, changes: Changes) -> None:
        """Take over what was just written."""
        for alert in changes.passed.keys() | changes.alerts.keys():
            before = changes.before.get(alert)
            self._count(before, -1)
            self._forget(before)
        for record in changes.alerts.values():
            self._count(record, +1)
            if record.state is not State.RESOLVED:
                self._keep(opened(record))
        self.version += 1

    @property
    def suppressed(self) -> int:
        """How many firing alerts nobody is told of."""
        return sum(1 for one in self._alerts.values() if one.firing and one.suppressed and not one.shadow)

    def get(self, alert: str) -> OpenAlert | None:
        """The open alert of that id."""
        return self._alerts.get(alert)

    def all(self) -> Mapping[str, OpenAlert]:
        """Every open alert by its id, pending and shadow ones too. It moves with the board."""
        return self._alerts

    def siblings(self, fingerprint: str) -> Iterable[str]:
        """The open alerts of a rule and subject."""
        return self._families.get(fingerprint, ())

    def strangers(self, alive: Collection[str]) -> list[OpenAlert]:
        """The open alerts whose rule and subject are not among those of ``alive`` (fingerprints)."""
        return [alert for alert in self._alerts.values() if alert.fingerprint not in alive]

    def by_rule(self) -> Mapping[str, Counter[str]]:
        """How many alerts of each rule are pending and firing, shadow ones too."""
        found: dict[str, Counter[str]] = {}
        for one in self._alerts.values():
            state = State.FIRING if one.firing else State.PENDING
            found.setdefault(one.rule, Counter())[state.value] += 1
        return found

    def firing(self) -> Sequence[OpenAlert]:
        """Firing alerts, newest beginning first."""
        if self._sorted_at != self.version:
            found = [one for one in self._alerts.values() if one.firing and not one.shadow]
            found.sort(key=_BY_ID, reverse=True)
            self._sorted, self._sorted_at = found, self.version
        return self._sorted

    def counts(self) -> dict[Key, int]:
        """How many alerts there are by (domain, severity, state); a key once seen stays, at 0."""
        return dict(self._counts)

    def _keep(self, alert: OpenAlert) -> None:
        self._alerts[alert.id] = alert
        self._families.setdefault(alert.fingerprint, {})[alert.id] = None

    def _forget(self, record: AlertRecord | None) -> None:
        if record is None or self._alerts.pop(record.id, None) is None:
            return
        family = self._families[record.fingerprint]
        family.pop(record.id, None)
        if not family:
            del self._families[record.fingerprint]

    def _count(self, record: AlertRecord | None, step: int) -> None:
        if record is not None and not record.shadow:
            self._counts[record.domain, record.severity.value, record.state.value] += step
