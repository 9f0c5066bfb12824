"""``schedule`` of a rule, as rule files write it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from devices.documents import suggestion
from devices.forms import Form

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As schedules write them; their places are those of ``date.weekday()``."""

_DAY_SPAN = re.compile(r"([a-z]+)(?:\s*-\s*([a-z]+))?")
_HOURS = re.compile(r"([0-9]{2}):([0-9]{2})\s*-\s*([0-9]{2}):([0-9]{2})")
_WHOLE_DAY = 24 * 60


class OnHolidays(StrEnum):
    """What a schedule makes of holidays."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    ONLY = "only"


class Period(StrEnum):
    """A period of the time-of-use tariff."""

    ON_PEAK = "on-peak"
    OFF_PEAK = "off-peak"


def _parts(value: object, example: str) -> list[str]:
    """The comma-separated parts of a text, or of a list of texts."""
    given: list[object] = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    if not texts or len(texts) < len(given):
        raise ValueError(f"must be a text such as {example}, or a list of them")
    return [part.strip() for text in texts for part in text.split(",")]


def parse_days(value: object) -> tuple[int, ...]:
    """``mon-fri``, ``sat,sun``, ``[fri-mon, wed]`` → days of the week, 0 (Monday) to 6, in order.

    Raises:
        ValueError: not days; the message says how to write them.
    """
    days: set[int] = set()
    for part in _parts(value, "mon-fri or sat,sun"):
        match = _DAY_SPAN.fullmatch(part.lower())
        if match is None:
            raise ValueError(f"{part!r} is no day; write mon-fri, or sat,sun")
        first = _day(match[1])
        last = _day(match[2]) if match[2] else first
        days.update((first + step) % len(DAYS) for step in range((last - first) % len(DAYS) + 1))
    return tuple(sorted(days))


def _day(name: str) -> int:
    if name not in DAYS:
        near = next(
            (f"; did you mean {day}?" for day in DAYS if name.startswith(day)), suggestion(name, DAYS)
        )
        raise ValueError(f"{name!r} is no day{near} The days are {', '.join(DAYS)}")
    return DAYS.index(name)


def parse_hours(value: object) -> tuple[tuple[int, int], ...]:
    """``06:00-20:00``, ``22:00-06:00``, lists of them → [from, to) in minutes after midnight.

    A span that ends on the next day has an end beyond 1440.

    Raises:
        ValueError: not hours; the message says how to write them.
    """
    return tuple(_hours(part) for part in _parts(value, "06:00-20:00"))


def _hours(text: str) -> tuple[int, int]:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no span of hours; write 06:00-20:00, with two digits each")
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start == _WHOLE_DAY:
        raise ValueError(f"{text!r} begins at 24:00; the day begins at 00:00")
    if start == end:
        raise ValueError(f"{text!r} is empty; a whole day is 00:00-24:00")
    return (start, end) if start < end else (start, end + _WHOLE_DAY)


def _minute(hour: str, minute: str) -> int:
    at = int(hour) * 60 + int(minute)
    if int(minute) >= 60 or at > _WHOLE_DAY:
        raise ValueError(f"{hour}:{minute} is no time of day; they go from 00:00 to 24:00")
    return at


_DAYS_TEXT = Annotated[
    str,
    Field(
        pattern="^{0}(\\s*-\\s*{0})?(\\s*,\\s*{0}(\\s*-\\s*{0})?)*$".format(f"({'|'.join(DAYS)})"),
        examples=["mon-fri", "sat,sun"],
    ),
]
_HOURS_TEXT = Annotated[
    str,
    Field(
        pattern="^{0}\\s*-\\s*{0}(\\s*,\\s*{0}\\s*-\\s*{0})*$".format(
            "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
        ),
        examples=["06:00-20:00", "22:00-06:00"],
    ),
]

Days = Annotated[
    tuple[int, ...], BeforeValidator(parse_days, json_schema_input_type=_DAYS_TEXT | list[_DAYS_TEXT])
]
"""Days of the week."""

Hours = Annotated[
    tuple[tuple[int, int], ...],
    BeforeValidator(parse_hours, json_schema_input_type=_HOURS_TEXT | list[_HOURS_TEXT]),
]
"""Spans of hours."""


class ScheduleForm(Form):
    """When a rule watches: all lines must hold. Outside, its condition is false."""

    days: Days | None = Field(None, description="Days of the week: mon-fri, or sat,sun; all when left out.")
    hours: Hours | None = Field(
        None,
        description="Hours of the day: 06:00-20:00, or several in a list. 22:00-06:00 goes on into the next"
        " day and belongs to the day on which it began. All day when left out.",
    )
    holidays: OnHolidays = Field(
        OnHolidays.INCLUDE,
        description="include: as any other day. exclude: not on public holidays. only: on no other day.",
    )
    period: Period | None = Field(
        None,
        description="A period of the time-of-use tariff: on-peak is Monday to Friday 09:00-22:00 except on"
        " public holidays (substitution holidays count as working days); off-peak is the rest.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> ScheduleForm:
        if not self.model_fields_set:
            raise ValueError("needs at least one of days, hours, holidays, period")
        return self
