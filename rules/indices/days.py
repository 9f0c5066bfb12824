"""What is summed over a part of the day: rain from 07:00, demand by quarter hours, the sun's day, emissions.

Late readings change a sum where it is still kept; what goes from one reading to the next (solar, emissions)
has been counted by the reading after them.
"""

from __future__ import annotations

from typing import Any

from devices.model import Value, Values
from rules.indices.energy import EmissionFactors, SolarForm, TimeOfUse, performance_ratio
from rules.indices.interface import NOTHING, number_of
from rules.indices.localtime import DAY, LocalClock, date_of
from rules.indices.water import Water

_MICRO = 1_000_000
_MINUTE = 60_000
_QUARTER = 15 * _MINUTE
_NEVER = -(1 << 62)
_MOST = 1e9  # what is beyond counts as this much: sums stay whole numbers of 64 bits


def _micro(value: float) -> int:
    return round(max(-_MOST, min(_MOST, value)) * _MICRO)


class Total:
    """A mean or a sum over one span of time, exact in any order, that knows its newest reading."""

    __slots__ = ("_at", "_last", "count", "span", "sum")

    def __init__(self) -> None:
        self.span = self._at = _NEVER
        self.sum = self.count = self._last = 0

    def add(self, span: int, time: int, value: float) -> None:
        """A reading; of the newest one's time it takes its place."""
        micro = _micro(value)
        if span != self.span:
            self.span, self.sum, self.count, self._at = span, 0, 0, _NEVER
        if time == self._at:
            self.sum -= self._last
            self.count -= 1
        self.sum += micro
        self.count += 1
        self._at, self._last = time, micro

    def fill(self, span: int, value: float) -> bool:
        """A late reading: False when its span is not this one."""
        if span != self.span:
            return False
        self.sum += _micro(value)
        self.count += 1
        return True

    @property
    def total(self) -> float:
        return self.sum / _MICRO

    def save(self) -> list[int]:
        return [self.span, self.sum, self.count, self._at, self._last]

    def load(self, state: Any) -> None:
        self.span, self.sum, self.count, self._at, self._last = map(int, state)


class RainDay:
    """Rain since the day of rain began. A reading at its first moment ends the day before."""

    __slots__ = ("_clock", "_total", "_water", "held")

    def __init__(self, clock: LocalClock, water: Water) -> None:
        self._clock = clock
        self._water = water
        self._total = Total()
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        fallen = number_of(values, "precipitation")
        day = self._day(time)
        if fallen is None:
            if day == self._total.span or not self.held:
                return False
            self.held = NOTHING
            return True
        self._total.add(day, time, fallen)
        rain = round(self._total.total, 4)
        held = {"rain24h": rain, "rainLevel": float(self._water.rain(rain).level)}
        fresh.update(held)
        self.held = held
        return True

    def fill(self, time: int, values: Values) -> None:
        fallen = number_of(values, "precipitation")
        if fallen is not None:
            self._total.fill(self._day(time), fallen)

    def _day(self, time: int) -> int:
        return (self._clock.wall(time) - 1 - self._water.rain_day_starts * _MINUTE) // DAY

    def save(self) -> Any:
        return [self._total.save(), dict(self.held)]

    def load(self, state: Any) -> None:
        total, held = state
        self._total.load(total)
        self.held = dict(held)


class Demand:
    """The mean power (kW) of the newest completed quarter of an hour, (hh:00, hh:15] and so on."""

    __slots__ = ("_clock", "_complete", "_from", "_metric", "_running", "_to", "held")

    def __init__(self, clock: LocalClock, metric: str) -> None:
        self._clock = clock
        self._metric = metric
        self._running = Total()
        self._complete = Total()
        self._from = self._to = _NEVER
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        power = number_of(values, self._metric)
        if self._from < time < self._to:
            if power is not None:
                self._running.add(self._running.span, time, power)
            return False
        quarter = self._quarter(time)
        if quarter > self._running.span:
            self._begin(quarter)
        if power is not None:
            (self._running if quarter == self._running.span else self._complete).add(quarter, time, power)
        self._tell(time, fresh)
        return True

    def _begin(self, quarter: int) -> None:
        self._complete, self._running = self._running, Total()
        self._running.span = quarter

    def _tell(self, time: int, fresh: dict[str, Value]) -> None:
        """Tell of the quarter of an hour that is complete by now."""
        self._from = time - self._past(time)
        self._to = self._from + _QUARTER
        quarter = self._quarter(self._to)
        if quarter > self._running.span:
            self._begin(quarter)
        done = self._complete
        known = done.span == quarter - 1 and done.count
        self.held = {"demand15m": round(done.total / done.count, 4)} if known else NOTHING
        fresh.update(self.held)

    def _past(self, time: int) -> int:
        """Since the last full quarter of an hour, ms."""
        return (time + self._clock.offset(time)) % _QUARTER

    def fill(self, time: int, values: Values) -> None:
        power = number_of(values, self._metric)
        if power is not None:
            quarter = self._quarter(time)
            if not self._running.fill(quarter, power):
                self._complete.fill(quarter, power)

    def _quarter(self, time: int) -> int:
        """The number of the quarter of an hour that a time ends or lies in."""
        return (time + self._clock.offset(time) % _QUARTER - 1) // _QUARTER

    def save(self) -> Any:
        return [self._running.save(), self._complete.save(), self._from, self._to, dict(self.held)]

    def load(self, state: Any) -> None:
        running, complete, since, until, held = state
        self._running.load(running)
        self._complete.load(complete)
        self._from, self._to, self.held = int(since), int(until), dict(held)


class TariffPeriod:
    """The period of the tariff; stored when it changes."""

    __slots__ = ("_clock", "_tariff", "held")

    def __init__(self, clock: LocalClock, tariff: TimeOfUse) -> None:
        self._clock = clock
        self._tariff = tariff
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:  # noqa: ARG002
        period = self._tariff.period(self._clock.wall(time)).value
        if self.held.get("touPeriod") == period:
            return False
        self.held = {"touPeriod": period}
        fresh["touPeriod"] = period
        return True

    def fill(self, time: int, values: Values) -> None:
        """Nothing of it depends on readings."""

    def save(self) -> Any:
        return dict(self.held)

    def load(self, state: Any) -> None:
        self.held = dict(state)


class SolarDay:
    """Energy over irradiation since midnight, both by trapezoids between readings that have both."""

    __slots__ = ("_before", "_clock", "_day", "_form", "_newest", "_rated", "_sums", "held")

    def __init__(self, clock: LocalClock, form: SolarForm, rated: float) -> None:
        self._clock = clock
        self._form = form
        self._rated = rated
        self._day = _NEVER
        self._before: tuple[int, float, float] | None = None
        self._newest: tuple[int, float, float] | None = None
        self._sums = (0.0, 0.0)  # kWh and kWh/m², up to and including `_before`
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        day = self._clock.wall(time) // DAY
        began = day != self._day
        if began:
            self._day, self._before, self._newest, self._sums = day, None, None, (0.0, 0.0)
        power, light = number_of(values, "activePower"), number_of(values, "irradiance")
        if power is not None and light is not None:
            self._move((time, power, light))
        energy, irradiation = self._with(self._newest)
        if irradiation < self._form.least_irradiation:
            changed = bool(self.held)
            self.held = NOTHING
            return changed
        ratio = round(performance_ratio(energy, self._rated, irradiation), 4)
        self.held = {"performanceRatioDay": ratio}
        fresh.update(self.held)
        return True

    def _move(self, point: tuple[int, float, float]) -> None:
        if self._newest is not None and self._newest[0] != point[0]:
            self._sums = self._with(self._newest)
            self._before = self._newest
        self._newest = point

    def _with(self, point: tuple[int, float, float] | None) -> tuple[float, float]:
        """The sums with the stretch from the reading before to this one."""
        before, sums = self._before, self._sums
        if before is None or point is None or point[0] - before[0] > self._form.longest_gap:
            return sums
        hours = (point[0] - before[0]) / 3_600_000
        energy = (before[1] + point[1]) / 2 * hours
        return sums[0] + energy, sums[1] + (before[2] + point[2]) / 2 * hours / 1000.0

    def fill(self, time: int, values: Values) -> None:
        """A late reading is left out: the trapezoid over it is in the sums already."""

    def save(self) -> Any:
        return [self._day, self._before, self._newest, self._sums, dict(self.held)]

    def load(self, state: Any) -> None:
        day, before, newest, sums, held = state
        self._day, self.held = int(day), dict(held)
        self._before, self._newest = _point(before), _point(newest)
        self._sums = float(sums[0]), float(sums[1])


def _point(saved: Any) -> tuple[int, float, float] | None:
    return None if saved is None else (int(saved[0]), float(saved[1]), float(saved[2]))


class Carbon:
    """Emissions of the energy that a counter counted since the reading before, kg CO2e.

    A counter that falls began again from 0. The first reading tells nothing.
    """

    __slots__ = ("_at", "_before", "_clock", "_factors", "_metric", "_newest", "held")

    def __init__(self, clock: LocalClock, factors: EmissionFactors, metric: str) -> None:
        self._clock = clock
        self._factors = factors
        self._metric = metric
        self._at = _NEVER
        self._before: float | None = None
        self._newest: float | None = None
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        counted = number_of(values, self._metric)
        if counted is None:
            return False
        if time != self._at:
            self._at, self._before = time, self._newest
        self._newest = counted
        if self._before is not None:
            used = counted - self._before if counted >= self._before else counted
            factor = self._factors.on(date_of(self._clock.wall(time))).scope2
            fresh["co2e"] = round(used * factor, 6)
        return False

    def fill(self, time: int, values: Values) -> None:
        """A late reading is left out: the rise over it has been counted."""

    def save(self) -> Any:
        return [self._at, self._before, self._newest]

    def load(self, state: Any) -> None:
        at, before, newest = state
        self._at = int(at)
        self._before = None if before is None else float(before)
        self._newest = None if newest is None else float(newest)
