"""Alerts that come and go under virtual time, with a book of incidents that follows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from devices.model import City, Domain, Position, SmartService, Text, Zone
from rules.model import Severity, State, Subject, fingerprint
from services.alerts.board import Board, opened
from services.alerts.identity import alert_id
from services.alerts.incidents.book import PLAN, IncidentBook
from services.alerts.incidents.operations import Operation
from services.alerts.policy.model import Dependency, Gathering
from services.store.records.alerts import AlertEvent, AlertRecord, Changes
from services.store.records.incidents import IncidentRecord

START = 1_767_546_000_000
SECOND = 1_000
MINUTE = 60_000

_CENTER: Position = (100.5, 13.75)
CITY = City(
    id="smallville",
    name=Text("Smallville", "เมืองเล็ก"),
    timezone="Asia/Bangkok",
    zones={
        "north": Zone("north", Text("North", "เหนือ"), center=_CENTER, radius=600.0),
        "south": Zone("south", Text("South", "ใต้"), center=_CENTER, radius=600.0),
    },
    services={
        "lighting": SmartService(
            "lighting", Domain.ENERGY, Text("Lighting", "ไฟถนน"), ("north", "south"), ()
        ),
    },
)


def is_absence(rule: str) -> bool:
    """In these tests, the rules about silence say so in their names."""
    return rule.endswith("silent")


def alert(device: str | None = "lamp-1", rule: str = "lights/out", **fields: Any) -> AlertRecord:
    """An alert as it is before it fires."""
    zone, service = fields.pop("zone", "north"), fields.pop("service", "lighting")
    starts_at = fields.pop("starts_at", START)
    name = fingerprint(rule, Subject(zone, device, service))
    severity = fields.pop("severity", Severity.MINOR)
    given: dict[str, Any] = {
        "id": alert_id(starts_at, name),
        "fingerprint": name,
        "rule": rule,
        "rule_version": "sha256:1",
        "domain": "energy",
        "zone": zone,
        "device": device,
        "service": service,
        "severity": severity,
        "highest_severity": severity,
        "state": State.PENDING,
        "shadow": False,
        "starts_at": starts_at,
        "title": {"en": f"{rule} {device}", "th": f"{rule} {device} ไทย"},
        "advice": None,
        "evidence": {},
    }
    return AlertRecord(**given | fields)


@dataclass
class World:
    """The database, the board and the book, joined as the service joins them.

    ``now`` is moved by the tests. Every change is planned twice, as when the first attempt was undone.
    """

    book: IncidentBook
    board: Board
    make: Callable[[Board], IncidentBook]
    now: int = START
    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    history: dict[str, list[AlertEvent]] = field(default_factory=dict)
    incidents: dict[str, IncidentRecord] = field(default_factory=dict)
    changed: list[tuple[str, IncidentRecord]] = field(default_factory=list)

    def fire(self, *records: AlertRecord) -> list[AlertRecord]:
        """These fire in one transaction; those that are known fire again. Answers them as they then are."""
        return self._write([self._firing(one) for one in records], "firing")

    def _firing(self, given: AlertRecord) -> AlertRecord:
        known = self.alerts.get(given.id, given)
        return replace(
            known, state=State.FIRING, severity=given.severity, ends_at=None, fired=known.fired or self.now
        )

    def resolve(self, *records: AlertRecord) -> list[AlertRecord]:
        """These are over, in one transaction."""
        known = [self.alerts[one.id] for one in records]
        return self._write(
            [replace(one, state=State.RESOLVED, ends_at=self.now) for one in known], "resolved"
        )

    def move(self, record: AlertRecord, severity: Severity) -> AlertRecord:
        """An open alert has another severity."""
        known = self.alerts[record.id]
        highest = max(known.highest_severity, severity, key=lambda one: one.rank)
        return self._write([replace(known, severity=severity, highest_severity=highest)], "severity")[0]

    def _write(self, records: Iterable[AlertRecord], change: str) -> list[AlertRecord]:
        records = list(records)

        def decided() -> Changes:
            changes = Changes()
            for one in records:
                changes.amend(one, change, at=self.now, by=None)
            return changes

        self.apply(decided)
        return [self.alerts[one.id] for one in records]

    def mixed(self, firing: Iterable[AlertRecord], over: Iterable[AlertRecord]) -> None:
        """Some fire and others are over, in one transaction."""

        def decided() -> Changes:
            changes = Changes()
            for one in firing:
                changes.amend(self._firing(one), "firing", at=self.now, by=None)
            for one in over:
                known = self._firing(one) if one.id not in self.alerts else self.alerts[one.id]
                changes.amend(
                    replace(known, state=State.RESOLVED, ends_at=self.now), "resolved", at=self.now, by=None
                )
            return changes

        self.apply(decided)

    def operate(self, incident: str, operation: Operation) -> None:
        """A person's step on an incident."""
        put_in = self.book.operate(incident, operation)

        def decided() -> Changes:
            changes = Changes()
            put_in(changes, self.now)
            return changes

        self.apply(decided)

    def settle(self) -> int:
        """Look at alerts anew until nothing is due. Answers how many times."""
        for times in range(1_000):
            due = self.book.due(self.now)
            if not due:
                return times
            again = {one: self.alerts[one] for one in due}
            self.apply(lambda again=again: Changes(again=again))  # type: ignore[misc]
        raise AssertionError("it never comes to rest")

    def apply(self, decided: Callable[[], Changes]) -> Changes:
        """Plan, write and take over what is decided."""
        first, changes = decided(), decided()
        for one in (first, changes):
            one.before = {name: self.alerts[name] for name in one.alerts if name in self.alerts}
            self.book.plan(one, self.now)
        assert first.alerts == changes.alerts
        assert first.events == changes.events
        assert first.plans[PLAN] == changes.plans[PLAN]
        self.alerts.update(changes.alerts)
        for name, events in changes.events.items():
            self.history.setdefault(name, []).extend(events)
        plan = changes.plans[PLAN]
        self.incidents.update({one.id: one for one in plan.kept})
        self.changed += plan.changed
        self.board.count(changes)
        self.book.commit(changes, self.now)
        return changes

    def restart(self) -> None:
        """Begin anew with what was written."""
        self.board = Board()
        still = [one for one in self.alerts.values() if one.state is not State.RESOLVED]
        self.board.load(map(opened, sorted(still, key=lambda one: one.id)), {})
        self.book = self.make(self.board)
        self.book.load(self.stored())

    def stored(self) -> list[IncidentRecord]:
        """What is loaded at a start."""
        since = self.now - self.book.remembers
        return [
            one
            for one in self.incidents.values()
            if one.state == "open" or (one.state == "resolved" and (one.resolved_at or 0) >= since)
        ]

    def incident(self, record: AlertRecord) -> IncidentRecord:
        """The incident that an alert is in."""
        name = self.alerts[record.id].incident
        assert name is not None
        return self.incidents[name]

    def cause(self, record: AlertRecord) -> str | None:
        """What an alert stands under."""
        return self.alerts[record.id].cause

    def steps(self, record: AlertRecord) -> list[tuple[str, Mapping[str, Any] | None]]:
        """What Nakhon itself wrote into the history of an alert."""
        return [(one.change, one.detail) for one in self.history[record.id] if one.by == "nakhon"]

    def fired_into(self, record: AlertRecord) -> str | None:
        """The incident that the last firing of an alert says it went into."""
        said = [one.detail for one in self.history[record.id] if one.change == "firing" and one.detail]
        return said[-1]["incident"] if said else None

    def check(self) -> None:
        """Every count is what counting the alerts anew gives."""
        for incident in self.incidents.values():
            mine = [one for one in self.alerts.values() if one.incident == incident.id]
            still = [one for one in mine if one.state is State.FIRING]
            assert incident.alerts == len(mine)
            assert incident.open == len(still)
            assert sorted(self.book.members(incident.id)) == sorted(one.id for one in still)
            if still:
                assert incident.state == "open"
                assert incident.severity is max((one.severity for one in still), key=lambda one: one.rank)
            else:
                assert incident.state == ("resolved" if mine else "merged")
                assert (incident.merged_into is not None) == (not mine)


Make = Callable[..., World]


@pytest.fixture
def make_world() -> Make:
    """A world with a gathering and dependencies of one's own; ``remembers`` as of the book."""
    return world_of


def world_of(
    gathering: Gathering | None = None, dependencies: tuple[Dependency, ...] = (), **options: Any
) -> World:
    def make(board: Board) -> IncidentBook:
        return IncidentBook(
            gathering or Gathering(), dependencies, CITY, board, is_absence=is_absence, **options
        )

    board = Board()
    return World(make(board), board, make)


@pytest.fixture
def world() -> World:
    """A world with the default gathering and no dependencies but the built-in ones."""
    return world_of()
