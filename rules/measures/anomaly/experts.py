"""A forecast from several simple ones, each trusted as far as it was right of late.

A forecaster expects a baseline (the long mean, what is usual at this hour, what is usual at this hour of this
kind of day) plus its own running level of what was left over, l += a (x − baseline − l), with a quick, a
middling or a slow a. One more goes straight on: the newest value and most of the newest slope, for what
changes smoothly (a tide). Which is best depends on the signal: white noise wants the slow one, a random walk
the quick one, a rhythm the hour's baseline. Their weights are w ∝ m ** −8, m the running mean of |error|:
close forecasters share, one that errs by half more than the best gets a twenty-fifth of its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

RATES = (1.0, 0.3, 0.04)
"""How quickly a forecaster follows the newest reading."""

_SLOPE_KEPT = 0.9
_SLOPE_RATE = 0.3
_TINY = 1e-12


def weights(errors: Sequence[float]) -> list[float]:
    """How much each is trusted, 1 together."""
    best = min(errors) + _TINY
    raw = [(best / (error + _TINY)) ** 8 for error in errors]
    total = sum(raw)
    return [weight / total for weight in raw]


class Experts:
    """The forecasters: those of the first baseline, quick to slow, then the next's; last the straight one."""

    __slots__ = ("count", "errors", "last", "levels", "slope", "weights")

    def __init__(self, baselines: int, last: float) -> None:
        size = baselines * len(RATES)
        self.count = 0
        self.last = last
        self.slope = 0.0
        self.levels = [0.0] * size
        self.errors = [0.0] * (size + 1)
        self.weights = weights(self.errors)

    def expect(self, baselines: Sequence[float], fade: float) -> float:
        """The next value; ``fade`` is what a gap in the readings has left of the levels, 1 without one."""
        weights, levels = self.weights, self.levels
        expected, at = 0.0, 0
        for baseline in baselines:
            expected += weights[at] * (baseline + fade * levels[at])
            expected += weights[at + 1] * (baseline + fade * levels[at + 1])
            expected += weights[at + 2] * (baseline + fade * levels[at + 2])
            at += 3
        return expected + weights[at] * self._straight_on(baselines[0], fade)

    def _straight_on(self, mean: float, fade: float) -> float:
        return mean + fade * (self.last + _SLOPE_KEPT * self.slope - mean)

    def learn(self, value: float, baselines: Sequence[float], fade: float, reach: int, weigh: bool) -> None:
        """Take in a value: who was right, with a memory of ``reach``, and where the levels are now."""
        levels, errors = self.levels, self.errors
        self.count = count = min(self.count + 1, reach)
        error = value - self._straight_on(baselines[0], fade)
        errors[-1] += ((error if error >= 0 else -error) - errors[-1]) / count
        at = 0
        for baseline in baselines:
            left = value - baseline
            for rate in RATES:
                level = fade * levels[at]
                error = left - level
                levels[at] = level + rate * error
                errors[at] += ((error if error >= 0 else -error) - errors[at]) / count
                at += 1
        self._turn(value, fade)
        if weigh:
            self.weights = weights(errors)

    def follow(self, value: float, baselines: Sequence[float], fade: float) -> None:
        """Move the levels only: a value that says nothing of who was right."""
        levels = self.levels
        at = 0
        for baseline in baselines:
            for rate in RATES:
                level = fade * levels[at]
                levels[at] = level + rate * (value - baseline - level)
                at += 1
        self._turn(value, fade)

    def _turn(self, value: float, fade: float) -> None:
        self.slope = self.slope + _SLOPE_RATE * (value - self.last - self.slope) if fade == 1.0 else 0.0
        self.last = value

    def stand(self, value: float, baselines: Sequence[float]) -> None:
        """Start anew from a value, with the same trust."""
        self.levels = [value - baseline for baseline in baselines for _ in RATES]
        self.last, self.slope = value, 0.0

    def save(self) -> Any:
        return [self.count, self.last, self.slope, self.levels, self.errors, self.weights]

    def load(self, state: Any) -> None:
        self.count, self.last, self.slope, levels, errors, trust = state
        if (len(levels), len(errors), len(trust)) != (len(self.levels), len(self.errors), len(self.weights)):
            raise ValueError("another number of forecasters")
        self.levels, self.errors, self.weights = list(levels), list(errors), list(trust)


class Trust:
    """The baselines blended into one, by the same weights."""

    __slots__ = ("count", "errors", "weights")

    def __init__(self, baselines: int) -> None:
        self.count = 0
        self.errors = [0.0] * baselines
        self.weights = weights(self.errors)

    def blend(self, baselines: Sequence[float]) -> float:
        """What is usual now."""
        blended = 0.0
        for weight, baseline in zip(self.weights, baselines, strict=True):
            blended += weight * baseline
        return blended

    def learn(self, value: float, baselines: Sequence[float], reach: int) -> None:
        """See which of the baselines was right, with a memory of ``reach``."""
        self.count = count = min(self.count + 1, reach)
        errors = self.errors
        for at, baseline in enumerate(baselines):
            errors[at] += (abs(value - baseline) - errors[at]) / count
        self.weights = weights(errors)

    def save(self) -> Any:
        return [self.count, self.errors]

    def load(self, state: Any) -> None:
        self.count, errors = state
        if len(errors) != len(self.errors):
            raise ValueError("another number of baselines")
        self.errors = list(errors)
        self.weights = weights(self.errors)
