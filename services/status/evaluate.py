"""What the evidence says about a service. Pure: counts and open alerts in, status and its causes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rules.model import Severity


class Status(StrEnum):
    """The contract's words for how a service or domain is doing."""

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


@dataclass(frozen=True, slots=True)
class Policy:
    """Where the lines are drawn. Shares are of a service's enabled devices, 0 to 1.

    A device is silent when nothing was heard for ``silent_after`` of its intervals. A smaller share than
    ``outage_below`` that reports is an outage, than ``degraded_below`` a degradation; so is an alert of one
    of the ``degrading`` severities, and an outage when critical ones are open on ``critical_share``. So it
    is, too, when the data of a larger share than ``bad_data_above`` can't be taken at its word: values that
    are stuck, clocks that are wrong.
    """

    silent_after: float = 3.0
    outage_below: float = 0.5
    degraded_below: float = 0.9
    critical_share: float = 0.5
    bad_data_above: float = 0.25
    degrading: frozenset[Severity] = frozenset({Severity.CRITICAL, Severity.MAJOR})


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


class Cause(StrEnum):
    """What decided on a status."""

    DEAF = "deaf"
    NO_DEVICE = "no_device"
    NOTHING_HEARD = "nothing_heard"
    SILENCE = "silence"
    CRITICAL_ALERTS = "critical_alerts"
    ALERTS = "alerts"
    BAD_DATA = "bad_data"
    AWAITED = "awaited"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a service's status stands on. ``newest`` is the time of its newest reading (ms), None: none.

    ``deaf_since`` (ms) is set while Nakhon itself can't hear: then nothing is known of any device. ``data``
    is None while nothing is known of the quality of its data.
    """

    zones: tuple[ZoneCount, ...]
    alerts: tuple[OpenAlert, ...]
    newest: int | None
    deaf_since: int | None = None
    data: DataQuality | None = None

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
    def critical_devices(self) -> int:
        """On how many devices a critical alert is open."""
        return len({a.device for a in self.alerts if a.severity is Severity.CRITICAL and a.device})

    @property
    def bad_data(self) -> int:
        """Of how many devices the data can't be taken at its word."""
        return 0 if self.data is None else self.data.bad


class Assessment(NamedTuple):
    """A status, and what decided on it."""

    status: Status
    cause: Cause


def assess(evidence: Evidence, policy: Policy) -> Assessment:
    """The status of a service.

    What was not heard is not judged: while Nakhon itself can't hear, every service is unknown. Silence is
    unknown, never fine: a service of which nothing is heard is unknown, whatever its alerts say.
    A device that is still awaited speaks neither for nor against, yet less than ``outage_below`` heard is
    not enough to call a service operational.
    """
    devices = evidence.devices
    if evidence.deaf_since is not None:
        return Assessment(Status.UNKNOWN, Cause.DEAF)
    if devices == 0:
        return Assessment(Status.UNKNOWN, Cause.NO_DEVICE)
    if evidence.reporting == 0:
        return Assessment(Status.UNKNOWN, Cause.NOTHING_HEARD)
    silence = _silence(1 - evidence.silent / devices, policy)
    if silence is Status.OUTAGE:
        return Assessment(Status.OUTAGE, Cause.SILENCE)
    if evidence.critical_devices >= policy.critical_share * devices:
        return Assessment(Status.OUTAGE, Cause.CRITICAL_ALERTS)
    if silence is Status.DEGRADED:
        return Assessment(Status.DEGRADED, Cause.SILENCE)
    if any(alert.severity in policy.degrading for alert in evidence.alerts):
        return Assessment(Status.DEGRADED, Cause.ALERTS)
    if evidence.bad_data > policy.bad_data_above * devices:
        return Assessment(Status.DEGRADED, Cause.BAD_DATA)
    if evidence.reporting / devices < policy.outage_below:
        return Assessment(Status.UNKNOWN, Cause.AWAITED)
    return Assessment(Status.OPERATIONAL, Cause.WELL)


def _silence(possible: float, policy: Policy) -> Status:
    """What silence makes of a service of whose devices at most this share reports."""
    if possible < policy.outage_below:
        return Status.OUTAGE
    return Status.DEGRADED if possible < policy.degraded_below else Status.OPERATIONAL


def worst(statuses: Iterable[Status]) -> Status:
    """A domain's status: outage, else degraded, else unknown, else operational. No service: unknown."""
    return max(statuses, key=lambda status: status.rank, default=Status.UNKNOWN)


def by_severity(alerts: Sequence[OpenAlert]) -> dict[Severity, int]:
    """How many alerts of each severity, worst first, none left out that is there."""
    counts = dict.fromkeys(Severity, 0)
    for alert in alerts:
        counts[alert.severity] += 1
    return {severity: count for severity, count in counts.items() if count}
