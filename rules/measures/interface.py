"""What a rule compares: a value made of one device's readings, and the state that making it needs.

A measure belongs to one series: one rule, one device. It is told every reading of its metric, in order of
their times as far as they come so, and answers with the value to compare. It knows no alert, no level and no
clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from devices.model import Value


class Measure(Protocol):
    """The state of one measure of one device.

    Two measures of the same making that were told the same readings answer the same, to the last bit, whether
    one of them was saved and loaded in between or not.
    """

    def take(self, time: int, value: Value) -> Value | None:
        """A reading that is not older than any before: the value to compare as of ``time`` (ms).

        A reading of the very time of the newest takes its place (a correction). None: nothing can be said
        yet, or no more: too few readings, a division by nothing.
        """

    def fill(self, time: int, value: Value) -> None:
        """A reading that came too late to be judged by: it takes its place among the others."""

    def details(self) -> Mapping[str, Any]:
        """The arithmetic behind the last answer, JSON-ready, for the alert's evidence."""

    def save(self) -> Any:
        """The state, JSON-ready and short."""

    def load(self, state: Any) -> None:
        """Take up a saved state, in a measure that is new.

        Raises:
            ValueError, TypeError: not the state of such a measure.
        """


@runtime_checkable
class Timed(Measure, Protocol):
    """A measure whose value may change while nothing is read.

    ``as_of`` is the moment (ms) that the last answer is for, None where that is the moment of the call.
    """

    @property
    def as_of(self) -> int | None: ...

    def leaves_at(self) -> int | None:
        """The next moment (ms) at which it does, None when there is none."""

    def at(self, time: int) -> Value | None:
        """The value to compare as of such a moment."""


class Judgement(Protocol):
    """What a detector says of one reading: None where it has not seen enough yet."""

    @property
    def time(self) -> int: ...
    @property
    def value(self) -> float: ...
    @property
    def expected(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def score(self) -> float | None: ...
