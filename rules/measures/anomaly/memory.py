"""How many readings each part of a model remembers, from the pace at which they come."""

from __future__ import annotations

from typing import NamedTuple

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SPARSELY = 5
"""What moves slowly learns from every fifth reading: a number that divides no day into equal parts."""


class Memory(NamedTuple):
    """Memories in readings; ``drift_rate`` is the share of a reading in the smoothed error."""

    experts: int
    trust: int
    curve: int
    spread: int
    hour: int
    mean: int
    bin: float
    drift: int
    drift_rate: float


def memory(pace: float, bins: int) -> Memory:
    """The memories for readings ``pace`` ms apart and tables of ``bins`` a day."""
    day = DAY / pace
    return Memory(
        experts=_within(day / 2, 100, 1000),
        trust=_within(day / SPARSELY, 40, 400),
        curve=max(100, int(7 * day / SPARSELY)),
        spread=_within(3 * day, 300, 3000),
        hour=max(10, int(10 * day / 24)),
        mean=max(100, int(3 * day)),
        bin=max(1.0, day / bins),
        drift=_within(7 * day, 500, 5000),
        drift_rate=1.0 / max(12.0, day / 12),
    )


def _within(count: float, least: int, most: int) -> int:
    return int(max(least, min(count, most)))
