"""What rule files may speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from devices.calendar.holidays import Holidays
from devices.city import CityFolder
from devices.model import City
from devices.types import Metric, ObservationType
from rules.indices import Tables, derived_metrics


@lru_cache(maxsize=1)
def _thailand() -> Holidays:
    return Holidays.thailand()


@lru_cache(maxsize=1)
def _tables() -> Tables:
    return Tables.of()


@dataclass(frozen=True, slots=True)
class Context:
    """The city's types, the city, its holidays, and the limits of what is derived.

    Without a city its zones and services are not checked, and schedules follow the clock of Bangkok.
    """

    catalog: Mapping[str, ObservationType] = field(default_factory=dict)
    city: City | None = None
    holidays: Holidays = field(default_factory=_thailand)
    tables: Tables = field(default_factory=_tables)

    @classmethod
    def of(cls, folder: CityFolder) -> Self:
        """What a city's folder says.

        Raises:
            ProblemsError: all that is wrong with its files of indices.
        """
        holidays = _thailand() if folder.holidays is None else Holidays.of(folder.holidays)
        tables = Tables.of(folder.indices) if folder.indices else _tables()
        return cls(folder.catalog, folder.city, holidays, tables)

    @property
    def timezone(self) -> str:
        """The IANA name of the city's."""
        return self.city.timezone if self.city is not None else "Asia/Bangkok"

    def metrics(self, on: ObservationType) -> Mapping[str, Metric]:
        """The metrics of a type that rules may look at: measured, and derived from them."""
        return {**on.metrics, **derived_metrics(on)}
