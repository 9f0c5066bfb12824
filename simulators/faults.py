"""What goes wrong in a simulated city: faults, whom they strike, when, and what they do to a reading."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from devices.model import Device, Value, Values
from devices.types import ObservationType
from simulators.noise import Noise

FOREVER = 1 << 62
"""A moment that does not come: the end of a fault without a duration."""


class FaultKind(StrEnum):
    """What a fault does to its devices.

    ``silent``: nothing is sent. ``offline``: the connection is lost, the last will is published.
    ``stuck``: the values stay as they were. ``set``: values are what the fault says, allowed or not.
    ``offset``: amounts are added at once, ``drift``: little by little, ``episode``: they rise, stay and
    fall again. ``garbage``: what is sent is no payload.
    """

    SILENT = "silent"
    OFFLINE = "offline"
    STUCK = "stuck"
    SET = "set"
    OFFSET = "offset"
    DRIFT = "drift"
    EPISODE = "episode"
    GARBAGE = "garbage"


def labelled(device: Device, labels: Mapping[str, str]) -> bool:
    """Whether the device has all of these labels."""
    return all(device.labels.get(key) == value for key, value in labels.items())


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a fault may strike: devices that are all of this; an empty tuple does not limit.

    Of their zones ``pick_zones`` are drawn, then of the devices left ``pick``; None strikes them all.
    """

    devices: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pick: int | None = None
    pick_zones: int | None = None

    def matches(self, device: Device) -> bool:
        """Whether the device is one of those described, before any draw."""
        return (
            (not self.devices or any(fnmatchcase(device.id, pattern) for pattern in self.devices))
            and (not self.types or not set(self.types).isdisjoint(device.types))
            and (not self.zones or device.zone in self.zones)
            and (not self.domains or device.domain.value in self.domains)
            and labelled(device, self.labels)
        )

    def draw(self, devices: Iterable[Device], noise: Noise, key: str, number: int) -> tuple[Device, ...]:
        """The devices that the fault strikes the ``number``-th time (0-based), in the city's order."""
        able = [device for device in devices if self.matches(device)]
        if self.pick_zones is not None:
            zones = sorted({device.zone for device in able})
            drawn = set(_drawn(zones, self.pick_zones, noise, f"{key}/zone", number))
            able = [device for device in able if device.zone in drawn]
        if self.pick is None:
            return tuple(able)
        ids = set(_drawn([device.id for device in able], self.pick, noise, f"{key}/device", number))
        return tuple(device for device in able if device.id in ids)


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that a fault should raise, ``deadline`` seconds after it began; about a device or a zone.

    ``labels`` narrow it down to those of the struck devices that have them all.
    """

    rule: str
    deadline: float
    of: str = "device"
    labels: Mapping[str, str] = field(default_factory=dict)

    def concerns(self, device: Device) -> bool:
        """Whether the alert is to be expected when this device is struck."""
        return labelled(device, self.labels)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a scenario. Spans are ms; ``start`` counts from the start of the scenario.

    It comes again ``every`` span, up to ``jitter`` later; once only when ``every`` is None. ``add`` and
    ``scale`` (factors) move metrics, ``values`` replace them.
    """

    id: str
    kind: FaultKind
    target: Target
    start: int
    duration: int | None = None
    every: int | None = None
    jitter: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, float] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    truth: tuple[Expected, ...] = ()

    @property
    def speaks(self) -> bool:
        """Whether its devices report the change at once instead of at their next interval."""
        return self.kind is FaultKind.SET

    @property
    def mute(self) -> bool:
        """Whether its devices send nothing."""
        return self.kind in {FaultKind.SILENT, FaultKind.OFFLINE}

    def begins(self, number: int, begin: int, noise: Noise) -> int | None:
        """When it strikes the ``number``-th time, ``begin`` being the start of the scenario."""
        if number and self.every is None:
            return None
        late = round(self.jitter * noise.uniform(f"{self.id}/start", number)) if number else 0
        return begin + self.start + number * (self.every or 0) + late


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a fault strikes: from ``start`` until before ``end`` (ms), these devices."""

    fault: Fault
    number: int
    start: int
    end: int
    devices: tuple[Device, ...]

    def active(self, time: int) -> bool:
        return self.start <= time < self.end

    def force(self, time: int) -> float:
        """How much of what it adds is there at ``time``, 0 to 1."""
        span = min(self.end, self.start + 86_400_000) - self.start
        share = min(1.0, (time - self.start) / span)
        if self.fault.kind is FaultKind.DRIFT:
            return share
        if self.fault.kind is FaultKind.EPISODE:
            edge = min(share, 1 - share) / 0.25
            return 1.0 if edge >= 1 else (1 - math.cos(math.pi * edge)) / 2
        return 1.0


def distorted(
    sample: Callable[[int], Values], time: int, kind: ObservationType, struck: Sequence[Occurrence]
) -> dict[str, Value]:
    """The values of a device at ``time`` as its faults leave them; ``sample`` gives the true ones."""
    active = [occurrence for occurrence in struck if occurrence.active(time)]
    stuck = next((o.start for o in active if o.fault.kind is FaultKind.STUCK), time)
    values = dict(sample(stuck))
    for occurrence in active:
        _move(values, occurrence, kind, time)
        values |= {name: v for name, v in occurrence.fault.values.items() if name in kind.metrics}
    return values


def _move(values: dict[str, Value], occurrence: Occurrence, kind: ObservationType, time: int) -> None:
    """Add and scale, within the ranges of the type: a sensor saturates, it does not report nonsense."""
    fault, force = occurrence.fault, occurrence.force(time)
    for name in fault.add.keys() | fault.scale.keys():
        value, metric = values.get(name), kind.metrics.get(name)
        if metric is None or not isinstance(value, float):
            continue
        moved = value * (1 + (fault.scale.get(name, 1.0) - 1) * force) + fault.add.get(name, 0.0) * force
        low, high = metric.range or (-math.inf, math.inf)
        values[name] = round(min(high, max(low, moved)), 3)


def _drawn(names: Sequence[str], count: int, noise: Noise, key: str, number: int) -> Sequence[str]:
    """``count`` of the names, another choice for each number."""
    return sorted(names, key=lambda name: noise.uniform(f"{key}/{name}", number))[:count]


_NOISES = (
    b'{"ts": 1763701200000, "values": {"pm25": 12.',
    b"\x00\xff\xfe\x7f binary \x80\x81",
    b'{"values": {"pm25": NaN}}',
    b"ERR 17: sensor bus timeout",
    b"",
)


def garbage(noise: Noise, device: str, time: int) -> bytes:
    """What a broken device sends instead of a payload."""
    return _NOISES[int(noise.uniform(f"{device}/garbage", time) * len(_NOISES))]
