"""The rhythm of a city's day, in its own time of day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment on the city's clock: ``hour`` 0 to 24 with its fraction, ``weekday`` 0 for Monday."""

    hour: float
    weekday: int

    @property
    def weekend(self) -> bool:
        return self.weekday >= 5


@lru_cache(maxsize=4_096)
def local_time(time: int, timezone: str) -> LocalTime:
    """The moment ``time`` (ms since 1970) in the zone of time that the city keeps."""
    moment = datetime.fromtimestamp(time / 1_000, ZoneInfo(timezone))
    hour = moment.hour + moment.minute / 60 + (moment.second + moment.microsecond / 1e6) / 3_600
    return LocalTime(hour, moment.weekday())


def bump(hour: float, centre: float, width: float) -> float:
    """1 at ``centre`` o'clock, falling to both sides as a bell of this standard deviation (hours)."""
    away = abs(hour - centre) % 24
    return math.exp(-0.5 * (min(away, 24 - away) / width) ** 2)


def plateau(hour: float, opens: float, closes: float, edge: float = 0.5) -> float:
    """About 1 between the two hours and 0 outside, with edges of ``edge`` hours; ``closes`` may pass 24."""
    middle, half = (opens + closes) / 2, (closes - opens) / 2
    away = abs(hour - middle) % 24
    return 1 / (1 + math.exp((min(away, 24 - away) - half) / (edge / 4)))


def rush(now: LocalTime) -> float:
    """How busy the streets are, 0 to 1: peaks at 8 and 18 o'clock, later and lower at weekends."""
    if now.weekend:
        return min(1.0, 0.12 + 0.5 * bump(now.hour, 13, 3.5) + 0.45 * bump(now.hour, 19, 2.5))
    morning, evening = bump(now.hour, 8, 1.3), bump(now.hour, 18, 1.7)
    return min(1.0, 0.1 + 0.8 * morning + 0.85 * evening + 0.42 * bump(now.hour, 13, 3.0))
