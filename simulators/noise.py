"""Randomness that is a function of (seed, key, time): the same question has the same answer for ever.

A model that asks for noise at a moment needs no state, so a device can be simulated from any moment on,
and two runs with one seed agree reading by reading.
"""

from __future__ import annotations

import math
from functools import lru_cache
from zlib import crc32

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(x: int) -> int:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014): spreads every bit of ``x`` over all 64."""
    x = (x + _GOLDEN) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


class Noise:
    """A seeded source. Keys are texts such as ``"aq-01/pm25"``; times and periods are milliseconds."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._base = _mix(seed & _MASK)
        self._salts = lru_cache(maxsize=65_536)(self._salt)

    def uniform(self, key: str, index: int = 0) -> float:
        """A number in [0, 1), independent for each key and index."""
        return _mix(self._salts(key) ^ (index & _MASK)) / 2**64

    def between(self, key: str, low: float, high: float, index: int = 0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.uniform(key, index)

    def chance(self, key: str, probability: float, index: int = 0) -> bool:
        """True with that probability."""
        return self.uniform(key, index) < probability

    def wander(self, key: str, time: int, period: int) -> float:
        """A smooth walk in [-1, 1] around 0 that turns about once a ``period``, with finer detail on it."""
        coarse = self._lattice(key, time, period)
        fine = self._lattice(key + "'", time, max(1, period // 5))
        return 0.75 * coarse + 0.25 * fine

    def flicker(self, key: str, time: int) -> float:
        """Noise of the instrument, triangular in [-1, 1], independent from moment to moment."""
        return self.uniform(key, time) + self.uniform(key, ~time) - 1.0

    def _lattice(self, key: str, time: int, period: int) -> float:
        cell, rest = divmod(time, period)
        here, there = 2 * self.uniform(key, cell) - 1, 2 * self.uniform(key, cell + 1) - 1
        return here + (there - here) * (1 - math.cos(math.pi * rest / period)) / 2

    def _salt(self, key: str) -> int:
        raw = key.encode()
        return _mix(self._base ^ (crc32(raw) << 32 | crc32(raw[::-1])))
