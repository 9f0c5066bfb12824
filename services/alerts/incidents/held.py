"""The incidents that are open, and those that may be opened again, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.model import Severity
from services.alerts.incidents.sheet import severities
from services.alerts.policy.model import Gathering
from services.store.records.incidents import MERGED, OPEN, RESOLVED, IncidentRecord


class Held:
    """Incidents by id and by key, and the open alerts of each with the severity that it counts them with."""

    def __init__(self, gathering: Gathering, remembers: int) -> None:
        self._gathering = gathering
        self._remembers = remembers
        self.incidents: dict[str, IncidentRecord] = {}
        self.members: dict[str, dict[str, Severity]] = {}
        self._tallies: dict[str, list[int]] = {}
        self._by_key: dict[str, dict[str, None]] = {}
        self._resolved: dict[str, int] = {}

    def load(self, records: Iterable[IncidentRecord]) -> None:
        """Begin with these."""
        self.incidents, self.members, self._tallies = {}, {}, {}
        self._by_key, self._resolved = {}, {}
        for record in sorted(records, key=lambda one: (one.resolved_at or 0, one.id)):
            self.keep(record)
        self._by_key = {key: dict.fromkeys(sorted(found)) for key, found in self._by_key.items()}

    def keep(self, record: IncidentRecord) -> None:
        """Take over how an incident is by now. One that was merged into another is kept no more."""
        if record.state == MERGED:
            self._forget(record.id)
            return
        self.incidents[record.id] = record
        self._by_key.setdefault(record.key, {})[record.id] = None
        if record.state != RESOLVED:
            self._resolved.pop(record.id, None)
        elif record.resolved_at is not None:
            self._resolved[record.id] = record.resolved_at

    def place(self, alert: str, before: str | None, after: str | None, severity: Severity) -> None:
        """An open alert is counted in another incident from now on, or with another severity, or nowhere."""
        if before is not None:
            self._take_off(alert, before)
        if after is not None:
            self.members.setdefault(after, {})[alert] = severity
            self._tallies.setdefault(after, severities(()))[severity.rank] += 1

    def _take_off(self, alert: str, incident: str) -> None:
        found = self.members.get(incident, {})
        severity = found.pop(alert, None)
        if severity is not None:
            self._tallies[incident][severity.rank] -= 1
        if not found:
            self.members.pop(incident, None)
            self._tallies.pop(incident, None)

    def tally(self, incident: str) -> list[int]:
        """How many open alerts an incident has, by rank of severity. The list is the caller's."""
        return list(self._tallies.get(incident) or severities(()))

    def counted(self, alert: str, incident: str | None) -> Severity | None:
        """The severity with which an incident counts an open alert; None when it does not."""
        found = None if incident is None else self.members.get(incident)
        return None if found is None else found.get(alert)

    def of_key(self, key: str) -> Iterator[str]:
        """The incidents with that key, the newest first."""
        return reversed(self._by_key.get(key, {}))

    def takes(self, record: IncidentRecord, now: int) -> bool:
        """Whether an incident takes another alert with its key. One that somebody closed is over for good."""
        if record.closed_by is not None:
            return False
        if record.state == OPEN:
            return now - record.joined_at <= self._gathering.within
        if record.state != RESOLVED or record.resolved_at is None:
            return False
        return now - record.resolved_at < self._gathering.reopen

    def expire(self, now: int) -> None:
        """Forget what was resolved too long ago to be opened again."""
        while self._resolved:
            oldest, resolved = next(iter(self._resolved.items()))
            if now - resolved <= self._remembers:
                return
            self._forget(oldest)

    def _forget(self, incident: str) -> None:
        record = self.incidents.pop(incident, None)
        self._resolved.pop(incident, None)
        if record is not None:
            found = self._by_key[record.key]
            found.pop(incident, None)
            if not found:
                del self._by_key[record.key]
