"""The words that the whole system is written in: city, zone, smart service, device, observation.

Times are integer milliseconds since 1970-01-01 UTC, spans integer milliseconds, positions
``(longitude, latitude)`` in degrees (WGS 84).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from devices.calendar.schedule import Schedule
    from devices.calendar.windows import Windows

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


class Criticality(StrEnum):
    """How much hangs on a service: it weighs on the status of its domain accordingly."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Objective:
    """Share of time (0 to 1) that a service means to be operational, over a rolling window (ms).

    ``degraded``: time in which it is degraded counts as good, too. ``maintenance``: time of planned work
    counts (as not good) instead of being left out.
    """

    target: float
    window: int
    degraded: bool = False
    maintenance: bool = False


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """Work on a service that recurs: its windows, what it is, and why."""

    id: str
    title: Text
    windows: Windows
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SmartService:
    """A service that the city offers, and what it stands on.

    That is devices of ``types`` in ``zones`` (all when there are none), ``probes`` of the city and other
    ``services``. ``interval`` is how often its devices are expected to report (ms), None: as each says.
    ``hours`` are those in which it has to be there; None: always. ``owner`` is the agency that answers for
    it, ``rules`` the set of status rules that holds for it; None: the city's own.
    """

    id: str
    domain: Domain
    name: Text
    zones: tuple[str, ...]
    types: tuple[str, ...]
    objective: Objective | None = None
    criticality: Criticality = Criticality.NORMAL
    owner: Text | None = None
    services: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    interval: int | None = None
    hours: Schedule | None = None
    maintenance: tuple[PlannedWork, ...] = ()
    rules: str | None = None


class ProbeKind(StrEnum):
    """How a probe asks."""

    HTTP = "http"
    TCP = "tcp"
    DNS = "dns"
    MQTT = "mqtt"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must be. A part that is None asks nothing.

    ``statuses`` are the HTTP statuses that count as good, ``contains`` a text in the body, ``certificate``
    how long (ms) a certificate must be valid for, ``latency`` the longest answer (ms), ``addresses`` those of
    which a name must have one, ``payload`` a text in a heartbeat's.
    """

    statuses: tuple[int, ...] = ()
    contains: str | None = None
    certificate: int | None = None
    latency: int | None = None
    addresses: tuple[str, ...] = ()
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that Nakhon asks a service again and again, for services that own no sensor.

    ``target`` is a URL (http), ``host:port`` (tcp), a name (dns) or a topic filter (mqtt: something must be
    heard there within ``every``, retained messages apart). It is asked every ``every`` (ms), jittered, and
    may take ``timeout`` (ms). What it finds is a reading of the device with the same id, of the type
    ServiceProbe. ``resolver`` is the DNS server to ask; None: the machine's.
    """

    id: str
    name: Text
    kind: ProbeKind
    target: str
    zone: str
    every: int
    timeout: int
    expected: Expected = Expected()
    service: str | None = None
    resolver: str | None = None


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
    probes: Mapping[str, Probe] = field(default_factory=dict)
    _needing: Mapping[_Need, int] = field(init=False, repr=False, compare=False)
    _in_order: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        needing: dict[_Need, int] = {}
        for place, service in enumerate(self.services.values()):
            for need in _needs(service):
                needing.setdefault(need, place)
        object.__setattr__(self, "_needing", needing)
        object.__setattr__(self, "_in_order", tuple(self.services))

    def service_of(self, device: Device) -> str | None:
        """The service that a device counts for: its own, or the first that needs its type in its zone.

        Cheap, however many services there are.
        """
        if device.service is not None:
            return device.service
        asked = [_Need(device.id, None, probe=True)]
        asked += (_Need(name, zone) for name in device.types for zone in (device.zone, None))
        places = [self._needing[need] for need in asked if need in self._needing]
        return self._in_order[min(places)] if places else None


class _Need(NamedTuple):
    """What a service stands on: devices of a type in a zone (None: in any), or one probe."""

    name: str
    zone: str | None
    probe: bool = False


def _needs(service: SmartService) -> Iterator[_Need]:
    for name in service.types:
        yield from (_Need(name, zone) for zone in service.zones or (None,))
    yield from (_Need(probe, None, probe=True) for probe in service.probes)


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
