"""How far errors usually reach, and how far they must reach to be anomalous.

The spread is 1.2533 × the mean of |error| (the standard deviation, were errors Gaussian), each |error| cut at
three spreads, so that outliers teach it little (Huber 1964). It is kept by the hour of the day, drawn towards
that of all hours where an hour has few readings, and widened when errors of late were large for their hours:
noise that came and stays is no chain of anomalies.

How many spreads are too many follows the tail. From the share p of readings beyond u = 2.5 spreads and their
mean excess b, an exponential tail leaves the share q of readings beyond u + b ln(p / q): peaks over threshold
as SPOT uses them on streams (Siffer et al., KDD 2017), with the shape of the Pareto tail held at 0, because a
few dozen excesses cannot tell it. b returns slowly to what Gaussian noise has while no reading is beyond u.
"""

from __future__ import annotations

from math import log
from typing import Any

from rules.measures.anomaly.memory import Memory
from rules.measures.anomaly.profile import Profile

GAUSSIAN = 1.2533141373155001
"""Standard deviation over mean |error|, Gaussian: √(π/2)."""

CUT = 3.0
"""An error counts for no more than so many spreads."""

RARE = 5e-5
"""The share of ordinary readings that the limit is meant to leave outside."""

LEAST = 4.2
"""No limit is narrower than so many spreads."""

_START = 2.5
_SHARE = 0.02
_EXCESS = 0.4
_FIRST_EXCESS = 0.5
_RETURN = 2e-4
_FAR = 1e6
_SEED = 5
_HOUR_PRIOR = 4.0
_SHORT = 24
_SHORT_SHARE = 0.8
_TINY = 1e-12


class Tail:
    """The limit for multiples of the spread. ``share`` and ``excess`` are p and b above."""

    __slots__ = ("beyond", "count", "excess", "limit", "share")

    def __init__(self) -> None:
        self.count = 0
        self.beyond = 0
        self.share = _SHARE
        self.excess = _FIRST_EXCESS
        self.limit = self._limit()

    def _limit(self) -> float:
        """Wider while few readings were seen, as Student's t is."""
        limit = _START + self.excess * log(max(self.share, RARE) / RARE)
        return max(limit, LEAST) * (1.0 + 10.0 / (self.count + 10))

    def learn(self, multiple: float, memory: int) -> None:
        """Take in an error in spreads, with a memory of so many excesses.

        What lies beyond the limit counts as the limit.
        """
        self.count += 1
        reach = min(self.count + 200, 2000)
        if multiple <= _START:
            self.share -= self.share / reach
            self.excess += _RETURN * (_EXCESS - self.excess)
        else:
            self.share += (1.0 - self.share) / reach
            self.beyond += 1
            excess = min(multiple, self.limit, _FAR) - _START
            self.excess += (excess - self.excess) / min(self.beyond + 10, memory)
        self.limit = self._limit()

    def save(self) -> Any:
        return [self.count, self.beyond, self.share, self.excess]

    def load(self, state: Any) -> None:
        self.count, self.beyond, self.share, self.excess = state
        self.limit = self._limit()


class Spread:
    """The spread of one kind of error, by hour of the day.

    ``mean`` is that of |error| over all hours, ``short`` that of the newest |error| / usual |error|.
    """

    __slots__ = ("count", "hours", "mean", "short")

    def __init__(self, mean: float) -> None:
        self.count = _SEED
        self.mean = mean
        self.short = 1.0
        self.hours = Profile(24)

    def at(self, hour: int) -> float:
        """The spread of an error at that hour."""
        return GAUSSIAN * self._usual(hour) * max(1.0, _SHORT_SHARE * self.short)

    def _usual(self, hour: int) -> float:
        count = self.hours.counts[hour]
        return (count * self.hours.means[hour] + _HOUR_PRIOR * self.mean) / (count + _HOUR_PRIOR) + _TINY

    def learn(self, size: float, hour: int, spread: float, memory: Memory, ordinary: bool) -> None:
        """Take in an |error| that was judged by ``spread``."""
        self.count = min(self.count + 1, memory.spread)
        size = min(size, CUT * spread)
        if ordinary:
            self.short += (size / self._usual(hour) - self.short) / _SHORT
        self.mean += (size - self.mean) / self.count
        self.hours.learn(hour, size, memory.hour)

    def save(self) -> Any:
        return [self.count, self.mean, self.short, self.hours.save()]

    def load(self, state: Any) -> None:
        self.count, self.mean, self.short, hours = state
        self.hours.load(hours)
