"""What must hold for any readings: the same transitions however they are cut, stopped or surrounded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.model import Observation
from rules.engine import Engine

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MINUTE = 60_000
START = 1_767_546_000_000

PM = "AirQualityObserved.pm25"
ABOVE = "{above: 40, clear_below: 30}"
LEVELS = "{minor: 40, major: 60}"
RULES = (
    f"{{id: pm, on: {PM}, when: {ABOVE}, levels: {LEVELS}, for: 3m, keep_firing_for: 4m}}",
    "{id: hot, on: AirQualityObserved.temperature, when: {outside: [10, 40], clear_within: [15, 35]}}",
    "{id: fault, on: AirQualityObserved.status, when: {equals: fault}, for: 1m}",
    "{id: silent, on: AirQualityObserved, when: {absent: {after: 6m}}, keep_firing_for: 2m}",
    "{id: mute, on: AirQualityObserved.pm25, when: {absent: {after: 5m}}, for: 1m}",
    "{id: dark, when: {absent: {after: 4m, of: zone}}}",
)
IRRELEVANT = (
    "{id: aa-elsewhere, on: AirQualityObserved.pm25, where: {zones: [yothi]}, when: {above: 1}}",
    "{id: zz-other, on: WeatherObserved.temperature, when: {above: 1}}",
    "{id: zz-nobody, on: AirQualityObserved, where: {devices: [nobody]}, when: {absent: {after: 1m}}}",
    "{id: zz-weather, on: WeatherObserved, when: {absent: {after: 1m}}}",
)


@dataclass(frozen=True)
class Batch:
    """What comes together: ``gap`` half minutes after the batch before, readings ``age`` half minutes old."""

    gap: int
    readings: tuple[tuple[str, int, dict[str, float | str]], ...]


VALUES = st.dictionaries(
    st.sampled_from(["pm25", "temperature"]), st.sampled_from([5.0, 29.0, 35.0, 45.0, 70.0]), max_size=2
)
STATUS = st.sampled_from([{}, {"status": "ok"}, {"status": "fault"}])
READING = st.tuples(
    st.sampled_from(["aq-01", "aq-02"]),
    st.integers(-2, 24),
    st.builds(lambda values, status: {**values, **status}, VALUES, STATUS),
)
BATCHES = st.lists(
    st.builds(Batch, st.integers(0, 9), st.lists(READING, max_size=4).map(tuple)), min_size=1, max_size=14
)


def history(batches):
    """(now, observations) of each batch."""
    now = START
    for batch in batches:
        now += batch.gap * MINUTE // 2
        yield (
            now,
            [
                Observation(now - age * MINUTE // 2, name, "samyan", "AirQualityObserved", values, now)
                for name, age, values in batch.readings
            ],
        )


def rest(engine, batches, until=START + 1000 * MINUTE):
    """What the engine tells of these batches, and of the time after them."""
    told = []
    for now, observations in batches:
        told += engine.advance(now)
        told += engine.observe(observations, now)
    return told + (engine.advance(until) if until else [])


def play(engine, batches):
    return engine.advance(START) + rest(engine, batches)


@pytest.fixture(scope="module")
def fresh(rules_of, catalog):
    from devices.model import City, Device, Domain, Text, Zone

    zones = {name: Zone(name, Text(name, name)) for name in ("samyan", "yothi")}
    city = City("test", Text("Test", "ทดสอบ"), "Asia/Bangkok", zones, {})
    devices = [
        Device(name, ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 60_000)
        for name in ("aq-01", "aq-02")
    ]
    parsed = {rules: rules_of(*rules, city=city) for rules in (RULES, (*IRRELEVANT, *RULES))}

    def make(*, surrounded=False):
        return Engine(parsed[(*IRRELEVANT, *RULES) if surrounded else RULES], city, devices)

    return make


@UNHURRIED
@given(BATCHES)
def test_cutting_batches_changes_nothing(fresh, batches):
    whole = list(history(batches))
    pieces = [(now, [one]) for now, observations in whole for one in observations]
    assert play(fresh(), pieces) == play(fresh(), whole)


@UNHURRIED
@given(BATCHES)
def test_letting_time_pass_in_small_steps_changes_nothing(fresh, batches):
    whole = list(history(batches))
    steps = []
    for (now, observations), (until, _) in pairwise([*whole, (whole[-1][0], [])]):
        steps.append((now, observations))
        steps += [(now + step, []) for step in range(0, until - now, 10_000)]
    assert play(fresh(), steps) == play(fresh(), whole)


@UNHURRIED
@given(BATCHES)
def test_irrelevant_rules_change_nothing(fresh, batches):
    whole = list(history(batches))
    assert play(fresh(surrounded=True), whole) == play(fresh(), whole)


@UNHURRIED
@given(BATCHES, st.integers(0, 14), st.booleans())
def test_a_snapshot_anywhere_goes_on_exactly(fresh, batches, stop, again):
    whole = list(history(batches))
    stop = min(stop, len(whole))
    one = fresh()
    one.advance(START)
    rest(one, whole[:stop], until=0)
    two = fresh()
    two.restore(one.snapshot())
    if again:
        three = fresh()
        three.restore(two.snapshot())
        two = three
    assert rest(two, whole[stop:]) == rest(one, whole[stop:])


@UNHURRIED
@given(BATCHES, st.integers(0, 14), st.integers(0, 40))
def test_deafness_told_at_once_or_in_pieces_is_the_same(fresh, batches, stop, minutes):
    whole = list(history(batches))
    stop = min(stop, len(whole))
    begin = whole[stop - 1][0] if stop else START
    end = begin + minutes * MINUTE

    def heard(pieces):
        engine = fresh()
        told = list(engine.advance(START))
        for now, observations in whole[:stop]:
            told += engine.advance(now) + engine.observe(observations, now)
        width = (end - begin) // pieces
        for piece in range(pieces):
            engine.deaf(begin + piece * width, end if piece == pieces - 1 else begin + (piece + 1) * width)
        for now, observations in whole[stop:]:
            later = [o._replace(time=o.time + end - begin) for o in observations]
            told += engine.advance(now + end - begin) + engine.observe(later, now + end - begin)
        return told + engine.advance(START + 2000 * MINUTE)

    assert heard(1) == heard(3)


LEGAL = {
    None: {"pending", "firing"},
    "pending": {"firing", "inactive"},
    "firing": {"firing", "resolved"},
    "resolved": {"pending", "firing"},
    "inactive": {"pending", "firing"},
}


@UNHURRIED
@given(BATCHES)
def test_every_alert_lives_a_legal_life(fresh, batches):
    engine = fresh()
    states, last = {}, {}
    for step in play(engine, list(history(batches))):
        key = step.fingerprint
        before = states.get(key)
        assert step.state.value in LEGAL[before]
        if before in {"pending", "firing"}:
            assert step.starts_at == last[key].starts_at
            assert step.at >= last[key].at
        if before == "firing" and step.state.value == "firing":
            assert step.severity != last[key].severity
        assert step.at >= step.starts_at
        if step.state.value == "firing" and before != "firing" and step.rule == "air/pm":
            assert step.at >= step.starts_at + 3 * MINUTE
        states[key], last[key] = step.state.value, step
    assert engine.next_deadline() is None or engine.next_deadline() > START + 1000 * MINUTE


@UNHURRIED
@given(BATCHES)
def test_the_deadline_is_never_missed(fresh, batches):
    """Advancing only when the engine asks for it tells the same as advancing all the time."""
    asked, told = fresh(), []
    told += asked.advance(START)
    for now, observations in history(batches):
        while (deadline := asked.next_deadline()) is not None and deadline <= now:
            told += asked.advance(deadline)
        told += asked.observe(observations, now)
    told += asked.advance(START + 1000 * MINUTE)
    assert told == play(fresh(), list(history(batches)))
