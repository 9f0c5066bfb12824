"""What everybody may know, as it is shown: no device, no alert, no name of a person. Pure data.

Times are ms since epoch UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from devices.model import Text

OPERATIONAL, DEGRADED, OUTAGE = "operational", "degraded", "outage"
MAINTENANCE, UNKNOWN = "maintenance", "unknown"
STATUSES = (OPERATIONAL, DEGRADED, OUTAGE, MAINTENANCE, UNKNOWN)

RESOLVED, PLANNED = "resolved", "planned"

_DAY = 86_400.0
_LEAST = {OUTAGE: 60.0, DEGRADED: 300.0, MAINTENANCE: 300.0}
"""A status that held for so long (s) shows on its day; less is in the figures only."""

_MOST_UNKNOWN = 0.25
"""A larger share of a day of which nothing is known makes it a day without knowledge."""


class Day(NamedTuple):
    """A day of the city's calendar (``2026-11-20``), and for how many seconds each status held."""

    date: str
    seconds: Mapping[str, float]

    @property
    def told(self) -> float:
        """Seconds of which anything is told; today's are not all there yet."""
        return sum(self.seconds.get(status, 0.0) for status in STATUSES)

    @property
    def known(self) -> float:
        """Seconds of which it is known how it was."""
        return self.told - self.seconds.get(UNKNOWN, 0.0)

    @property
    def shown(self) -> str:
        """The status by which the day is drawn: the worst that held for a while.

        Not knowing hides that all was well, never that something was not.
        """
        for status in (OUTAGE, DEGRADED):
            if self.seconds.get(status, 0.0) >= _LEAST[status]:
                return status
        if self.known <= 0 or self.told - self.known > _MOST_UNKNOWN * self.told:
            return UNKNOWN
        if self.seconds.get(MAINTENANCE, 0.0) >= _LEAST[MAINTENANCE]:
            return MAINTENANCE
        return OPERATIONAL


class Uptime(NamedTuple):
    """The operational share of the time that counts, and how many days of knowledge it stands on.

    Planned work and what is not known count neither way. ``share`` is None when nothing counts.
    """

    share: float | None
    days: float

    @classmethod
    def of(cls, days: tuple[Day, ...]) -> Uptime:
        """Over these days."""
        held = {status: sum(day.seconds.get(status, 0.0) for day in days) for status in STATUSES}
        counted = held[OPERATIONAL] + held[DEGRADED] + held[OUTAGE]
        known = sum(day.known for day in days)
        return cls(held[OPERATIONAL] / counted if counted > 0 else None, known / _DAY)


@dataclass(frozen=True, slots=True)
class PublicService:
    """A service. ``days`` are oldest first; None: the past can't be told, or is not shown."""

    id: str
    name: Text
    domain: str
    status: str
    since: int
    reason: Text
    days: tuple[Day, ...] | None = None


@dataclass(frozen=True, slots=True)
class PublicDomain:
    """A domain and its services. Of ``others`` only how many there are of each status is shown."""

    id: str
    title: Text
    status: str
    since: int
    reason: Text
    services: tuple[PublicService, ...]
    others: Mapping[str, int] = field(default_factory=dict)


class NoteUpdate(NamedTuple):
    """What operators told at one time."""

    at: int
    state: str
    text: Text


@dataclass(frozen=True, slots=True)
class Note:
    """What operators tell the public, the newest update first."""

    id: str
    state: str
    title: Text
    subjects: tuple[Text, ...]
    created: int
    updated: int
    starts: int | None
    ends: int | None
    updates: tuple[NoteUpdate, ...]


class Work(NamedTuple):
    """Planned work that is to come, or goes on. ``title`` is None where it was not written for everybody."""

    title: Text | None
    subjects: tuple[Text, ...]
    start: int
    end: int


class Turn(NamedTuple):
    """A service became worse, or is as it should be again."""

    at: int
    service: str
    name: Text
    status: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the page, the feed and the document show, as of ``at``.

    ``starting``: Nakhon began a moment ago and has heard too little yet. ``past_known`` is False while the
    history can't be read.
    """

    city: str
    name: Text
    timezone: str
    at: int
    domains: tuple[PublicDomain, ...]
    current: tuple[Note, ...] = ()
    past: tuple[Note, ...] = ()
    work: tuple[Work, ...] = ()
    turns: tuple[Turn, ...] = ()
    starting: bool = False
    past_known: bool = True
    notes_known: bool = True

    def counts(self) -> Mapping[str, int]:
        """How many services there are of each status."""
        found = dict.fromkeys(STATUSES, 0)
        for domain in self.domains:
            for service in domain.services:
                found[service.status] += 1
            for status, count in domain.others.items():
                found[status] += count
        return found
