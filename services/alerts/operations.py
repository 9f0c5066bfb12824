"""What people do to alerts: acknowledge, comment, assign, close. Pure.

Each answers the alert as it then is and the step for its history, or None when nothing changes. An alert
that has not fired yet may still come to nothing, and what an operator wrote must never vanish with it, so
people act on it only once it fires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from rules.model import State
from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError
from services.store.records.alerts import AlertEvent, AlertRecord

Outcome: TypeAlias = "tuple[AlertRecord, AlertEvent] | None"
Operation: TypeAlias = Callable[[AlertRecord], Outcome]


def acknowledging(by: str, note: str, now: int) -> Operation:
    """Somebody has seen it and is on it. Whoever comes second is told who was first."""

    def acknowledge(record: AlertRecord) -> Outcome:
        _refuse_unless_firing(record)
        if record.acknowledged_at is not None:
            raise ConflictError(
                f"alert {record.id} was acknowledged by {record.acknowledged_by} "
                f"at {rfc3339(record.acknowledged_at)}"
            )
        record = replace(record, acknowledged_by=by, acknowledged_at=now, acknowledged_note=note)
        return _with_event(record, "acknowledged", by, note, now)

    return acknowledge


def commenting(by: str, note: str, now: int) -> Operation:
    """A remark for the history, during the alert or after it."""

    def comment(record: AlertRecord) -> Outcome:
        _refuse_pending(record)
        return _with_event(record, "commented", by, note, now)

    return comment


def assigning(by: str, to: str | None, now: int) -> Operation:
    """Whose it is from now on; None takes it from whoever has it. To whom it belongs already: no step."""

    def assign(record: AlertRecord) -> Outcome:
        _refuse_pending(record)
        if record.assigned_to == to:
            return None
        return _with_event(replace(record, assigned_to=to), "assigned", by, None, now)

    return assign


def closing(by: str, note: str, now: int) -> Operation:
    """Resolve by hand.

    It stays resolved: what the engine still says about it changes nothing. When the condition ends and
    begins anew, that is another alert.
    """

    def close(record: AlertRecord) -> Outcome:
        _refuse_unless_firing(record)
        record = replace(record, state=State.RESOLVED, ends_at=max(now, record.starts_at))
        return _with_event(record, "closed", by, note, now)

    return close


def _refuse_pending(record: AlertRecord) -> None:
    if record.state is State.PENDING:
        raise ConflictError(f"alert {record.id} has not fired yet: there is nothing to act on")


def _refuse_unless_firing(record: AlertRecord) -> None:
    _refuse_pending(record)
    if record.state is State.RESOLVED:
        ended = "" if record.ends_at is None else f" since {rfc3339(record.ends_at)}"
        raise ConflictError(f"alert {record.id} is over: it has been resolved{ended}")


def _with_event(
    record: AlertRecord, change: str, by: str, note: str | None, now: int
) -> tuple[AlertRecord, AlertEvent]:
    record = replace(record, changes=record.changes + 1)
    event = AlertEvent(
        alert=record.id,
        number=record.changes,
        at=now,
        change=change,
        state=record.state,
        severity=record.severity,
        by=by,
        note=note,
        assigned_to=record.assigned_to if change == "assigned" else None,
    )
    return record, event
