"""Counting readings that satisfy conditions: what is asked, what is answered, and the plain way to count.

A slot is a stretch of a device's day as long as the interval at which it is expected to report. However many
readings it holds, it weighs one: each of n readings in a slot weighs 1/n. So a device that reports more often
than it has to does not outweigh the others, and shares of slots are shares of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from devices.model import Observation, Value, Values

Span: TypeAlias = tuple[int, int]
"""[first, last) in ms."""


class Test(StrEnum):
    """How a value is compared. ``among`` and ``not_among`` take any values, the others one number."""

    __test__ = False  # no test case, whatever pytest makes of the name

    AT_LEAST = "at_least"
    ABOVE = "above"
    AT_MOST = "at_most"
    BELOW = "below"
    AMONG = "among"
    NOT_AMONG = "not_among"


@dataclass(frozen=True, slots=True)
class Condition:
    """A metric of a reading compares so with ``values``.

    A value of another kind (a text where a number is asked for) satisfies ``not_among`` only. A reading
    without the metric satisfies the condition if that is ``optional``, else it does not.
    """

    metric: str
    test: Test
    values: tuple[Value, ...]
    optional: bool = False

    def holds(self, values: Values) -> bool:
        """Whether a reading with these values satisfies it."""
        value = values.get(self.metric)
        if value is None:
            return self.optional
        if self.test in (Test.AMONG, Test.NOT_AMONG):
            found = any(type(one) is type(value) and one == value for one in self.values)
            return found is (self.test is Test.AMONG)
        limit = self.values[0]
        if not isinstance(value, float) or not isinstance(limit, float):
            return False
        return _COMPARED[self.test](value, limit)


_COMPARED: Mapping[Test, Callable[[float, float], bool]] = {
    Test.AT_LEAST: lambda value, limit: value >= limit,
    Test.ABOVE: lambda value, limit: value > limit,
    Test.AT_MOST: lambda value, limit: value <= limit,
    Test.BELOW: lambda value, limit: value < limit,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What to count of the readings that have any of the metrics named here, or of all when it names none.

    ``given`` are conditions that all must hold for a reading to count, ``met`` those that all must hold
    besides; with ``value`` (a metric that is a number) it must have that one, too, which is summed up: as it
    is, or as the energy that a level in decibels stands for, 10^(value / 10). ``slot`` is in ms. ``within``
    are spans apart and in order outside of which nothing counts; none: everything does.
    """

    slot: int
    given: tuple[Condition, ...] = ()
    met: tuple[Condition, ...] = ()
    value: str | None = None
    decibels: bool = False
    within: tuple[Span, ...] = ()
    by_device: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        """All metrics that it names, each once."""
        named = [one.metric for one in (*self.given, *self.met)]
        return tuple(dict.fromkeys([*named, *([self.value] if self.value else [])]))


class Tallied(NamedTuple):
    """Of one local day, zone and, when asked for, device: ``time`` is the day's start.

    ``devices`` and ``slots`` are how many hold a reading that has any of the metrics, ``readings`` how many
    such readings there are. Of these, ``given`` and ``met`` count those that satisfy the conditions, and
    ``given_slots``, ``met_slots`` and ``total`` (of the values) weigh each by its share of its slot.
    """

    time: int
    zone: str
    device: str | None
    devices: int
    slots: int
    readings: int
    given: int
    met: int
    given_slots: float
    met_slots: float
    total: float


class Quantiles(NamedTuple):
    """Values below which these shares of all ``size`` values lie; of a zone, or (None) of all of them."""

    zone: str | None
    values: tuple[float, ...]
    size: int


@dataclass(slots=True)
class _Slot:
    """The slot of a device that is being counted."""

    key: tuple[int, int]
    readings: int = 0
    given: int = 0
    met: int = 0
    total: float = 0.0


@dataclass(slots=True)
class _Sum:
    """What slots that are over come to."""

    devices: set[str] = field(default_factory=set)
    slots: int = 0
    readings: int = 0
    given: int = 0
    met: int = 0
    given_slots: float = 0.0
    met_slots: float = 0.0
    total: float = 0.0

    def add(self, device: str, slot: _Slot) -> None:
        self.devices.add(device)
        self.slots += 1
        self.readings += slot.readings
        self.given += slot.given
        self.met += slot.met
        self.given_slots += slot.given / slot.readings
        self.met_slots += slot.met / slot.readings
        self.total += slot.total / slot.readings


class Counting:
    """Counts readings one by one; what it keeps grows with the devices, not with the readings.

    ``day_of`` gives the start of the local day that a moment lies in. The readings of a device must come in
    order of time, each once and whole.
    """

    def __init__(self, tally: Tally, day_of: Callable[[int], int]) -> None:
        self._tally, self._day_of = tally, day_of
        self._open: dict[tuple[str, str], _Slot] = {}
        self._sums: dict[tuple[int, str, str], _Sum] = defaultdict(_Sum)

    def take(self, readings: Iterable[Observation]) -> None:
        """Count these."""
        metrics = self._tally.metrics
        for one in readings:
            if not metrics or any(metric in one.values for metric in metrics):
                self._take(one)

    def found(self) -> list[Tallied]:
        """What was counted, by (time, zone, device)."""
        for (zone, device), slot in self._open.items():
            self._fold(zone, device, slot)
        self._open.clear()
        return [
            Tallied(
                day,
                zone,
                device or None,
                len(one.devices),
                *(one.slots, one.readings, one.given, one.met),
                *(one.given_slots, one.met_slots, one.total),
            )
            for (day, zone, device), one in sorted(self._sums.items())
        ]

    def _take(self, one: Observation) -> None:
        tally, values = self._tally, one.values
        slot = self._slot(one)
        slot.readings += 1
        if not all(condition.holds(values) for condition in tally.given):
            return
        slot.given += 1
        number = values.get(tally.value) if tally.value else 0.0
        if isinstance(number, float) and all(condition.holds(values) for condition in tally.met):
            slot.met += 1
            slot.total += 10.0 ** (number / 10.0) if tally.decibels else number

    def _slot(self, one: Observation) -> _Slot:
        day = self._day_of(one.time)
        key = (day, (one.time - day) // self._tally.slot)
        owner = (one.zone, one.device)
        slot = self._open.get(owner)
        if slot is None or slot.key != key:
            if slot is not None:
                self._fold(*owner, slot)
            slot = self._open[owner] = _Slot(key)
        return slot

    def _fold(self, zone: str, device: str, slot: _Slot) -> None:
        whose = device if self._tally.by_device else ""
        self._sums[slot.key[0], zone, whose].add(device, slot)


def quantiles_of(by_zone: Mapping[str, Sequence[float]], shares: Sequence[float]) -> list[Quantiles]:
    """The quantiles of all values, then of each zone's; nothing of nothing."""
    everything = [value for values in by_zone.values() for value in values]
    owners: list[tuple[str | None, Sequence[float]]] = [(None, everything), *sorted(by_zone.items())]
    found = []
    for zone, values in owners:
        if ordered := sorted(values):
            found.append(Quantiles(zone, tuple(quantile(ordered, share) for share in shares), len(ordered)))
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value at ``share`` (0 to 1) of values in order, between two of them in proportion.

    Hyndman & Fan's definition 7, as DuckDB's ``quantile_cont`` and NumPy have it.
    """
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
