"""Electricity: time of use, voltage, power factor, transformers, lamps, solar, emissions.

Sources stand in ``energy.yaml`` and ``emission-factors.yaml``, which hold every limit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from math import hypot
from typing import Self

from pydantic import Field, FiniteFloat, field_validator, model_validator

from devices.calendar.forms import Days
from devices.forms import Form, Interval
from rules.indices.localtime import DAY, date_of
from rules.indices.water import TimeOfDay

_MINUTE = 60_000


class Tariff(StrEnum):
    """Periods of the time-of-use tariff, named as schedules of rules name them."""

    ON_PEAK = "on-peak"
    OFF_PEAK = "off-peak"


class VoltageBand(StrEnum):
    """Where a voltage lies: beyond the normal band is low or high, beyond the emergency band very."""

    VERY_LOW = "very-low"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    VERY_HIGH = "very-high"


class HoursForm(Form):
    """Hours of a day."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay

    def hold(self, wall: int) -> bool:
        """Whether a time of the wall clock (ms) lies in them; the end does not."""
        return self.from_ * _MINUTE <= wall % DAY < self.to * _MINUTE


class TimeOfUseForm(HoursForm):
    """When electricity is on-peak."""

    days: Days


Range = tuple[FiniteFloat, FiniteFloat]


class UtilityForm(Form):
    """The voltage that a utility promises, phase to neutral, V; limits included."""

    nominal: FiniteFloat = Field(gt=0)
    normal: Range
    emergency: Range

    @model_validator(mode="after")
    def _nested(self) -> Self:
        inner, outer = self.normal, self.emergency
        if not outer[0] <= inner[0] < self.nominal < inner[1] <= outer[1]:
            raise ValueError("nominal must lie within normal, and normal within emergency")
        return self

    def band(self, voltage: float) -> VoltageBand:
        """Where a voltage lies."""
        if voltage < self.normal[0]:
            return VoltageBand.LOW if voltage >= self.emergency[0] else VoltageBand.VERY_LOW
        if voltage > self.normal[1]:
            return VoltageBand.HIGH if voltage <= self.emergency[1] else VoltageBand.VERY_HIGH
        return VoltageBand.NORMAL

    def deviation(self, voltage: float) -> float:
        """From nominal, %."""
        return (voltage - self.nominal) / self.nominal * 100.0


class VoltageForm(Form):
    """The utilities, and that of devices that name none."""

    default: str | None = None
    utilities: dict[str, UtilityForm]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.default is not None and self.default not in self.utilities:
            raise ValueError(f"default must be one of {', '.join(self.utilities)}")
        return self


class LampsForm(Form):
    """When a lamp is at fault."""

    out_below: FiniteFloat = Field(gt=0, lt=1)
    out_readings: int = Field(ge=1, le=100)
    day_above: FiniteFloat = Field(gt=0, lt=1)
    day: HoursForm


class SolarForm(Form):
    """How the performance ratio of a day is summed."""

    least_irradiation: FiniteFloat = Field(gt=0)
    longest_gap: Interval


class EnergyForm(Form):
    """``energy.yaml``."""

    time_of_use: TimeOfUseForm
    voltage: VoltageForm
    lamps: LampsForm
    solar: SolarForm


class FactorForm(Form):
    """A grid emission factor and the day from which it counts."""

    from_: date = Field(alias="from")
    scope2: FiniteFloat = Field(gt=0)
    scope3: FiniteFloat | None = Field(None, gt=0)
    verified: bool


class FactorsForm(Form):
    """``emission-factors.yaml``."""

    factors: tuple[FactorForm, ...] = Field(min_length=1)

    @field_validator("factors")
    @classmethod
    def _in_order(cls, factors: tuple[FactorForm, ...]) -> tuple[FactorForm, ...]:
        days = [factor.from_ for factor in factors]
        if days != sorted(set(days)):
            raise ValueError("each factor must begin on a later day than the one before it")
        return factors


class EmissionFactors:
    """Grid emission factors by date, kg CO2e a kWh."""

    def __init__(self, form: FactorsForm) -> None:
        self.factors = form.factors
        self._days = [factor.from_ for factor in form.factors]

    def on(self, day: date) -> FactorForm:
        """What counts on a day; before the first, the first."""
        return self.factors[max(0, bisect_right(self._days, day) - 1)]


class TimeOfUse:
    """The tariff of a wall clock's moments. It remembers the stretch of the day it was last asked about."""

    __slots__ = ("_form", "_from", "_is_holiday", "_period", "_to")

    def __init__(self, form: TimeOfUseForm, is_holiday: Callable[[date], bool]) -> None:
        """``is_holiday``: whether a day of the city's calendar is off-peak all day."""
        self._form = form
        self._is_holiday = is_holiday
        self._from = self._to = 0
        self._period = Tariff.OFF_PEAK

    def period(self, wall: int) -> Tariff:
        """The period at a time of the city's wall clock (ms)."""
        if not self._from <= wall < self._to:
            self._look_up(wall)
        return self._period

    def _look_up(self, wall: int) -> None:
        midnight = wall // DAY * DAY
        starts, ends = midnight + self._form.from_ * _MINUTE, midnight + self._form.to * _MINUTE
        self._from, self._to = midnight, midnight + DAY
        for edge in (starts, ends):
            if edge <= wall:
                self._from = max(self._from, edge)
            else:
                self._to = min(self._to, edge)
        day = date_of(wall)
        on_peak = starts <= wall < ends and day.weekday() in self._form.days and not self._is_holiday(day)
        self._period = Tariff.ON_PEAK if on_peak else Tariff.OFF_PEAK


def power_factor(active: float, reactive: float) -> float | None:
    """Of a power (kW) and a reactive power (kvar), 0 to 1; None when there is neither."""
    apparent = hypot(active, reactive)
    return abs(active) / apparent if apparent > 0 else None


def apparent_power(active: float, reactive: float | None, factor: float | None) -> float | None:
    """kVA, from kW and kvar, else from kW and the power factor; None when neither is known."""
    if reactive is not None:
        return hypot(active, reactive)
    return abs(active / factor) if factor else None


def performance_ratio(energy: float, rated: float, irradiation: float) -> float:
    """``(E_AC / P_STC) / (H_POA / 1 kW/m²)`` of kWh, kW and kWh/m² (IEC 61724-1)."""
    return energy / rated / irradiation


def farthest(voltages: Mapping[str, float], utility: UtilityForm) -> float | None:
    """Of several phases the one farthest from nominal; None without any."""
    return max(voltages.values(), key=lambda voltage: abs(voltage - utility.nominal), default=None)
