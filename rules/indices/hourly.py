"""Hourly means of pollutants that roll hour by hour, and the indices that follow from them.

A reading at ``t`` belongs to the hour (hh:00, hh+1:00] of the city's clock that it ends or lies in, so one at
hh:00 completes its hour. Means are of completed hours: each hour's readings have one mean, and the hours
weigh the same. Of 24 hours at least 18 must hold a reading, of 8 at least 6.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import fsum
from typing import Any, NamedTuple

from devices.model import Value, Values
from rules.indices.airquality import NOWCAST_HOURS, nowcast
from rules.indices.interface import NOTHING, Site
from rules.indices.localtime import HOUR, LocalClock
from rules.indices.tables import Tables

_MICRO = 1_000_000
"""Sums are kept as whole millionths: adding is exact in any order."""

_MOST = 1e6  # of any unit; what is beyond is no concentration
_FULL = 65_535
"""Readings of an hour that count; more than one in 55 ms tells nothing new."""

_NONE = -(1 << 62)


class Pollutant(NamedTuple):
    """A pollutant, the hours of its mean, the mean's name, and where its hours lie in the arrays."""

    name: str
    hours: int
    mean: str
    base: int

    @property
    def slots(self) -> int:
        """The completed hours, and the one that runs."""
        return self.hours + 1


def _laid_out() -> tuple[Pollutant, ...]:
    base, laid = 0, []
    for name, hours in (("pm25", 24), ("pm10", 24), ("o3", 8), ("co", 8), ("no2", 1), ("so2", 1)):
        laid.append(Pollutant(name, hours, f"{name}Mean{hours}h", base))
        base += hours + 1
    return tuple(laid)


POLLUTANTS = _laid_out()
NOWCASTS = {"pm25": ("pm25NowCast", 1), "pm10": ("pm10NowCast", 0)}
"""Pollutants that have a NowCast: its name and its digits."""

_SLOTS = sum(one.slots for one in POLLUTANTS)
_LAYOUT = tuple((one.name, one.base, one.slots) for one in POLLUTANTS)


def _backwards(ring: array[int], newest: int) -> array[int]:
    """A ring from its newest place to its oldest."""
    return ring[newest::-1] + ring[:newest:-1]


class AirHours:
    """The hours of one station."""

    __slots__ = ("_at", "_clock", "_counts", "_from", "_newest", "_recent", "_sums", "_tables", "_to", "held")

    def __init__(self, site: Site) -> None:
        self._clock: LocalClock = site.context.clock
        self._tables: Tables = site.context.tables
        self._sums = array("q", bytes(8 * _SLOTS))
        self._counts = array("H", bytes(2 * _SLOTS))
        self._newest = self._at = self._from = self._to = _NONE
        self._recent: Values = NOTHING  # of the newest reading, should it be corrected
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        """A reading: into its hour; when an hour is complete by it, everything is told anew."""
        if self._from < time < self._to and time != self._at:
            self._at, self._recent = time, values
            self._add(self._newest, values)
            return False
        self._put(time, values)
        return self._tell(time, fresh)

    def _put(self, time: int, values: Values) -> None:
        """Into its hour, which may be a new one, in place of what came of the same moment."""
        hour = self._hour(time)
        if hour > self._newest:
            self._advance(hour)
        if time == self._at:
            again = {name: value for name, value in self._recent.items() if name in values}
            self._add(hour, again, -1)
            self._recent = {**self._recent, **values}
        else:
            self._at, self._recent = time, values
        self._add(hour, values)

    def _tell(self, time: int, fresh: dict[str, Value]) -> bool:
        """Tell of the newest completed hour, unless that has been done and nothing came to it since."""
        ends = time + HOUR - self._past(time)
        if self._to == ends and time != ends - HOUR:
            return False
        self._from, self._to = ends - HOUR, ends
        running = self._hour(ends)
        if running > self._newest:
            self._advance(running)
        self.held = self._indices(running - 1)
        fresh.update(self.held)
        return True

    def _past(self, time: int) -> int:
        """Since the last full hour, ms."""
        return (time + self._clock.offset(time)) % HOUR

    def _hour(self, time: int) -> int:
        """The number of the hour that a time ends or lies in."""
        return (time + self._clock.offset(time) % HOUR - 1) // HOUR

    def _add(self, hour: int, values: Values, sign: int = 1) -> None:
        sums, counts, get = self._sums, self._counts, values.get
        for name, base, slots in _LAYOUT:
            value = get(name)
            if value.__class__ is float and -_MOST <= value <= _MOST:
                slot = base + hour % slots
                if counts[slot] < _FULL:
                    counts[slot] += sign
                    sums[slot] += sign * round(value * _MICRO)

    def fill(self, time: int, values: Values) -> None:
        """A late reading: counted where its hour is still kept. The means have it when they next roll."""
        hour = self._hour(time)
        if hour > self._newest:
            self._advance(hour)
        age = self._newest - hour
        kept = {one.name: values[one.name] for one in POLLUTANTS if one.name in values and age < one.slots}
        self._add(hour, kept)

    def _advance(self, hour: int) -> None:
        """Empty the hours that come to be."""
        for _, base, slots in _LAYOUT:
            for step in range(min(slots, hour - self._newest)):
                slot = base + (hour - step) % slots
                self._sums[slot] = self._counts[slot] = 0
        self._newest = hour

    def _indices(self, complete: int) -> dict[str, Value]:
        """Everything that can be told as of the end of an hour."""
        found: dict[str, Value] = {}
        means: dict[str, float] = {}
        for one in POLLUTANTS:
            hours = self._means(one, complete)
            known = [mean for mean in hours if mean is not None]
            if not known:
                continue
            if 4 * len(known) >= 3 * one.hours:
                means[one.name] = found[one.mean] = round(fsum(known) / len(known), 4)
            if one.name in NOWCASTS:
                name, digits = NOWCASTS[one.name]
                now = nowcast(hours[:NOWCAST_HOURS], digits)
                if now is not None:
                    found[name] = now
        return found | self._aqi(means)

    def _means(self, one: Pollutant, complete: int) -> list[float | None]:
        """Means of the completed hours, newest first; nothing when none holds a reading."""
        if not any(self._counts[one.base : one.base + one.slots]):
            return []
        newest = complete % one.slots
        counts = _backwards(self._counts[one.base : one.base + one.slots], newest)
        sums = _backwards(self._sums[one.base : one.base + one.slots], newest)
        return [
            total / (count * _MICRO) if count else None
            for count, total in zip(counts[: one.hours], sums, strict=False)
        ]

    def _aqi(self, means: Mapping[str, float]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        if (thai := self._tables.thai_aqi.index(means)) is not None:
            found["thaiAqi"] = float(thai.value)
            found["thaiAqiLevel"] = float(self._tables.thai_aqi.level(thai.value).level)
            found["thaiAqiPollutant"] = thai.pollutant
        if (us := self._tables.us_aqi.index(means)) is not None:
            found["usAqi"] = float(us.value)
        return found

    def save(self) -> Any:
        """[newest hour, told from, to, time of the newest reading, its values, [slot, count, sum]…, held]"""
        filled = [[slot, n, self._sums[slot]] for slot, n in enumerate(self._counts) if n]
        recent = {one.name: self._recent[one.name] for one in POLLUTANTS if one.name in self._recent}
        return [self._newest, self._from, self._to, self._at, recent, filled, dict(self.held)]

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave."""
        newest, since, until, at, recent, filled, held = state
        for slot, count, total in filled:
            self._counts[slot], self._sums[slot] = count, total
        self._newest, self._from, self._to, self._at = int(newest), int(since), int(until), int(at)
        self._recent, self.held = dict(recent), dict(held)
