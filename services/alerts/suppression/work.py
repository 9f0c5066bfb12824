"""Maintenance: work on some of a city's things, planned by its file or by an operator. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from devices.calendar.windows import Duration, Span, Windows, as_written, zone_of
from devices.model import Text
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Recurring
from services.alerts.suppression.asking import OF_MAINTENANCE, matcher_of, text_of, title_of, windows_of
from services.alerts.suppression.hold import Hold, Kind
from services.runtime.clock import optional_rfc3339, rfc3339
from services.runtime.ports import ConflictError
from services.store.records.maintenance import MaintenanceRecord, ended_first
from services.store.records.ulid import ulid


@dataclass(frozen=True, slots=True)
class Work:
    """Maintenance as it is lived with. ``record`` is None for what stands in the city's file."""

    id: str
    title: Text
    matcher: Matcher
    windows: Windows
    schedule: Mapping[str, Any]
    reason: str
    record: MaintenanceRecord | None = None

    def span(self, now: int) -> Span:
        """Whether a window is open, and until when that stays so."""
        if self.record is not None and self.record.ended_at is not None and now >= self.record.ended_at:
            return Span(False, None)
        return self.windows.span(now)

    def hold(self, span: Span) -> Hold | None:
        """Why nobody is told of the alerts that it means, while a window is open."""
        if not span.active:
            return None
        reason = Text(f"Maintenance: {self.title.en}", f"อยู่ระหว่างบำรุงรักษา: {self.title.th}")
        by = None if self.record is None else self.record.created_by
        return Hold(Kind.MAINTENANCE, self.id, by, reason, span.until)


def work_of_city(recurring: Recurring, timezone: str) -> Work:
    """What ``alerting.yaml`` plans.

    Raises:
        ScheduleError: its schedule says nothing.
    """
    windows = Windows.of(recurring.schedule, timezone)
    schedule = as_written(recurring.schedule, timezone)
    return Work(recurring.id, recurring.title, recurring.matcher, windows, schedule, recurring.reason)


def work_of(record: MaintenanceRecord, timezone: str) -> Work:
    """What an operator planned.

    Raises:
        ScheduleError: its schedule says nothing any more (the machine no longer knows its time zone).
    """
    return Work(
        record.id,
        Text(record.title["en"], record.title["th"]),
        Matcher.of(record.matcher),
        Windows.of(record.schedule, timezone),
        as_written(record.schedule, timezone),
        record.reason,
        record,
    )


def idle_work(record: MaintenanceRecord) -> Work:
    """Maintenance whose schedule can't be read any more: it is still told, and never takes place."""
    start = datetime(1970, 1, 1)  # noqa: DTZ001 - the clock of the wall has no offset
    never = Windows(start, Duration(), zone_of("UTC"), left_out=frozenset({start}))
    title = Text(record.title["en"], record.title["th"])
    return Work(record.id, title, Matcher.of(record.matcher), never, record.schedule, record.reason, record)


def planned_by(body: Mapping[str, Any], *, by: str, now: int, rest: int, timezone: str) -> MaintenanceRecord:
    """What an operator plans now. ``rest`` are 80 bits that tell it from others of the same moment.

    Raises:
        InvalidError: what is handed in makes no sense, or every window of it is over.
    """
    title = title_of(body.get("title"))
    matcher = matcher_of(body.get("matcher"), OF_MAINTENANCE).as_dict()
    reason = text_of("reason", body.get("reason"))
    schedule = windows_of(body.get("schedule"), timezone, now)
    return MaintenanceRecord(ulid(now, rest), title, matcher, schedule, reason, created_by=by, created_at=now)


def ended_by(record: MaintenanceRecord, *, by: str, now: int) -> MaintenanceRecord:
    """Work that ends now, and does not come back.

    Raises:
        ConflictError: somebody has ended it already.
    """
    if record.ended_at is not None:
        raise ConflictError(ended_first(record))
    return replace(record, ended_by=by, ended_at=now, changes=record.changes + 1)


def work_document(work: Work, *, now: int, alerts: int) -> dict[str, Any]:
    """Maintenance as the API tells it; ``alerts`` is how many it holds now."""
    record = work.record
    over = record is not None and record.ended_at is not None and now >= record.ended_at
    upcoming = [] if over else work.windows.upcoming(now)
    active = work.span(now).active
    return {
        "id": work.id,
        "title": work.title.as_dict(),
        "matcher": work.matcher.as_dict(),
        "schedule": work.schedule,
        "reason": work.reason,
        "created_by": None if record is None else record.created_by,
        "created_at": None if record is None else rfc3339(record.created_at),
        "ended_by": None if record is None else record.ended_by,
        "ended_at": None if record is None else optional_rfc3339(record.ended_at),
        "origin": "city" if record is None else "added",
        "state": "active" if active else "pending" if upcoming else "expired",
        "active": active,
        "next": [{"start": rfc3339(start), "end": rfc3339(end)} for start, end in upcoming],
        "alerts": alerts,
    }
