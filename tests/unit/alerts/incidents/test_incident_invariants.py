"""Whatever alerts do, incidents add up: a state machine that fires, resolves and moves them at random."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rules.model import Severity, State
from services.alerts.incidents.held import Held
from services.alerts.incidents.kinship import Kin
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Dependency, Gathering
from services.store.records.alerts import AlertRecord
from tests.unit.alerts.incidents.conftest import MINUTE, START, World, alert, world_of

HUBS = [
    alert(f"hub-{number}", "watch/silent", zone=zone, labels={"parent": f"hub-{(number + 1) % 4}"})
    for number, zone in enumerate(("north", "south", "north", "south"))
]
POWER = [
    alert("ss-1", "power/substation-down", service=None),
    alert("fd-1", "power/feeder-down", labels={"substation": "ss-1"}),
    alert("fd-2", "power/feeder-down", labels={"substation": "ss-1"}, zone="south"),
]
LAMPS = [
    alert(f"lamp-{number}", name, zone=zone, labels={"feeder": f"fd-{number % 2 + 1}", "parent": "hub-1"})
    for number, (name, zone) in enumerate(
        (name, zone) for name in ("watch/silent", "lights/out") for zone in ("north", "south")
    )
]
WHOLE = [alert(None, "watch/zone-silent", service=None), alert(None, "watch/service-silent", zone="south")]
ALL = [*HUBS, *POWER, *LAMPS, *WHOLE]
DEPENDENCIES = (
    Dependency("feeder", Matcher(rules=("power/feeder-*",)), Matcher(rules=("lights/*",)), label="feeder"),
    Dependency(
        "substation",
        Matcher(rules=("power/substation-*",), severities=("critical", "major")),
        Matcher(rules=("power/feeder-*",)),
        label="substation",
    ),
    Dependency(
        "like-alike", Matcher(rules=("power/*",)), Matcher(rules=("power/*", "lights/*")), equal=("zone",)
    ),
)

some_alerts = st.lists(st.sampled_from(ALL), min_size=1, max_size=6, unique_by=lambda one: one.id)
severities = st.sampled_from(Severity)


class Incidents(RuleBasedStateMachine):
    """A city whose alerts come and go; everything is kept for so long that nothing is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        gathering = Gathering(by=("zone", "service"), within=10 * MINUTE, reopen=5 * MINUTE)
        self.world: World = world_of(gathering, DEPENDENCIES, remembers=10_000 * MINUTE)

    def firing(self) -> dict[str, AlertRecord]:
        return {name: one for name, one in self.world.alerts.items() if one.state is State.FIRING}

    @rule(which=some_alerts, severity=severities)
    def fire(self, which: list[AlertRecord], severity: Severity) -> None:
        still = self.firing()
        self.world.mixed([replace(one, severity=severity) for one in which if one.id not in still], [])

    @rule(which=some_alerts, others=some_alerts, severity=severities)
    def fire_and_resolve(
        self, which: list[AlertRecord], others: list[AlertRecord], severity: Severity
    ) -> None:
        still, going = self.firing(), {one.id for one in others}
        come = [
            replace(one, severity=severity) for one in which if one.id not in still | dict.fromkeys(going)
        ]
        gone = [one for one in others if one.id in still or one.id not in self.world.alerts]
        self.world.mixed(come, gone)

    @rule(which=some_alerts)
    def resolve(self, which: list[AlertRecord]) -> None:
        still = self.firing()
        self.world.mixed([], [one for one in which if one.id in still])

    @rule(which=st.sampled_from(ALL), severity=severities)
    def worsen(self, which: AlertRecord, severity: Severity) -> None:
        if which.id in self.firing():
            self.world.move(which, severity)

    @rule(minutes=st.sampled_from([0, 1, 4, 11, 30]))
    def wait(self, minutes: int) -> None:
        self.world.now += minutes * MINUTE

    @rule()
    def restart(self) -> None:
        before = self.world.book
        self.world.restart()
        after = self.world.book
        assert shelves(after._held) == shelves(before._held)
        assert buckets(after._kin) == buckets(before._kin)

    @rule()
    def settle(self) -> None:
        self.world.settle()
        self.world.now += 2 * MINUTE
        self.world.settle()
        for name, one in self.firing().items():
            if one.cause is not None:
                cause = self.world.alerts[one.cause]
                assert cause.state is State.FIRING, f"{name} stands under what is over"
                assert cause.incident == one.incident

    @invariant()
    def counts_add_up(self) -> None:
        self.world.check()

    @invariant()
    def nothing_stands_under_itself(self) -> None:
        for name in self.world.alerts:
            above, at = {name}, self.world.alerts[name].cause
            while at is not None and self.world.alerts[at].state is State.FIRING:
                assert at not in above
                above.add(at)
                at = self.world.alerts[at].cause

    @invariant()
    def everything_that_fired_is_in_an_incident(self) -> None:
        for one in self.world.alerts.values():
            assert one.incident in self.world.incidents

    @invariant()
    def steps_are_numbered(self) -> None:
        numbers: dict[str, int] = {}
        for _, record in self.world.changed:
            assert record.changes > numbers.get(record.id, 0)
            numbers[record.id] = record.changes
        for name, history in self.world.history.items():
            assert [event.number for event in history] == list(range(1, len(history) + 1)), name


def shelves(held: Held) -> tuple[object, ...]:
    return held.incidents, held.members, held._tallies, held._by_key, held._resolved


def buckets(kin: Kin) -> list[object]:
    return [one.as_sets() for one in (kin.causes, kin.effects, kin.children)]


Incidents.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestIncidents = Incidents.TestCase


def test_the_machine_begins_where_alerts_do() -> None:
    assert {one.starts_at for one in ALL} == {START}
    assert len({one.id for one in ALL}) == len(ALL)
