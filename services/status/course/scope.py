"""What is judged: a service as a whole and its part in each zone, with what each stands on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from devices.model import Domain, SmartService, Text
from services.status.course.standing import Standing
from services.status.model import (
    DataQuality,
    Evidence,
    Kind,
    Needed,
    OffBand,
    OpenAlert,
    ProbeState,
    Subject,
    Work,
    ZoneCount,
)

if TYPE_CHECKING:
    from services.status.course.presence import ProbeSensor
    from services.status.judging.judge import Judge


class Scope:
    """One thing that is judged by itself. ``zone`` is None for a service as a whole.

    ``due`` is when time alone may change what is made of it (ms), None: nothing is waited for. ``words`` are
    those of its verdict, None until somebody reads them.
    """

    __slots__ = (
        "_intervals",
        "alerts",
        "data",
        "due",
        "interval",
        "judge",
        "newest",
        "probes",
        "service",
        "standing",
        "words",
        "zone",
    )

    def __init__(self, service: Service, zone: str | None, judge: Judge | None, since: int) -> None:
        self.service = service
        self.zone = zone
        self.judge = judge
        self.standing = Standing(since)
        self.newest: int | None = None
        self.interval: int | None = None
        self._intervals: int | dict[int, int] = 0
        self.alerts: Mapping[str, OpenAlert] = NONE
        self.probes: Mapping[str, ProbeSensor] = NONE
        self.data: DataQuality | None = None
        self.due: int | None = None
        self.words: Text | None = None

    def __lt__(self, other: Scope) -> bool:
        return self.subject < other.subject

    @property
    def subject(self) -> Subject:
        """What is told by it."""
        if self.zone is None:
            return Subject(Kind.SERVICE, self.service.id)
        return Subject(Kind.PART, f"{self.service.id}/{self.zone}")

    def heard(self, at: int) -> None:
        """One of its devices took a reading."""
        if self.newest is None or at > self.newest:
            self.newest = at

    def expect(self, interval: int, by: int) -> None:
        """So many more (or less) of its devices are expected so often (ms).

        ``interval`` is the longest of them. As long as all are the same, only their number is kept.
        """
        counts = self._intervals
        if isinstance(counts, int):
            if counts == 0 or interval == self.interval:
                self._intervals = counts + by
                self.interval = interval if counts + by else None
                return
            counts = self._intervals = {self.interval or 0: counts}
        counts[interval] = counts.get(interval, 0) + by
        if not counts[interval]:
            del counts[interval]
        self.interval = max(counts, default=None)
        if not counts:
            self._intervals = 0

    def put_alert(self, name: str, alert: OpenAlert | None) -> None:
        """An open alert is its own; None: no more."""
        self.alerts = _with(self.alerts, name, alert)

    def put_probe(self, name: str, probe: ProbeSensor | None) -> None:
        """A probe speaks for it; None: no more."""
        self.probes = _with(self.probes, name, probe)


NONE: Mapping[str, Any] = MappingProxyType({})
"""Nothing of a kind: most have nothing, and a dictionary for each would be much."""
T = TypeVar("T")


def _with(things: Mapping[str, T], name: str, thing: T | None) -> Mapping[str, T]:
    """The same dictionary with one more or less, or another one where there was none or none is left."""
    found = things if isinstance(things, dict) else {}
    if thing is None:
        found.pop(name, None)
    else:
        found[name] = thing
    return found or NONE


class Part(Scope):
    """A service in one zone: its devices there, how many of them report, and how many are awaited."""

    __slots__ = ("awaited", "devices", "reporting")

    def __init__(self, service: Service, zone: str, judge: Judge | None, since: int) -> None:
        super().__init__(service, zone, judge, since)
        self.devices = self.reporting = self.awaited = 0

    @property
    def place(self) -> str:
        """Its zone."""
        assert self.zone is not None
        return self.zone

    @property
    def present(self) -> bool:
        """Whether the service stands on anything there."""
        return self.devices > 0 or bool(self.probes)

    @property
    def count(self) -> ZoneCount:
        return ZoneCount(self.place, self.devices, self.reporting, self.awaited)


class Service:
    """A smart service and what is there of it now.

    ``place`` is its number in the city's list, ``rank`` one more than that of all services that it needs;
    ``judged`` the last moment (ms) of which its statuses are told. ``closed_until`` as :class:`Evidence` has
    it. ``minds_freshness``: its rules look at how old the newest reading is. ``stated``: it is not judged
    here. ``shown`` tells whether its counts are those that
    were told.
    """

    __slots__ = (
        "closed_until",
        "deaf",
        "dependents",
        "domain",
        "down",
        "due",
        "id",
        "judged",
        "kpis",
        "minds_freshness",
        "needs",
        "parts",
        "place",
        "rank",
        "shown",
        "smart",
        "stated",
        "whole",
        "works",
    )

    def __init__(self, smart: SmartService, place: int, since: int) -> None:
        self.smart = smart
        self.minds_freshness = False
        self.place = place
        self.id = smart.id
        self.domain: Domain = smart.domain
        self.stated = True
        self.whole = Scope(self, None, None, since)
        self.parts: dict[str, Part] = {}
        self.needs: tuple[Service, ...] = ()
        self.dependents: list[Service] = []
        self.rank = 0
        self.judged = -1
        self.deaf: int | None = None
        self.down = False
        self.kpis: tuple[OffBand, ...] = ()
        self.works: dict[str, tuple[Work, frozenset[str]]] = {}
        self.closed_until: int | None = None
        self.due: int | None = None
        self.shown = 0

    def __lt__(self, other: Service) -> bool:
        return (self.rank, self.place) < (other.rank, other.place)

    def work(self, zone: str | None) -> Work | None:
        """The planned work that goes on here; of several the one that takes longest."""
        if not self.works:
            return None
        found = [work for work, zones in self.works.values() if self._meant(zone, zones)]
        return max(found, key=lambda work: (work.until or _FOREVER, work.id), default=None)

    def _meant(self, zone: str | None, zones: frozenset[str]) -> bool:
        """Whether work in these zones (none: everywhere) is work on the part in one, or on all of it."""
        if not zones:
            return True
        if zone is not None:
            return zone in zones
        there = [part.place for part in self.parts.values() if part.present]
        return bool(there) and zones.issuperset(there)

    def resting(self) -> frozenset[str]:
        """Zones that are being worked on while the service as a whole is not: they don't speak for it."""
        if not self.works or self.work(None) is not None:
            return frozenset()
        return frozenset(zone for zone in self.parts if self.work(zone) is not None)


_FOREVER = 1 << 62


def evidence_of(scope: Scope, wide: Mapping[str, Mapping[str, OpenAlert]]) -> Evidence:
    """What a scope stands on now. ``wide`` are the open alerts about whole zones that speak about it."""
    service = scope.service
    if isinstance(scope, Part):
        there, resting = [scope], frozenset[str]()
    else:
        resting = service.resting() if service.works else frozenset()
        there = [part for part in service.parts.values() if part.zone not in resting]
    return Evidence(
        tuple([part.count for part in there if part.devices]),
        _alerts(scope, there, wide, resting),
        scope.newest,
        scope.interval,
        service.deaf,
        scope.data,
        _probes(scope, resting) if scope.probes else (),
        tuple([_needed(need, scope.zone) for need in service.needs]) if service.needs else (),
        service.kpis if scope.zone is None else (),
        service.work(scope.zone) if service.works else None,
        service.closed_until,
        service.down,
    )


def _alerts(
    scope: Scope,
    there: Iterable[Part],
    wide: Mapping[str, Mapping[str, OpenAlert]],
    resting: frozenset[str],
) -> tuple[OpenAlert, ...]:
    if not scope.alerts and not wide:
        return ()
    found = list(scope.alerts.values())
    if resting:
        found = [alert for alert in found if alert.zone not in resting]
    if wide:
        for part in there:
            if part.present and part.place in wide:
                found += wide[part.place].values()
    found.sort(key=_order)
    return tuple(found)


def _order(alert: OpenAlert) -> tuple[int, str, str, str]:
    return -alert.severity.rank, alert.zone, alert.device or "", alert.id


def _probes(scope: Scope, resting: frozenset[str]) -> tuple[ProbeState, ...]:
    probes = [probe for probe in scope.probes.values() if probe.zone not in resting]
    return tuple(probe.found_so() for probe in sorted(probes))


def _needed(need: Service, zone: str | None) -> Needed:
    """A service that is needed: in a zone by its part there, if it has one."""
    part = None if zone is None else need.parts.get(zone)
    scope = need.whole if part is None or not part.present else part
    return Needed(need.id, need.smart.name, scope.standing.verdict.status)
