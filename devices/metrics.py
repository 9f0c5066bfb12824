"""Metrics of an observation type, and the pydantic model that a set of them compiles to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from devices.model import Text, Value

METRIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""Grammar of a metric's name, which is an identifier in rule expressions too. Use ``fullmatch``."""

LONGEST_STRING = 1_024
"""Characters of a string value: a status or a code, never a document."""


class MetricType(StrEnum):
    """What a metric's values are in JSON. A number is a float inside, always."""

    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"


class Extra(StrEnum):
    """What becomes of a key that is no metric of the type."""

    REFUSE = "refuse"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured. ``unit`` is None for what has none (a share from 0 to 1, a count).

    ``range`` is inclusive and in that unit; ``values`` are the only strings allowed (empty: any);
    a ``counter`` only rises, except when it starts again from 0.
    """

    name: str
    type: MetricType
    title: Text
    unit: str | None = None
    range: tuple[float, float] | None = None
    values: tuple[str, ...] = ()
    required: bool = False
    counter: bool = False

    @property
    def allowed(self) -> str:
        """What its values may be, for people: ``0 to 1000 µg/m³``, ``one of ok, fault``, ``a number``."""
        if self.values:
            return f"one of {', '.join(self.values)}"
        if self.range is None:
            unit = f" in {self.unit}" if self.unit else ""
            return f"{_KINDS[self.type]}{unit}"
        low, high = (format_number(bound) for bound in self.range)
        return f"{low} to {high} {self.unit or ''}".rstrip()

    @property
    def expected(self) -> str:
        """What is due where something of another type stands: ``a number, 0 to 1000 µg/m³``."""
        bare = self.range is None and not self.values
        return self.allowed if bare else f"{_KINDS[self.type]}, {self.allowed}"

    def is_of_type(self, value: Any) -> bool:
        """Whether a JSON value is of the metric's type, whatever its range."""
        if self.type is MetricType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        return isinstance(value, str if self.type is MetricType.STRING else bool)


_KINDS = {MetricType.NUMBER: "a number", MetricType.STRING: "a string", MetricType.BOOLEAN: "true or false"}
_EXTRA: dict[Extra, Literal["forbid", "allow", "ignore"]] = {
    Extra.REFUSE: "forbid",
    Extra.KEEP: "allow",
    Extra.DROP: "ignore",
}


def format_number(number: float) -> str:
    """``1000.0`` → ``1000``, ``0.5`` → ``0.5``: no exponent for a whole number."""
    return str(int(number)) if float(number).is_integer() else str(number)


def compile_metrics(name: str, metrics: Iterable[Metric], extra: Extra) -> TypeAdapter[dict[str, Value]]:
    """The metrics as a pydantic model: a typed dictionary, so that what comes in as one goes on as one.

    It takes numbers strictly (no string, no boolean) and gives floats. Null is left out before.
    """
    fields: dict[str, Any] = {metric.name: _annotation(metric) for metric in metrics}
    create: Any = TypedDict
    model = create(name, fields)
    model.__pydantic_config__ = ConfigDict(extra=_EXTRA[extra])
    return TypeAdapter(model)


def _annotation(metric: Metric) -> Any:
    value: Any = _value(metric)
    notes = Field(title=metric.title.en, json_schema_extra=_notes(metric))
    return Annotated[value, notes] if metric.required else NotRequired[Annotated[value, notes]]


def _value(metric: Metric) -> Any:
    if metric.type is MetricType.BOOLEAN:
        return Annotated[bool, Field(strict=True)]
    if metric.type is MetricType.STRING:
        if metric.values:
            return Literal[metric.values]
        return Annotated[str, Field(strict=True, max_length=LONGEST_STRING)]
    low, high = metric.range or (None, None)
    return Annotated[float, Field(strict=True, ge=low, le=high, allow_inf_nan=False)]


def _notes(metric: Metric) -> dict[str, Any]:
    """What JSON Schema has no word for."""
    notes: dict[str, Any] = {"x-title-th": metric.title.th}
    if metric.unit:
        notes |= {"x-unit": metric.unit}
    if metric.counter:
        notes |= {"x-counter": True}
    return notes
