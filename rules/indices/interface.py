"""What the engine asks of derived metrics, and what they need to know of the city."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

from devices.model import Device, Value, Values
from devices.types import ObservationType
from rules.indices.energy import TimeOfUse
from rules.indices.localtime import LocalClock
from rules.indices.tables import Tables

NOTHING: Values = {}

Step: TypeAlias = Callable[[int, Values, dict[str, Value]], None]
"""What is derived of one reading by itself: it is told the reading, and puts what it finds into the dict."""


class Derived(NamedTuple):
    """What follows from a reading.

    ``values`` is everything derived that holds as of it, ``fresh`` what of that is to be stored with it. Both
    are to be read only: ``values`` may be the same object from one reading to the next.
    """

    values: Values
    fresh: Values


class Derivation(Protocol):
    """What is derived from one type of one device.

    Two that were told the same readings in the same order answer the same, to the last bit, whether one of
    them was saved and loaded in between or not.
    """

    def take(self, time: int, values: Values) -> Derived:
        """A reading that is not older (ms) than any before: what follows from it.

        One of the very time of the newest adds to it, or takes the place of its values.
        """

    def fill(self, time: int, values: Values) -> None:
        """A reading that came late: it takes its place in its hour or day, and tells nothing."""

    def save(self) -> Any:
        """The state, JSON-ready and short."""

    def load(self, state: Any) -> None:
        """Take up a saved state, in one that is new; what it does not know of is left out.

        Raises:
            ValueError, TypeError, KeyError, IndexError, OverflowError: not such a state.
        """


def no_holidays(_day: date) -> bool:
    """A calendar without holidays."""
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """What indices know of the city.

    Keep one for all devices, as long as nothing of it changes. ``catalog`` holds the city's types: a derived
    metric gives way to a measured one of its name, and is left out where its inputs are in another unit. A
    type that is not in it is taken to be as in Nakhon's own catalogue.
    """

    clock: LocalClock
    tables: Tables
    tariff: TimeOfUse
    catalog: Mapping[str, ObservationType] = field(default_factory=dict)
    shared: dict[str, Step | None] = field(default_factory=dict, repr=False, compare=False)
    """Steps that are the same for every device, once made."""

    @classmethod
    def of(
        cls,
        timezone: str,
        *,
        tables: Tables | None = None,
        tariff_holiday: Callable[[date], bool] = no_holidays,
        catalog: Mapping[str, ObservationType] | None = None,
    ) -> Self:
        """Of a city's time zone (an IANA name); Nakhon's own tables, read from files, when none are given.

        ``tariff_holiday`` says on which days electricity is off-peak all day: it is
        :meth:`devices.calendar.Holidays.counts_for_tou`.
        """
        tables = tables or Tables.of()
        tariff = TimeOfUse(tables.energy.time_of_use, tariff_holiday)
        return cls(LocalClock(timezone), tables, tariff, catalog or {})


@dataclass(frozen=True, slots=True)
class Site:
    """Where something is derived: a device, and its city."""

    device: Device
    context: Context

    def number(self, label: str) -> float | None:
        """What a label says, when it is a number; None when it is not there or none."""
        try:
            number = float(self.device.labels.get(label, ""))
        except ValueError:
            return None
        return number if abs(number) < 1e9 else None

    def positive(self, label: str) -> float | None:
        """What a label says, when it is a number above 0."""
        number = self.number(label)
        return number if number is not None and number > 0 else None


class Part(Protocol):
    """What is derived of several readings: one part of the state of a :class:`Derivation`."""

    held: Values
    """What holds until it says otherwise. It is replaced, never changed."""

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        """As :meth:`Derivation.take`, putting into ``fresh`` what is to be stored; True: ``held`` is new."""

    def fill(self, time: int, values: Values) -> None:
        """As :meth:`Derivation.fill`."""

    def save(self) -> Any:
        """As :meth:`Derivation.save`."""

    def load(self, state: Any) -> None:
        """As :meth:`Derivation.load`."""


def number_of(values: Values, name: str) -> float | None:
    """A measured number; None where it was not measured, or is no number."""
    value = values.get(name)
    return value if value.__class__ is float else None
