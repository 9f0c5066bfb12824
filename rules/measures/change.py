"""``change``: the newest reading minus the oldest of those in (t - over, t]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.model import Value
from rules.measures.exact import nearest
from rules.measures.ring import Pair, Ring


class Change:
    """How much one device's metric has changed within a span; needs two readings in it.

    ``relative`` divides by the size of the oldest (0.1 is 10 % up) and says nothing when that is 0. Strings
    and booleans are passed over. t is the newest time of any reading.
    """

    __slots__ = ("_over", "_relative", "_ring")

    def __init__(self, over: int, *, relative: bool = False) -> None:
        """``over`` in ms."""
        self._over = over
        self._relative = relative
        self._ring = Ring()

    def take(self, time: int, value: Value) -> Value | None:
        """The change as of ``time``, in the metric's unit, or as a share."""
        if value.__class__ is not float:
            return None
        self.fill(time, value)
        ring = self._ring
        if len(ring) < _TWO:
            return None
        old, new = ring.values[ring.head], ring.values[-1]
        if not self._relative:
            return nearest(new - old)
        return nearest((new - old) / abs(old)) if old else None

    def fill(self, time: int, value: Value) -> None:
        """A late reading takes its place, where the span still reaches it."""
        if value.__class__ is not float:
            return
        ring = self._ring
        if ring:
            newest = ring.times[-1]
            if time <= newest - self._over:
                return
            if time > newest:
                ring.evict(time - self._over)
        ring.put(time, value + 0.0)

    def details(self) -> Mapping[str, Any]:
        """``over`` (ms), ``relative``, and the two readings, ``oldest`` and ``newest``, if there are."""
        found: dict[str, Any] = {"over": self._over, "relative": self._relative}
        if self._ring:
            found["oldest"] = _reading(self._ring.oldest)
            found["newest"] = _reading(self._ring.newest)
        return found

    def save(self) -> Any:
        """The ring."""
        return self._ring.save()

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        self._ring.load(state)


_TWO = 2


def _reading(pair: Pair) -> dict[str, Any]:
    time, value = pair
    return {"time": time, "value": value}
