"""The readings around alerts, gathered in a second pass and thinned out so that a chart can draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from devices.model import Device, Observation, Value
from rules.backtest.alerts import Alert
from rules.ruleset import Rule

Point = tuple[int, float]

_MARGIN = 0.25
_LEAST = 12
_MOST_DEVICES = 8


@dataclass(slots=True)
class Surroundings:
    """An alert and the readings of its metric from somewhat before it to somewhat after, by device."""

    alert: Alert
    rule: Rule
    start: int
    end: int
    lines: dict[str, list[Point]] = field(default_factory=dict)


def surroundings(alert: Alert, rule: Rule, interval: int, until: int) -> Surroundings:
    """Where to look for an alert's readings. ``interval`` is that of its devices, ``until`` the end (ms)."""
    over = until if alert.ends_at is None else alert.ends_at
    margin = max(round((over - alert.starts_at) * _MARGIN), _LEAST * interval)
    return Surroundings(alert, rule, alert.starts_at - margin, over + margin)


def gather(
    wanted: Iterable[Surroundings],
    devices: Iterable[Device],
    readings: Iterable[Sequence[Observation]],
    most: int = 400,
) -> None:
    """Fill the lines of what is ``wanted`` from ``readings``, at most ``most`` points each.

    An alert of a device has that device's line, one of a zone or service those of its first devices.
    """
    places = [one for one in wanted if one.rule.metric is not None]
    by_feed = _by_feed(places, devices)
    first = min((one.start for one in places), default=0)
    last = max((one.end for one in places), default=-1)
    for batch in readings:
        if not batch or batch[-1].time < first:
            continue
        if batch[0].time > last:
            break
        for observation in batch:
            for one in by_feed.get((observation.device, observation.type), ()):
                _note(one, observation)
    for one in places:
        one.lines = {device: thinned(points, most) for device, points in one.lines.items()}


def _by_feed(
    places: Iterable[Surroundings], devices: Iterable[Device]
) -> dict[tuple[str, str], list[Surroundings]]:
    """What is wanted of each device and type."""
    known = list(devices)
    found: dict[tuple[str, str], list[Surroundings]] = {}
    for one in places:
        about = one.alert.subject
        members = [
            d for d in known if d.zone == about.zone and about.device in (None, d.id) and _sends(d, one)
        ]
        for device in members[:_MOST_DEVICES]:
            for kind in device.types:
                if one.rule.on in (None, kind):
                    found.setdefault((device.id, kind), []).append(one)
    return found


def _sends(device: Device, one: Surroundings) -> bool:
    return (one.rule.on is None or one.rule.on in device.types) and one.rule.where.matches(
        device, one.alert.subject.service or device.service
    )


def _note(one: Surroundings, observation: Observation) -> None:
    if not one.start <= observation.time <= one.end:
        return
    value = number(observation.values.get(one.rule.metric or ""))
    if value is not None:
        one.lines.setdefault(observation.device, []).append((observation.time, value))


def number(value: Value | None) -> float | None:
    """A value as a chart draws it: true is 1, a text nothing."""
    return float(value) if isinstance(value, float | bool) else None


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most ``most`` points that look the same: of each stretch its least and its greatest value."""
    if len(points) <= most:
        return list(points)
    buckets = max(1, (most - 2) // 2)
    inner = points[1:-1]
    kept = [points[0]]
    for place in range(buckets):
        part = inner[place * len(inner) // buckets : (place + 1) * len(inner) // buckets]
        if part:
            extremes = {min(part, key=_value), max(part, key=_value)}
            kept += sorted(extremes)
    return [*kept, points[-1]]


def _value(point: Point) -> float:
    return point[1]
