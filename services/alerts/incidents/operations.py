"""What people do to incidents: acknowledge, assign, comment, close. Pure.

As with alerts, of two who act at once the second is told who was first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError
from services.store.records.incidents import MERGED, RESOLVED, IncidentEvent, IncidentRecord

Outcome: TypeAlias = "tuple[IncidentRecord, IncidentEvent] | None"


@dataclass(frozen=True, slots=True)
class Operation:
    """A person's step. ``expected`` is the number of the last step that the person saw.

    ``apply`` answers the incident as it then is and the step for its log, None when nothing changes, and
    raises :class:`~services.runtime.ports.ConflictError` when it is past that.
    """

    apply: Callable[[IncidentRecord], Outcome]
    expected: int | None = None


def acknowledging(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """Somebody has seen it and is on it. It can be done anew once another alert has joined.

    Whose it is already may say so again, which is no step: acknowledging its alerts may have been cut short.
    """

    def acknowledge(record: IncidentRecord) -> Outcome:
        _refuse_unless_open(record)
        if record.acknowledged_at is not None and record.joined_at <= record.acknowledged_at:
            if record.acknowledged_by == by:
                return None
            raise ConflictError(
                f"incident {record.id} was acknowledged by {record.acknowledged_by} "
                f"at {rfc3339(record.acknowledged_at)}"
            )
        record = replace(record, acknowledged_by=by, acknowledged_at=now, acknowledged_note=note)
        return _stepped(record, "acknowledged", by, note, now)

    return Operation(acknowledge, expected)


def assigning(by: str, to: str | None, now: int, expected: int | None = None) -> Operation:
    """Whose it is from now on; None takes it from whoever has it. To whom it belongs already: no step."""

    def assign(record: IncidentRecord) -> Outcome:
        _refuse_merged(record)
        if record.assigned_to == to:
            return None
        return _stepped(replace(record, assigned_to=to), "assigned", by, None, now, to=to)

    return Operation(assign, expected)


def commenting(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """A remark for its log, while it is open or after it."""

    def comment(record: IncidentRecord) -> Outcome:
        _refuse_merged(record)
        return _stepped(record, "commented", by, note, now)

    return Operation(comment, expected)


def closing(by: str, note: str, now: int, expected: int | None = None) -> Operation:
    """Say that it is over. It is resolved once its alerts are closed, and takes no other ever after.

    Until then it can be said again: closing its alerts may have been cut short.
    """

    def close(record: IncidentRecord) -> Outcome:
        _refuse_unless_open(record)
        return _stepped(replace(record, closed_by=by), "closed", by, note, now)

    return Operation(close, expected)


def outdated(incident: str, since: IncidentEvent) -> ConflictError:
    """What tells a person that another has taken a step which was not on the page yet."""
    return ConflictError(
        f"incident {incident} has moved on: {since.by} took the step {since.change!r} at {rfc3339(since.at)}"
    )


def _refuse_merged(record: IncidentRecord) -> None:
    if record.state == MERGED:
        raise ConflictError(f"incident {record.id} went into incident {record.merged_into}: act on that one")


def _refuse_unless_open(record: IncidentRecord) -> None:
    _refuse_merged(record)
    if record.state == RESOLVED:
        ended = "" if record.resolved_at is None else f" since {rfc3339(record.resolved_at)}"
        raise ConflictError(f"incident {record.id} is over: it has been resolved{ended}")


def _stepped(
    record: IncidentRecord, change: str, by: str, note: str | None, now: int, to: str | None = None
) -> tuple[IncidentRecord, IncidentEvent]:
    record = replace(record, changes=record.changes + 1)
    detail = {"to": to} if change == "assigned" else None
    return record, IncidentEvent(record.id, record.changes, now, change, by, note, detail)
