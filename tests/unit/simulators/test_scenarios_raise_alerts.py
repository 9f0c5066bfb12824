"""Simulated devices on one side, the city's real rules on the other, under virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import pytest

from devices.city import CityFolder
from devices.codecs.native import decode
from devices.model import Device, Domain, Observation
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.library import library
from rules.model import State, Transition
from rules.ruleset import RuleSet
from simulators.crowd import Crowd
from simulators.faults import Occurrence
from simulators.scenario import load_scenario
from simulators.truth import truth_lines

MORNING = 1_767_580_200_000
"""Monday, 2026-01-05T09:30+07:00."""
MINUTE = 60_000


@dataclass(slots=True)
class Played:
    """What a scenario came to: transitions of alerts, and the faults that were over."""

    begin: int
    transitions: list[Transition] = field(default_factory=list)
    over: list[Occurrence] = field(default_factory=list)
    refused: int = 0

    def fired(self) -> list[Transition]:
        return [one for one in self.transitions if one.state is State.FIRING]

    def lives(self) -> dict[str, list[tuple[int, State]]]:
        lives: dict[str, list[tuple[int, State]]] = {}
        for one in self.transitions:
            lives.setdefault(one.fingerprint, []).append((one.at, one.state))
        return lives


@pytest.fixture(scope="module")
def ruleset(pilot: CityFolder) -> RuleSet:
    return parse_groups(pilot.rules, Context(pilot.catalog, pilot.city), library(pilot.packs))


def play(
    pilot: CityFolder, ruleset: RuleSet, name: str, minutes: int, *, seed: int = 1, begin: int = MORNING
) -> Played:
    crowd = Crowd(pilot, pilot.devices, load_scenario(name).faults, seed, begin)
    engine = Engine(ruleset, pilot.city, pilot.devices)
    played = Played(begin)
    now = begin
    played.transitions += engine.advance(now)
    while now < begin + minutes * MINUTE:
        now = crowd.next_due()
        changes = crowd.plan.advance(now)
        played.over += changes.ended
        crowd.hurry((*changes.begun, *changes.ended), now)
        played.transitions += engine.advance(now)
        for device, payload in crowd.due(now, 1_000):
            good = list(accepted(pilot, device, payload, now))
            played.refused += not good
            played.transitions += engine.observe(good, now)
    return played


def accepted(pilot: CityFolder, device: Device, payload: bytes, now: int) -> Iterator[Observation]:
    for reading in decode(payload).readings:
        kind = reading.type or device.types[0]
        values = pilot.catalog[kind].check(reading.values, index=0).values
        if values is not None:
            yield Observation(reading.time or now, device.id, device.zone, kind, values, now)


@pytest.fixture(scope="module")
def demo(pilot: CityFolder, ruleset: RuleSet) -> Played:
    return play(pilot, ruleset, "demo", 30)


def test_the_first_alert_of_the_demo_fires_within_seconds(demo: Played) -> None:
    assert demo.fired()[0].at - demo.begin < 15_000


def test_within_two_minutes_every_domain_but_one_or_two_has_had_an_alert(demo: Played) -> None:
    domains = {one.domain for one in demo.fired() if one.at < demo.begin + 2 * MINUTE}

    assert len(domains) >= 6
    assert {one.domain for one in demo.fired()} == set(Domain)


def test_alerts_of_several_domains_clear_within_the_first_minutes(demo: Played) -> None:
    cleared = {
        one.domain
        for one in demo.transitions
        if one.state is State.RESOLVED and one.at < demo.begin + 4 * MINUTE
    }

    assert len(cleared) >= 5


def test_the_demo_never_falls_quiet_and_never_drowns(demo: Played) -> None:
    fired = [one.at for one in demo.fired()]
    open_now, most = set[str](), 0
    for one in demo.transitions:
        (open_now.add if one.state is State.FIRING else open_now.discard)(one.fingerprint)
        most = max(most, len(open_now))

    assert max(b - a for a, b in pairwise(fired)) < 3 * MINUTE
    assert most < 25


def test_some_readings_are_refused(demo: Played) -> None:
    assert 10 < demo.refused < 200


def alert_in_time(played: Played, line: dict[str, object]) -> bool:
    start = ms(str(line["start"]))
    deadline = start + float(str(line["deadline"])) * 1_000
    return any(
        one.rule == line["rule"]
        and (one.subject.device or one.subject.zone) == (line.get("device") or line["zone"])
        and start <= one.at <= deadline
        for one in played.fired()
    )


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


def misses(played: Played) -> list[object]:
    until = played.begin + 10**9
    lines = [line for occurrence in played.over for line in truth_lines(occurrence, until)]
    assert lines
    return [line for line in lines if not alert_in_time(played, line)]


def test_every_fault_of_the_demo_raises_what_its_truth_says_in_time(demo: Played) -> None:
    assert misses(demo) == []


def test_it_does_so_in_the_evening_and_with_another_seed(pilot: CityFolder, ruleset: RuleSet) -> None:
    assert misses(play(pilot, ruleset, "demo", 9, seed=3, begin=MORNING + 9 * 60 * MINUTE)) == []


def test_nothing_else_is_raised_than_what_a_fault_explains(demo: Played) -> None:
    """Every alert is about a device that a fault of the demo strikes at the time, or its zone."""
    crowd_faults = load_scenario("demo").faults
    watched = {expected.rule for fault in crowd_faults for expected in fault.truth}
    unexplained = {one.rule for one in demo.fired()} - watched

    assert unexplained == set()


def test_a_calm_city_raises_nothing_at_any_hour(pilot: CityFolder, ruleset: RuleSet) -> None:
    for hour in (3, 8, 13, 18):
        played = play(pilot, ruleset, "calm", 2, begin=MORNING + (hour - 9) * 60 * MINUTE, seed=hour)
        assert [(one.rule, one.subject) for one in played.fired()] == []
        assert played.refused == 0


def test_a_blackout_is_noticed_in_both_zones(pilot: CityFolder, ruleset: RuleSet) -> None:
    played = play(pilot, ruleset, "blackout", 12)
    zones = {one.subject.zone for one in played.fired() if one.rule == "air-quality/zone-silent"}

    assert len(zones) == 2
    assert misses(played) == []
    last = {fingerprint: life[-1][1] for fingerprint, life in played.lives().items()}
    assert State.FIRING not in last.values()


def test_on_a_hard_day_services_without_sensors_raise_what_their_truth_says(
    pilot: CityFolder, ruleset: RuleSet
) -> None:
    types = {
        "PowerInterruption",
        "EmergencyResponse",
        "CashlessPayments",
        "ClassAttendance",
        "CitizenReport",
        "BedOccupancy",
    }
    struck = replace(pilot, devices=tuple(d for d in pilot.devices if d.types[0] in types))
    played = play(struck, ruleset, "hard-day", 43)
    faults = load_scenario("hard-day").faults

    assert misses(played) == []
    assert {one.rule for one in played.fired()} == {line.rule for fault in faults for line in fault.truth} | {
        "power-supply/branch-out"
    }
    assert {occurrence.fault.id for occurrence in played.over} == {fault.id for fault in faults}
