"""Rule files as they are written: groups, rules and the tests beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, FiniteFloat, PlainValidator, model_validator

from devices.calendar.forms import ScheduleForm
from devices.cityfile import Latitude, Longitude
from devices.devicefile import split_types
from devices.forms import Form, Id, Interval
from devices.model import Domain, Text, Value
from devices.spans import Span, parse_span
from rules.model import Severity


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _scalar(value: object) -> Value:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float) and isfinite(value):
        return float(value)
    raise ValueError("must be a number, a text, true or false")


def _scalars(value: object) -> Value | tuple[Value, ...]:
    if isinstance(value, list) and value:
        return tuple(_scalar(item) for item in value)
    return _scalar(value)


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_several, json_schema_input_type=str | list[str])]
"""One name, or a list of them."""

Scalar = Annotated[Value, PlainValidator(_scalar, json_schema_input_type=Value)]
"""A number, a text, true or false, as a reading carries it."""

Scalars = Annotated[
    Value | tuple[Value, ...], PlainValidator(_scalars, json_schema_input_type=Value | list[Value])
]
"""One value, or a list of them."""


class WordingForm(Form):
    """A text in one or both languages of the city; the one that is missing is the other."""

    en: str | None = Field(None, min_length=1)
    th: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.en is None and self.th is None:
            raise ValueError("needs en or th, better both")
        return self

    def text(self) -> Text:
        return Text(self.en or self.th or "", self.th or self.en or "")


class WhereForm(Form):
    """Which devices a rule is about: all that meet each line."""

    zones: tuple[str, ...] = Field((), description="Ids of zones.")
    devices: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Ids of devices, or globs: aq-*."
    )
    labels: dict[str, Names] = Field({}, description="A label and the value, or the values, that will do.")
    services: tuple[str, ...] = Field((), description="Ids of services that the device counts for.")


class LevelsForm(Form):
    """One limit for each severity that the alert can take."""

    warning: FiniteFloat | None = None
    minor: FiniteFloat | None = None
    major: FiniteFloat | None = None
    critical: FiniteFloat | None = None

    def limits(self) -> Mapping[Severity, float]:
        given = ((severity, getattr(self, severity.value)) for severity in Severity)
        return {severity: limit for severity, limit in given if limit is not None}


class RuleForm(Form):
    """One rule."""

    id: Id = Field(description="Unique in its group; everywhere else the rule is called group/id.")
    on: str | None = Field(None, description="What it reads: Type.metric, or Type for an absence.")
    where: WhereForm = WhereForm()
    when: dict[str, Any] = Field(description="What is wrong.")
    levels: LevelsForm = LevelsForm()
    for_: Span = Field(0, alias="for", description="How long it must be true before the alert fires.")
    keep_firing_for: Span = Field(0, description="How long it must be over before the alert resolves.")
    severity: Severity = Field(Severity.WARNING, description="The alert's severity when there are no levels.")
    schedule: ScheduleForm | None = Field(None, description="When it may be true at all.")
    lateness: Span = Field(
        0, description="Wait so long for readings that come late, so that their order does not matter."
    )
    mode: Literal["live", "shadow"] = Field(
        "live", description="shadow: recorded, never announced to anybody."
    )
    against: str | None = Field(
        None, description="In shadow mode: id of the live rule that it means to replace, to compare them."
    )
    title: WordingForm | None = Field(None, description="The alert's title, with variables such as {zone}.")
    advice: WordingForm | None = Field(None, description="What to do about it.")


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("must be a time such as 2026-01-05T00:00 or 2026-01-05T00:00+07:00")


def _offset(value: object) -> object:
    try:
        return parse_span(value)
    except ValueError:
        try:
            return _moment(value)
        except ValueError:
            raise ValueError("must be a span after the start such as 30h, or a time") from None


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
Offset = Annotated[int | datetime, BeforeValidator(_offset, json_schema_input_type=str)]


class TestDeviceForm(Form):
    """A device that exists in the test only, or differs there from the city's."""

    __test__ = False

    id: Id
    type: Annotated[tuple[str, ...], BeforeValidator(split_types, json_schema_input_type=str | list[str])] = (
        Field((), description="Observation types it sends.")
    )
    zone: str | None = None
    service: str | None = None
    name: str = ""
    interval: Interval | None = None
    labels: dict[str, str] | None = None
    location: tuple[Longitude, Latitude] | None = Field(None, description="[longitude, latitude].")


class ObserveForm(Form):
    """Readings that arrive during a test: one, or one every so often. A list of values is one for each."""

    device: Names = Field(min_length=1, description="Id of a device, or of several that send the same.")
    type: str | None = Field(None, description="Observation type; the device's first when left out.")
    at: Span | None = Field(None, description="One reading, so long after the start.")
    from_: Span = Field(0, alias="from", description="The first of several, so long after the start.")
    every: Interval | None = None
    for_: Span | None = Field(None, alias="for", description="How long they go on; its end is left out.")
    values: dict[str, Scalars] = Field(min_length=1)
    location: tuple[Longitude, Latitude] | None = Field(
        None, description="Where they are taken: [longitude, latitude]."
    )

    @model_validator(mode="after")
    def _one_or_many(self) -> Self:
        if self.at is not None and (self.every or self.for_ is not None or self.from_):
            raise ValueError("at is for one reading; use from, every and for when there are several")
        lists = [values for values in self.values.values() if isinstance(values, tuple)]
        if len({len(values) for values in lists}) > 1:
            raise ValueError("the lists under values must be of one length")
        if lists and (self.every is None or self.for_ is not None):
            raise ValueError("a list of values needs every, and says itself how many readings there are")
        if not lists and (self.every is None) != (self.for_ is None):
            raise ValueError(
                "every and for belong together: every says how often, for how long; one reading is told by at"
            )
        return self

    def offsets(self) -> list[int]:
        """When each reading is taken (ms after the start)."""
        if self.every is None:
            return [self.from_ if self.at is None else self.at]
        count = next((len(v) for v in self.values.values() if isinstance(v, tuple)), None)
        if count is None:
            count = -(-(self.for_ or 0) // self.every)
        return [self.from_ + place * self.every for place in range(count)]


class ExpectedForm(Form):
    """One alert that fires. What is left out may be anything."""

    rule: str
    device: str | None = None
    zone: str | None = None
    service: str | None = None
    severity: Severity | None = None


class ExpectForm(Form):
    """The exact set of alerts that fire at one moment."""

    at: Offset
    alerts: tuple[ExpectedForm, ...]


class TestForm(Form):
    """One test of the rules in its file."""

    __test__ = False

    name: str = Field(min_length=1)
    city: str | None = Field(None, description="Id of the city whose devices are meant.")
    start: Moment | None = Field(None, description="Default 2026-01-05T00:00, a Monday, in city time.")
    devices: tuple[TestDeviceForm, ...] = ()
    observe: tuple[ObserveForm, ...] = ()
    expect: tuple[ExpectForm, ...] = Field(min_length=1)


class HeadForm(Form):
    """A rule file as far as its parts are not looked into: each rule and test is then read by itself."""

    group: Id
    domain: Domain
    rules: tuple[Any, ...] = Field(min_length=1)
    tests: tuple[Any, ...] = ()


class GroupForm(Form):
    """A rule file, whole."""

    model_config = ConfigDict(title="Nakhon rules")

    group: Id = Field(description="Name of the group; part of every rule's name.")
    domain: Domain = Field(description="The domain that its alerts belong to.")
    rules: tuple[RuleForm, ...] = Field(min_length=1)
    tests: tuple[TestForm, ...] = ()
