"""Moments as people give them on the command line, and as they read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.runtime.lifecycle import StartupError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_moment(option: str, text: str, timezone: str) -> int:
    """``2026-01-05``, ``2026-01-05T07:00`` (in the city's time) or RFC 3339 with an offset, as ms.

    Raises:
        StartupError: not a moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        example = "2026-01-05, 2026-01-05T07:00 or 2026-01-05T07:00:00+07:00"
        raise StartupError(f"{option} {text!r} is no moment; write {example}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    return round((aware - _EPOCH).total_seconds() * 1000)


def when(ms: int | None, timezone: str) -> str:
    """``2026-01-05 07:00`` in the time of a zone; seconds only where there are any. None is a dash."""
    if ms is None:
        return "–"
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(timezone))
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")
