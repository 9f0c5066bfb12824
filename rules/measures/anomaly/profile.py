"""What is usual at an hour: tables of running means over the city's day, by kind of day where asked.

A bin's value is the mean of what it was taught, weighted evenly at first and then with a memory of ``reach``
readings: mean += (x − mean) / min(count, reach).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from rules.measures.anomaly.memory import DAY, MINUTE, SPARSELY, Memory
from rules.measures.anomaly.settings import Season

_MINUTES = DAY // MINUTE
_KINDS = 3
_BINS = (24, 48, 96)
_DAYS = 7
_DAYS_OF_KIND = (10, 4, 4)


class Place(NamedTuple):
    """Where a minute of the day lies in a table: ``here`` holds it; it is read from ``left`` to ``right``."""

    here: int
    left: int
    right: int
    share: float


@cache
def places(bins: int, smooth: bool) -> Sequence[Place]:
    """The place of each minute of the day in a table of ``bins``.

    A smooth table is read by straight lines between the middles of its bins, so that a rising morning has no
    stairs; that needs several readings to a bin, or the lines would shift the curve by half a bin.
    """
    width = _MINUTES // bins
    if not smooth:
        return [Place(minute // width, minute // width, 0, 0.0) for minute in range(_MINUTES)]
    return [_between(minute, width, bins) for minute in range(_MINUTES)]


def _between(minute: int, width: int, bins: int) -> Place:
    left, rest = divmod(minute + 0.5 - width / 2, width)
    return Place(minute // width, int(left) % bins, int(left + 1) % bins, rest / width)


def bins_of(pace: float) -> int:
    """Bins of a day for readings ``pace`` ms apart: hardly two readings share one, or several do."""
    if pace > 30 * MINUTE:
        return 24
    return 96 if 10 * MINUTE < pace <= 20 * MINUTE else 48


class Profile:
    """A table: some kinds of days, each with the same number of bins."""

    __slots__ = ("counts", "means")

    def __init__(self, bins: int, kinds: int = 1) -> None:
        self.means = array("d", [0.0] * (bins * kinds))
        self.counts = array("I", [0] * (bins * kinds))

    def at(self, place: Place, start: int, otherwise: float) -> float:
        """What is usual there; ``start`` is the first bin of the kind of day."""
        _, left, right, share = place
        left += start
        if not share:
            return self.means[left] if self.counts[left] else otherwise
        right += start
        if self.counts[left]:
            low = self.means[left]
            return low + share * (self.means[right] - low) if self.counts[right] else low
        return self.means[right] if self.counts[right] else otherwise

    def learn(self, index: int, value: float, reach: float) -> None:
        """Teach a bin one reading; ``reach`` is the memory in readings."""
        count = self.counts[index] + 1
        if count > reach:
            count = int(reach)
        self.counts[index] = count
        self.means[index] += (value - self.means[index]) / count

    def save(self) -> Any:
        return [self.counts.tolist(), self.means.tolist()]

    def load(self, state: Any) -> None:
        counts, means = state
        if len(counts) != len(self.counts) or len(means) != len(self.means):
            raise ValueError("a table with another number of bins")
        self.counts, self.means = array("I", counts), array("d", means)


class Baselines:
    """What is usual now: the long mean, the mean of the hour, the mean of the hour on this kind of day.

    A mean that has no readings yet is that of the one before. The kinds of day are Monday to Friday, Saturday
    and Sunday.
    """

    __slots__ = (
        "bins",
        "count",
        "daily",
        "dense",
        "lines",
        "mean",
        "misses",
        "readings",
        "season",
        "smooth",
        "stairs",
        "weekly",
    )

    def __init__(self, season: Season, pace: float, mean: float) -> None:
        self.season = season
        self.count = 3 if season is Season.AUTO else 1
        self.dense = self.smooth = pace <= 10 * MINUTE
        self.misses = [0.0, 0.0]
        self.mean = mean
        self.readings = 0
        self._lay(bins_of(pace))

    def _lay(self, bins: int) -> None:
        self.bins = bins
        self.lines = places(bins, smooth=True)
        self.stairs = places(bins, smooth=False)
        self.daily = Profile(bins)
        self.weekly = Profile(bins, _KINDS)

    def at(self, minute: int, weekday: int) -> tuple[float, ...]:
        """The baselines that the season allows, at a local time."""
        mean = self.mean
        season = self.season
        if season is Season.NONE:
            return (mean,)
        place = (self.lines if self.smooth else self.stairs)[minute]
        daily = self.daily.at(place, 0, mean)
        if season is Season.DAILY:
            return (daily,)
        weekly = self.weekly.at(place, self.bins * _kind(weekday), daily)
        return (weekly,) if season is Season.WEEKLY else (mean, daily, weekly)

    def learn(self, value: float, minute: int, weekday: int, memory: Memory) -> None:
        """Take in a reading."""
        self.readings += 1
        self.mean += (value - self.mean) / min(self.readings, memory.mean)
        if self.season is Season.NONE:
            return
        if self.dense and self.readings % SPARSELY == 0:
            self._compare(value, minute, memory.curve)
        here = self.stairs[minute].here
        self.daily.learn(here, value, _DAYS * memory.bin)
        kind = _kind(weekday)
        self.weekly.learn(self.bins * kind + here, value, _DAYS_OF_KIND[kind] * memory.bin)

    def _compare(self, value: float, minute: int, reach: int) -> None:
        """Are straight lines between the bins nearer than stairs? A signal with sharp edges wants stairs."""
        misses = self.misses
        count = min(self.readings // SPARSELY, reach)
        for at, table in enumerate((self.lines, self.stairs)):
            miss = abs(value - self.daily.at(table[minute], 0, self.mean))
            misses[at] += (miss - misses[at]) / count
        self.smooth = misses[0] <= misses[1]

    def save(self) -> Any:
        tables = [self.daily.save(), self.weekly.save()]
        return [self.bins, self.dense, self.smooth, self.misses, self.readings, self.mean, tables]

    def load(self, state: Any) -> None:
        bins, self.dense, self.smooth, misses, self.readings, self.mean, (daily, weekly) = state
        if bins not in _BINS or len(misses) != 2:
            raise ValueError("no such table of the day")
        self._lay(bins)
        self.misses = list(misses)
        self.daily.load(daily)
        self.weekly.load(weekly)


def _kind(weekday: int) -> int:
    return 0 if weekday < 5 else weekday - 4
