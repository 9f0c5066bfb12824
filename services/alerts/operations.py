"""What people do to alerts: acknowledge, comment, assign, close. Pure.

Each answers the alert as it then is and the step for its history, or None when nothing changes. An alert
that has not fired yet may still come to nothing, and what an operator wrote must never vanish with it, so
people act on it only once it fires.

``expected`` is the alert's number as the operator saw it: when a person has done something to it since, the
operation is a conflict that tells who did what, and when. None: whatever it is by now. Steps that the rules
or Nakhon took since are no conflict, as long as the alert is not over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, TypeAlias

from rules.model import State
from services.alerts.board import covered
from services.alerts.stepping import unacknowledged
from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError
from services.store.records.alerts import AlertEvent, AlertRecord, Deed

Outcome: TypeAlias = "tuple[AlertRecord, AlertEvent] | None"

_DONE: Mapping[str, str] = {
    "acknowledged": "was acknowledged by",
    "unacknowledged": "had its acknowledgement taken back by",
    "assigned": "was assigned by",
    "commented": "was commented on by",
    "closed": "was closed by",
}


class Operation(Protocol):
    """Something that a person does to an alert. ``last`` is what a person did to it last.

    Raises:
        ConflictError: it is past that step, or somebody was first; the text says how it stands.
    """

    def __call__(self, record: AlertRecord, last: Deed | None = None) -> Outcome: ...


def acknowledging(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """Somebody has seen it and is on it, as bad as it is. Whoever comes second is told who was first.

    One that has become worse since is acknowledged anew.
    """

    def acknowledge(record: AlertRecord, last: Deed | None = None) -> Outcome:
        _refuse_unless_firing(record)
        if covered(record) and record.acknowledged_at is not None:
            raise ConflictError(
                f"alert {record.id} was acknowledged by {record.acknowledged_by} "
                f"at {rfc3339(record.acknowledged_at)}"
            )
        _refuse_surprises(record, last, expected)
        first = record.first_acknowledged
        record = replace(
            record,
            acknowledged_by=by,
            acknowledged_at=now,
            acknowledged_note=note,
            acknowledged_severity=record.severity.value,
            first_acknowledged=now if first is None else first,
        )
        return _with_event(record, "acknowledged", by, note, now)

    return acknowledge


def unacknowledging(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """Nobody is on it after all."""

    def unacknowledge(record: AlertRecord, last: Deed | None = None) -> Outcome:
        _refuse_unless_firing(record)
        _refuse_surprises(record, last, expected)
        if record.acknowledged_at is None:
            raise ConflictError(f"alert {record.id} is not acknowledged: there is nothing to take back")
        return _with_event(unacknowledged(record), "unacknowledged", by, note, now)

    return unacknowledge


def commenting(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """A remark for the history, during the alert or after it."""

    def comment(record: AlertRecord, last: Deed | None = None) -> Outcome:
        _refuse_pending(record)
        _refuse_surprises(record, last, expected)
        return _with_event(record, "commented", by, note, now)

    return comment


def assigning(by: str, to: str | None, now: int, expected: int | None = None) -> Operation:
    """Whose it is from now on; None takes it from whoever has it. To whom it belongs already: no step."""

    def assign(record: AlertRecord, last: Deed | None = None) -> Outcome:
        _refuse_pending(record)
        _refuse_surprises(record, last, expected)
        if record.assigned_to == to:
            return None
        return _with_event(replace(record, assigned_to=to), "assigned", by, None, now)

    return assign


def closing(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """Resolve by hand.

    It stays resolved: what the engine still says about it changes nothing. When the condition ends and
    begins anew, that is another alert.
    """

    def close(record: AlertRecord, last: Deed | None = None) -> Outcome:
        _refuse_unless_firing(record)
        _refuse_surprises(record, last, expected)
        record = replace(
            record,
            state=State.RESOLVED,
            ends_at=max(now, record.starts_at),
            closed_by=by,
            flapping=False,
            held_from=None,
            held_until=None,
        )
        return _with_event(record, "closed", by, note, now)

    return close


def _refuse_surprises(record: AlertRecord, last: Deed | None, expected: int | None) -> None:
    if expected is None or last is None or last.number <= expected:
        return
    done = _DONE.get(last.change, f"was changed ({last.change}) by")
    raise ConflictError(f"alert {record.id} {done} {last.by} at {rfc3339(last.at)}: look at it again")


def _refuse_pending(record: AlertRecord) -> None:
    if record.state is State.PENDING:
        raise ConflictError(f"alert {record.id} has not fired yet: there is nothing to act on")


def _refuse_unless_firing(record: AlertRecord) -> None:
    _refuse_pending(record)
    if record.state is State.RESOLVED:
        ended = "" if record.ends_at is None else f" since {rfc3339(record.ends_at)}"
        closed = "" if record.closed_by is None else f", closed by {record.closed_by}"
        raise ConflictError(f"alert {record.id} is over: it has been resolved{ended}{closed}")


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
