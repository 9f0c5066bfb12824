"""What the engine's transitions do to alerts: pending → firing → resolved. Pure.

The same transitions may come again, after a crash or a replay. A step counts once: an alert that is over
stays as it is, a step in the alert's history is known, and one that never fired is remembered as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rules.model import Severity, State, Subject, Transition
from services.alerts.document import document
from services.alerts.endings import Ending
from services.alerts.evidence import evidence_document
from services.store.records.alerts import AlertEvent, AlertRecord, Announcement, Changes, Known, Step

ServiceOf = Callable[[Subject], str | None]
Why = Callable[[Transition], Ending | None]


def _by_itself(_transition: Transition) -> Ending | None:
    """It ended because its condition did."""
    return None


def advance(
    known: Known,
    transitions: Iterable[tuple[str, Transition]],
    *,
    now: int,
    service_of: ServiceOf,
    why: Why = _by_itself,
) -> Changes:
    """What these transitions, each with its alert's id, in this order, change. ``now`` is when (ms).

    ``known`` covers at least the alerts that the transitions are about; it is used up. An alert that fires
    ends one of the same rule and subject that began later and is open in it. ``why`` says what ended an alert
    other than its condition.
    """
    changes = Changes()
    families = _families(known)
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
            if change == "firing":
                _supersede(changes, known, stepped, families.get(stepped.fingerprint, ()), now)
            event = _event(stepped, transition, change)
            if change == "resolved" and (ended := why(transition)) is not None:
                stepped, event = _for(ended, stepped, event)
            received = transition.received if change == "firing" else None
            _note(changes, known, stepped, event, received)
    return changes


def end(known: Known, *, now: int, why: Callable[[AlertRecord], Ending]) -> Changes:
    """End every open alert of ``known`` at ``now`` (ms), for the reason that ``why`` gives."""
    changes = Changes()
    for record in list(known.alerts.values()):
        _end(changes, known, record, max(now, record.starts_at), now, why(record))
    return changes


def _families(known: Known) -> Mapping[str, Sequence[str]]:
    """The alerts that the store knows to be open, by rule and subject."""
    families: dict[str, list[str]] = {}
    for record in known.alerts.values():
        if record.state is not State.RESOLVED:
            families.setdefault(record.fingerprint, []).append(record.id)
    return families


def _supersede(changes: Changes, known: Known, record: AlertRecord, others: Sequence[str], now: int) -> None:
    """End what began later and is open still: the rules, which follow one alone, begin it anew."""
    for alert in others:
        other = changes.alerts.get(alert) or known.alerts.get(alert)
        if other is not None and other.starts_at > record.starts_at:
            _end(changes, known, other, other.starts_at, now, Ending.SUPERSEDED)


def _end(changes: Changes, known: Known, record: AlertRecord, at: int, now: int, ended: Ending) -> None:
    if record.state is State.RESOLVED:
        return
    change = "inactive" if record.state is State.PENDING else "resolved"
    record = _over(replace(record, changes=record.changes + 1), at, now)
    event = AlertEvent(
        record.id, record.changes, at, change, record.state, record.severity, evidence=record.evidence
    )
    _note(changes, known, *_for(ended, record, event), None)


def _for(ended: Ending, record: AlertRecord, event: AlertEvent) -> tuple[AlertRecord, AlertEvent]:
    """An alert and its last step, with what ended it."""
    said = {"ended": ended.value}
    record = replace(record, evidence={**record.evidence, **said})
    return record, replace(event, evidence={**(event.evidence or {}), **said})


def _over(record: AlertRecord, at: int, now: int) -> AlertRecord:
    return replace(record, state=State.RESOLVED, ends_at=at, persisted=record.persisted or now)


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
        labels=transition.labels,
    )


def _stepped(record: AlertRecord, transition: Transition, change: str, now: int) -> AlertRecord:
    record = replace(record, changes=record.changes + 1, shadow=record.shadow and transition.shadow)
    if change in {"resolved", "inactive"}:
        return _over(record, transition.at, now)
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


def _note(
    changes: Changes, known: Known, record: AlertRecord, event: AlertEvent, received: int | None
) -> None:
    if event.change == "inactive":
        changes.passed[record.id] = known.passed[record.id] = record.changes
        for rows in (known.alerts, changes.alerts, changes.events):
            rows.pop(record.id, None)
    else:
        changes.alerts[record.id] = record
        changes.events.setdefault(record.id, []).append(event)
    if not record.shadow:
        changes.announcements.append(
            Announcement(record.id, record.changes, event.change, document(record), received)
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
