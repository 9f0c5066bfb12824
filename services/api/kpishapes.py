"""The shapes of answers about KPIs."""

from __future__ import annotations

from typing import Literal

from devices.model import Domain
from services.api.shapes import PageOf, Shape, Text, Time

PeriodName = Literal["day", "week", "month", "quarter", "year"]
KpiState = Literal["met", "missed", "in_band", "out_of_band", "no_target", "not_enough_data"]


class KpiDefinition(Shape):
    """What a KPI says. `source` is where its formula and target come from; `verified`: that was read there.

    `band` is the range in which it should lie.
    """

    id: str
    domain: Domain
    title: Text
    formula: Text
    unit: str
    direction: Literal["up", "down", "band"]
    target: float | None
    band: tuple[float | None, float | None] | None
    source: str
    verified: bool


class KpiPeriod(Shape):
    """A period of the city's calendar: start inclusive, end exclusive."""

    kind: PeriodName
    start: Time
    end: Time


class KpiValue(KpiDefinition):
    """A KPI over a period, in a zone or (null) the whole city.

    `value` is null when there is not enough data; `coverage` is the share of what it should stand on that is
    there. `previous` is the value of the period before, `trend` what has become of it.
    """

    zone: str | None
    period: KpiPeriod
    value: float | None
    state: KpiState
    coverage: float | None
    samples: int
    previous: float | None
    trend: Literal["better", "worse", "same"] | None


class KpiCatalogue(PageOf[KpiDefinition]):
    """Every KPI of the city."""


class KpiValues(PageOf[KpiValue]):
    """KPIs by KPI, zone and period."""
