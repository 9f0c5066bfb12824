"""The comparisons that a ``when`` may hold, as files write them, checked against what is compared.

What is compared is described as a metric: its type, unit and range. For a rule on a reading's own value that
is the metric itself; for an aggregate, a score or a difference it is one made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Self

from pydantic import Field, FiniteFloat, model_validator

from devices.documents import suggestion
from devices.forms import Form
from devices.model import Text, Value
from devices.types import Metric, MetricType
from rules.comparison import Comparison, Member, Outside, Steps, clears
from rules.forms import Scalar
from rules.kinds.interface import Draft
from rules.likely import meant
from rules.model import Severity

_COMPARISONS = ("above", "below", "outside", "equals", "in")


class ComparisonForm(Form):
    """Exactly one comparison, and where it clears."""

    above: FiniteFloat | None = Field(None, description="True when the value is greater.")
    clear_below: FiniteFloat | None = Field(
        None, description="Once above, true until at most this; default above."
    )
    below: FiniteFloat | None = Field(None, description="True when the value is less.")
    clear_above: FiniteFloat | None = Field(
        None, description="Once below, true until at least this; default below."
    )
    outside: tuple[FiniteFloat, FiniteFloat] | None = Field(
        None, description="[low, high]: true when the value is less than low or greater than high."
    )
    clear_within: tuple[FiniteFloat, FiniteFloat] | None = Field(
        None, description="Once outside, true until within; default outside."
    )
    equals: Scalar | None = Field(None, description="True when the value is this one.")
    in_: tuple[Scalar, ...] | None = Field(
        None, alias="in", min_length=1, description="True when the value is one of these."
    )

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        given = [name for name in _COMPARISONS if self.comparison_of(name) is not None]
        if len(given) != 1:
            have = " and ".join(given) if given else "none"
            raise ValueError(f"needs exactly one of {', '.join(_COMPARISONS)}; it has {have}")
        for clear, owner in _CLEARS.items():
            if getattr(self, clear) is not None and owner != given[0]:
                raise ValueError(f"{clear} belongs to {owner}, not to {given[0]}")
        return self

    def comparison_of(self, name: str) -> Any:
        """What stands under a key of the file."""
        return getattr(self, "in_" if name == "in" else name)


_CLEARS = {"clear_below": "above", "clear_above": "below", "clear_within": "outside"}


def number(name: str, title: Text, low: float | None = None, high: float | None = None) -> Metric:
    """Something made of readings, for a comparison to be checked against."""
    bounds = None if low is None or high is None else (low, high)
    return Metric(name, MetricType.NUMBER, title, range=bounds)


def compare(form: ComparisonForm, draft: Draft, metric: Metric) -> Comparison | None:
    """The comparison that a form means; None when the draft was complained about."""
    before = len(draft.problems)
    if form.equals is not None or form.in_ is not None:
        comparison = _member(form, draft, metric)
    else:
        comparison = _ordered(form, draft, metric)
    return None if len(draft.problems) > before else comparison


def needs_metric(draft: Draft, *, number: bool = False) -> Metric | None:
    """The metric that a rule looks at, or a complaint that it names none, or one that holds no numbers."""
    if draft.metric is None:
        known = ", ".join(draft.on.metrics) if draft.on else ""
        draft.complain("on", "needs a metric, as in Type.metric, to compare", allowed=known or None)
        return None
    if number and draft.metric.type is not MetricType.NUMBER:
        draft.complain("on", f"needs a metric of numbers, and {draft.metric.name} is a {draft.metric.type}")
        return None
    return draft.metric


def no_levels(draft: Draft, kind: str) -> None:
    """Complain about levels where there is nothing for them to rise by."""
    if draft.levels:
        draft.complain("levels", f"have no meaning with {kind}; use severity")


def _member(form: ComparisonForm, draft: Draft, metric: Metric) -> Comparison | None:
    key = "equals" if form.equals is not None else "in"
    wanted = form.in_ if form.in_ is not None else (form.equals,)
    values = [_as(metric, value, f"when.{key}", draft) for value in wanted if value is not None]
    if draft.levels:
        draft.complain("levels", f"have no meaning with {key}; use severity")
    good = tuple(value for value in values if value is not None)
    return Member(good, (draft.severity,)) if good else None


def _as(metric: Metric, value: Value, key: str, draft: Draft) -> Value | None:
    """The value as readings of the metric carry it, or a complaint."""
    if metric.type is MetricType.NUMBER and isinstance(value, float):
        _in_range(metric, value, key, draft)
        return value
    if metric.type is MetricType.BOOLEAN and isinstance(value, bool):
        return value
    if metric.type is MetricType.STRING and isinstance(value, str):
        if not metric.values or value in metric.values:
            return value
        message = f"{value} is no value of {metric.name}{suggestion(value, metric.values)}"
        draft.complain(key, message, value=value, allowed=", ".join(metric.values))
        return None
    draft.complain(
        key, f"{value!r} can't equal a value of {metric.name}", value=value, allowed=metric.expected
    )
    return None


def _ordered(form: ComparisonForm, draft: Draft, metric: Metric) -> Comparison | None:
    key = next(name for name in ("above", "below", "outside") if getattr(form, name) is not None)
    if metric.type is not MetricType.NUMBER:
        message = f"compares numbers, and {metric.name} is a {metric.type}; use equals or in"
        draft.complain(f"when.{key}", message, allowed=metric.expected)
        return None
    return _outside(form, draft, metric) if form.outside else _steps(form, draft, metric, key)


def _outside(form: ComparisonForm, draft: Draft, metric: Metric) -> Comparison | None:
    assert form.outside is not None
    low, high = form.outside
    clear_low, clear_high = form.clear_within or form.outside
    if draft.levels:
        draft.complain("levels", "have no meaning with outside; use severity")
    if low >= high:
        draft.complain("when.outside", "must be [low, high]", value=list(form.outside))
    elif not low <= clear_low <= clear_high <= high:
        message = "must lie within outside"
        draft.complain(
            "when.clear_within", message, value=[clear_low, clear_high], allowed=f"{_n(low)} to {_n(high)}"
        )
    for limit in form.outside:
        _in_range(metric, limit, "when.outside", draft)
    if metric.range and low <= metric.range[0] and high >= metric.range[1]:
        draft.complain("when.outside", f"can never be true: {metric.name} is {metric.allowed}")
    return Outside(low, high, clear_low, clear_high, (draft.severity,))


def _steps(form: ComparisonForm, draft: Draft, metric: Metric, key: str) -> Comparison | None:
    first: float = getattr(form, key)
    clear_key = "clear_below" if key == "above" else "clear_above"
    given: float | None = getattr(form, clear_key)
    clear = first if given is None else given
    below = key == "below"
    if clear < first if below else clear > first:
        side = "at least" if below else "at most"
        message = f"is on the wrong side of {key}: what is {key} must come back past it to clear"
        draft.complain(f"when.{clear_key}", message, value=clear, allowed=f"{side} {_n(first)}")
    _clearable(metric, clear, f"when.{clear_key}", draft, below)
    steps = _severities(first, draft, below)
    for severity, limit in steps.items():
        at = f"levels.{severity}" if severity in draft.levels else f"when.{key}"
        _in_range(metric, limit, at, draft)
        _reachable(metric, limit, at, draft, below)
    limits = tuple(steps.values())
    return Steps(limits, clears(limits, clear), tuple(steps), below)


def _severities(first: float, draft: Draft, below: bool) -> Mapping[Severity, float]:
    """The limit of each severity, rising: the levels, and before them ``above`` with the rule's severity."""
    levels = sorted(draft.levels.items(), key=lambda level: level[0].rank)
    if not levels:
        return {draft.severity: first}
    way = "falling" if below else "rising"
    for (mild, limit), (severe, further) in pairwise(levels):
        if further >= limit if below else further <= limit:
            message = f"must be beyond {mild} ({_n(limit)}): levels are {way} with severity"
            draft.complain(f"levels.{severe}", message, value=further)
    mildest, limit = levels[0]
    if limit == first:
        return dict(levels)
    key = "below" if below else "above"
    if limit > first if below else limit < first:
        message = f"is never reached: {key} is {_n(first)}"
        draft.complain(f"levels.{mildest}", message, value=limit, allowed=f"{_n(first)} or beyond")
    if draft.severity.rank >= mildest.rank:
        message = f"must be milder than {mildest}, the first level, since {key} comes before it"
        draft.complain("severity", message, value=draft.severity.value)
    return {draft.severity: first, **dict(levels)}


def _in_range(metric: Metric, limit: float, key: str, draft: Draft) -> None:
    if metric.range and not metric.range[0] <= limit <= metric.range[1]:
        message = f"{_n(limit)} lies beyond what {metric.name} can be{meant(metric, limit)}"
        draft.complain(key, message, value=limit, allowed=metric.allowed)


def _reachable(metric: Metric, limit: float, key: str, draft: Draft, below: bool) -> None:
    if metric.range and limit == metric.range[0 if below else 1]:
        side = "below" if below else "above"
        draft.complain(key, f"can never be true: {metric.name} is never {side} {_n(limit)}", value=limit)


def _clearable(metric: Metric, clear: float, key: str, draft: Draft, below: bool) -> None:
    """A clear value beyond the range, on the far side: what is above it never comes back to it."""
    if metric.range and (clear > metric.range[1] if below else clear < metric.range[0]):
        message = f"{_n(clear)} is never reached, so the alert would never clear"
        draft.complain(key, message, value=clear, allowed=metric.allowed)


def _n(number: float) -> str:
    return f"{number:g}"
