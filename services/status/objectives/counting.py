"""What counts for an objective, and the arithmetic on what was counted. Pure and exact: ms are integers.

The share attained is good time / counted time. The error budget is the time that may be lost, counted time ×
(1 - target); what is left of it, as a share, is 1 - (1 - attained) / (1 - target).
"""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from devices.model import Objective
from services.status.history.timeline import Held
from services.status.model import Status


class Weight(IntEnum):
    """What a stretch of time is to an objective."""

    OUT = 0
    """It is left out."""
    LOST = 1
    """It counts, and is not good."""
    GOOD = 2


def weigh(held: Held, objective: Objective) -> Weight:
    """What the time counts in which this holds.

    Left out are what its verdict leaves out (too early to tell, Nakhon could not hear, outside the hours) and
    planned work, unless the objective has that count. Unknown is not good; degraded is when the objective
    says so.
    """
    if not held.counted:
        return Weight.OUT
    if held.status is Status.MAINTENANCE:
        return Weight.LOST if objective.maintenance else Weight.OUT
    good = held.status is Status.OPERATIONAL or (held.status is Status.DEGRADED and objective.degraded)
    return Weight.GOOD if good else Weight.LOST


class Attainment(NamedTuple):
    """Good time and counted time of a span (ms)."""

    good: int
    counted: int

    @property
    def lost(self) -> int:
        return self.counted - self.good

    @property
    def share(self) -> Fraction | None:
        """What was attained, 0 to 1; None when no time counted."""
        return Fraction(self.good, self.counted) if self.counted else None

    def budget(self, target: float) -> int:
        """How long (whole ms) might be lost of the counted time."""
        numerator, denominator = allowed(target).as_integer_ratio()
        return (2 * self.counted * numerator + denominator) // (2 * denominator)

    def budget_left(self, target: float) -> Fraction | None:
        """The share of the budget that is left, below 0 when it is overspent; None when no time counted.

        A target of 1 allows nothing: all is left while nothing was lost, and nothing after.
        """
        if not self.counted:
            return None
        numerator, denominator = allowed(target).as_integer_ratio()
        budget = self.counted * numerator
        return Fraction(budget - self.lost * denominator, budget) if budget else Fraction(self.lost == 0)


NOTHING = Attainment(0, 0)


@lru_cache(maxsize=1_024)
def allowed(target: float) -> Fraction:
    """The share of time that may be lost: 0.995 → 1/200, as it is written and not as it is stored."""
    return 1 - Fraction(str(target))
