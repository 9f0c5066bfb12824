"""``stuck``: how far apart the readings in (t - over, t] are; 0 when they are all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import Value
from rules.measures.contents import Contents
from rules.measures.counts import Distinct
from rules.measures.coverage import covered, slots_needed
from rules.measures.exact import nearest
from rules.measures.ranks import Spread
from rules.measures.ring import Ring

SHARE = 0.5
"""The share of the expected slots that must hold a reading: few readings prove nothing."""

GAP_INTERVALS = 3
NEVER = -(2**62)
_TWO = 2
_SPARE_NAMES = 16


class Stuck:
    """The spread of one device's metric within a span: the largest value minus the smallest.

    Of strings and booleans it is the number of different values beside the first. A spread beyond the
    tolerance is certain whatever else came. One within it is not told before the history reaches back to
    t - ``over`` (a reading of that time or before was seen), while fewer than half of the expected slots hold
    a reading, and of a single reading. A gap of more than ``over`` and of more than
    three intervals begins the history anew; so does a value of another kind. t is the newest time of any
    reading.
    """

    __slots__ = (
        "_contents",
        "_gap",
        "_interval",
        "_names",
        "_needed",
        "_numbers",
        "_over",
        "_since",
        "_tolerance",
    )

    def __init__(self, over: int, interval: int, tolerance: float = 0.0) -> None:
        """``over`` and ``interval`` (how often a reading is expected) in ms."""
        self._over = over
        self._tolerance = tolerance
        self._interval = interval
        self._gap = max(over, GAP_INTERVALS * interval)
        self._needed = slots_needed(SHARE, over, interval)
        self._begin(numbers=True)

    def _begin(self, *, numbers: bool) -> None:
        ring = Ring()
        self._contents = Contents(ring, Spread(ring) if numbers else Distinct(ring), self._interval)
        self._numbers = numbers
        self._since: int | None = None
        self._names: dict[Value, float] = {}

    def take(self, time: int, value: Value) -> Value | None:
        """The spread as of ``time``, in the metric's unit."""
        self.fill(time, value)
        ring = self._contents.ring
        if len(ring) < _TWO:
            return None
        spread = self._contents.aggregate.value()
        if spread is None or (spread <= self._tolerance and not self._proven()):
            return None
        return nearest(spread)

    def _proven(self) -> bool:
        """Whether what was seen is enough to say that nothing moved."""
        assert self._since is not None
        contents = self._contents
        return contents.slots.held >= self._needed and self._since <= contents.ring.times[-1] - self._over

    def fill(self, time: int, value: Value) -> None:
        """A late reading takes its place, or shows that the history reaches further back."""
        numbers = isinstance(value, float)
        if numbers != self._numbers:
            if self._contents.ring and time < self._contents.ring.times[-1]:
                return
            self._begin(numbers=numbers)
        ring = self._contents.ring
        newest = ring.times[-1] if ring else NEVER
        self._reach(time, newest)
        number = value + 0.0 if isinstance(value, float) else self._name(value)
        if time > newest:
            self._contents.advance(time, number, time - self._over)
        elif time > newest - self._over:
            self._contents.put(time, number)

    def _reach(self, time: int, newest: int) -> None:
        """Note since when there is history."""
        since = self._since
        if since is None or time - newest > self._gap or 0 < since - time <= self._gap:
            self._since = time

    def _name(self, value: Value) -> float:
        """The number that stands for a string or boolean in the ring."""
        names = self._names
        if value not in names:
            aggregate = self._contents.aggregate
            assert isinstance(aggregate, Distinct)
            if len(names) > _TWO * len(aggregate.counts) + _SPARE_NAMES:
                names = {name: number for name, number in names.items() if number in aggregate.counts}
                self._names = names
            names[value] = max(names.values(), default=0.0) + 1.0
        return names[value]

    def details(self) -> Mapping[str, Any]:
        """``over`` (ms), ``since`` when there is history, ``from``, ``to``, ``count``, ``coverage``.

        When it holds readings also ``low`` and ``high``; of strings and booleans ``distinct``.
        """
        contents, over = self._contents, self._over
        found: dict[str, Any] = {"over": over, "since": self._since, "count": len(contents.ring)}
        found["coverage"] = covered(contents.slots.held, over, self._interval)
        if contents.ring:
            newest = contents.ring.times[-1]
            found.update({"from": newest - over, "to": newest}, **contents.aggregate.details())
        return found

    def save(self) -> Any:
        """``[since, whether they are numbers, [[name, number], ...], *contents]``."""
        names = [[name, number] for name, number in self._names.items()]
        return [self._since, self._numbers, names, *self._contents.save()]

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        since, numbers, names, *contents = state
        self._begin(numbers=bool(numbers))
        self._contents.load(contents)
        self._since = None if since is None else int(since)
        self._names = _names(names)


def _names(rows: Sequence[Any]) -> dict[Value, float]:
    return {name: float(number) for name, number in rows}
