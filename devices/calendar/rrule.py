"""Reading an RRULE: what it says, or every mistake in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from devices.calendar.recurrence import Day, Frequency, Rule

MOST_A_DAY = 96
"""Times that a rule may have on one day."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(rf"([+-]?\d{{1,2}})?({'|'.join(_WEEKDAYS)})")
_DIGITS_OF_DAY = 8
_LONGEST = {
    Frequency.HOURLY: 87_600,
    Frequency.DAILY: 3_650,
    Frequency.WEEKLY: 520,
    Frequency.MONTHLY: 120,
    Frequency.YEARLY: 10,
}
_NUMBERS: Mapping[str, tuple[str, int, int, bool]] = {
    "BYMONTH": ("months", 1, 12, False),
    "BYWEEKNO": ("week_numbers", 1, 53, True),
    "BYYEARDAY": ("year_days", 1, 366, True),
    "BYMONTHDAY": ("month_days", 1, 31, True),
    "BYHOUR": ("hours", 0, 23, False),
    "BYMINUTE": ("minutes", 0, 59, False),
    "BYSETPOS": ("positions", 1, 366, True),
}
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_NUMBERS)

_ONLY_WITH: Mapping[str, frozenset[Frequency]] = {
    "BYWEEKNO": frozenset({Frequency.YEARLY}),
    "BYYEARDAY": frozenset({Frequency.YEARLY, Frequency.HOURLY}),
    "BYMONTHDAY": frozenset(Frequency) - {Frequency.WEEKLY},
    "BYSETPOS": frozenset(Frequency) - {Frequency.HOURLY},
}
"""RFC 5545, the table of section 3.3.10; BYSETPOS of an hour's minutes is beyond what people plan."""


def read_rrule(text: str, start: datetime, zone: ZoneInfo) -> Rule:
    """The rule that ``text`` and its start (on the clock of ``zone``) say.

    Raises:
        ValueError: what is wrong with it, all of it, and what is allowed.
    """
    parts = _parts(text)
    frequency = _frequency(parts)
    mistakes: list[str] = []
    given: dict[str, Any] = {}

    def put(name: str, part: str, read: Callable[[str], Any]) -> None:
        if part in parts:
            try:
                given[name] = read(parts[part])
            except ValueError as error:
                mistakes.append(f"{part}={parts[part]}: {error}")

    put("interval", "INTERVAL", lambda value: _number(value, 1, _LONGEST[frequency]))
    put("until", "UNTIL", lambda value: _until(value, zone))
    put("week_start", "WKST", _week_start)
    put("days", "BYDAY", lambda value: _days(value, frequency, parts))
    for part, (name, low, high, from_end) in _NUMBERS.items():
        put(name, part, partial(_numbers, low=low, high=high, from_end=from_end))
    mistakes += _misplaced(parts, frequency)
    if mistakes:
        raise ValueError("; ".join(mistakes))
    rule = Rule(start, frequency, **given)
    return _sensible(rule.counted(_count(parts["COUNT"])) if "COUNT" in parts else rule)


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.upper().removeprefix("RRULE:").strip(" ;").split(";"):
        name, equals, value = (side.strip() for side in piece.partition("="))
        if name not in PARTS:
            more = " (nothing recurs so often)" if name == "BYSECOND" else ""
            raise ValueError(f"{piece!r} is no part of an RRULE{more}; allowed: {', '.join(PARTS)}")
        if not equals or not value:
            raise ValueError(f"{name} needs a value, as in {name}=…")
        if name in parts:
            raise ValueError(f"{name} is there twice")
        parts[name] = value
    return parts


def _frequency(parts: Mapping[str, str]) -> Frequency:
    allowed = ", ".join(Frequency)
    if "FREQ" not in parts:
        raise ValueError(f"an RRULE begins with FREQ, which is one of {allowed}")
    if parts["FREQ"] not in set(Frequency):
        raise ValueError(f"FREQ can't be {parts['FREQ']} (allowed: {allowed})")
    return Frequency(parts["FREQ"])


def _misplaced(parts: Mapping[str, str], frequency: Frequency) -> list[str]:
    """Parts that say nothing together."""
    found = []
    for part, frequencies in _ONLY_WITH.items():
        if part in parts and frequency not in frequencies:
            names = ", ".join(one for one in Frequency if one in frequencies)
            found.append(f"{part} doesn't go with FREQ={frequency} (it goes with {names})")
    if "COUNT" in parts and "UNTIL" in parts:
        found.append("COUNT and UNTIL exclude each other: say how often or until when, not both")
    if "BYSETPOS" in parts and not any(part in parts for part in ("BYDAY", *_NUMBERS) if part != "BYSETPOS"):
        found.append("BYSETPOS picks from what another BY… part gives; there is none")
    if "BYWEEKNO" in parts and parts.get("WKST", "MO") != "MO":
        found.append("BYWEEKNO counts weeks that begin on Monday; leave WKST out")
    return found


def _sensible(rule: Rule) -> Rule:
    """The rule, if it comes at all, and not so often that it is another thing than maintenance."""
    hours = len(rule.hours) or (24 if rule.frequency.value == "HOURLY" else 1)
    if hours * max(1, len(rule.minutes)) > MOST_A_DAY:
        raise ValueError(f"comes more than {MOST_A_DAY} times a day: name fewer hours or minutes")
    if next(rule.times(rule.start), None) is None:
        raise ValueError("never comes within ten years of its start: look at its days and months")
    return rule


def _number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,6}", text) or not low <= int(text) <= high:
        raise ValueError(f"must be a whole number from {low} to {high}")
    return int(text)


def _count(text: str) -> int:
    try:
        return _number(text, 1, 1_000)
    except ValueError as error:
        raise ValueError(f"COUNT={text}: {error}") from None


def _numbers(text: str, low: int, high: int, from_end: bool) -> tuple[int, ...]:
    values = set()
    for item in text.split(","):
        try:
            value = _number(item, -high if from_end else low, high)
        except ValueError:
            value = None
        if value is None or not low <= abs(value) <= high:
            ends = f", or from {-high} to {-low} counted from the end" if from_end else ""
            raise ValueError(f"must be numbers from {low} to {high}{ends}, with commas between") from None
        values.add(value)
    return tuple(sorted(values))


def _days(text: str, frequency: Frequency, parts: Mapping[str, str]) -> tuple[Day, ...]:
    days = []
    for item in text.split(","):
        match = _DAY.fullmatch(item)
        nth = int(match[1] or 0) if match else 0
        if match is None or (match[1] is not None and not 1 <= abs(nth) <= 53):
            raise ValueError(f"must be days, with commas between: {', '.join(_WEEKDAYS)}, or 1MO, -1FR")
        if nth and (frequency not in {Frequency.MONTHLY, Frequency.YEARLY} or "BYWEEKNO" in parts):
            raise ValueError("the nth of a weekday goes with FREQ=MONTHLY or YEARLY (without BYWEEKNO)")
        days.append(Day(_WEEKDAYS.index(match[2]), nth))
    return tuple(days)


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise ValueError(f"must be one of {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(text)


def _until(text: str, zone: ZoneInfo) -> datetime:
    """A day (all of it), a time on the wall, or one of UTC (Z)."""
    form = "%Y%m%d" if len(text) == _DIGITS_OF_DAY else "%Y%m%dT%H%M%S%z" if "Z" in text else "%Y%m%dT%H%M%S"
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - the clock of the wall has no offset
        if moment.tzinfo is not None:
            return moment.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError("must be a day or a time as 20261231 or 20261231T235959Z") from None
    return moment if "T" in text else datetime.combine(moment, time.max)
