"""Between which numbers a measure can lie that readings alone do not bound: counts, sums, rates.

A mean or a change lies where the range of its metric says; the kinds themselves see to that. A count is
bounded by how often devices report, and a sum by that and the range. A bound that hangs on how often they
report is not sure: a device may send faster than it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from devices.metrics import Metric
from rules.linting.written import Part, span_of

HASTE = 2.0
"""How many times faster than its interval a device is thought to send at most; messages say "twice"."""

_WHOLE = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a measure can be at the least and at the most, for certain and in all likelihood."""

    what: str
    sure: tuple[float, float]
    likely: tuple[float, float]


def bounds(part: Part, metric: Metric, interval: int | None) -> Bounds | None:
    """The bounds of a part's measure; None where its kind knows them, or nothing can be said.

    ``interval`` (ms) is that of the quickest device.
    """
    if part.measure == "change" and part.inside("change").get("relative"):
        return _known(f"the relative change of {metric.name}", -1 if _never_negative(metric) else -inf)
    window = part.inside("window")
    agg = window.get("agg")
    if agg == "rate":
        return _known(f"the rate of {metric.name}", 0 if metric.counter else -inf)
    if agg == "count":
        return Bounds("a count", (0, inf), (0, _most(window, interval)))
    if agg == "sum":
        return _sum(metric, _most(window, interval))
    return None


def _known(what: str, low: float) -> Bounds:
    return Bounds(what, (low, inf), (low, inf))


def _never_negative(metric: Metric) -> bool:
    return metric.range is not None and metric.range[0] >= 0


def _sum(metric: Metric, most: float) -> Bounds:
    low, high = metric.range or _WHOLE
    sure = (0.0 if low >= 0 else -inf, 0.0 if high <= 0 else inf)
    likely = (low * most if low < 0 else 0.0, high * most if high > 0 else 0.0)
    return Bounds(f"the sum of {metric.name}", sure, likely)


def _most(window: Mapping[str, Any], interval: int | None) -> float:
    """How many readings a window may hold when devices send as fast as they are thought to."""
    over = span_of(window.get("over"))
    return inf if not over or not interval else HASTE * max(over / interval, 1)
