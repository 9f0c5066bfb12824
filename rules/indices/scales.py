"""Scales: a number's class, looked up in a list of limits that came from a file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, nextafter
from typing import Generic, TypeVar

from pydantic import Field, FiniteFloat, model_validator

from devices.forms import Form, TextForm
from devices.model import Text

L = TypeVar("L", int, str)

_SCALES = (1.0, 10.0, 100.0, 1000.0)
_NEARLY = 1e-6
"""Of a step: what binary fractions lose, far less than any sensor tells."""


class LevelForm(Form, Generic[L]):
    """One class of a scale, and where it begins."""

    from_: FiniteFloat | None = Field(None, alias="from", description="It begins here, this included.")
    above: FiniteFloat | None = Field(None, description="It begins beyond this.")
    level: L = Field(description="What the derived metric says.")
    name: TextForm
    color: str | None = Field(None, pattern="^#[0-9A-F]{6}$")

    @model_validator(mode="after")
    def _one_beginning(self) -> LevelForm[L]:
        if (self.from_ is None) is (self.above is None):
            raise ValueError("needs either from or above")
        return self

    @property
    def start(self) -> float:
        """The least number that belongs to it."""
        return self.from_ if self.from_ is not None else nextafter(self.above or 0.0, inf)


@dataclass(frozen=True, slots=True)
class Level(Generic[L]):
    """One class: what it is called, and its colour where the publisher gives one."""

    level: L
    name: Text
    color: str | None = None


class Scale(Generic[L]):
    """Classes by their beginnings, rising. A number before the first has the first."""

    __slots__ = ("_starts", "levels")

    def __init__(self, forms: Sequence[LevelForm[L]]) -> None:
        self._starts = [form.start for form in forms]
        self.levels: tuple[Level[L], ...] = tuple(
            Level(form.level, form.name.text(), form.color) for form in forms
        )

    def of(self, number: float) -> Level[L]:
        """The class of a number."""
        return self.levels[max(0, bisect_right(self._starts, number) - 1)]


def rising(forms: Sequence[LevelForm[L]]) -> Sequence[LevelForm[L]]:
    """The classes, if each begins after the one before.

    Raises:
        ValueError: one does not.
    """
    starts = [form.start for form in forms]
    if not starts or any(after <= before for before, after in pairwise(starts)):
        raise ValueError("each class must begin after the one before it, and there must be one")
    return forms


def rounded(number: float, digits: int) -> float:
    """Half up, as announcements print it: 37.55 → 37.6."""
    scale = _SCALES[digits]
    return floor(number * scale + 0.5 + _NEARLY) / scale


def truncated(number: float, digits: int) -> float:
    """Cut after so many digits: 9.09 → 9.0."""
    scale = _SCALES[digits]
    return floor(number * scale + _NEARLY) / scale
