"""What the engine's transitions do to alerts: pending → firing → resolved. Pure.

The same transitions may come again, after a crash or a replay. A step counts once: an alert that is over
stays as it is, a step in the alert's history is known, and one that never fired is remembered as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from rules.model import Severity, State, Subject, Transition
from services.alerts.document import document, evidence_document
from services.store.records.alerts import AlertEvent, AlertRecord, Announcement, Changes, Known, Step

ServiceOf = Callable[[Subject], str | None]


def advance(
    known: Known, transitions: Iterable[tuple[str, Transition]], *, now: int, service_of: ServiceOf
) -> Changes:
    """What these transitions, each with its alert's id, in this order, change. ``now`` is when (ms).

    ``known`` covers at least the alerts that the transitions are about; it is used up.
    """
    changes = Changes()
    for alert, transition in transitions:
        record = changes.alerts.get(alert) or known.alerts.get(alert)
        if alert in known.passed and transition.state is not State.FIRING and record is None:
            continue
        steps = known.steps.setdefault(alert, set())
        change = _change(record, transition, steps)
        if change is not None:
            steps.add(_step(transition))
            record = record or _new(alert, transition, service_of(transition.subject), known)
            stepped = _stepped(record, transition, change, now)
            _note(changes, known, stepped, transition, change)
    return changes


def _change(record: AlertRecord | None, transition: Transition, steps: set[Step]) -> str | None:
    """The name of the step that this is, None when it is none."""
    if record is None:
        return None if transition.state is State.INACTIVE else transition.state.value
    if record.state is State.RESOLVED or _step(transition) in steps:
        return None
    if transition.state in {State.RESOLVED, State.INACTIVE}:
        return "inactive" if record.state is State.PENDING else "resolved"
    return _change_of_open(record, transition)


def _change_of_open(record: AlertRecord, transition: Transition) -> str | None:
    promoted = record.shadow and not transition.shadow
    if transition.state is State.FIRING and (record.state is State.PENDING or promoted):
        return "firing"
    if transition.state is record.state and transition.severity is not record.severity:
        return "severity"
    return None


def _step(transition: Transition) -> Step:
    return Step(transition.at, transition.state, transition.severity)


def _new(alert: str, transition: Transition, service: str | None, known: Known) -> AlertRecord:
    """An alert before its first step. One that once came to nothing goes on counting where it ended."""
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
        evidence=evidence_document(transition.evidence),
        changes=known.passed.get(alert, 0),
    )


def _stepped(record: AlertRecord, transition: Transition, change: str, now: int) -> AlertRecord:
    record = replace(record, changes=record.changes + 1, shadow=record.shadow and transition.shadow)
    if change in {"resolved", "inactive"}:
        return replace(record, state=State.RESOLVED, ends_at=transition.at, persisted=record.persisted or now)
    record = replace(
        record,
        severity=transition.severity,
        highest_severity=_highest(record, transition),
        rule_version=transition.rule_version,
        title=transition.title.as_dict(),
        advice=None if transition.advice is None else transition.advice.as_dict(),
        evidence=evidence_document(transition.evidence),
    )
    return record if change == "severity" else _timed(record, transition, now)


def _timed(record: AlertRecord, transition: Transition, now: int) -> AlertRecord:
    """Times of the first sign, and those of the firing in their place once it fires.

    A firing that a timer brought about keeps the reading that it all began with.
    """
    fires = transition.state is State.FIRING
    by_timer = transition.taken is None
    return replace(
        record,
        state=transition.state,
        taken=record.taken if by_timer else transition.taken,
        received=record.received if by_timer else transition.received,
        fired=transition.at if fires else None,
        persisted=now,
    )


def _highest(record: AlertRecord, transition: Transition) -> Severity:
    """The worst severity since it fired; until then, the one it would fire with."""
    if record.state is State.PENDING:
        return transition.severity
    return max(record.highest_severity, transition.severity, key=lambda severity: severity.rank)


def _note(changes: Changes, known: Known, record: AlertRecord, transition: Transition, change: str) -> None:
    if change == "inactive":
        changes.passed[record.id] = known.passed[record.id] = record.changes
        for rows in (known.alerts, changes.alerts, changes.events):
            rows.pop(record.id, None)
    else:
        changes.alerts[record.id] = record
        changes.events.setdefault(record.id, []).append(_event(record, transition, change))
    if not record.shadow:
        received = transition.received if change == "firing" else None
        changes.announcements.append(
            Announcement(record.id, record.changes, change, document(record), received)
        )


def _event(record: AlertRecord, transition: Transition, change: str) -> AlertEvent:
    return AlertEvent(
        alert=record.id,
        number=record.changes,
        at=transition.at,
        change=change,
        state=transition.state,
        severity=transition.severity,
        evidence=evidence_document(transition.evidence),
    )
