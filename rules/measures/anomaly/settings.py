"""What a rule may say under ``anomaly``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from devices.forms import Form, Interval

_HOUR = 3_600_000


class Season(StrEnum):
    """Which rhythm of the city the expectation may follow."""

    AUTO = "auto"
    DAILY = "daily"
    WEEKLY = "weekly"
    NONE = "none"


class Direction(StrEnum):
    """On which side of the expectation a reading can be anomalous."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class AnomalySettings:
    """How anomalies of one rule are judged.

    ``sensitivity`` divides the width of the band: 2 alarms at half the deviation. ``settle`` (ms) is how long
    a new level must last, without a break, before it is taken for the new normal; at least 10 readings.
    """

    season: Season = Season.AUTO
    direction: Direction = Direction.BOTH
    sensitivity: float = 1.0
    settle: int = 6 * _HOUR


class AnomalyForm(Form):
    """What stands under ``anomaly``."""

    season: Season = Field(
        Season.AUTO,
        description="auto follows the day and the week as far as they predict; daily and weekly always do.",
    )
    direction: Direction = Field(Direction.BOTH, description="up: only values that are too high count.")
    sensitivity: float = Field(1.0, ge=0.1, le=10, description="2 alarms at half the deviation.")
    settle: Interval = Field("6h", validate_default=True, description="When a lasting new level is normal.")

    def settings(self) -> AnomalySettings:
        """The same, as the measure takes it."""
        return AnomalySettings(self.season, self.direction, self.sensitivity, self.settle)
