"""``window``: an aggregate of the readings in (t - over, t], t being the time of the newest reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import Value
from rules.measures.aggregates import aggregate
from rules.measures.contents import Contents
from rules.measures.coverage import covered, slots_needed
from rules.measures.ring import Ring

HOUR = 3_600_000
NEVER = -(2**62)
FALLING = frozenset({"count", "sum"})
"""The aggregates that say something of no readings at all: 0."""


def contents_of(agg: str, interval: int, per: int, counter: bool) -> Contents:
    """Contents with one of the aggregates of :mod:`rules.measures.aggregates`."""
    ring = Ring()
    return Contents(ring, aggregate(agg, ring, per, counter), interval)


class Window:
    """An aggregate that slides with the readings of one device.

    Its end is the newest time that it was told of, by a reading or by :meth:`at`; it never moves back. A
    reading of an earlier time takes its place and the answer is still for the end. Everything but ``count``
    passes over strings and booleans. Standard deviation is the population's, quantiles are interpolated
    linearly between closest ranks. A sum or mean is exact before it is rounded once.
    """

    __slots__ = ("_agg", "_contents", "_counting", "_coverage", "_end", "_needed", "_over")

    def __init__(
        self,
        agg: str,
        over: int,
        coverage: float,
        interval: int,
        *,
        per: int = HOUR,
        counter: bool = False,
    ) -> None:
        """``agg`` is one of AGGREGATES; ``over`` and ``interval`` (how often a reading is expected) in ms.

        ``coverage`` is the share (0 to 1) of the expected slots that must hold a reading, or nothing is said;
        with 0 one reading will do. ``per`` (ms) and ``counter`` matter to ``rate`` only.
        """
        self._agg = agg
        self._over = over
        self._coverage = coverage
        self._counting = agg == "count"
        self._needed = slots_needed(coverage, over, interval)
        self._contents = contents_of(agg, interval, per, counter)
        self._end = NEVER

    def take(self, time: int, value: Value) -> Value | None:
        """The aggregate of (time - over, time]; None when coverage is lacking."""
        if value.__class__ is float:
            number = value + 0.0  # of the two zeros the positive one
        elif self._counting:
            number = 0.0
        else:
            return None
        contents = self._contents
        if time > self._end:
            self._end = time
            contents.advance(time, number, time - self._over)
        elif time > self._end - self._over:
            contents.put(time, number)
        return contents.aggregate.value() if contents.slots.held >= self._needed else None

    def fill(self, time: int, value: Value) -> None:
        """A late reading takes its place, where the window still reaches it."""
        self.take(time, value)

    @property
    def as_of(self) -> int | None:
        """An answer is for the moment of the call."""
        return None

    def leaves_at(self) -> int | None:
        """When the oldest reading leaves and the answer falls with it (ms); call :meth:`at` then.

        None where that moment means nothing: the window is empty; the aggregate is neither count nor sum; or
        a coverage is asked for, so that silence says nothing.
        """
        if self._agg not in FALLING or self._coverage or not self._contents.ring:
            return None
        return self._contents.ring.oldest[0] + self._over

    def at(self, time: int) -> Value | None:
        """The aggregate of (time - over, time] with no new reading; 0 for a count or sum of nothing."""
        if time > self._end:
            self._end = time
            self._contents.evict(time - self._over)
        contents = self._contents
        if not contents.ring:
            return 0.0 if self._agg in FALLING and not self._coverage else None
        return contents.aggregate.value() if contents.slots.held >= self._needed else None

    def details(self) -> Mapping[str, Any]:
        """``agg``, ``over``, ``from``, ``to`` (ms; the first is not part of it), ``count``, ``coverage``.

        When it holds readings also the ``oldest`` and ``newest``; for a rate ``change``, ``elapsed`` and
        ``per``; for the extremes ``at``, for a standard deviation ``mean``.
        """
        if self._end == NEVER:
            return {"agg": self._agg, "over": self._over, "count": 0, "coverage": 0.0}
        return told(self._agg, self._contents, self._end - self._over, self._end)

    def save(self) -> Any:
        """``[end, *contents]``."""
        return [self._end, *self._contents.save()]

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        end, *contents = state
        self._contents.load(contents)
        self._end = int(end)


def told(agg: str, contents: Contents, start: int, end: int) -> dict[str, Any]:
    """The arithmetic of the aggregate over (start, end] (ms), JSON-ready."""
    ring, slots = contents.ring, contents.slots
    found: dict[str, Any] = {
        "agg": agg,
        "over": end - start,
        "from": start,
        "to": end,
        "count": len(ring),
        "coverage": covered(slots.held, end - start, slots.interval),
    }
    if ring:
        found["oldest"] = _reading(agg, ring.oldest)
        found["newest"] = _reading(agg, ring.newest)
        found.update(contents.aggregate.details())
    return found


def _reading(agg: str, pair: Sequence[float]) -> dict[str, Any]:
    """A reading for people; what is only counted keeps no value."""
    time, value = pair
    return {"time": time} if agg == "count" else {"time": time, "value": value}
