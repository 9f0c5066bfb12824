"""The arithmetic of parts: rows of the store as what they add, by day and zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log10
from typing import TypeAlias

from services.status.kpis.fleet import Group, open_time
from services.status.kpis.model import (
    Daily,
    Days,
    Level,
    Mean,
    Parts,
    Percentile,
    Share,
    Time,
)
from services.status.kpis.periods import Day
from services.store.timeseries.tallying import Span, Tallied, Test

HOUR = 3_600_000
ByZone: TypeAlias = dict[str, Parts]
ByDay: TypeAlias = dict[int, ByZone]
"""Parts by the start of a day and by zone."""

BySlot: TypeAlias = Share | Time | Mean | Percentile | Level
"""What is counted slot by slot."""

_COMPARED: Mapping[Test, Callable[[float, float], bool]] = {
    Test.AT_LEAST: lambda value, limit: value >= limit,
    Test.ABOVE: lambda value, limit: value > limit,
    Test.AT_MOST: lambda value, limit: value <= limit,
    Test.BELOW: lambda value, limit: value < limit,
}


def add(into: ByDay, day: int, zone: str, parts: Parts) -> None:
    """Add parts to those of a day and zone."""
    zones = into[day]
    before = zones.get(zone)
    zones[zone] = parts if before is None else before.plus(parts)


def expect(into: ByDay, group: Group, days: Sequence[Day], spans: Sequence[Span]) -> None:
    """Add what a group of devices is expected to send."""
    for day in days:
        hours = open_time(spans, day) / HOUR
        for zone, devices in group.zones.items():
            add(into, day.start, zone, Parts(0.0, 0.0, 0.0, hours * devices, 0))


def cap(into: ByDay) -> None:
    """Where readings were counted, and no slots, more than expected are no more than expected."""
    for zones in into.values():
        for zone, parts in zones.items():
            if 0 < parts.expected < parts.held:
                zones[zone] = parts._replace(held=parts.expected)


def of_row(compute: BySlot, row: Tallied, hours: float) -> tuple[float, float]:
    """What a row adds above and below the line; a slot is so many ``hours`` long."""
    if isinstance(compute, Share):
        by_time = (row.met_slots * hours, row.given_slots * hours)
        return by_time if compute.by_time else (float(row.met), float(row.given))
    if isinstance(compute, Time):
        units = hours * HOUR / compute.unit
        return row.met_slots * units, row.given_slots * units
    if isinstance(compute, Percentile):
        return 0.0, 0.0
    return row.total * hours, row.met_slots * hours


def of_day(compute: Days | Daily, row: Tallied) -> float:
    """What the valid day of a device adds above the line."""
    if isinstance(compute, Days):
        value = of_day(compute.day, row)
        return float(_COMPARED[compute.test](round(value, 9), compute.limit))
    if compute.agg == "sum":
        return row.total
    mean = row.total / row.met_slots
    return 10.0 * log10(mean) if compute.readings.decibels else mean


def number(text: str | None) -> float:
    """A label as a number; 0 when it is none."""
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0
