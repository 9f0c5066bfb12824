"""A small city whose past can be computed again: a live course, what it tells, and where history is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from devices.documents import Document
from devices.model import City, Device, Domain, Objective, Observation, SmartService, Text, Zone
from devices.probefile import OBSERVED
from rules.model import Severity, State
from services.runtime.clock import ManualClock
from services.status.course import Course
from services.status.facts import Alerted, Fact
from services.status.history.archive import Archive
from services.status.model import Change, Kind, Subject
from services.status.objectives.book import Objectives
from services.status.policy import reading as reading_of_rules
from services.status.policy.model import StatusPolicy
from services.status.recompute.past import Sources
from services.status.recompute.queue import RecomputeQueue
from services.status.recompute.recomputation import Recomputation
from services.status.works import WorkSource, city_works
from services.store.records import Records
from services.store.records.alertdata import AlertEvent, AlertRecord, Changes
from services.store.timeseries.protocol import Selection

START = 1_767_546_000_000  # 2026-01-05T00:00+07:00
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def service(name: str, types: tuple[str, ...] = (), **more: Any) -> SmartService:
    domain = more.pop("domain", Domain.MOBILITY)
    objective = more.pop("objective", Objective(0.9, 24 * HOUR))
    return SmartService(name, domain, Text(name, name), (), types, objective, **more)


def zone(name: str) -> Zone:
    return Zone(name, Text(name, name), center=(100.5, 13.7), radius=500.0)


def small_city(*services: SmartService) -> City:
    given = services or (
        service("traffic", ("TrafficFlowObserved",)),
        service("routing", services=("traffic",)),
        service("parking", ("ParkingSpot",)),
        service("portal", (), domain=Domain.GOVERNANCE, probes=("pr-1",)),
        service("air", ("AirQualityObserved",), domain=Domain.ENVIRONMENT),
    )
    zones = {name: zone(name) for name in ("yothi", "samyan")}
    return City("c", Text("c", "c"), "Asia/Bangkok", zones, {one.id: one for one in given})


def device(name: str, kind: str, where: str, interval: int = MINUTE, **more: Any) -> Device:
    return Device(name, (kind,), where, Domain.MOBILITY, interval, **more)


DEVICES = (
    *(device(f"tf-{n}", "TrafficFlowObserved", "yothi" if n % 2 else "samyan") for n in range(6)),
    *(device(f"ps-{n}", "ParkingSpot", "yothi") for n in range(3)),
    *(device(f"aq-{n}", "AirQualityObserved", "samyan") for n in range(4)),
    device("pr-1", OBSERVED, "samyan"),
)


class Directory:
    """Devices in memory."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self.devices = {one.id: one for one in devices}

    def get(self, device_id: str) -> Device | None:
        return self.devices.get(device_id)

    def all(self) -> Sequence[Device]:
        return list(self.devices.values())


class Series:
    """As much of a time-series store as is asked of it here."""

    def __init__(self) -> None:
        self.rows: list[Observation] = []
        self.asked: list[Selection] = []

    def put(self, observations: Iterable[Observation]) -> None:
        self.rows = sorted([*self.rows, *observations], key=lambda one: (one.time, one.device))

    def _selected(self, selection: Selection) -> list[Observation]:
        self.asked.append(selection)
        return [
            one
            for one in self.rows
            if selection.start <= one.time < selection.end
            and (not selection.devices or one.device in selection.devices)
            and (not selection.types or one.type in selection.types)
            and (not selection.zones or one.zone in selection.zones)
        ]

    async def latest(self, selection: Selection) -> list[Observation]:
        return list({one.device: one for one in self._selected(selection)}.values())

    async def replay(self, selection: Selection, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        found = self._selected(selection)
        for start in range(0, len(found), 7):
            yield found[start : start + 7]


class Town:
    """The city as it is lived: facts come (late or not), changes are told and kept."""

    def __init__(
        self,
        records: Records,
        policy: StatusPolicy,
        city: City | None = None,
        devices: Sequence[Device] = DEVICES,
    ) -> None:
        self.records = records
        self.city = city or small_city()
        self.policy = policy
        self.directory = Directory(devices)
        self.clock = ManualClock(START)
        self.series = Series()
        self.archive = Archive(records.status_history, records.status_facts, self.clock)
        self.objectives = Objectives(self.city)
        self.course = Course(self.city, self.policy, devices, START)
        self.works: list[WorkSource] = city_works(self.city)
        sources = Sources(self.city, self.directory, self.series, records, lambda: self.works)  # type: ignore[arg-type]
        self.recomputation = Recomputation(
            sources, self.policy, self.clock, self.objectives, pause=self._pause
        )
        self.told: list[Any] = []
        self.queue = RecomputeQueue(
            self.recomputation,
            records.settings,
            self.clock,
            self.city,
            self.directory,
            told=self.told.append,
        )
        self.pauses = 0
        self.late: dict[str, int] = {}

    async def _pause(self, _seconds: float) -> None:
        self.pauses += 1

    async def look(self, at: int, *facts: Fact, late: bool = True) -> list[Change]:
        """Facts come in, and the live course is looked at, at ``at`` (ms after START)."""
        self.clock.set(START + at)
        self.course.take(*facts)
        moved = self.course.until(START + at)
        self.objectives.take(moved.changes)
        await self.archive.put(facts)
        await self.archive.add(moved.changes)
        if late:
            self.queue.late(moved.late)
        self.late |= moved.late
        return moved.changes

    async def recorded(self, subject: Subject, end: int) -> list[tuple[int, str, str, bool]]:
        """What is known by now of a subject: (seconds after START, status, rule, counted)."""
        rows = await self.records.status_history.span(subject.kind, subject.id, start=START, end=START + end)
        return [((row.at - START) / 1000, row.status, row.rule, row.counted) for row in rows]

    def subjects(self) -> list[Subject]:
        places = {
            (name, one.zone)
            for one in self.directory.all()
            for name in [self.city.service_of(one)]
            if name is not None
        }
        return [
            *(Subject(Kind.SERVICE, name) for name in self.city.services),
            *(Subject(Kind.PART, f"{name}/{where}") for name, where in sorted(places)),
            *(Subject(Kind.ZONE, name) for name in self.city.zones),
            *(Subject(Kind.DOMAIN, domain.value) for domain in Domain),
        ]


def reading(device_: Device, at: int, **values: Any) -> Observation:
    """A reading taken at ``at`` (ms after START)."""
    return Observation(START + at, device_.id, device_.zone, device_.types[0], values or {"x": 1.0}, 0)


def probe(device_: Device, at: int, up: bool) -> Observation:
    return reading(device_, at, up=up, latency=20.0 if up else 900.0)


def ideal(town: Town, facts: Iterable[Fact], end: int) -> dict[Subject, list[tuple[int, str, str, bool]]]:
    """What a course tells that hears everything in time."""
    course = Course(town.city, town.policy, DEVICES, START)
    course.take(*facts)
    found: dict[Subject, list[tuple[int, str, str, bool]]] = {}
    for one in course.until(START + end).changes:
        told = one.verdict.status.value, one.verdict.rule, one.verdict.counted
        found.setdefault(one.subject, []).append(((one.at - START) / 1000, *told))
    return found


async def keep_alert(records: Records, steps: Sequence[Alerted], serial: int) -> None:
    """Write an alert and its steps into the records, as the alerts service does."""
    first = steps[0]
    over = steps[-1].severity is None
    worst = first.severity or Severity.MAJOR
    record = AlertRecord(
        id=first.id,
        fingerprint=f"{serial:016x}",
        rule=first.rule,
        rule_version="v",
        domain=first.domain,
        zone=first.zone,
        device=first.device,
        service=first.service,
        severity=steps[-1].severity or worst,
        highest_severity=worst,
        state=State.RESOLVED if over else State.FIRING,
        shadow=False,
        starts_at=first.at,
        title={"en": "t", "th": "t"},
        advice=None,
        evidence={},
        ends_at=steps[-1].at if over else None,
        fired=first.at,
        changes=len(steps),
    )
    events = [
        AlertEvent(
            first.id,
            number,
            step.at,
            "firing" if number == 1 else "severity" if step.severity else "resolved",
            State.FIRING if step.severity else State.RESOLVED,
            step.severity or worst,
        )
        for number, step in enumerate(steps, 1)
    ]
    changes = Changes(alerts={first.id: record}, events={first.id: events})
    await records.alerts.change([first.id], lambda _known: changes)


RULES = """
silent_after: 3
sets:
  city:
    - {id: maintenance, status: maintenance, when: {maintenance: true}}
    - {id: deaf, status: unknown, when: {deaf: true}, counted: false}
    - id: awaited
      status: unknown
      when: {all: [{heard: {at_most: 0}}, {any: [{awaited_devices: {at_least: 1}}, {ever_heard: false}]}]}
      counted: false
    - {id: nothing-heard, status: unknown, when: {heard: {at_most: 0}}}
    - {id: silence-outage, status: outage, when: {silent: {above: 0.5, clear_below: 0.4}}}
    - {id: critical-alerts, status: outage, when: {alert_devices: {severity: critical, at_least: 0.5}}}
    - {id: probes-outage, status: outage, when: {probes_down: {at_least: 1}}, for: 1m}
    - {id: silence, status: degraded, when: {silent: {above: 0.1, clear_below: 0.05}}}
    - {id: alerts, status: degraded, when: {alerts: {severity: major+, at_least: 1}}}
    - {id: probes, status: degraded, when: {probes_down: {above: 0}}}
    - {id: needs, status: degraded, when: {dependencies: {status: outage, above: 0}}}
    - {id: bad-data, status: degraded, when: {bad_data: {above: 0.25}}}
    - {id: too-few-heard, status: unknown, when: {heard: {below: 0.5}}, counted: false}
domains: {low: degraded}
zones: {low: degraded}
"""
"""Rules of these tests' own, so that the numbers in them stay what they are."""


def prepared(rules: str = RULES) -> StatusPolicy:
    """A policy, and what else is read from files: before the event loop runs."""
    ZoneInfo("Asia/Bangkok")
    written = reading_of_rules.read_document(Document("status.yaml", rules), reading_of_rules.default())
    return StatusPolicy(written.silent_after, written.sets, written.domains, written.zones)
