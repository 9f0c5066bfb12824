"""How good the data of one (device, type) is, kept while readings pass. Pure: no clock, no I/O.

Counts lie in twelve cells of two hours, so that "the last day" is the last 22 to 24 hours. What is kept is
small and what is done for each reading is little, at the price of saying some things approximately:

- A reading counts for the interval it fills, in the phase in which the device sends: jitter below a quarter
  of the interval neither loses nor adds one. Readings more often than the interval count once in it, and
  intervals below a second are taken as a second.
- A late reading counts in the cell of its own time. That its interval was filled before is seen only of
  neighbours; a cell never counts more than fits in it.
- Of gaps the longest dozen and the newest are kept; late readings mend them.
- Whether a metric moved is looked at about every 15 minutes (every interval, when that is longer), of all
  readings in between.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from devices.model import Values
from services.runtime.quality import (
    NO_CLOCK,
    NO_GAPS,
    ClockQuality,
    ClockState,
    DeviceQuality,
    Gaps,
    StuckMetric,
)
from services.telemetry.blemishes import CELL, CELLS, DAY, Blemishes, total, turn
from services.telemetry.watched import (
    ALIGNED,
    BORN,
    DRIFT_CELLS,
    DRIFT_NUMBER,
    LATE,
    LOWS,
    METRICS,
    NONE,
    NUMBER,
    Watched,
)

_FINEST = 1_000
_TOLD_FROM = 3
"""Of fewer expected readings than this no share is told."""

_GAP = 3

_LOOK = 900_000
_STILL = 7_200_000
_STILL_INTERVALS = 12
_ALWAYS_MOVING = 255 << 8
_USUALLY = 153
"""Of 255: in so large a share of the looks before it stood still a metric must have moved (0.6)."""

_AHEAD = -5_000
_BEHIND = 60_000
_IN_A_ROW = 5
_AT_ONCE = 1_000
_SLACK = 2_000
_MOST_LIVE = 100
_DRIFT_CELL = 14_400_000
_FAR = 1 << 62

_NOTHING: Values = {}


class Quality:
    """Quality of one (device, type). About 450 bytes; the newest values are shared with who hands them in."""

    __slots__ = (
        "_before",
        "_blemishes",
        "_cells",
        "_due",
        "_heard_at",
        "_heard_time",
        "_live",
        "_look",
        "_low",
        "_newest",
        "_quiet",
        "_values",
        "_watched",
    )

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._values = _NOTHING
        self._quiet: tuple[str, ...] = ()
        """Metrics that did not move since the last look."""
        self._newest = 0
        self._due = 0
        """A reading from this time on fills the next interval."""
        self._heard_time = 0
        self._heard_at = 0
        self._low = _FAR
        """The smallest offset since the last look."""
        self._before = _FAR
        """The smallest offset between the two last looks."""
        self._live = 0
        """How many readings in a row came one at a time, as a clock that runs evenly has it."""
        self._look = 0
        self._cells = watched.blank[:]
        self._blemishes: Blemishes | None = None

    def taken(self, time: int, received: int, values: Values, interval: int, timed: bool = True) -> None:
        """A reading that is new, or was merged into one, of ``time``, received when (ms).

        ``timed`` is whether the device said when it was taken: of its clock only that tells.
        """
        if time > self._newest:
            if time >= self._due:
                self._count(time, interval)
            if self._quiet:
                before = self._values
                for name in self._quiet:
                    if values.get(name) != before.get(name):
                        self._stir(values)
                        break
            self._newest = time
            self._values = values
        elif time < self._newest:
            self._count_late(time, interval)
        if timed:
            self._hear(time, received)
        if received >= self._look:
            self._look_again(time, received, interval)

    def refused(self, received: int, ts: int | None, count: int = 1) -> None:
        """Refused readings. ``ts`` is the time when that is why: ``future_time`` and ``too_old``."""
        self._own_blemishes().refuse(received, count)
        if ts is not None and abs(ts) < _FAR:
            self._hear(ts, received)

    def report(self, now: int, interval: int, since: int) -> DeviceQuality:
        """What is known at ``now``. Nothing was expected before ``since`` or the first reading."""
        number = now // CELL - CELLS + 1
        blemishes = self._blemishes
        if self._newest == 0:
            refused = blemishes.refused_since(now) if blemishes else 0
            return never_heard(now, interval, since, refused=refused, clock=self._clock(now, interval))
        start = max(number * CELL, since, self._cells[BORN] * 60_000)
        expected = _expected(start, now, interval)
        received = total(self._cells, self._cells[NUMBER], start // CELL) if expected else 0
        return DeviceQuality(
            start,
            expected,
            min(received, expected),
            blemishes.refused_since(now) if blemishes else 0,
            self._gaps(now, _GAP * interval),
            self._stuck() if blemishes else (),
            self._clock(now, interval),
        )

    def dump(self) -> list[Any]:
        """JSON-ready state, all but the newest values."""
        cells = self._cells.tolist()
        return [
            [self._newest, self._due, self._heard_time, self._heard_at],
            [None if low >= _FAR else low for low in (self._low, self._before)],
            [self._live, self._look],
            list(self._quiet),
            cells[:METRICS],
            {name: cell for name, cell in zip(self._watched.names, cells[METRICS:], strict=True) if cell},
            self._blemishes.dump() if self._blemishes is not None else None,
        ]

    @classmethod
    def load(cls, data: Sequence[Any], watched: Watched, values: Values) -> Quality:
        """The inverse of :meth:`dump`. ``values`` are those of the newest reading."""
        quality = cls(watched)
        times, lows, (quality._live, quality._look), quiet, cells, metrics, blemishes = data
        quality._newest, quality._due, quality._heard_time, quality._heard_at = times
        quality._low, quality._before = (_FAR if low is None else low for low in lows)
        quality._quiet = tuple(name for name in watched.names if name in quiet)
        quality._values = values
        quality._cells = array("i", [*cells, *(metrics.get(name, 0) for name in watched.names)])
        quality._blemishes = None if blemishes is None else Blemishes.load(blemishes)
        return quality

    def _count(self, time: int, interval: int) -> None:
        """Count the interval that a newer reading fills, and see what lies between it and the last."""
        cells, number, newest = self._cells, time // CELL, self._newest
        if time - newest > _GAP * interval:
            if newest:
                self._own_blemishes().open_gap(newest, time)
            else:
                cells[BORN] = time // 60_000
        if number != cells[NUMBER]:
            turn(cells, CELLS, cells[NUMBER], number)
            cells[NUMBER] = number
        cells[number % CELLS] += 1
        step = max(_FINEST, interval)
        due = self._due + step
        self._due = due if due > time else time + step * 3 // 4

    def _count_late(self, time: int, interval: int) -> None:
        cells, number = self._cells, time // CELL
        if self._blemishes is not None:
            self._blemishes.mend(time, _GAP * interval)
        if number <= cells[NUMBER] - CELLS:
            return
        step = max(interval, _FINEST)
        seconds = time // 1000 - cells[BORN] * 60
        if cells[LATE] and abs(seconds - cells[LATE]) * 1000 < step * 3 // 4:
            return
        cells[LATE] = seconds
        if cells[number % CELLS] * step < CELL:
            cells[number % CELLS] += 1

    def _stir(self, values: Values) -> None:
        """Some of the quiet metrics moved."""
        before = self._values
        moved = [name for name in self._quiet if values.get(name) != before.get(name)]
        self._quiet = tuple(name for name in self._quiet if name not in moved)
        if self._blemishes is not None:
            for name in moved:
                self._blemishes.stuck.pop(name, None)

    def _hear(self, time: int, received: int) -> None:
        """What a reading says of the clock that it was taken by.

        None can come before it was taken, so that the smallest offset is the clock's error and the shortest
        way. That it is large says something of the clock only while the times of readings and of their
        receipt go on alike: in a burst of what was stored they do not.
        """
        offset = received - time
        if offset < self._low:
            self._low = offset
        waited, passed = received - self._heard_at, time - self._heard_time
        if waited >= _AT_ONCE:
            even = passed * 2 <= waited * 3 and waited * 2 <= passed * 3 + _SLACK
            if not even and passed != 0:
                self._live = 0
            elif self._live < _MOST_LIVE:
                self._live += 1
        elif waited >= 0 and passed * 2 > waited * 3 + _SLACK:
            self._live = 0
        else:
            return
        self._heard_at, self._heard_time = received, time

    def _look_again(self, time: int, received: int, interval: int) -> None:
        """Once in a while: which metrics moved meanwhile, and where the clock stands."""
        period = max(_LOOK, interval)
        if self._look:
            self._look_at_metrics(interval, period)
            self._look_at_clock(received)
        self._quiet = tuple(name for name in self._watched.names if name in self._values)
        self._look = received + period - interval // 8
        self._cells[ALIGNED] = time % interval == 0

    def _look_at_metrics(self, interval: int, period: int) -> None:
        quiet, cells = self._quiet, self._cells
        for place, name in enumerate(self._watched.names, METRICS):
            state = cells[place]
            value = self._values.get(name)
            if value is not None and name not in quiet:
                if state != _ALWAYS_MOVING:
                    cells[place] = _stirred(state >> 8, state & 255)
            elif value not in self._watched.rests[place - METRICS]:
                self._stands_still(name, place, interval, period)
            elif state & 255:
                self._rests(name, place)

    def _stands_still(self, name: str, place: int, interval: int, period: int) -> None:
        state = self._cells[place]
        still = state & 255
        if still < 255:
            self._cells[place] = state + 1
        enough = -(-max(_STILL, _STILL_INTERVALS * interval) // period)
        if still + 1 >= enough and state >> 8 >= _USUALLY:
            self._own_blemishes().stuck.setdefault(name, self._newest - (still + 1) * period)

    def _rests(self, name: str, place: int) -> None:
        self._cells[place] &= ~255
        if self._blemishes is not None:
            self._blemishes.stuck.pop(name, None)

    def _look_at_clock(self, received: int) -> None:
        low = self._low
        if low == _FAR:
            return
        self._before, self._low = low, _FAR
        cells, number = self._cells, received // _DRIFT_CELL
        place = LOWS + number % DRIFT_CELLS
        if number != cells[DRIFT_NUMBER]:
            lows = cells[LOWS:NUMBER]
            turn(lows, DRIFT_CELLS, cells[DRIFT_NUMBER], number, NONE)
            cells[LOWS:NUMBER] = lows
            cells[DRIFT_NUMBER] = number
        if low < cells[place]:
            cells[place] = max(-NONE, low)

    def _own_blemishes(self) -> Blemishes:
        if self._blemishes is None:
            self._blemishes = Blemishes()
        return self._blemishes

    def _gaps(self, now: int, least: int) -> Gaps:
        gaps = [gap for gap in self._blemishes.gaps if gap[1] > now - DAY] if self._blemishes else []
        silent = now - self._newest
        if silent <= least:
            if not gaps:
                return NO_GAPS
            start, end = max(gaps)
            return Gaps(len(gaps), max(gap[1] - gap[0] for gap in gaps), start, end)
        longest = max([silent, *(end - start for start, end in gaps)])
        return Gaps(len(gaps) + 1, longest, self._newest, None)

    def _stuck(self) -> tuple[StuckMetric, ...]:
        assert self._blemishes is not None
        kind = self._watched.type
        return tuple(StuckMetric(kind, name, since) for name, since in self._blemishes.stuck.items())

    def _clock(self, now: int, interval: int) -> ClockQuality:
        low = min(self._low, self._before)
        if low >= _FAR or now - self._heard_at > DAY:
            return NO_CLOCK
        state = self._clock_state(low, interval)
        return ClockQuality(state, round(low / 1000, 1), self._drift(self._heard_at))

    def _clock_state(self, low: int, interval: int) -> ClockState:
        if low < _AHEAD:
            return ClockState.AHEAD
        aligned = self._cells[ALIGNED] and self._heard_time % interval == 0
        # Times on the round interval may well be the beginning of what was averaged.
        if low <= _BEHIND + (interval if aligned else 0):
            return ClockState.RIGHT
        return ClockState.BEHIND if self._live >= _IN_A_ROW else ClockState.UNKNOWN

    def _drift(self, now: int) -> float | None:
        """Seconds a day, from at least three spans of four hours: the median of the slopes between them."""
        newest = self._cells[DRIFT_NUMBER]
        oldest = max(newest, now // _DRIFT_CELL) - DRIFT_CELLS + 1
        lows = [(number, self._cells[LOWS + number % DRIFT_CELLS]) for number in range(oldest, newest + 1)]
        known = [(number, low) for number, low in lows if abs(low) < NONE]
        if len(known) < 3:
            return None
        slopes = sorted(
            (low - first) / (number - start)
            for place, (start, first) in enumerate(known)
            for number, low in known[place + 1 :]
        )
        return round(slopes[len(slopes) // 2] * DRIFT_CELLS / 1000, 1)


def never_heard(
    now: int, interval: int, since: int, *, refused: int = 0, clock: ClockQuality = NO_CLOCK
) -> DeviceQuality:
    """The quality of a series of which no reading was accepted since ``since``."""
    start = max((now // CELL - CELLS + 1) * CELL, since)
    silent = now - since
    gaps = Gaps(1, silent, since, None) if silent > _GAP * interval else NO_GAPS
    return DeviceQuality(start, _expected(start, now, interval), 0, refused, gaps, (), clock, heard=False)


def _expected(start: int, now: int, interval: int) -> int:
    step = max(interval, _FINEST)
    expected = (now - start - step // 2) // step
    return expected if expected >= _TOLD_FROM else 0


def _stirred(moving: int, still: int) -> int:
    """The habit of a metric that moves again after standing still in so many looks, as its cell holds it.

    That is the share (of 255) of looks in which it moved, averaged over about the last eight, so that two
    hours of moving make a habit. Standing still is counted only now: a metric that is stuck is judged by
    how it was before.
    """
    for _ in range(min(still, 8)):
        moving -= moving // 8
    return (moving + (255 - moving + 7) // 8) << 8
