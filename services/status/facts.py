"""What happens, as far as statuses go: each with the moment at which it is so. Pure data.

The course of the statuses is a function of these alone, so that history played again gives what was told
live. Times are ms since epoch UTC; a fact holds from ``at`` on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from devices.model import Device, Text
from rules.model import Severity
from services.status.model import DataQuality, OffBand, Subject, Verdict


@dataclass(frozen=True, slots=True)
class Heard:
    """A device took a reading. ``probe`` is what it found when it is a probe's, else None."""

    at: int
    device: str
    probe: Found | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The values of a reading of type ServiceProbe: latency in ms, certificate in days."""

    up: bool
    latency: float | None = None
    code: float | None = None
    certificate: float | None = None


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert has this severity from now on; None: it is over."""

    at: int
    id: str
    severity: Severity | None
    rule: str
    domain: str
    zone: str
    device: str | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether Nakhon hears anything at all. ``deaf``: from ``at`` on nothing is known, since it can't.

    ``since`` is when that began, if it was borne with for a while; None: then.

    ``despite`` are services of which enough was heard all the same, as it turned out when their readings of
    that time came in later: for them it is a time like any other. Live nobody can know that. ``down``: it is
    because Nakhon itself did not run.
    """

    at: int
    deaf: bool
    despite: frozenset[str] = frozenset()
    since: int | None = None
    down: bool = False


@dataclass(frozen=True, slots=True)
class Surveyed:
    """How good the data of a service's devices is, as a whole (``zone`` None) or in a zone."""

    at: int
    service: str
    zone: str | None
    data: DataQuality | None


@dataclass(frozen=True, slots=True)
class Banded:
    """The KPIs of a service that are outside their bands, all of them."""

    at: int
    service: str
    kpis: tuple[OffBand, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A device is registered so from now on; ``device`` None: it is gone. ``before`` is what it was."""

    at: int
    id: str
    device: Device | None
    before: Device | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """Planned work on services or zones is under way, or (``until`` 0) over.

    An empty ``services`` means all of ``zones``, an empty ``zones`` all of ``services``.
    """

    at: int
    id: str
    title: Text
    services: tuple[str, ...]
    zones: tuple[str, ...]
    until: int | None


@dataclass(frozen=True, slots=True)
class Stated:
    """What was found elsewhere of a service, or of its part in a zone, that a course does not judge itself.

    So a recomputation of a few services still sums up their zones and domains.
    """

    at: int
    subject: Subject
    verdict: Verdict


Fact: TypeAlias = Heard | Alerted | Hearing | Surveyed | Banded | Registered | Worked | Stated
