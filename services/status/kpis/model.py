"""What an indicator is, and how it is computed, as data. Pure.

Times are ms since epoch UTC, spans ms, shares 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from devices.calendar import Schedule
from devices.model import Domain, Text, Value
from services.status.kpis.forms import Direction
from services.store.timeseries.tallying import Condition, Test

__all__ = [
    "NOTHING",
    "Clause",
    "Computation",
    "Constant",
    "ConstantValue",
    "Daily",
    "Days",
    "Direction",
    "Kpi",
    "LabelSum",
    "Level",
    "Mean",
    "Parts",
    "Percentile",
    "Quantity",
    "Ratio",
    "Readings",
    "Rise",
    "Share",
    "Sum",
    "Term",
    "Time",
    "Total",
    "Weekday",
]


class Parts(NamedTuple):
    """What a day of a zone adds to an indicator: they are simply added up, over days and over zones.

    ``held`` and ``expected`` are hours of slots that hold a reading and of all slots.
    """

    numerator: float = 0.0
    denominator: float = 0.0
    held: float = 0.0
    expected: float = 0.0
    samples: int = 0

    def plus(self, other: Parts) -> Parts:
        """Both together."""
        above, below, held, expected, samples = self
        return Parts(
            above + other[0], below + other[1], held + other[2], expected + other[3], samples + other[4]
        )


NOTHING = Parts()


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition whose limit may be a label of each device; ``values`` then hold what it is by default."""

    metric: str
    test: Test
    values: tuple[Value, ...]
    optional: bool = False
    label: str | None = None

    def of(self, labels: Mapping[str, str]) -> Condition:
        """The condition for a device with these labels."""
        if self.label is None:
            return Condition(self.metric, self.test, self.values, self.optional)
        try:
            limit = float(labels[self.label])
        except (KeyError, ValueError):
            limit = float(self.values[0])
        return Condition(self.metric, self.test, (limit,), self.optional)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of a type, and what of them counts: see :class:`services.store.timeseries.tallying.Tally`."""

    type: str
    given: tuple[Clause, ...] = ()
    met: tuple[Clause, ...] = ()
    value: str | None = None
    decibels: bool = False
    schedule: Schedule | None = None
    by_device: bool = False

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return (*self.given, *self.met)


@dataclass(frozen=True, slots=True)
class Share:
    """Of the time, or of the readings, that are given the share in which the conditions are met.

    ``silence_fails``: slots without a reading count as given, and not met.
    """

    readings: Readings
    by_time: bool = True
    silence_fails: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """How long conditions are met, in units of ``unit`` ms; with ``each`` at the average of the devices."""

    readings: Readings
    unit: int
    each: bool = False


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a metric, by time."""

    readings: Readings


@dataclass(frozen=True, slots=True)
class Daily:
    """The mean of the valid days of devices: of their means, sums or energy means (``agg``: leq)."""

    readings: Readings
    agg: str
    valid: float


@dataclass(frozen=True, slots=True)
class Days:
    """The share of the valid days of devices that keep a limit."""

    day: Daily
    test: Test
    limit: float


@dataclass(frozen=True, slots=True)
class Percentile:
    """The value at this share (0 to 1) of all values of a metric; ``readings`` are all of its type."""

    readings: Readings
    metric: str
    share: float


@dataclass(frozen=True, slots=True)
class Weekday:
    """Sums of valid days against those of the same weekday so many weeks before."""

    readings: Readings
    weeks: int
    valid: float


@dataclass(frozen=True, slots=True)
class Sum:
    """The values of all readings, added."""

    readings: Readings


@dataclass(frozen=True, slots=True)
class Rise:
    """By how much a counter rose; where it falls it began again at 0."""

    readings: Readings


@dataclass(frozen=True, slots=True)
class Level:
    """Values times the hours for which they held."""

    readings: Readings


@dataclass(frozen=True, slots=True)
class LabelSum:
    """The label of each device whose day is valid, times 24 hours."""

    readings: Readings
    label: str
    valid: float


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the city gives."""

    name: str


Quantity: TypeAlias = Sum | Rise | Level | Time | LabelSum | Constant


@dataclass(frozen=True, slots=True)
class Term:
    """A quantity, times a number, and each day times the ``factor`` of that name."""

    what: Quantity
    times: float = 1.0
    factor: str | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A sum over another."""

    of: tuple[Term, ...]
    to: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum; with ``per_day`` that of a day, at the average of the days."""

    of: tuple[Term, ...]
    per_day: bool = False


Computation: TypeAlias = Share | Time | Mean | Days | Daily | Percentile | Weekday | Ratio | Total


class ConstantValue(NamedTuple):
    """A number from a day on: of the city, None when it gives none, and of its zones."""

    since: date
    value: float | None
    zones: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Kpi:
    """An indicator. ``coverage`` None: nothing is expected at certain times.

    ``target`` may be ``falling`` or ``rising``: against the period before. ``definition`` is a digest of
    everything that its values depend on beside the readings.
    """

    id: str
    domain: Domain
    title: Text
    formula: Text
    unit: str
    direction: Direction
    target: float | str | None
    band: tuple[float | None, float | None] | None
    goal: Text | None
    source: str
    verified: bool
    coverage: float | None
    compute: Computation
    constants: Mapping[str, tuple[ConstantValue, ...]] = field(default_factory=dict)
    definition: str = ""

    @property
    def scale(self) -> float:
        """By what a share is multiplied for its unit."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def types(self) -> frozenset[str]:
        """The observation types that it is computed from."""
        return frozenset(one.type for one in readings_of(self.compute))


def terms_of(compute: Computation) -> tuple[Term, ...]:
    """The terms of a ratio or a total; none of anything else."""
    if isinstance(compute, Ratio):
        return (*compute.of, *compute.to)
    return compute.of if isinstance(compute, Total) else ()


def readings_of(compute: Computation) -> Iterator[Readings]:
    """All readings that a computation counts."""
    if isinstance(compute, Ratio | Total):
        yield from _of_terms(terms_of(compute))
    elif isinstance(compute, Days):
        yield compute.day.readings
    else:
        yield compute.readings


def _of_terms(terms: Iterable[Term]) -> Iterator[Readings]:
    for term in terms:
        if not isinstance(term.what, Constant):
            yield term.what.readings


def constants_of(compute: Computation) -> tuple[str, ...]:
    """The names of the constants that a computation needs."""
    return tuple(term.what.name for term in terms_of(compute) if isinstance(term.what, Constant))


def is_aggregated(compute: Computation) -> bool:
    """Whether it is made of nothing but what stores aggregate by days ahead."""
    if isinstance(compute, Ratio | Total):
        return all(isinstance(term.what, Sum | Rise | Constant) for term in terms_of(compute))
    return isinstance(compute, Weekday)
