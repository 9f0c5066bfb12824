"""Which days are holidays, what they are called, and which of them tariffs count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from importlib import resources
from types import MappingProxyType
from typing import Self

from devices.documents import Document
from devices.holidays import Holiday, HolidayKind, HolidayList, parse_holidays
from devices.model import Text

THAILAND = "thailand"
"""The calendar that Nakhon brings along, and that a city's own can extend."""


class Holidays:
    """The holidays of one city. It never changes, and two with the same days are equal."""

    __slots__ = ("_days",)

    def __init__(self, days: Iterable[Holiday] = ()) -> None:
        """``days``: one of a date that came before takes its place."""
        self._days = {holiday.day: holiday for holiday in days}

    @classmethod
    def thailand(cls) -> Self:
        """Thai public holidays, read from the package. Keep the answer: it is not cached."""
        return cls(parse_holidays(builtin_document()).holidays)

    @classmethod
    def of(cls, listed: HolidayList | None = None) -> Self:
        """A city's: what its file lists, on top of what that extends; Thailand's without a file."""
        if listed is None:
            return cls.thailand()
        base = parse_holidays(builtin_document()).holidays if listed.extends == THAILAND else ()
        kept = [holiday for holiday in base if holiday.day not in listed.without]
        return cls([*kept, *listed.holidays])

    @property
    def days(self) -> Mapping[date, Holiday]:
        """Every day that is listed."""
        return MappingProxyType(self._days)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of which days are listed: in any other no day is a holiday."""
        return tuple(sorted({day.year for day in self._days}))

    def is_holiday(self, day: date) -> bool:
        """Whether offices of the city have the day off: every kind but the banks' own."""
        holiday = self._days.get(day)
        return holiday is not None and holiday.kind is not HolidayKind.BANK

    def name(self, day: date) -> Text | None:
        """What a listed day is called; None for any other."""
        holiday = self._days.get(day)
        return holiday.name if holiday else None

    def counts_for_tou(self, day: date) -> bool:
        """Whether a time-of-use tariff takes the whole day as off-peak, whatever day of the week it is.

        Public holidays and Labour Day do; substitution holidays, days given for one year and the Royal
        Ploughing Ceremony do not (Metropolitan Electricity Authority), unless the file says so of the day.
        """
        holiday = self._days.get(day)
        if holiday is None:
            return False
        return holiday.kind is HolidayKind.PUBLIC if holiday.tou is None else holiday.tou

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Holidays) and self._days == other._days

    def __hash__(self) -> int:
        return hash(frozenset(self._days))

    def __len__(self) -> int:
        return len(self._days)


def builtin_document() -> Document:
    """The file of Thai public holidays."""
    file = resources.files(__name__.rpartition(".")[0]).joinpath("thailand.yaml")
    return Document("calendar/thailand.yaml", file.read_text(encoding="utf-8"))
