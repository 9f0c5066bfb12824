"""``window`` with ``tumbling``: an aggregate of each bucket of city time, told when the bucket is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devices.model import Value
from rules.measures.coverage import slots_needed
from rules.measures.windows import FALLING, HOUR, contents_of, told


class TumblingWindow:
    """An aggregate of the readings of one device in buckets (start, end] that follow each other.

    The first reading beyond a bucket closes it, or, when none comes, an interval after its end: a reading of
    the end itself is on its way then. The answer is the aggregate as of the bucket's end (``as_of``). Until
    the next is closed there is nothing to say, so that what was true stays true. A bucket without readings
    says nothing, but that a count or sum for which no coverage is asked is 0; a late reading into a
    closed one changes nothing. When the reading beyond was too late to be judged by, the next that is not
    answers.
    """

    __slots__ = (
        "_agg",
        "_align",
        "_answered",
        "_contents",
        "_counting",
        "_coverage",
        "_empty",
        "_end",
        "_interval",
        "_over",
        "_pending",
        "_start",
        "as_of",
    )

    def __init__(
        self,
        agg: str,
        over: int,
        coverage: float,
        interval: int,
        align: Callable[[int], int],
        *,
        per: int = HOUR,
        counter: bool = False,
    ) -> None:
        """As :class:`~rules.measures.windows.Window`; ``align`` answers with the start of a time's bucket.

        A time t (ms) is in the bucket (start, end] when start < t <= end; see
        :class:`~rules.measures.buckets.Buckets`. Buckets may be shorter than ``over`` at the end of a local
        day, and days an hour longer or shorter when the clock changes: coverage goes by the true length.
        """
        self._agg = agg
        self._over = over
        self._coverage = coverage
        self._align = align
        self._counting = agg == "count"
        self._contents = contents_of(agg, interval, per, counter)
        self._start = 0
        self._end: int | None = None
        self._pending: Value | None = None
        self._answered: dict[str, Any] | None = None
        self._interval = interval
        self._empty = False
        self.as_of: int | None = None

    def leaves_at(self) -> int | None:
        """When the open bucket is closed at the latest (ms); call :meth:`at` then."""
        if self._end is None or not (self._contents.ring or self._falls):
            return None
        return self._end + self._interval

    @property
    def _falls(self) -> bool:
        """Whether an empty bucket comes to 0, and that is not known yet."""
        return self._agg in FALLING and not self._coverage and not self._empty

    def at(self, time: int) -> Value | None:
        """The aggregate of the bucket that is over; None when it says nothing."""
        if self._end is not None and time >= self._end + self._interval:
            if self._contents.ring:
                self._close()
            elif self._falls:
                self._pending, self._empty, self.as_of = 0.0, True, self._end
                self._answered = told(self._agg, self._contents, self._start, self._end)
            self._start = self._end
            self._end = bucket_end(self._align, self._start, self._over)
        answer, self._pending = self._pending, None
        return answer

    def take(self, time: int, value: Value) -> Value | None:
        """The aggregate of the bucket that this reading closes; else None."""
        self.fill(time, value)
        answer, self._pending = self._pending, None
        return answer

    def fill(self, time: int, value: Value) -> None:
        """A reading takes its place in the bucket that is open; beyond it, it closes it."""
        if value.__class__ is float:
            self._put(time, value + 0.0)
        elif self._counting:
            self._put(time, 0.0)

    def _put(self, time: int, value: float) -> None:
        self._empty = False
        if self._end is None or time > self._end:
            self._close()
            self._start = self._align(time)
            self._end = bucket_end(self._align, self._start, self._over)
        elif time <= self._start:
            return
        self._contents.put(time, value)

    def _close(self) -> None:
        contents = self._contents
        if self._end is None or not contents.ring:
            return
        length = self._end - self._start
        if contents.slots.held >= slots_needed(self._coverage, length, contents.slots.interval):
            answer = contents.aggregate.value()
            if answer is not None:
                self._pending = answer
                self.as_of = self._end
                self._answered = told(self._agg, contents, self._start, self._end)
        contents.clear()

    def details(self) -> Mapping[str, Any]:
        """The arithmetic of the bucket that was answered last; before the first, of the open one.

        Keys as in :meth:`rules.measures.windows.Window.details`.
        """
        if self._answered is not None:
            return self._answered
        if self._end is None:
            return {"agg": self._agg, "over": self._over, "count": 0, "coverage": 0.0}
        return told(self._agg, self._contents, self._start, self._end)

    def save(self) -> Any:
        """``[start, end, as of, empty, pending, answered, *contents]``."""
        told = [self.as_of, self._empty, self._pending, self._answered]
        return [self._start, self._end, *told, *self._contents.save()]

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        start, end, as_of, empty, pending, answered, *contents = state
        self._contents.load(contents)
        self._start = int(start)
        self._end = None if end is None else int(end)
        self.as_of = None if as_of is None else int(as_of)
        self._empty = bool(empty)
        self._pending = pending
        self._answered = None if answered is None else dict(answered)


def bucket_end(align: Callable[[int], int], start: int, over: int) -> int:
    """The last moment of the bucket that begins after ``start`` and is at most twice ``over`` (ms) long."""
    if align(start + over) == start and align(start + over + 1) != start:
        return start + over
    inside, beyond = start + 1, start + 2 * over + 1
    while beyond - inside > 1:
        middle = (inside + beyond) // 2
        if align(middle) == start:
            inside = middle
        else:
            beyond = middle
    return inside
