"""The devices that an indicator counts: how many readings are expected of them, and by which limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devices.calendar import Schedule
from devices.model import Device
from services.status.kpis.model import Readings
from services.status.kpis.periods import Day
from services.store.timeseries.tallying import Condition, Span


@dataclass(frozen=True, slots=True)
class Group:
    """Devices that report as often as each other and have the same limits.

    ``names`` is empty when the group is all there are: then also readings of devices that are no longer
    registered count.
    """

    interval: int
    zones: Mapping[str, int]
    given: tuple[Condition, ...]
    met: tuple[Condition, ...]
    names: tuple[str, ...]


def groups(devices: Iterable[Device], readings: Readings, default: int) -> list[Group]:
    """The groups of the devices that send a type; with none, one that expects nothing (``default``: ms)."""
    found: dict[tuple[int, tuple[Condition, ...], tuple[Condition, ...]], list[Device]] = {}
    for device in devices:
        if device.enabled and readings.type in device.types:
            given, met = (
                tuple(clause.of(device.labels) for clause in clauses)
                for clauses in (readings.given, readings.met)
            )
            found.setdefault((device.interval, given, met), []).append(device)
    if not found:
        plain = [tuple(clause.of({}) for clause in side) for side in (readings.given, readings.met)]
        return [Group(default, {}, plain[0], plain[1], ())]
    return [
        Group(
            interval,
            Counter(device.zone for device in members),
            given,
            met,
            () if len(found) == 1 else tuple(sorted(device.id for device in members)),
        )
        for (interval, given, met), members in found.items()
    ]


def open_spans(schedule: Schedule, start: int, end: int) -> tuple[Span, ...]:
    """The stretches of [start, end) in which a schedule is open."""
    spans: list[Span] = []
    at = start
    while at < end:
        change = schedule.next_change(at)
        until = end if change is None else min(change, end)
        if schedule.open(at):
            spans.append((at, until))
        at = until
    return tuple(spans)


def open_time(spans: Iterable[Span], day: Day) -> int:
    """How much (ms) of the part of a day that has passed lies in spans."""
    cut = ((max(first, day.start), min(last, day.until)) for first, last in spans)
    return sum(last - first for first, last in cut if first < last)
