"""What is watched of a type's data, and how the figures of one series are laid out."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from devices.types import MetricType, ObservationType
from services.telemetry.blemishes import CELLS

DRIFT_CELLS = 6
NONE = (1 << 31) - 1
"""Where no offset was seen."""

# Places in the array of each series: counts, smallest offsets, single figures, one figure a metric.
LOWS = CELLS
NUMBER = LOWS + DRIFT_CELLS
BORN = NUMBER + 1
LATE = NUMBER + 2
DRIFT_NUMBER = NUMBER + 3
ALIGNED = NUMBER + 4
METRICS = NUMBER + 5


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a type can get stuck: its numbers but for counters, and values at which each may rest.

    Nothing is wrong with a rain gauge at 0, nor with a share that is full.
    """

    type: str
    names: tuple[str, ...]
    rests: tuple[frozenset[Any], ...]
    blank: array[int]
    """How the figures of a series begin."""

    @classmethod
    def of(cls, kind: ObservationType) -> Watched:
        """The same for all series of a type: make it once."""
        metrics = [m for m in kind.metrics.values() if m.type is MetricType.NUMBER and not m.counter]
        rests = [frozenset({None, 0.0, 1.0} if m.range == (0, 1) else {None, 0.0}) for m in metrics]
        blank = array("i", [0] * (METRICS + len(metrics)))
        blank[LOWS:NUMBER] = array("i", [NONE] * DRIFT_CELLS)
        return cls(kind.name, tuple(metric.name for metric in metrics), tuple(rests), blank)
