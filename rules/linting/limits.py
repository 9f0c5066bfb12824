"""Limits that are never passed, always passed, or written in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from devices.metrics import MetricType
from rules.likely import doubt
from rules.linting.bounds import Bounds, bounds
from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import Part, Written


def impossible(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A limit that its measure can never pass, or always has passed, whatever devices send."""
    for part, reach in _bounded(rule, around):
        for at, limit in part.limits():
            fate = _fate(part.comparison, limit, reach.sure)
            if fate is not None:
                yield Remark(at, f"{_n(limit)} is {fate} passed: {reach.what} {_within(reach.sure)}", limit)


def improbable(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A count or a sum that devices would have to send far more often for than their interval says."""
    for part, reach in _bounded(rule, around):
        for at, limit in part.limits():
            if _fate(part.comparison, limit, reach.sure) is None and (
                _fate(part.comparison, limit, reach.likely) == "never"
            ):
                message = f"{_n(limit)} will hardly be passed: even at twice the pace of the devices"
                yield Remark(at, f"{message} {reach.what} {_within(reach.likely)}", limit)


def other_unit(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A limit so small that it was likely written in a larger unit than the metric's."""
    metric = around.metric_of(rule.rule)
    if metric is None or metric.type is not MetricType.NUMBER:
        return
    for part in rule.parts:
        if part.measure not in (None, "window") or part.inside("window").get("agg") in _NOT_IN_UNIT:
            continue
        for at, limit in part.limits():
            said = doubt(metric, limit)
            if said is not None:
                yield Remark(at, f"{_n(limit)} is very little: {said}", limit, metric.allowed)


_NOT_IN_UNIT = frozenset({"count", "rate", "sum", "stddev"})


def rising_counter(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A bare limit on a counter: once passed it stays passed."""
    metric = around.metric_of(rule.rule)
    if metric is None or not metric.counter:
        return
    for part in rule.parts:
        if part.measure is None and part.comparison in {"above", "below", "outside"}:
            yield Remark(
                (*part.at, part.comparison),
                f"{metric.name} is a counter, which only rises; compare how much it rises:"
                " {window: {agg: rate, over: 1h, per: 1h}, above: …} or {change: {over: 1h}, above: …}",
            )


def exact_number(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A measured number that must be equal to the last digit."""
    metric = around.metric_of(rule.rule)
    if metric is None or metric.type is not MetricType.NUMBER or metric.unit is None:
        return
    for part in rule.parts:
        if part.measure is None and part.comparison in {"equals", "in"}:
            message = f"{metric.name} is measured, and is seldom exactly this; compare with above or below"
            yield Remark((*part.at, part.comparison), message, part.when[part.comparison])


def idle_severity(rule: Written, around: Surroundings) -> Iterator[Remark]:  # noqa: ARG001 - a finding's form
    """A severity that no alert can show, since the levels begin at the first limit."""
    part = rule.whole
    if "severity" in rule.entry and part.levels and part.comparison in {"above", "below"}:
        first = float(part.when[part.comparison])
        if first in part.levels.values():
            message = f"is never shown: the levels begin at {_n(first)}, as {part.comparison} does"
            yield Remark(("severity",), message, rule.severity)


def _bounded(rule: Written, around: Surroundings) -> Iterator[tuple[Part, Bounds]]:
    metric = around.metric_of(rule.rule)
    if metric is None:
        return
    for part in rule.parts:
        reach = bounds(part, metric, around.shortest(rule.rule))
        if reach is not None:
            yield part, reach


def _fate(comparison: str | None, limit: float, reach: tuple[float, float]) -> str | None:
    low, high = reach
    if comparison == "above":
        return "never" if limit >= high else "always" if limit < low else None
    return "never" if limit <= low else "always" if limit > high else None


def _within(reach: tuple[float, float]) -> str:
    low, high = reach
    if high == inf:
        return f"is never below {_n(low)}"
    return f"is never above {_n(high)}" if low == -inf else f"lies between {_n(low)} and {_n(high)}"


def _n(number: float) -> str:
    return f"{number:.4g}" if number % 1 else f"{number:g}"
