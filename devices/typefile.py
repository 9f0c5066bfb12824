"""Observation types as they are written in YAML, in the catalogue and in a city's ``types/``."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, StrictBool, StrictStr, model_validator

from devices.documents import Document, build, parse
from devices.forms import Form, Interval, TextForm, text_or
from devices.metrics import METRIC_NAME, Extra, Metric, MetricType
from devices.model import Domain
from devices.types import ObservationType

TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
"""Grammar of an observation type's name, as FIWARE writes them. Use ``fullmatch``."""


def _metric_name(name: str) -> str:
    if METRIC_NAME.fullmatch(name) is None:
        raise ValueError("must be 1 to 64 letters, digits and _, beginning with a letter")
    if name == "values":
        raise ValueError("can't be a metric: a payload with the key values has its metrics under it")
    return name


def _type_name(name: str) -> str:
    if TYPE_NAME.fullmatch(name) is None:
        raise ValueError("must be 1 to 64 letters and digits, beginning with a capital")
    return name


MetricName = Annotated[str, AfterValidator(_metric_name)]
TypeName = Annotated[
    str, AfterValidator(_type_name), Field(json_schema_extra={"pattern": f"^{TYPE_NAME.pattern}$"})
]


class MetricForm(Form):
    """One metric of a type file."""

    type: MetricType = Field(description="What its values are in JSON.")
    unit: str | None = Field(
        None, min_length=1, description="Unit of its numbers; none for shares and counts."
    )
    range: tuple[FiniteFloat, FiniteFloat] | None = Field(
        None, description="Least and greatest number, both allowed."
    )
    values: tuple[StrictStr, ...] = Field((), description="The only strings allowed.")
    required: StrictBool = Field(False, description="Whether every reading must carry it.")
    counter: StrictBool = Field(
        False, description="Whether it only rises, except when starting from 0 again."
    )
    title: TextForm | None = Field(None, description="Its name for people; its key when left out.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        number = self.type is MetricType.NUMBER
        if not number and (self.range or self.unit or self.counter):
            raise ValueError(f"unit, range and counter belong to a number, not to a {self.type}")
        if self.values and self.type is not MetricType.STRING:
            raise ValueError(f"values belong to a string, not to a {self.type}")
        if self.range and self.range[0] >= self.range[1]:
            raise ValueError("range must be [least, greatest]")
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value stands twice in values")
        return self


class TypeForm(Form):
    """A type file."""

    model_config = ConfigDict(title="Nakhon observation type")

    name: TypeName = Field(description="As payloads, rules and stores call it: AirQualityObserved.")
    version: int = Field(1, ge=1, strict=True, description="Raised whenever a metric changes.")
    domain: Domain = Field(description="The domain of its devices unless they name another.")
    interval: Interval = Field(description="How often a reading is expected: 30s, 5m, 1h.")
    title: TextForm | None = Field(None, description="Its name for people; its own name when left out.")
    extra: Extra = Field(Extra.REFUSE, description="What becomes of keys that are no metric.")
    ack: StrictBool = Field(False, description="Whether every message is answered with a verdict.")
    safety: StrictBool = Field(
        False, description="Whether people's safety depends on it: shed last when too much comes in."
    )
    metrics: dict[MetricName, MetricForm] = Field(min_length=1, description="What its readings carry.")

    def observation_type(self) -> ObservationType:
        """The type that the file describes."""
        metrics = {
            name: Metric(
                name,
                form.type,
                text_or(form.title, name),
                form.unit,
                form.range,
                form.values,
                form.required,
                form.counter,
            )
            for name, form in self.metrics.items()
        }
        title = text_or(self.title, self.name)
        return ObservationType(
            self.name,
            self.version,
            self.domain,
            self.interval,
            title,
            metrics,
            self.extra,
            self.ack,
            self.safety,
        )


def parse_type(document: Document) -> ObservationType:
    """The observation type that a type file describes.

    Raises:
        ProblemsError: all that is wrong with the file.
    """
    return build(TypeForm, parse(document)).observation_type()
