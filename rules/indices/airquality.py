"""Air quality indices from means of concentrations: Thai AQI 2566, US AQI 2024, and the PM NowCast.

The tables are data (``thai-aqi.yaml``, ``us-aqi.yaml``), this is their arithmetic:
``I = (I_high - I_low) / (X_high - X_low) * (X - X_low) + I_low``, and the index is the largest of its
pollutants'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from pydantic import Field, FiniteFloat, field_validator

from devices.forms import Form
from rules.indices.scales import Level, LevelForm, Scale, rising, rounded, truncated

NOWCAST_HOURS = 12
_LEAST_WEIGHT = 0.5

Band = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]


class PollutantForm(Form):
    """The table of one pollutant."""

    digits: int = Field(ge=0, le=3, description="Digits after the point to which a mean is brought first.")
    bands: tuple[Band, ...] = Field(min_length=1, description="[from, to, index from, index to], rising.")

    @field_validator("bands")
    @classmethod
    def _in_order(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        for before, after in pairwise(bands):
            if after[0] <= before[1] or after[2] <= before[3]:
                raise ValueError("each band must begin after the end of the one before it")
        return bands


class BeyondForm(Form):
    """What becomes of the index above the last band: it rises on as there, to the cap."""

    cap: float = Field(gt=0)


class AirIndexForm(Form):
    """An air quality index."""

    rounding: Literal["half-up", "truncate"]
    beyond: BeyondForm | None = None
    pollutants: dict[str, PollutantForm]
    levels: tuple[LevelForm[int], ...]

    _rising = field_validator("levels")(rising)


class Answer(NamedTuple):
    """An index, and the pollutant that it is of."""

    value: int
    pollutant: str


class AirIndex:
    """An air quality index as its table says it."""

    def __init__(self, form: AirIndexForm) -> None:
        self.form = form
        self.scale = Scale(form.levels)
        self._tables = {name: (table.digits, table.bands) for name, table in form.pollutants.items()}
        self._bring = rounded if form.rounding == "half-up" else truncated

    def sub_index(self, pollutant: str, concentration: float) -> int:
        """The index of one pollutant's mean, in the table's unit; below nothing counts as nothing.

        Raises:
            KeyError: the table does not have the pollutant.
        """
        digits, bands = self._tables[pollutant]
        value = self._bring(max(0.0, concentration), digits)
        for low, high, first, last in bands:
            if value <= high:
                return int((last - first) / (high - low) * (value - low) + first + 0.5)
        return self._beyond(bands[-1], digits, value)

    def _beyond(self, band: Band, digits: int, value: float) -> int:
        low, high, first, last = band
        if self.form.beyond is None:
            return int(last)
        slope = (last - first) / (high - low)
        begins = high + 10.0**-digits
        return int(min(self.form.beyond.cap, last + 1 + slope * (value - begins) + 0.5))

    def index(self, means: Mapping[str, float]) -> Answer | None:
        """The largest index of these means, and whose it is; None without any that the table has."""
        best: Answer | None = None
        for pollutant, mean in means.items():
            if pollutant not in self._tables:
                continue
            index = self.sub_index(pollutant, mean)
            if best is None or index > best.value:
                best = Answer(index, pollutant)
        return best

    def level(self, index: int) -> Level[int]:
        """The class of an index."""
        return self.scale.of(index)


def nowcast(hours: Sequence[float | None], digits: int) -> float | None:
    """The PM NowCast (US EPA) of hourly means, newest first; None stands for an hour that is missing.

    The newest twelve count, each with the weight ``w**age``; ``w`` is least over greatest, at least 0.5, and
    1 where there was nothing at all. It is cut to ``digits``, and None unless two of the newest three are
    there.
    """
    hours = hours[:NOWCAST_HOURS]
    known = [mean for mean in hours if mean is not None]
    if len(hours[:3]) - hours[:3].count(None) < 2:
        return None
    greatest = max(known)
    weight = max(_LEAST_WEIGHT, min(known) / greatest) if greatest > 0 else 1.0
    weighed = weights = 0.0
    share = 1.0
    for mean in hours:
        if mean is not None:
            weighed += share * mean
            weights += share
        share *= weight
    return truncated(weighed / weights, digits)
