"""A backtest gives what the live engine gives: reading by reading, in any batches, over any restarts."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.model import Observation
from rules.backtest.alerts import Alert, Gatherer
from rules.backtest.play import run
from rules.engine import Engine
from tests.unit.rules.backtest.conftest import CITY, MINUTE, START, ruleset

UNHURRIED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
PM = "AirQualityObserved.pm25"
LEVELS = "{minor: 40, major: 60}"
RULES = ruleset(
    f"{{id: levels, on: {PM}, when: {{above: 40, clear_below: 30}}, for: 3m, levels: {LEVELS}}}",
    f"{{id: kept, on: {PM}, when: {{above: 40}}, keep_firing_for: 4m}}",
    f"{{id: mean, on: {PM}, when: {{window: {{agg: mean, over: 6m, coverage: 0.3}}, above: 40}}}}",
    "{id: silent, on: AirQualityObserved, when: {absent: {after: 6m}}, keep_firing_for: 2m}",
    "{id: dark, on: AirQualityObserved, when: {absent: {after: 4m, of: zone}}, for: 1m}",
)
STEP = st.tuples(
    st.integers(0, 8), st.sampled_from(["aq-01", "aq-02"]), st.sampled_from([5.0, 29.0, 45.0, 70.0])
)


def history(steps: list[tuple[int, str, float]]) -> list[Observation]:
    zones = {device.id: device.zone for device in CITY.devices}
    time, found = START, []
    for halves, device, value in steps:
        time += halves * MINUTE // 2
        found.append(Observation(time, device, zones[device], "AirQualityObserved", {"pm25": value}, time))
    return found


def live(rows: list[Observation], restarts: set[int]) -> list[Alert]:
    """What a live engine tells that hears each reading when it is taken, and is stopped now and then."""
    engine, gathered = Engine(RULES, CITY.city, CITY.devices), Gatherer()
    for place, (time, together) in enumerate(groupby(rows, attrgetter("time"))):
        gathered.take(engine.advance(time))
        gathered.take(engine.observe(list(together), time))
        if place in restarts:
            state = engine.snapshot()
            engine = Engine(RULES, CITY.city, CITY.devices)
            engine.restore(state)
    gathered.take(engine.conclude())
    return gathered.alerts()


@UNHURRIED
@given(st.lists(STEP, min_size=1, max_size=60), st.sets(st.integers(0, 60)), st.integers(1, 20))
def test_history_gives_what_live_gave(
    steps: list[tuple[int, str, float]], restarts: set[int], size: int
) -> None:
    rows = history(steps)
    batches = [rows[place : place + size] for place in range(0, len(rows), size)]
    report = run(RULES, CITY.city, CITY.devices, batches)
    assert list(report.alerts) == live(rows, restarts)
