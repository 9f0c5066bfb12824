"""A value held against limits: which step of severity it reaches, and when it leaves it again.

A comparison knows no alert and no time. It is asked for the step of a value, given the step on which its
series stands: -1 is "not true", 0 the first step, higher steps are worse. That it is asked with the present
step is the hysteresis: a step once reached is kept until its clear limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf, nextafter
from typing import Protocol, TypeAlias

from devices.model import Value
from rules.model import Severity

Band: TypeAlias = tuple[float, float]

NEVER_QUIET: Band = (inf, -inf)
"""A band that holds no number."""


class Comparison(Protocol):
    """One rule's way of comparing, shared by all its series."""

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severity of each step, rising."""

    @property
    def drops(self) -> bool:
        """Whether a number that falls can make it true."""

    def step(self, value: Value, standing: int) -> int:
        """The step of ``value`` for a series that stands on ``standing``. A value of another type: -1."""

    def quiet(self, standing: int) -> Band:
        """Numbers (both ends included) that leave a series on ``standing`` where it is."""

    def threshold(self, step: int, value: Value | None) -> Value:
        """The limit that ``value`` passed to reach ``step``."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Above or below one limit, or one limit per severity.

    ``limits`` are the step's limits from the first to the worst, ``clears`` where each is left again:
    a step above is reached when value > limit and left when value <= clear; below, mirrored.
    """

    limits: tuple[float, ...]
    clears: tuple[float, ...]
    severities: tuple[Severity, ...]
    below: bool = False
    _bands: tuple[Band, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bands = tuple(self._band(standing) for standing in range(-1, len(self.limits)))
        object.__setattr__(self, "_bands", bands)

    @property
    def drops(self) -> bool:
        return self.below

    def step(self, value: Value, standing: int) -> int:
        if value.__class__ is not float:
            return -1
        for step in range(len(self.limits) - 1, -1, -1):
            if self._passes(value, self.clears[step] if step <= standing else self.limits[step]):
                return step
        return -1

    def _passes(self, value: Value, limit: float) -> bool:
        assert isinstance(value, float)
        return value < limit if self.below else value > limit

    def quiet(self, standing: int) -> Band:
        return self._bands[standing + 1]

    def _band(self, standing: int) -> Band:
        """From just past the clear limit of this step to the limit of the next, as far as floats can say.

        The clear limit itself is no longer quiet; the band takes the next float towards the inside.
        """
        further = self.limits[standing + 1] if standing + 1 < len(self.limits) else None
        clear = self.clears[standing] if standing >= 0 else None
        if self.below:
            low = -inf if further is None else further
            return low, inf if clear is None else nextafter(clear, -inf)
        high = inf if further is None else further
        return -inf if clear is None else nextafter(clear, inf), high

    def threshold(self, step: int, value: Value | None) -> Value:  # noqa: ARG002 - the step says it all
        return self.limits[step]


@dataclass(frozen=True, slots=True)
class Outside:
    """Beyond ``low`` or ``high``, until within ``clear_low`` and ``clear_high`` (both included)."""

    low: float
    high: float
    clear_low: float
    clear_high: float
    severities: tuple[Severity, ...]

    @property
    def drops(self) -> bool:
        return True

    def step(self, value: Value, standing: int) -> int:
        if value.__class__ is not float:
            return -1
        low, high = (self.low, self.high) if standing < 0 else (self.clear_low, self.clear_high)
        return 0 if value < low or value > high else -1

    def quiet(self, standing: int) -> Band:
        return (self.low, self.high) if standing < 0 else NEVER_QUIET

    def threshold(self, step: int, value: Value | None) -> Value:  # noqa: ARG002 - there is one step
        middle = (self.low + self.high) / 2
        return self.high if isinstance(value, float) and value > middle else self.low


@dataclass(frozen=True, slots=True)
class Member:
    """Equal to one of some values of one type: 1.0 is not true, and "1" neither."""

    values: tuple[Value, ...]
    severities: tuple[Severity, ...]

    @property
    def drops(self) -> bool:
        return True

    def step(self, value: Value, standing: int) -> int:  # noqa: ARG002 - equality has no hysteresis
        same = value in self.values and value.__class__ is self.values[0].__class__
        return 0 if same else -1

    def quiet(self, standing: int) -> Band:  # noqa: ARG002 - it compares more than numbers
        return NEVER_QUIET

    def threshold(self, step: int, value: Value | None) -> Value:  # noqa: ARG002 - there is one step
        if len(self.values) == 1:
            return self.values[0]
        return ", ".join(str(member) for member in self.values)


@dataclass(frozen=True, slots=True)
class AtMost:
    """A number that is not greater than a limit."""

    limit: float
    severities: tuple[Severity, ...]

    @property
    def drops(self) -> bool:
        return True

    def step(self, value: Value, standing: int) -> int:  # noqa: ARG002 - it has no hysteresis
        return 0 if value.__class__ is float and value <= self.limit else -1

    def quiet(self, standing: int) -> Band:  # noqa: ARG002 - what is stuck is asked for with each reading
        return NEVER_QUIET

    def threshold(self, step: int, value: Value | None) -> Value:  # noqa: ARG002 - there is one step
        return self.limit


def clears(limits: Sequence[float], first_clear: float) -> tuple[float, ...]:
    """Where each step is left again: the gap of the first holds for all.

    Reckoned in decimals, so that 0.9 with the gap of 0.8 and 0.7 is left at 0.8 and nowhere near it.
    """
    gap = Decimal(repr(limits[0])) - Decimal(repr(first_clear))
    return tuple(float(Decimal(repr(limit)) - gap) for limit in limits)
