"""One incident while a transaction changes it: counted alert by alert, written once at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rules.model import Severity
from services.store.records.alerts import AlertRecord
from services.store.records.incidents import MERGED, OPEN, RESOLVED, IncidentEvent, IncidentRecord

_BY_RANK = tuple(sorted(Severity, key=lambda severity: severity.rank))
_MOST_NAMED = 20
_TELLING = ("merged", "resolved", "opened", "reopened")


@dataclass(slots=True)
class Sheet:
    """The account of an incident. ``record`` is how it was, or how it begins when it is ``new``.

    ``tally`` counts its open alerts by rank of severity, ``total`` all that belong to it. Of this
    transaction: ``joined`` alerts came, ``left`` went ``to`` another incident, ``sources`` are the incidents
    that they came from; ``only`` is the title of the last that was counted. ``forsaken``: the alert under
    which its others stood is among those that left.
    """

    record: IncidentRecord
    tally: list[int]
    total: int
    new: bool = False
    joined: int = 0
    left: int = 0
    to: str | None = None
    sources: dict[str, None] = field(default_factory=dict)
    highest: Severity = Severity.WARNING
    title: Mapping[str, str] | None = None
    only: Mapping[str, str] | None = None
    cause: str | None = None
    forsaken: bool = False
    elsewhere: bool = False
    other_service: bool = False
    events: list[IncidentEvent] = field(default_factory=list)

    @property
    def open(self) -> int:
        """How many of its alerts fire."""
        return sum(self.tally)

    def count(self, severity: Severity, step: int) -> None:
        """An alert of a severity fires from now on (+1), or no more (-1)."""
        self.tally[severity.rank] += step
        if step > 0 and severity.rank > self.highest.rank:
            self.highest = severity

    def take(self, alert: AlertRecord, source: str | None, *, under_cause: bool) -> None:
        """An alert joins it, perhaps from another incident."""
        self.total += 1
        self.joined += 1
        if source is not None:
            self.sources[source] = None
        if alert.highest_severity.rank > self.highest.rank:
            self.highest = alert.highest_severity
        if not under_cause:
            self.elsewhere |= (alert.zone or None) != self.record.zone
            self.other_service |= alert.service != self.record.service

    def lose(self, to: str) -> None:
        """One of its alerts goes to another incident."""
        self.total -= 1
        self.left += 1
        self.to = to

    def finish(self, now: int) -> IncidentRecord:
        """The incident as it then is; ``events`` are its steps."""
        before, still = self.record, self.open
        record = replace(
            before,
            zone=None if self.elsewhere else before.zone,
            service=None if self.other_service else before.service,
            alerts=self.total,
            open=still,
            severity=self._worst() if still else before.severity,
            highest_severity=max(before.highest_severity, self.highest, key=lambda one: one.rank),
            title=self.title or before.title,
            cause=self.cause or (None if self.forsaken else before.cause),
            joined_at=now if self.joined else before.joined_at,
        )
        record = self._begun(record, now)
        self._tell(record, now)
        record = self._ended(record, now)
        return replace(record, changes=record.changes + max(1, len(self.events)))

    def step(self, record: IncidentRecord, change: str, now: int, detail: Mapping[str, Any] | None) -> None:
        """Write a step of Nakhon's own into its log."""
        number = record.changes + len(self.events) + 1
        self.events.append(IncidentEvent(record.id, number, now, change, detail=detail))

    @property
    def headline(self) -> str:
        """The most telling of its steps."""
        steps = [event.change for event in self.events]
        return next((change for change in _TELLING if change in steps), steps[0] if steps else "counted")

    def _worst(self) -> Severity:
        return next(severity for severity in reversed(_BY_RANK) if self.tally[severity.rank])

    def _begun(self, record: IncidentRecord, now: int) -> IncidentRecord:
        if self.new:
            self.step(record, "opened", now, self._arrivals())
        elif record.state == RESOLVED and record.open:
            record = replace(
                record,
                state=OPEN,
                resolved_at=None,
                closed_by=None,
                acknowledged_by=None,
                acknowledged_at=None,
                acknowledged_note=None,
            )
            self.step(record, "reopened", now, self._arrivals())
        elif self.joined:
            self.step(record, "joined", now, self._arrivals())
        return record

    def _arrivals(self) -> dict[str, Any]:
        said: dict[str, Any] = {"alerts": self.joined, "total": self.total}
        return said | ({"from": list(self.sources)[:_MOST_NAMED]} if self.sources else {})

    def _tell(self, record: IncidentRecord, now: int) -> None:
        before = self.record
        if self.left and self.total:
            self.step(record, "left", now, {"alerts": self.left, "total": self.total, "to": self.to})
        if record.cause != before.cause and self.total:
            self.step(record, "cause", now, {"cause": record.cause, "title": dict(record.title)})
        elif self.title is not None and before.cause is not None and record.title != before.title:
            self.step(record, "titled", now, {"title": dict(record.title)})
        if record.severity is not before.severity and record.open and not self.new:
            moved = {"from": before.severity.value, "to": record.severity.value}
            self.step(record, "severity", now, moved)

    def _ended(self, record: IncidentRecord, now: int) -> IncidentRecord:
        if not record.alerts and self.to is not None:
            self.step(record, "merged", now, {"into": self.to})
            return replace(record, state=MERGED, resolved_at=now, merged_into=self.to)
        if record.state == OPEN and not record.open:
            self.step(record, "resolved", now, {"alerts": record.alerts})
            return replace(record, state=RESOLVED, resolved_at=now)
        return record


def severities(members: Sequence[Severity]) -> list[int]:
    """How many there are by rank."""
    tally = [0] * len(_BY_RANK)
    for severity in members:
        tally[severity.rank] += 1
    return tally
