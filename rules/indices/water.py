"""Rain, surface water, canals and roads: classes from ``water.yaml``."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, field_validator

from devices.forms import Form, TextForm
from rules.indices.scales import Level, LevelForm, Scale, rising, rounded

NITROGEN_IN_NITRATE = 14.007 / 62.004
"""Nitrogen's share of the mass of NO3: readings tell the ion, the standard speaks of nitrogen."""

NITROGEN_IN_AMMONIUM = 14.007 / 18.039

_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def _minutes(value: object) -> object:
    """``07:00`` → 420 minutes after midnight."""
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a time of day in quotes, such as "07:00"')
    return int(match[1]) * 60 + int(match[2])


TimeOfDay = Annotated[int, BeforeValidator(_minutes)]
"""Minutes after midnight, written ``"07:00"``."""


class LevelsForm(Form):
    """A scale."""

    levels: Annotated[tuple[LevelForm[int], ...], AfterValidator(rising)]


class RainForm(LevelsForm):
    """Classes of a day's rain, and when the day begins."""

    day_starts: TimeOfDay


class SurfaceClassForm(Form):
    """The limits of a class of surface water, mg/l: oxygen at least, BOD at most."""

    level: int
    oxygen: FiniteFloat
    bod: FiniteFloat
    name: TextForm


class WorstForm(Form):
    """The class of water that meets the limits of none."""

    level: int
    name: TextForm


class SurfaceWaterForm(Form):
    """Classes of surface water, the best first, and the limits that all of them share."""

    pH: tuple[FiniteFloat, FiniteFloat]  # noqa: N815 - as it is written everywhere
    nitrate_nitrogen: FiniteFloat
    ammonia_nitrogen: FiniteFloat
    classes: tuple[SurfaceClassForm, ...] = Field(min_length=1)
    worst: WorstForm

    @field_validator("classes")
    @classmethod
    def _best_first(cls, classes: tuple[SurfaceClassForm, ...]) -> tuple[SurfaceClassForm, ...]:
        for better, worse in pairwise(classes):
            if worse.oxygen > better.oxygen or worse.bod < better.bod:
                raise ValueError("the best class comes first: oxygen falls and BOD rises from class to class")
        return classes


class WaterForm(Form):
    """``water.yaml``."""

    rain: RainForm
    surface_water: SurfaceWaterForm
    bank_fill: LevelsForm
    flood_depth: LevelsForm


class Water:
    """The classes of water."""

    def __init__(self, form: WaterForm) -> None:
        self.form = form
        self.rain_day_starts = form.rain.day_starts
        self._rain = Scale(form.rain.levels)
        self._bank = Scale(form.bank_fill.levels)
        self._depth = Scale(form.flood_depth.levels)

    def rain(self, rain: float) -> Level[int]:
        """The class of a day's rain (mm). What is less than the first limit is a trace, however near."""
        first = self.form.rain.levels[1].start if len(self.form.rain.levels) > 1 else 0.0
        return self._rain.of(rounded(rain, 1) if rain >= first else rain)

    def bank(self, fill: float) -> Level[int]:
        """The class of a canal that is ``fill`` per cent full."""
        return self._bank.of(fill)

    def depth(self, depth: float) -> Level[int]:
        """The tier of water ``depth`` m deep on a road."""
        return self._depth.of(depth)

    def surface(
        self,
        *,
        oxygen: float | None = None,
        bod: float | None = None,
        acidity: float | None = None,
        nitrate_nitrogen: float | None = None,
        ammonia_nitrogen: float | None = None,
    ) -> int | None:
        """The best class whose limits all given figures meet (mg/l, ``acidity`` is the pH).

        None without oxygen and BOD: nothing else tells one class from another.
        """
        if oxygen is None and bod is None:
            return None
        form = self.form.surface_water
        low, high = form.pH
        fails = (
            (acidity is not None and not low <= acidity <= high)
            or (nitrate_nitrogen is not None and nitrate_nitrogen > form.nitrate_nitrogen)
            or (ammonia_nitrogen is not None and ammonia_nitrogen > form.ammonia_nitrogen)
        )
        if not fails:
            for one in form.classes:
                if (oxygen is None or oxygen >= one.oxygen) and (bod is None or bod <= one.bod):
                    return one.level
        return form.worst.level


def bank_fill(level: float, bed: float, bank: float) -> float:
    """How full a canal is, %, from its water level, bed and bank (m above the same zero; bank above bed)."""
    return (level - bed) / (bank - bed) * 100.0


def level_status(level: float, warning: float | None, critical: float | None) -> int | None:
    """1 normal, 2 warning level reached, 3 critical level reached; None when neither limit is known."""
    if critical is not None and level >= critical:
        return 3
    if warning is not None and level >= warning:
        return 2
    return None if warning is None and critical is None else 1
