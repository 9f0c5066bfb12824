"""Calendars of days: how long each status held. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from services.status.history.days import Day
from services.status.history.timeline import Timeline, durations, worst
from services.status.objectives.counting import Attainment
from services.status.objectives.documents import seconds, share_of

Attained = Callable[[int, int], Attainment]


def uptime_documents(
    timeline: Timeline, days: Iterable[Day], end: int, attained: Attained | None = None
) -> list[dict[str, Any]]:
    """Day by day as the API tells it, the last one up to ``end`` (ms).

    ``attained`` answers what was attained of an objective within a span; None: there is none. A day of which
    nothing was recorded has no worst status, and time before the first record none either.
    """
    return [_document(timeline, day, min(day.end, end), attained) for day in days]


def _document(timeline: Timeline, day: Day, end: int, attained: Attained | None) -> dict[str, Any]:
    held = durations(timeline, day.start, end)
    first = timeline.first
    recorded = {} if first is None else durations(timeline, max(first, day.start), end)
    return {
        "day": day.date.isoformat(),
        "seconds": {status.value: seconds(span) for status, span in held.items()},
        "worst": worst(recorded).value if any(recorded.values()) else None,
        "attained": None if attained is None else share_of(attained(day.start, end)),
    }
