"""What must hold for rules of every kind and any readings: live, test and backtest tell the same.

Rules are drawn from a pool in which every kind stands with ``for``, ``keep_firing_for``, schedules, levels
and lateness; readings of four devices in two zones come late, twice, corrected, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from devices.documents import Document
from devices.model import City, Device, Domain, Observation, Text, Zone
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.kinds import KINDS
from rules.model import State

UNHURRIED = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=40
)
MINUTE = 60_000
START = 1_767_546_000_000  # a Monday, midnight in Bangkok
END = START + 600 * MINUTE

PM = "on: AirQualityObserved.pm25"
AIR = "on: AirQualityObserved"
MEAN = "{window: {agg: mean, over: 5m}, above: 30}"
POOL = {
    "high": f"{PM}, when: {{above: 40, clear_below: 30}}, levels: {{minor: 40, major: 60}}, for: 3m",
    "low": f"{PM}, when: {{below: 10}}, keep_firing_for: 4m",
    "odd": f"{PM}, when: {{outside: [10, 50], clear_within: [20, 40]}}, schedule: {{hours: '00:03-00:10'}}",
    "fault": f"{AIR}.status, when: {{equals: fault}}, for: 1m",
    "bad": f"{AIR}.status, when: {{in: [fault]}}",
    "mean": f"{PM}, when: {{window: {{agg: mean, over: 6m, coverage: 0.5}}, above: 30}}, for: 2m",
    "top": f"{PM}, when: {{window: {{agg: p90, over: 9m}}, above: 50, clear_below: 30}}, for: 1m",
    "few": f"{PM}, when: {{window: {{agg: count, over: 5m}}, below: 2}}, for: 1m, keep_firing_for: 1m",
    "hour": f"{PM}, when: {{window: {{agg: max, over: 5m, tumbling: true}}, above: 45}}, for: 2m",
    "jump": f"{PM}, when: {{change: {{over: 4m}}, above: 30}}",
    "fall": f"{PM}, when: {{change: {{over: 8m, relative: true}}, below: -0.5}}, for: 1m",
    "apart": f"{PM}, when: {{deviation: {{min_devices: 1}}, outside: [-20, 20]}}",
    "strange": f"{PM}, when: {{anomaly: {{}}, above: 0.9}}",
    "still": f"{PM}, when: {{stuck: {{over: 4m}}}}, for: 1m",
    "silent": f"{AIR}, when: {{absent: {{after: 6m}}}}, for: 1m, keep_firing_for: 2m",
    "dark": f"{AIR}, when: {{absent: {{after: 5m, of: zone}}}}",
    "haze": f"{PM}, when: {{quorum: {{of: {{above: 40}}, at_least: 2}}}}, for: 2m",
    "gone": f"{PM}, when: {{quorum: {{of: {{absent: {{after: 5m}}}}, share: 0.5}}}}",
    "near": f"{PM}, when: {{quorum: {{of: {MEAN}, at_least: 2, radius: 600m}}}}",
    "away": f"{AIR}, when: {{geofence: {{zone: samyan, is: out}}}}, for: 1m",
    "both": f"{AIR}, when: {{expr: 'pm25 > 37.5 && temperature > 30'}}, for: 1m",
    "index": f"{AIR}.heatIndex, when: {{above: 41}}, for: 1m",
    "all": "when: {all: [high, {not: fault}]}, for: 1m",
    "any": "when: {any: [fault, dark]}, keep_firing_for: 1m",
    "not": "when: {not: high}, for: 2m",
    "then": "when: {sequence: {first: high, then: fault, within: 8m}}",
}
NEEDS = {"all": {"high", "fault"}, "any": {"fault", "dark"}, "not": {"high"}, "then": {"high", "fault"}}

CITY = City(
    "test",
    Text("Test", "ทดสอบ"),
    "Asia/Bangkok",
    {
        "samyan": Zone("samyan", Text("Samyan", "สามย่าน"), center=(100.53, 13.73), radius=500.0),
        "yothi": Zone("yothi", Text("Yothi", "โยธี"), center=(100.60, 13.80), radius=500.0),
    },
    {},
)
HERE, THERE = (100.53, 13.73), (100.60, 13.80)
DEVICES = [
    Device(
        f"aq-0{n}",
        ("AirQualityObserved",),
        "yothi" if n == 4 else "samyan",
        Domain.ENVIRONMENT,
        60_000,
        location=(100.53 + n / 1000, 13.73),
    )
    for n in range(1, 5)
]
ZONES = {device.id: device.zone for device in DEVICES}


@dataclass(frozen=True)
class Arrival:
    """A reading: ``gap`` half minutes after the one before it arrived, taken ``age`` half minutes earlier."""

    gap: int
    device: str
    age: int
    values: dict[str, float | str]
    away: bool


VALUES = st.builds(
    lambda pm, temperature, status: {
        **({} if pm is None else {"pm25": pm}),
        **({} if temperature is None else {"temperature": temperature, "relativeHumidity": 0.6}),
        **({} if status is None else {"status": status}),
    },
    st.sampled_from([None, 0.0, 5.0, 25.0, 35.0, 45.0, 70.0]),
    st.sampled_from([None, 25.0, 34.0]),
    st.sampled_from([None, None, "ok", "fault"]),
)
ARRIVAL = st.builds(
    Arrival,
    st.integers(0, 6),
    st.sampled_from(sorted(ZONES)),
    st.sampled_from([0, 0, 0, 0, 1, 3, 5, 30]),
    VALUES,
    st.booleans(),
)
STREAM = st.lists(ARRIVAL, min_size=1, max_size=40)
SETS = st.sets(st.sampled_from(sorted(POOL)), min_size=1, max_size=6).map(
    lambda names: frozenset(names.union(*(NEEDS.get(name, set()) for name in names)))
)


def arrivals(stream):
    """(now, observation) of each arrival."""
    now = START
    for one in stream:
        now += one.gap * MINUTE // 2
        values = one.values or {"pm25": 25.0}
        place = THERE if one.away else HERE
        time = now - one.age * MINUTE // 2
        yield now, Observation(time, one.device, ZONES[one.device], "AirQualityObserved", values, now, place)


def history(stream):
    """The readings in order of their times, each received when it was taken."""
    readings = sorted((observation for _, observation in arrivals(stream)), key=lambda o: o.time)
    return [reading._replace(received=reading.time) for reading in readings]


def plain(transitions):
    """What must be the same: all but when a reading reached Nakhon."""
    return [
        (t.rule, t.subject, t.state, t.severity, t.at, t.starts_at, t.taken, t.evidence, t.title)
        for t in transitions
    ]


@pytest.fixture(scope="module")
def engine_of(catalog):
    parsed = {}

    def make(names, *, lateness="0s", devices=DEVICES):
        key = (names, lateness)
        if key not in parsed:
            rules = "\n".join(
                f"  - {{id: {name}, {POOL[name]}, lateness: {lateness}}}" for name in sorted(names)
            )
            text = f"group: g\ndomain: environment\nrules:\n{rules}\n"
            parsed[key] = parse_groups([Document("r.yaml", text)], Context(catalog, CITY))
        return Engine(parsed[key], CITY, devices)

    return make


def live(engine, stream, *, until=END):
    told = engine.advance(START)
    for now, observation in arrivals(stream):
        told += engine.advance(now)
        told += engine.observe([observation], now)
    return told + engine.advance(until)


def test_the_pool_has_every_kind(catalog, engine_of):
    kinds = {rule.kind for rule in engine_of(frozenset(POOL)).ruleset}
    assert kinds == KINDS.keys()


@UNHURRIED
@given(SETS, STREAM)
def test_history_tells_the_same_as_time_that_passes(engine_of, names, stream):
    readings = history(stream)
    one, other = engine_of(names), engine_of(names)
    stepped = []
    for time, group in groupby(readings, key=lambda o: o.time):
        stepped += one.advance(time)
        stepped += one.observe(list(group), time)
    assert plain(other.play(readings)) == plain(stepped)
    assert plain(other.advance(END)) == plain(one.advance(END))


@UNHURRIED
@given(SETS, STREAM, st.integers(0, 40), st.sampled_from(["0s", "4m"]))
def test_a_restart_anywhere_changes_nothing(engine_of, names, stream, stop, lateness):
    stop = min(stop, len(stream))
    one = engine_of(names, lateness=lateness)
    one.advance(START)
    steps = list(arrivals(stream))
    for now, observation in steps[:stop]:
        one.advance(now)
        one.observe([observation], now)
    two = engine_of(names, lateness=lateness)
    report = two.restore(one.snapshot())
    assert report.lost == ()
    for now, observation in steps[stop:]:
        assert plain(two.advance(now)) == plain(one.advance(now))
        assert plain(two.observe([observation], now)) == plain(one.observe([observation], now))
    assert two.alive() == one.alive()
    assert plain(two.advance(END)) == plain(one.advance(END))


@UNHURRIED
@given(SETS, STREAM, st.integers(0, 40))
def test_a_reload_of_the_same_rules_changes_nothing(engine_of, names, stream, stop):
    one, two = engine_of(names), engine_of(names)
    told = plain(live(one, stream))
    again = two.advance(START)
    for place, (now, observation) in enumerate(arrivals(stream)):
        again += two.advance(now)
        again += two.observe([observation], now)
        if place == stop:
            reloaded = two.reload(two.ruleset)
            assert len(reloaded.kept) == len(names)
            assert not reloaded.changed + reloaded.added + reloaded.removed
    assert plain(again + two.advance(END)) == told


@UNHURRIED
@given(SETS, STREAM, st.randoms(use_true_random=False))
def test_within_the_lateness_any_order_tells_the_same(engine_of, names, stream, random):
    """What comes in order, and what comes up to four minutes late, tell the same, four minutes later."""
    readings = history(stream)
    assume(len({(r.device, r.time) for r in readings}) == len(readings))
    one, two = engine_of(names, lateness="4m"), engine_of(names, lateness="4m")
    delayed = sorted((r.time + random.randint(0, 4 * MINUTE - 1), place) for place, r in enumerate(readings))

    def play(engine, order):
        told = engine.advance(START - 60 * MINUTE)
        for now, place in order:
            told += engine.advance(now)
            told += engine.observe([readings[place]._replace(received=now)], now)
        return plain(told + engine.advance(END))

    in_order = [(r.time, place) for place, r in enumerate(readings)]
    assert play(two, delayed) == play(one, in_order)


@UNHURRIED
@given(SETS, STREAM)
def test_every_alert_lives_a_legal_life(engine_of, names, stream):
    last = {}
    for step in live(engine_of(names), stream):
        before = last.get(step.fingerprint)
        open_before = before is not None and before.state in (State.PENDING, State.FIRING)
        assert step.at >= step.starts_at
        if step.state in (State.RESOLVED, State.INACTIVE):
            assert open_before
            assert step.starts_at == before.starts_at
            assert step.at >= before.at
        elif open_before:
            assert step.starts_at == before.starts_at
            assert step.severity != before.severity or before.state is State.PENDING
        last[step.fingerprint] = step


@UNHURRIED
@given(SETS, STREAM, st.integers(0, 40))
def test_devices_that_go_take_their_alerts_along(engine_of, names, stream, stop):
    engine = engine_of(names)
    told = engine.advance(START)
    now = START
    for place, (now, observation) in enumerate(arrivals(stream)):
        told += engine.advance(now)
        told += engine.observe([observation], now)
        if place == stop:
            break
    engine.set_devices([])
    # What a rule about the zone still keeps firing goes on for as long as it says.
    told += engine.advance(now + 1) + engine.advance(now + 5 * MINUTE)
    last = {step.fingerprint: step.state for step in told}
    assert all(state in (State.RESOLVED, State.INACTIVE) for state in last.values())
    assert engine.alive() == set()
    assert engine.advance(END) == []
