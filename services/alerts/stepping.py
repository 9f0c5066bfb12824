"""One step of an alert: the alert after it, and the entry for its history. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rules.model import Severity, State, Transition
from services.alerts.endings import Ending
from services.alerts.evidence import evidence_document
from services.store.records.alerts import NAKHON, AlertEvent, AlertRecord, Known


def for_reason(ended: Ending, record: AlertRecord, event: AlertEvent) -> tuple[AlertRecord, AlertEvent]:
    """An alert and its last step, with what ended it."""
    said = {"ended": ended.value}
    record = replace(record, evidence={**record.evidence, **said})
    return record, replace(event, evidence={**(event.evidence or {}), **said})


def over(record: AlertRecord, at: int, now: int) -> AlertRecord:
    """An alert that ended at ``at``."""
    return replace(
        record,
        state=State.RESOLVED,
        ends_at=at,
        persisted=record.persisted or now,
        flapping=False,
        held_from=None,
        held_until=None,
    )


def back(record: AlertRecord, transition: Transition, *, lifted: bool) -> AlertRecord:
    """An alert that fires anew. The times of the first firing stay; ``lifted`` is its acknowledgement."""
    record = replace(
        record,
        **_words(record, transition),
        state=State.FIRING,
        ends_at=None,
        changes=record.changes + 1,
        occurrences=record.occurrences + 1,
        held_from=None,
        held_until=None,
    )
    return unacknowledged(record) if lifted else record


def unacknowledged(record: AlertRecord) -> AlertRecord:
    """An alert that nobody is on any more."""
    return replace(
        record,
        acknowledged_by=None,
        acknowledged_at=None,
        acknowledged_note=None,
        acknowledged_severity=None,
    )


def begun(alert: str, transition: Transition, service: str | None, known: Known) -> AlertRecord:
    """An alert before its first step. One that once came to nothing goes on counting where it ended.

    Its grounds come with that step, but for one that is over with it.
    """
    over_at_once = transition.state in {State.RESOLVED, State.INACTIVE}
    return AlertRecord(
        id=alert,
        fingerprint=transition.fingerprint,
        rule=transition.rule,
        rule_version=transition.rule_version,
        domain=transition.domain.value,
        zone=transition.subject.zone,
        device=transition.subject.device,
        service=service,
        severity=transition.severity,
        highest_severity=transition.severity,
        state=State.PENDING,
        shadow=transition.shadow,
        starts_at=transition.starts_at,
        title=transition.title.as_dict(),
        advice=None if transition.advice is None else transition.advice.as_dict(),
        evidence=evidence_document(transition.evidence) if over_at_once else {},
        changes=known.passed.get(alert, 0),
        labels=transition.labels,
    )


def stepped(record: AlertRecord, transition: Transition, change: str, now: int) -> AlertRecord:
    """An alert after a step of its own life."""
    counted: dict[str, Any] = {
        "changes": record.changes + 1,
        "shadow": record.shadow and transition.shadow,
    }
    if change in {"resolved", "inactive"}:
        return over(replace(record, **counted), transition.at, now)
    times: dict[str, Any] = {} if change == "severity" else _times(record, transition, now)
    return replace(record, **counted, **_words(record, transition), **times)


def _words(record: AlertRecord, transition: Transition) -> dict[str, Any]:
    """An alert as the rule now has it: how bad, in what words, on what grounds."""
    return {
        "severity": transition.severity,
        "highest_severity": _highest(record, transition),
        "rule_version": transition.rule_version,
        "title": transition.title.as_dict(),
        "advice": None if transition.advice is None else transition.advice.as_dict(),
        "evidence": evidence_document(transition.evidence),
    }


def _times(record: AlertRecord, transition: Transition, now: int) -> dict[str, Any]:
    """Times of the first sign, and those of the firing in their place once it fires.

    A firing that a timer brought about keeps the reading that it all began with.
    """
    fires = transition.state is State.FIRING
    by_timer = transition.taken is None
    return {
        "state": transition.state,
        "taken": record.taken if by_timer else transition.taken,
        "received": record.received if by_timer else transition.received,
        "fired": transition.at if fires else None,
        "persisted": now,
    }


def _highest(record: AlertRecord, transition: Transition) -> Severity:
    """The worst severity since it fired; until then, the one it would fire with."""
    if record.state is State.PENDING:
        return transition.severity
    return max(record.highest_severity, transition.severity, key=lambda severity: severity.rank)


_WORDED = frozenset({"pending", "firing", "severity", "reopened", "recurred"})
"""Steps after which an alert carries the arithmetic of the step."""


def event_of(
    record: AlertRecord, transition: Transition, change: str, said: Mapping[str, Any] | None = None
) -> AlertEvent:
    """The entry of a step that the rules took."""
    return AlertEvent(
        alert=record.id,
        number=record.changes,
        at=transition.at,
        change=change,
        state=transition.state,
        severity=transition.severity,
        evidence=record.evidence if change in _WORDED else evidence_document(transition.evidence),
        detail=said,
    )


def own_event(record: AlertRecord, change: str, at: int, said: Mapping[str, Any]) -> AlertEvent:
    """The entry of a step that Nakhon took of itself."""
    return AlertEvent(
        record.id, record.changes, at, change, record.state, record.severity, by=NAKHON, detail=said
    )
