"""Departures that no single reading shows: a slow drift, a small shift, a day without its rhythm.

The errors of the baseline (what is usual, without following the newest readings) are smoothed,
c += a (error − c), as an EWMA control chart does (Roberts 1959), and held against six of the spreads of c
itself. That spread is learned, so that a signal that wanders by nature has wide limits here; and as a slow
wanderer shows its spread late, the limit is wider by the share 10 / (times that c changed its sign + 1).
"""

from __future__ import annotations

from math import inf
from typing import Any

from rules.measures.anomaly.memory import Memory
from rules.measures.anomaly.spread import CUT, GAUSSIAN

_LIMIT = 6.0
_SLOW = 10.0
_CLIP = 4.0


class Drift:
    """The smoothed error and how far it usually goes.

    ``mean`` is that of |error|, ``wander`` that of |c|, ``turns`` how often c changed its sign.
    """

    __slots__ = ("count", "mean", "seen", "smoothed", "turns", "wander")

    def __init__(self, mean: float) -> None:
        self.count = 0
        self.seen = 0
        self.turns = 0
        self.smoothed = 0.0
        self.mean = mean
        self.wander = 0.0

    def limit(self) -> float:
        """How many spreads of c are too many."""
        return _LIMIT * (1.0 + _SLOW / (self.turns + 1))

    def next(self, error: float, rate: float) -> float:
        """The smoothed error with one more taken in, which counts for four spreads of errors at most."""
        reach = self._reach()
        if error > reach:
            error = reach
        elif error < -reach:
            error = -reach
        return self.smoothed + rate * (error - self.smoothed)

    def _reach(self) -> float:
        return _CLIP * GAUSSIAN * self.mean

    def bounds(self, rate: float, allowed: float, least: float) -> tuple[float, float]:
        """How far the next error may lie below and above 0 without taking c beyond what is ``allowed``.

        An error under ``least`` may always: what has come back has come back.
        """
        kept, reach = (1 - rate) * self.smoothed, self._reach()
        under = max((allowed + kept) / rate, least)
        over = max((allowed - kept) / rate, least)
        return under if under < reach else inf, over if over < reach else inf

    def learn(self, error: float, spread: float, memory: Memory, ordinary: bool, seen: bool) -> None:
        """Take in an error; ``spread`` is that by which c is judged, ``seen`` that the rhythm is known."""
        before = self.smoothed
        self.smoothed = self.next(error, memory.drift_rate)
        if not ordinary:
            return
        self.count = min(self.count + 1, memory.drift)
        self.mean += (abs(error) - self.mean) / self.count
        if not seen:
            return
        if before * self.smoothed < 0:
            self.turns += 1
        self.seen = min(self.seen + 1, memory.drift)
        self.wander += (min(abs(self.smoothed), CUT * spread) - self.wander) / self.seen

    def save(self) -> Any:
        return [self.count, self.seen, self.turns, self.smoothed, self.mean, self.wander]

    def load(self, state: Any) -> None:
        self.count, self.seen, self.turns, self.smoothed, self.mean, self.wander = state
