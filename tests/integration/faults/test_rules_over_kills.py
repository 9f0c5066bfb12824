"""kill -9 while rules wait, fill or are half true: what they tell is what they tell without the kill.

Two Nakhons hear the same readings from one broker, and one of them is killed twice. The alerts of both are
compared: their beginning, the event time at which they fired, and the evidence with all its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import pytest

from tests.support.twins import Twins, now

pytestmark = pytest.mark.real

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

RULES = """
group: kill
domain: environment
rules:
  - {id: lasting, on: AirQualityObserved.pm25, where: {devices: [for-01]}, when: {above: 50, clear_below: 40},
     for: 4s, keep_firing_for: 3s}
  - {id: day, on: AirQualityObserved.pm25, where: {devices: [day-01]},
     when: {window: {agg: mean, over: 24h, coverage: 0.75}, above: 37.5}, for: 4s}
  - {id: haze, on: AirQualityObserved.pm25, where: {devices: ["haze-*"]},
     when: {quorum: {of: {above: 40}, at_least: 2}}, for: 3s}
  - {id: first, on: AirQualityObserved.pm25, where: {devices: [pair-01]}, when: {above: 50}}
  - {id: second, on: AirQualityObserved.temperature, where: {devices: [pair-01]}, when: {above: 35}, for: 1s}
  - {id: one-then-other, when: {sequence: {first: first, then: second, within: 5m}}}
  - {id: one-and-other, when: {all: [first, second]}, for: 3s}
  - {id: late, on: AirQualityObserved.pm25, where: {devices: [late-01]}, when: {above: 50}, for: 2s,
     lateness: 6s}
  - {id: aqi, on: AirQualityObserved.thaiAqi, where: {devices: [aqi-01]}, when: {above: 100}, for: 4s}
  - {id: heat, on: AirQualityObserved.heatIndex, where: {devices: [aqi-01]}, when: {above: 41}}
"""
NAMES = ("for-01", "day-01", "haze-01", "haze-02", "haze-03", "pair-01", "late-01", "aqi-01", "idle-01")
DEVICES = "id,type,zone,interval\n" + "".join(f"{name},AirQualityObserved,north,5m\n" for name in NAMES)

Scene: TypeAlias = Iterator[None]
"""Four parts, each up to a ``yield``: before the first kill, while it is down, between the kills, while it is
down again. What follows them is what must hold.
"""


def during_for(twins: Twins) -> Scene:
    """Killed while it is pending, and again while it keeps firing."""
    began = twins.send("for-01", {"pm25": 60.0})
    yield
    yield
    twins.told("kill/lasting", "firing")  # a restart may take less time than the rule waits
    over = twins.send("for-01", {"pm25": 30.0})
    yield
    yield
    (alert,) = twins.told("kill/lasting", "resolved")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (began, began + 4 * SECOND)
    assert ms(alert["ends_at"]) == over + 3 * SECOND


def a_long_window_that_fills(twins: Twins) -> Scene:
    """A day of history comes in three parts, one of them while it is down; the last reading is decisive."""
    start = now() - 24 * HOUR + 5 * MINUTE
    past = [(start + n * 5 * MINUTE, {"pm25": 37.0 + n % 3 / 10}) for n in range(284)]
    twins.history("day-01", past[:100])
    yield
    twins.history("day-01", past[100:200])
    yield
    twins.history("day-01", past[200:])
    twins.send("day-01", {"pm25": 37.0}, at=now() - SECOND)
    began = twins.send("day-01", {"pm25": 300.0})
    yield
    yield
    (alert,) = twins.told("kill/day", "firing")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (began, began + 4 * SECOND)
    values = [values["pm25"] for _, values in past] + [37.0, 300.0]
    assert alert["evidence"]["value"] == pytest.approx(sum(values) / len(values))


def a_quorum_half_full(twins: Twins) -> Scene:
    """One of two is smoky when it is killed; the other follows while it is down."""
    twins.send("haze-03", {"pm25": 10.0})
    twins.send("haze-01", {"pm25": 50.0})
    yield
    began = twins.send("haze-02", {"pm25": 45.0})
    yield
    yield
    yield
    (alert,) = twins.told("kill/haze", "firing")
    assert (alert["device"], alert["zone"]) == (None, "north")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (began, began + 3 * SECOND)


def a_sequence_and_a_composite_half_true(twins: Twins) -> Scene:
    """The first of two rules fires when it is killed, the second is pending when it is killed again."""
    first = twins.send("pair-01", {"pm25": 60.0})
    yield
    yield
    second = twins.send("pair-01", {"temperature": 36.0})
    yield
    yield
    (alert,) = twins.told("kill/first", "firing")
    assert ms(alert["fired"]) == first
    (alert,) = twins.told("kill/one-then-other", "firing")
    assert ms(alert["fired"]) == second + SECOND
    (alert,) = twins.told("kill/one-and-other", "firing")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (second + SECOND, second + 4 * SECOND)


def readings_that_wait_for_others(twins: Twins) -> Scene:
    """Three wait in the wrong order; seen in the right one, the condition holds from the last of them on."""
    start = now() - 2 * SECOND
    twins.send("late-01", {"pm25": 60.0}, at=start)
    twins.send("late-01", {"pm25": 70.0}, at=start + 2 * SECOND)
    twins.send("late-01", {"pm25": 10.0}, at=start + SECOND)
    yield
    yield
    yield
    yield
    (alert,) = twins.told("kill/late", "firing")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (start + 2 * SECOND, start + 4 * SECOND)
    assert [reading["value"] for reading in alert["evidence"]["readings"]] == [70.0]


def derived_metrics_that_roll(twins: Twins) -> Scene:
    """A day of smoke makes an index; what is derived is stored once, and shown when it is named."""
    values = {"pm25": 60.0, "temperature": 34.0, "relativeHumidity": 0.7}
    start = now() - 25 * HOUR
    past = [(start + n * 15 * MINUTE, values) for n in range(98)]
    twins.history("aqi-01", past[:50])
    yield
    twins.history("aqi-01", past[50:])
    yield
    began = twins.send("aqi-01", values)
    yield
    yield
    (alert,) = twins.told("kill/aqi", "firing")
    assert (ms(alert["starts_at"]), ms(alert["fired"])) == (began, began + 4 * SECOND)
    assert alert["evidence"]["value"] > 100
    (alert,) = twins.told("kill/heat", "firing")
    assert ms(alert["fired"]) == began
    later = twins.send("aqi-01", values)
    twins.heard()
    _derived_once(twins, values, [began, later])


def _derived_once(twins: Twins, values: Mapping[str, Any], live: list[int]) -> None:
    felt = twins.rows("device=aqi-01&metric=heatIndex")
    assert [ms(row["time"]) for row in felt] == live
    assert all(row["values"].keys() == {"heatIndex"} for row in felt)
    index = twins.rows("device=aqi-01&metric=thaiAqi")
    assert ms(index[0]["time"]) == live[0], "once when its hour was over"
    assert all(row["values"] == values for row in twins.rows("device=aqi-01"))


SCENES: tuple[Callable[[Twins], Scene], ...] = (
    during_for,
    a_long_window_that_fills,
    a_quorum_half_full,
    a_sequence_and_a_composite_half_true,
    readings_that_wait_for_others,
    derived_metrics_that_roll,
)


@pytest.fixture(scope="module")
def played(folders: pytest.TempPathFactory, mosquitto_path: str) -> Iterator[Mapping[str, Scene]]:
    """All scenes at once, up to what must hold: two kills serve them all.

    The first may come before anything was saved; the second finds saved state, and a journal that is longer.
    """
    folder = folders.mktemp("twins")
    with Twins(folder, mosquitto_path, devices=DEVICES, rules=RULES) as twins:
        scenes = {scene.__name__: scene(twins) for scene in SCENES}
        for kill in (1, 2):
            if kill == 2:
                twins.saved(NAMES[-1])
            _all(scenes)
            twins.heard()
            twins.killed.kill()
            _all(scenes)
            twins.killed.start()
        yield scenes
        assert "Traceback" not in twins.killed.log()


def _all(scenes: Mapping[str, Scene]) -> None:
    for scene in scenes.values():
        next(scene)


@pytest.mark.parametrize("scene", [scene.__name__ for scene in SCENES])
def test_a_kill_changes_nothing(played: Mapping[str, Scene], scene: str) -> None:
    assert next(played[scene], "the end") == "the end"


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
