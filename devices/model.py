"""The words that the whole system is written in: city, zone, smart service, device, observation.

Times are integer milliseconds since 1970-01-01 UTC, spans integer milliseconds, positions
``(longitude, latitude)`` in degrees (WGS 84).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Value: TypeAlias = float | str | bool
Values: TypeAlias = Mapping[str, Value]
Position: TypeAlias = tuple[float, float]


class Domain(StrEnum):
    """The seven domains in which Thailand certifies smart cities, in their official order."""

    ENVIRONMENT = "environment"
    MOBILITY = "mobility"
    ENERGY = "energy"
    LIVING = "living"
    PEOPLE = "people"
    GOVERNANCE = "governance"
    ECONOMY = "economy"


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people, in both languages of the city."""

    en: str
    th: str

    def as_dict(self) -> dict[str, str]:
        return {"en": self.en, "th": self.th}


DOMAIN_TITLES: Mapping[Domain, Text] = {
    Domain.ENVIRONMENT: Text("Smart Environment", "สิ่งแวดล้อมอัจฉริยะ"),
    Domain.MOBILITY: Text("Smart Mobility", "การเดินทางและขนส่งอัจฉริยะ"),
    Domain.ENERGY: Text("Smart Energy", "พลังงานอัจฉริยะ"),
    Domain.LIVING: Text("Smart Living", "การดำรงชีวิตอัจฉริยะ"),
    Domain.PEOPLE: Text("Smart People", "พลเมืองอัจฉริยะ"),
    Domain.GOVERNANCE: Text("Smart Governance", "การบริหารภาครัฐอัจฉริยะ"),
    Domain.ECONOMY: Text("Smart Economy", "เศรษฐกิจอัจฉริยะ"),
}


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of the city, and the unit of partition: no rule looks across two zones.

    Exactly one of ``polygons`` (outer rings of GeoJSON positions) and ``center`` with ``radius`` (metres)
    is set.
    """

    id: str
    name: Text
    polygons: tuple[tuple[Position, ...], ...] = ()
    center: Position | None = None
    radius: float | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """Share of time (0 to 1) that a service means to be operational, over a rolling window (ms)."""

    target: float
    window: int


@dataclass(frozen=True, slots=True)
class SmartService:
    """A service that the city offers, and what it stands on: devices of these types in these zones."""

    id: str
    domain: Domain
    name: Text
    zones: tuple[str, ...]
    types: tuple[str, ...]
    objective: Objective | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A registered sender. ``types`` are the observation types it may send, the first is its default.

    ``interval`` is how often it is expected to report (ms), ``domain`` the level of its topic.
    """

    id: str
    types: tuple[str, ...]
    zone: str
    domain: Domain
    interval: int
    name: str = ""
    service: str | None = None
    location: Position | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class City:
    """A city as its folder describes it, devices apart (they live in the registry)."""

    id: str
    name: Text
    timezone: str
    zones: Mapping[str, Zone]
    services: Mapping[str, SmartService]

    def service_of(self, device: Device) -> str | None:
        """The service that a device counts for: its own, or the first that needs its type in its zone."""
        if device.service is not None:
            return device.service
        return next(self._services_needing(device), None)

    def _services_needing(self, device: Device) -> Iterator[str]:
        for service in self.services.values():
            here = not service.zones or device.zone in service.zones
            if here and not set(service.types).isdisjoint(device.types):
                yield service.id


class Observation(NamedTuple):
    """One accepted reading: values that one device took at one moment.

    ``(device, type, time)`` is its identity. ``time`` is when it was taken, ``received`` when it reached
    Nakhon. ``zone`` is the zone of the topic it came on, so that a redelivery is the same point again.
    Numbers are always floats, in the unit of the catalogue.
    """

    time: int
    device: str
    zone: str
    type: str
    values: Values
    received: int
    location: Position | None = None
    seq: int | None = None
