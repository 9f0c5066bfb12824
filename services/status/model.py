"""The words of status: what a service stands on, what that makes of it, and what changed. Pure data.

Times are ms since epoch UTC, shares 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from devices.model import Text
from rules.model import Severity


class Status(StrEnum):
    """The contract's words for how a service, zone or domain is doing."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """The higher, the worse. Not knowing is worse than knowing that all is well."""
        return _RANKS[self]


_RANKS = {
    Status.OPERATIONAL: 0,
    Status.MAINTENANCE: 1,
    Status.UNKNOWN: 2,
    Status.DEGRADED: 3,
    Status.OUTAGE: 4,
}


class Kind(StrEnum):
    """What has a status. A part is what a service is in one zone; its id is ``service/zone``."""

    SERVICE = "service"
    PART = "part"
    ZONE = "zone"
    DOMAIN = "domain"


class Subject(NamedTuple):
    """One thing that has a status, such as ``(service, air-quality)``."""

    kind: Kind
    id: str


class ZoneCount(NamedTuple):
    """A service's devices in one zone. What neither reports nor is awaited is silent.

    A device is awaited while it was not heard yet and its time to be heard is not up.
    """

    zone: str
    devices: int
    reporting: int
    awaited: int

    @property
    def silent(self) -> int:
        return self.devices - self.reporting - self.awaited


class OpenAlert(NamedTuple):
    """What counts of an open alert. ``device`` is None when it is about a zone or a whole service."""

    id: str
    severity: Severity
    zone: str
    device: str | None


class BadClock(NamedTuple):
    """A device whose clock is wrong, and by how much (s): below 0 it is ahead."""

    device: str
    offset: float


class DataQuality(NamedTuple):
    """How good the data of a service's devices is, over the last day.

    ``completeness`` is the share of the expected readings that came, None while that can't be told. Then
    follow numbers of devices: with refused readings, with a metric that is stuck, with a wrong clock, with
    gaps; ``bad`` are those with stuck metrics, a wrong clock or both. The first few are named.
    """

    completeness: float | None = None
    refused: int = 0
    stuck: int = 0
    clock: int = 0
    gaps: int = 0
    bad: int = 0
    stuck_devices: tuple[str, ...] = ()
    clock_devices: tuple[BadClock, ...] = ()


class ProbeState(NamedTuple):
    """What a probe found last. ``up`` is None while nothing was heard of it for too long, or never.

    ``latency`` is in ms, ``certificate`` the days that a certificate is still valid for.
    """

    id: str
    zone: str
    up: bool | None
    at: int | None = None
    latency: float | None = None
    code: float | None = None
    certificate: float | None = None


class Needed(NamedTuple):
    """A service that this one stands on, and how it is doing."""

    id: str
    name: Text
    status: Status


class OffBand(NamedTuple):
    """A KPI of the service's domain that is outside its band: value and the band's ends, in ``unit``."""

    id: str
    title: Text
    value: float
    unit: str
    low: float | None
    high: float | None


class Work(NamedTuple):
    """Planned work that goes on. ``until`` is when its window closes (ms), None: nobody knows."""

    id: str
    title: Text
    until: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a status stands on, of a service as a whole or of its part in one zone.

    ``newest`` is the time of the newest reading (ms), None: none; ``interval`` the longest interval (ms) that
    is expected of its devices. ``deaf_since`` is set while Nakhon itself can't hear (``down``: because it did
    not run): then nothing is known of any device. ``data`` is None while nothing is known of the quality of
    its data. ``closed_until`` is set outside the service's hours, None within them; 0: for longer than can
    be told.
    """

    zones: tuple[ZoneCount, ...] = ()
    alerts: tuple[OpenAlert, ...] = ()
    newest: int | None = None
    interval: int | None = None
    deaf_since: int | None = None
    data: DataQuality | None = None
    probes: tuple[ProbeState, ...] = ()
    needs: tuple[Needed, ...] = ()
    kpis: tuple[OffBand, ...] = ()
    work: Work | None = None
    closed_until: int | None = None
    down: bool = False

    @property
    def devices(self) -> int:
        return sum(count.devices for count in self.zones)

    @property
    def reporting(self) -> int:
        return sum(count.reporting for count in self.zones)

    @property
    def awaited(self) -> int:
        return sum(count.awaited for count in self.zones)

    @property
    def silent(self) -> int:
        return sum(count.silent for count in self.zones)

    @property
    def bad_data(self) -> int:
        """Of how many devices the data can't be taken at its word."""
        return 0 if self.data is None else self.data.bad


class Verdict(NamedTuple):
    """A status and the rule that decided on it.

    ``counted``: the time in which it holds counts for the objective. It does not while it is merely too
    early to tell, and outside the service's hours.
    """

    status: Status
    rule: str
    reason: Text
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A status that holds from ``at`` on, until the next change of the same subject.

    ``evidence`` is what it stood on, JSON-ready; ``latched`` are the rules that hold on by their hysteresis,
    with which a recomputation goes on from here.
    """

    at: int
    subject: Subject
    verdict: Verdict
    evidence: Mapping[str, Any] = field(default_factory=dict)
    latched: Mapping[str, Any] = field(default_factory=dict)
