"""The aggregates over the readings of a span, each kept up to date as readings come and go.

Each is a function of the readings alone: how they came and what was there before makes no difference, not in
the last bit either. The cost of a reading is O(1) amortised, for quantiles O(log n) comparisons and a move of
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rules.measures.counts import Count
from rules.measures.ranks import Extreme, Quantile
from rules.measures.ring import Pair, Ring
from rules.measures.sums import Mean, Rate, StandardDeviation, Total


class Aggregate(Protocol):
    """A value made of the readings of a ring, told of every change after it was made there."""

    def push(self, value: float) -> None:
        """A newest reading was appended."""

    def expire(self, gone: Sequence[Pair]) -> None:
        """The oldest readings are gone, in the order of their times; at least one is left in the ring."""

    def insert(self, place: int) -> None:
        """A reading came late and stands at ``place``, before the newest."""

    def replace(self, place: int, before: float) -> None:
        """The value at ``place`` was corrected; it was ``before``."""

    def rebuild(self) -> None:
        """The ring holds other readings than it did."""

    def value(self) -> float | None:
        """The aggregate; None when the readings are too few for it. The ring is not empty."""

    def details(self) -> Mapping[str, Any]:
        """What else the evidence should say, JSON-ready."""


_PLAIN: Mapping[str, Callable[[Ring], Aggregate]] = {
    "mean": Mean,
    "min": lambda ring: Extreme(ring, -1.0),
    "max": lambda ring: Extreme(ring, 1.0),
    "sum": Total,
    "count": Count,
    "median": lambda ring: Quantile(ring, 50),
    "p90": lambda ring: Quantile(ring, 90),
    "p95": lambda ring: Quantile(ring, 95),
    "stddev": StandardDeviation,
}

RATE = "rate"

AGGREGATES = (*_PLAIN, RATE)
"""The names of the aggregates that a window may have."""


def aggregate(agg: str, ring: Ring, per: int, counter: bool) -> Aggregate:
    """The aggregate of this name over a ring; ``per`` (ms) and ``counter`` are for a rate.

    Raises:
        ValueError: there is none of this name.
    """
    if agg == RATE:
        return Rate(ring, per, counter)
    if agg not in _PLAIN:
        raise ValueError(f"no aggregate {agg!r}; there are {', '.join(AGGREGATES)}")
    return _PLAIN[agg](ring)
