"""Public holidays as they are written: Nakhon's own calendars, and a city's ``holidays.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from devices.documents import Document, Parsed, Problem, ProblemsError, build, parse
from devices.forms import Form, TextForm
from devices.model import Text


class HolidayKind(StrEnum):
    """Who has the day off, and why.

    ``public``: a holiday of the year. ``substitution``: the weekday in place of one that fell on a weekend.
    ``special``: a further day that the government gave for one year. ``ploughing``: the Royal Ploughing
    Ceremony, when government offices close and banks do not. ``bank``: banks alone close.
    """

    PUBLIC = "public"
    SUBSTITUTION = "substitution"
    SPECIAL = "special"
    PLOUGHING = "ploughing"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day off. ``tou``: whether electricity is off-peak all day, where the kind does not say it right."""

    day: date
    name: Text
    kind: HolidayKind = HolidayKind.PUBLIC
    unverified: bool = False
    tou: bool | None = None


@dataclass(frozen=True, slots=True)
class HolidayList:
    """What one file says: the calendar that it extends, days of that which do not count here, and its own."""

    holidays: tuple[Holiday, ...]
    extends: str | None = None
    without: frozenset[date] = frozenset()


def _day(value: object) -> object:
    if isinstance(value, str) and len(value) == _LENGTH:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("must be a day that exists, written 2026-04-13")


_LENGTH = len("2026-04-13")

_Written = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-04-13"])]

Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=_Written)]
"""A day of the calendar."""


class HolidayForm(Form):
    """One day off."""

    date: Day = Field(description="The day: 2026-04-13.")
    name: TextForm = Field(description="What it is called, in both languages.")
    kind: HolidayKind = Field(
        HolidayKind.PUBLIC,
        description="public; substitution for one on a weekend; special: given for one year; ploughing: the"
        " Royal Ploughing Ceremony, a day of government offices only; bank: of banks only.",
    )
    unverified: StrictBool = Field(False, description="Whether an official source is still to be found.")
    tou: StrictBool | None = Field(
        None,
        description="Whether time-of-use tariffs take the day as off-peak; left out, public holidays are.",
    )

    def holiday(self) -> Holiday:
        """The day that the form describes."""
        return Holiday(self.date, self.name.text(), self.kind, self.unverified, self.tou)


class HolidaysForm(Form):
    """``holidays.yaml``."""

    model_config = ConfigDict(title="Nakhon holidays")

    extends: Literal["thailand"] | None = Field(
        None, description="The calendar of Nakhon's to start from; left out, only the days below count."
    )
    source: str | None = Field(None, min_length=1, description="Where the days come from.")
    without: tuple[Day, ...] = Field((), description="Days of the extended calendar that do not count here.")
    holidays: tuple[HolidayForm, ...] = Field(
        (), description="The days; one replaces the extended calendar's."
    )


def parse_holidays(document: Document) -> HolidayList:
    """The days that a holiday file lists, in the order of the calendar.

    Raises:
        ProblemsError: all that is wrong with the file, among it a day that stands twice.
    """
    parsed = parse(document)
    if parsed.data is None:
        raise ProblemsError([parsed.problem((), "is empty; write holidays: and the days under it")])
    form = build(HolidaysForm, parsed)
    problems = [*_twice(form, parsed), *_pointless(form, parsed)]
    if problems:
        raise ProblemsError(problems)
    holidays = sorted((entry.holiday() for entry in form.holidays), key=lambda holiday: holiday.day)
    return HolidayList(tuple(holidays), form.extends, frozenset(form.without))


def _twice(form: HolidaysForm, parsed: Parsed) -> list[Problem]:
    first: dict[date, int] = {}
    problems = []
    for place, entry in enumerate(form.holidays):
        if entry.date in first:
            line = parsed.line(("holidays", first[entry.date], "date"))
            message = f"{entry.date} stands here a second time; the first is on line {line}"
            at = ("holidays", place, "date")
            problems.append(parsed.problem(at, message, value=entry.date.isoformat()))
        first.setdefault(entry.date, place)
    return problems


def _pointless(form: HolidaysForm, parsed: Parsed) -> list[Problem]:
    if form.without and form.extends is None:
        message = "takes days out of another calendar, and extends names none"
        return [parsed.problem(("without",), message, allowed="extends: thailand beside it")]
    return []
