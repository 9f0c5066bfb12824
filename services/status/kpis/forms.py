"""Indicators as files write them: ``kpis.yaml`` of a city, and Nakhon's own catalogue in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    FiniteFloat,
    StrictBool,
    StrictStr,
    field_validator,
    model_validator,
)

from devices.calendar import ScheduleForm
from devices.forms import Form, Id, TextForm
from devices.model import Domain

Scalar: TypeAlias = StrictBool | FiniteFloat | StrictStr
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]

BOUNDS = ("at_least", "above", "at_most", "below")


class Direction(StrEnum):
    """What is better: more, less, or between two ends."""

    UP = "up"
    DOWN = "down"
    BAND = "band"


class LabelLimitForm(Form):
    """A limit that each device has of its own, as a label."""

    label: str = Field(min_length=1)
    default: FiniteFloat


Limit: TypeAlias = FiniteFloat | LabelLimitForm


class CompareForm(Form):
    """What a metric has to be: all of these hold. ``optional``: a reading without the metric counts, too."""

    at_least: Limit | None = None
    above: Limit | None = None
    at_most: Limit | None = None
    below: Limit | None = None
    is_not: Scalar | list[Scalar] | None = Field(None, alias="not")
    optional: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> CompareForm:
        if not self.model_fields_set - {"optional"}:
            raise ValueError(f"needs at least one of {', '.join(BOUNDS)}, not")
        return self


def _as_mapping(value: object) -> object:
    """``ok`` and ``[ok, degraded]`` are short for values that are allowed."""
    return {"is": value} if not isinstance(value, dict) else value


class AmongForm(Form):
    """The values that a metric may have."""

    among: Scalar | list[Scalar] = Field(alias="is")
    optional: bool = False


def _condition(value: object) -> object:
    """One of the two forms by its keys, so that a mistake is told of the form that was meant."""
    plain = _as_mapping(value)
    assert isinstance(plain, dict)
    return AmongForm.model_validate(plain) if "is" in plain else CompareForm.model_validate(plain)


Condition: TypeAlias = Annotated[
    CompareForm | AmongForm,
    BeforeValidator(_condition, json_schema_input_type=Scalar | list[Scalar] | CompareForm | AmongForm),
]
Conditions: TypeAlias = dict[str, Condition]


class OfReadings(Form):
    """Readings of a type: in hours of a schedule, those that satisfy conditions."""

    of: str = Field(description="An observation type.")
    given: Conditions = Field({}, description="Only readings that satisfy all of these count.")
    schedule: ScheduleForm | None = Field(None, description="Only readings taken in these hours count.")


class ShareForm(OfReadings):
    """The share of time, or of readings, in which readings satisfy conditions."""

    met: Conditions = Field(
        min_length=1, description="Of those that count, the ones that satisfy all of these."
    )
    weigh: Literal["time", "readings"] = Field(
        "time", description="time: a slot of a device's interval weighs as long as it is. readings: each one."
    )

    silence: Literal["left_out", "fails"] = Field(
        "left_out", description="fails: slots without a reading count as not met, once coverage is enough."
    )

    @model_validator(mode="after")
    def _silence_is_time(self) -> ShareForm:
        if self.silence == "fails" and (self.weigh != "time" or self.given):
            raise ValueError("silence fails only where time is weighed and nothing is given")
        return self


class TimeForm(OfReadings):
    """How long readings satisfy conditions: of all devices together, or of each at the average."""

    met: Conditions = Field(min_length=1)
    counted_in: Literal["minutes", "hours"] = Field("hours", alias="in")
    each: bool = Field(False, description="true: at the average of the devices, for the whole period.")

    @model_validator(mode="after")
    def _each_is_all_day(self) -> TimeForm:
        if self.each and self.schedule:
            raise ValueError("each is for all hours of the day: leave schedule out")
        return self


class MeanForm(OfReadings):
    """The mean of a metric, by time."""

    metric: str


class DayForm(Form):
    """A metric of each device's day; a day is valid when so many of its slots hold a reading."""

    of: str = Field(description="TYPE.METRIC")
    agg: Literal["mean", "leq", "sum"] = Field("mean", description="leq: the energy mean of decibels.")
    valid: Share = 0.75


class DaysWithinForm(DayForm):
    """The share of valid days of devices that keep a limit."""

    at_least: FiniteFloat | None = None
    above: FiniteFloat | None = None
    at_most: FiniteFloat | None = None
    below: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> DaysWithinForm:
        if sum(getattr(self, name) is not None for name in BOUNDS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(BOUNDS)}")
        return self


class PercentileForm(Form):
    """A percentile of all values of a metric."""

    of: str = Field(description="TYPE.METRIC")
    percent: float = Field(gt=0, lt=100)


class WeekdayForm(Form):
    """Sums of days against the same weekday some weeks before, devices whose days are both valid."""

    of: str = Field(description="TYPE.METRIC")
    weeks: int = Field(4, ge=1, le=53)
    valid: Share = 0.75


class LabelForm(Form):
    """The sum of a label (a number) of the devices that report: a day counts when it is valid."""

    of: str = Field(description="TYPE.METRIC")
    label: str
    valid: Share = 0.5


class TermForm(Form):
    """One of the sums that a ratio or a total is made of."""

    sum: str | None = Field(None, description="TYPE.METRIC: the values of all readings, added.")
    rise: str | None = Field(None, description="TYPE.METRIC: by how much a counter rose.")
    level: str | None = Field(None, description="TYPE.METRIC: values times the hours for which they held.")
    given: Conditions = Field({}, description="Only with level: readings that satisfy all of these.")
    time: TimeForm | None = None
    label: LabelForm | None = None
    constant: str | None = Field(None, description="A number that the city gives under constants.")
    factor: str | None = Field(None, description="A factor with dates to multiply each day by: grid-scope2.")
    times: FiniteFloat = 1.0

    @model_validator(mode="after")
    def _one(self) -> TermForm:
        named = [name for name in TERMS if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"needs exactly one of {', '.join(TERMS)}")
        if self.given and self.level is None:
            raise ValueError("given goes with level only")
        return self


TERMS = ("sum", "rise", "level", "time", "label", "constant")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Terms: TypeAlias = Annotated[
    list[TermForm],
    BeforeValidator(_as_list, json_schema_input_type=TermForm | list[TermForm]),
    Field(min_length=1),
]


class RatioForm(Form):
    """A sum over another."""

    of: Terms
    to: Terms


class TotalForm(Form):
    """A sum, of the period or of a day of it."""

    of: Terms
    per: Literal["period", "day"] = "period"


COMPUTATIONS = ("share", "time", "mean", "days", "daily", "percentile", "weekday", "ratio", "total")


class ComputeForm(Form):
    """How an indicator is computed: one of these."""

    share: ShareForm | None = None
    time: TimeForm | None = None
    mean: MeanForm | None = None
    days: DaysWithinForm | None = None
    daily: DayForm | None = Field(None, description="The mean of a device's valid days.")
    percentile: PercentileForm | None = None
    weekday: WeekdayForm | None = None
    ratio: RatioForm | None = None
    total: TotalForm | None = None

    @model_validator(mode="after")
    def _one(self) -> ComputeForm:
        named = [name for name in COMPUTATIONS if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"needs exactly one of {', '.join(COMPUTATIONS)}")
        return self


def _band(value: tuple[float | None, float | None] | None) -> tuple[float | None, float | None] | None:
    if value is not None:
        low, high = value
        if low is None and high is None:
            raise ValueError("needs at least one end")
        if low is not None and high is not None and low >= high:
            raise ValueError("its ends must rise")
    return value


Ends: TypeAlias = tuple[FiniteFloat | None, FiniteFloat | None]
Target: TypeAlias = FiniteFloat | Literal["falling", "rising"]


class KpiForm(Form):
    """An indicator."""

    id: Id
    domain: Domain
    title: TextForm
    formula: TextForm
    unit: str
    direction: Direction
    target: Target | None = None
    band: Ends | None = None
    goal: TextForm | None = Field(None, description="What is aimed at, in words, where no number says it.")
    source: str
    verified: bool = False
    coverage: Share | None = Field(
        0.5,
        description="The least share of the expected slots that must hold a reading. null: nothing is"
        " expected at certain times (reports of what happens).",
    )
    compute: ComputeForm

    _ends = field_validator("band")(_band)

    @model_validator(mode="after")
    def _fits(self) -> KpiForm:
        if self.direction is Direction.BAND and self.band is None:
            raise ValueError("direction band needs a band")
        if self.direction is Direction.BAND and self.target is not None:
            raise ValueError("direction band has a band, no target")
        return self


class ChangeForm(Form):
    """What a city has otherwise of one of Nakhon's own indicators."""

    target: Target | None = None
    band: Ends | None = None
    coverage: Share | None = None
    limits: dict[str, CompareForm] = Field(
        {}, description="Limits of its conditions by metric: they take the place of those it has."
    )
    source: str | None = None
    verified: bool | None = None

    _ends = field_validator("band")(_band)

    @model_validator(mode="after")
    def _says_something(self) -> ChangeForm:
        if not self.model_fields_set:
            raise ValueError(f"needs at least one of {', '.join(type(self).model_fields)}")
        return self


class ConstantForm(Form):
    """A number of the city from a day on, and of its zones where they are told apart."""

    since: date = Field(date(1970, 1, 1), alias="from")
    value: FiniteFloat | None = None
    zones: dict[str, FiniteFloat] = Field({})

    @field_validator("since", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError("must be a day such as 2026-01-01") from None
        return value


def _constants(value: object) -> object:
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else [{"value": value}]


Constant: TypeAlias = Annotated[
    list[ConstantForm],
    BeforeValidator(_constants, json_schema_input_type=FiniteFloat | ConstantForm | list[ConstantForm]),
    Field(min_length=1),
]


class KpisForm(Form):
    """``kpis.yaml`` of a city."""

    constants: dict[str, Constant] = Field(
        {}, description="Numbers that indicators need of the city, by name."
    )
    change: dict[str, ChangeForm] = Field({}, description="What is otherwise of Nakhon's own, by id.")
    off: list[str] = Field([], description="Nakhon's own that this city does not have.")
    kpis: list[KpiForm] = Field([], description="Indicators of the city's own.")


class CatalogueForm(Form):
    """A file of Nakhon's own catalogue."""

    kpis: list[KpiForm]


def given(form: Form) -> Mapping[str, object]:
    """The keys that a file gave, with their values."""
    return {name: getattr(form, name) for name in form.model_fields_set}
