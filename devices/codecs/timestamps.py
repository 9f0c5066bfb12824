"""The moment in a payload: epoch milliseconds, or RFC 3339 with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

EARLIEST = -62_135_596_800_000
LATEST = 253_402_300_799_999
"""First and last millisecond of the years 1 to 9999, UTC: what every store and every reader can name."""

EITHER = "epoch milliseconds, or RFC 3339 with an offset such as 2026-11-21T12:00:00+07:00"
OFFSET = "RFC 3339 with an offset (Z or +07:00), such as 2026-11-21T12:00:00+07:00"
CALENDAR = "a date and a time of day that exist, and an offset within a day"
YEARS = "a moment in the years 1 to 9999, UTC"
WHOLE = "whole epoch milliseconds"
SECONDS = "epoch milliseconds; this looks like seconds: multiply it by 1000"
FINER = "epoch milliseconds; this looks like microseconds or nanoseconds"

_SECONDS = range(100_000_000, 100_000_000_000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY = 86_400

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


class BadTimestampError(ValueError):
    """Not a moment. The text is what would have been right."""


def parse_timestamp(value: Any) -> int:
    """The moment as milliseconds since 1970-01-01 UTC; what is finer is cut off.

    Numbers from 10^8 to 10^11 are refused: as milliseconds they lie in 1970 to 1973, as seconds in the
    lifetime of every sensor, and storing them would hide the mistake. A leap second is the second after.

    Raises:
        BadTimestampError: another type, seconds, no offset, no such date or time, beyond the years 1 to 9999.
    """
    kind = type(value)
    if kind is str:
        return _within(_from_text(value), YEARS)
    if kind is float:
        if not value.is_integer():
            raise BadTimestampError(WHOLE)
        value = int(value)
    elif kind is not int:
        raise BadTimestampError(EITHER)
    if value in _SECONDS:
        raise BadTimestampError(SECONDS)
    return _within(value, FINER if value > 0 else EITHER)


def _within(time: int, expected: str) -> int:
    if not EARLIEST <= time <= LATEST:
        raise BadTimestampError(expected)
    return time


def _from_text(text: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise BadTimestampError(EITHER)
    second, offset = match.groups()
    if offset is None:
        raise BadTimestampError(OFFSET)
    if second == "60":
        return _leap_second(text)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise BadTimestampError(CALENDAR) from None
    return (moment - _EPOCH) // _MILLISECOND


def _leap_second(text: str) -> int:
    """Second 60 is there only where leap seconds are: at the end of a day, UTC."""
    time = _from_text(f"{text[:17]}59{text[19:]}") + 1_000
    if time // 1_000 % _DAY:
        raise BadTimestampError(CALENDAR)
    return time
