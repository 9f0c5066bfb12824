"""Observation types: what a reading may carry, and the check that accepts it or says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from devices.documents import suggestion
from devices.metrics import (
    LONGEST_STRING,
    METRIC_NAME,
    Extra,
    Metric,
    MetricType,
    compile_metrics,
    format_number,
)
from devices.model import Domain, Text, Value
from devices.refusal import MOST_ALSO, Code, Refusal, together

__all__ = ["Checked", "Extra", "Metric", "MetricType", "ObservationType", "format_number"]

_NOTHING: Mapping[str, Any] = {}
_ENVELOPE = ("ts", "type", "seq", "location", "ack")
_ALIASES = {
    **dict.fromkeys(("timestamp", "time", "datetime", "date", "at", "t"), "ts"),
    **dict.fromkeys(("lat", "latitude", "lon", "lng", "longitude", "position", "coordinates"), "location"),
    **dict.fromkeys(("sequence", "counter", "messageid"), "seq"),
}
"""What senders call the keys of the envelope that are ours."""
_MOST_HINTS = 1_000
_new = tuple.__new__  # half the price of calling a named tuple; only where every reading passes
_RANGE_ERRORS = frozenset({"greater_than_equal", "less_than_equal", "literal_error"})


class Checked(NamedTuple):
    """What a check found: the accepted values, or why there are none. Exactly one is not None."""

    values: dict[str, Value] | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class ObservationType:
    """A kind of reading. ``interval`` is how often it is expected (ms), ``ack`` asks for every verdict.

    ``safety``: people's safety depends on it, so its devices never stand back when others send too much.

    ``adapter`` is the pydantic model that its metrics compile to.
    """

    name: str
    version: int
    domain: Domain
    interval: int
    title: Text
    metrics: Mapping[str, Metric]
    extra: Extra = Extra.REFUSE
    ack: bool = False
    safety: bool = False
    adapter: TypeAdapter[dict[str, Value]] = field(init=False, repr=False, compare=False)
    _validate: Callable[[Any], dict[str, Any]] = field(init=False, repr=False, compare=False)
    _strict: bool = field(init=False, repr=False, compare=False)
    _hints: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        adapter = compile_metrics(self.name, self.metrics.values(), self.extra)
        object.__setattr__(self, "adapter", adapter)
        object.__setattr__(self, "_validate", adapter.validator.validate_python)
        object.__setattr__(self, "_strict", self.extra is Extra.REFUSE)

    def __reduce__(self) -> tuple[Any, ...]:
        """It travels to another process without its compiled form, which is made anew there."""
        return type(self), tuple(getattr(self, one.name) for one in fields(self) if one.init)

    @property
    def contract(self) -> str:
        """Name and version, as verdicts cite it: ``AirQualityObserved@1``."""
        return f"{self.name}@{self.version}"

    def check(
        self,
        values: Mapping[str, Any],
        *,
        index: int,
        prefix: str = "",
        unknown: Mapping[str, Any] = _NOTHING,
    ) -> Checked:
        """Hold the metrics of one reading against the type: accepted whole, or not at all.

        Args:
            values: metric to JSON value. Whole numbers become floats, null (not measured) is left out.
            index: place of the reading in its payload.
            prefix: what the sender wrote before a metric: ``values.`` or nothing.
            unknown: keys that stood beside ``values`` and mean nothing there. They are treated as keys that
                are no metric: refused, kept or dropped.
        """
        try:
            accepted = self._validate(values)
        except ValidationError as error:
            measured = self._measured(values)
            if len(measured) == len(values):
                return self._refused(values, error, index, prefix, unknown)
            return self.check(measured, index=index, prefix=prefix, unknown=unknown)
        if unknown or not self._strict:
            return self._with_extras(accepted, index, prefix, unknown)
        return _new(Checked, (accepted, None)) if accepted else self._empty(index, prefix)

    def _measured(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Without what was not measured. An unknown key stays even so, to be refused by its name."""
        return {
            name: value
            for name, value in values.items()
            if value is not None or (self._strict and name not in self.metrics)
        }

    def _empty(self, index: int, prefix: str) -> Checked:
        expected = f"at least one value of {', '.join(self.metrics)}"
        path = prefix.removesuffix(".")
        return Checked(None, self._mistake(Code.UNSUPPORTED_PAYLOAD, index, path, None, expected))

    def _with_extras(
        self, accepted: dict[str, Any], index: int, prefix: str, unknown: Mapping[str, Any]
    ) -> Checked:
        mistakes: list[Refusal] = []
        if self._strict:
            mistakes = self._strangers(index, unknown)
        elif self.extra is Extra.KEEP:
            accepted = {**{key: value for key, value in unknown.items() if value is not None}, **accepted}
            for key in [key for key in accepted if key not in self.metrics]:
                path = key if key in unknown else prefix + key
                if mistake := self._unkeepable(key, accepted[key], index, path):
                    mistakes.append(mistake)
                elif isinstance(accepted[key], int) and not isinstance(accepted[key], bool):
                    accepted[key] = float(accepted[key])
        if mistakes:
            return Checked(None, together(mistakes))
        return Checked(accepted, None) if accepted else self._empty(index, prefix)

    def _unkeepable(self, key: str, value: Any, index: int, path: str) -> Refusal | None:
        """Why a key that is no metric can't be stored as if it were one."""
        if METRIC_NAME.fullmatch(key) is None:
            expected = "a name of 1 to 64 letters, digits and _, beginning with a letter"
            return self._mistake(Code.UNKNOWN_METRIC, index, path, value, expected)
        if not isinstance(value, int | float | str) or (
            isinstance(value, str) and len(value) > LONGEST_STRING
        ):
            expected = f"a number, true, false or a string of at most {LONGEST_STRING} characters"
            return self._mistake(Code.WRONG_TYPE, index, path, value, expected)
        return None

    def _refused(
        self,
        values: Mapping[str, Any],
        error: ValidationError,
        index: int,
        prefix: str,
        unknown: Mapping[str, Any],
    ) -> Checked:
        """All mistakes in the order in which the sender wrote the keys; what is missing comes last."""
        details = error.errors(include_url=False, include_context=False)
        places = {key: place for place, key in enumerate(values)}
        details.sort(key=lambda detail: places.get(str(detail["loc"][0]), len(places)))
        mistakes = [self._translated(detail, index, prefix) for detail in details[: MOST_ALSO + 1]]
        if self._strict:
            mistakes += self._strangers(index, unknown)
        return Checked(None, together(mistakes))

    def _strangers(self, index: int, unknown: Mapping[str, Any]) -> list[Refusal]:
        """Keys beside ``values`` that mean nothing there: a metric in the wrong place, or a slip."""
        mistakes = []
        for key, value in islice(unknown.items(), MOST_ALSO + 1):
            near = suggestion(key, (*_ENVELOPE, *self.metrics)).removeprefix("; ") or _alias(key)
            expected = f"{near} beside values stand only {', '.join(_ENVELOPE)}".strip()
            mistakes.append(self._mistake(Code.UNKNOWN_METRIC, index, key, value, expected))
        return mistakes

    def _translated(self, detail: ErrorDetails, index: int, prefix: str) -> Refusal:
        name, value = str(detail["loc"][0]), detail["input"]
        path = prefix + name
        metric = self.metrics.get(name)
        if metric is None:
            return self._unknown(index, path, name, value)
        if detail["type"] == "missing":
            return self._mistake(Code.MISSING_METRIC, index, path, None, metric.expected)
        if detail["type"] == "string_too_long":
            expected = f"at most {LONGEST_STRING} characters"
            return self._mistake(Code.OUT_OF_RANGE, index, path, value, expected)
        if detail["type"] in _RANGE_ERRORS and metric.is_of_type(value):
            return self._mistake(Code.OUT_OF_RANGE, index, path, value, metric.allowed)
        return self._mistake(Code.WRONG_TYPE, index, path, value, metric.expected)

    def _unknown(self, index: int, path: str, name: str, value: Any) -> Refusal:
        return self._mistake(Code.UNKNOWN_METRIC, index, path, value, self._instead_of(name))

    def _instead_of(self, name: str) -> str:
        """The nearest metric, and all of them; remembered, since a sender repeats its mistakes."""
        if name not in self._hints:
            near = suggestion(name, self.metrics).removeprefix("; ")
            if name in _ENVELOPE:
                near = "put the metrics under values when you send this key."
            elif not near and (alias := _alias(name)):
                near = f"{alias} Then the metrics go under values."
            known = f"{self.name} has {', '.join(self.metrics)}"
            if len(self._hints) >= _MOST_HINTS:
                self._hints.clear()
            self._hints[name] = f"{near} {known}".strip()
        return self._hints[name]

    def _mistake(self, code: Code, index: int, path: str, value: Any, expected: str) -> Refusal:
        return Refusal(index, code, path, value, expected, self.contract)


def _alias(name: str) -> str:
    """``did you mean ts?`` for a key that others call so; empty for any other."""
    ours = _ALIASES.get(name.casefold())
    return f"did you mean {ours}?" if ours else ""
