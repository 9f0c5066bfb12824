"""What a reading costs with few and with many rules loaded, of which the same few apply to it.

The others are about other devices, by name and by pattern, other zones, other types and other labels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from devices.model import Device, Observation
from rules.engine import Engine
from tests.bench import rulecity
from tests.bench.rig import Tell

LOADED = (10, 100, 1_000, 10_000)
SENSORS = 500
_MINUTES = 4
ROUNDS = 60
GOAL = 1.2
_APPLY = (
    "on: AirQualityObserved.pm25, where: {zones: [north]}, when: {above: 990}",
    "on: AirQualityObserved.temperature, where: {labels: {site: street}}, when: {above: 59}",
    "on: AirQualityObserved.relativeHumidity, when: {above: 0.9999}",
    "on: AirQualityObserved.pm25, where: {zones: [north]}, when: {window: {agg: mean, over: 1h}, above: 990}",
)
_OTHERS: tuple[Callable[[int], str], ...] = (
    lambda n: f"on: AirQualityObserved.pm25, where: {{zones: [south]}}, when: {{above: {100 + n % 800}}}",
    lambda n: f"on: AirQualityObserved.pm25, where: {{devices: [other-{n}]}}, when: {{above: 100}}",
    lambda n: f"on: WeatherObserved.temperature, when: {{above: {20 + n % 30}}}",
    lambda n: f"on: AirQualityObserved.pm25, where: {{labels: {{site: s{n}}}}}, when: {{above: 100}}",
    lambda n: (
        f'on: AirQualityObserved.pm25, where: {{zones: [south], devices: ["of-{n}-*"]}}, when: {{above: 100}}'
    ),
)


def run(tell: Tell) -> dict[str, Any]:
    """Compare engines with 10 to 10,000 rules, round by round beside one another."""
    sensors = rulecity.devices(SENSORS)
    figures: dict[str, Any] = {}
    engines = {}
    for count in LOADED:
        began = time.process_time()
        ruleset = rulecity.rules(*_bodies(count))
        figures[str(count)] = {"read_s": time.process_time() - began}
        engines[count] = rulecity.engine(ruleset, sensors)
        first = rulecity.batches(sensors, 0, 1)
        figures[str(count)]["first_us"] = rulecity.take(engines[count], first)
    given: dict[int, list[list[Observation]]] = {}
    costs = rulecity.in_turns(
        {str(count): partial(_round, made, sensors, given) for count, made in engines.items()}, ROUNDS
    )
    for name, cost in costs.items():
        figures[name] |= {"us": cost, "ratio": cost / costs[str(LOADED[0])]}
        _tell(name, figures[name], tell)
    figures["goal"] = GOAL
    return figures


def _bodies(count: int) -> list[str]:
    others = (_OTHERS[n % len(_OTHERS)](n) for n in range(count - len(_APPLY)))
    return [*_APPLY, *others]


def _round(
    made: Engine, sensors: Sequence[Device], given: dict[int, list[list[Observation]]], number: int
) -> float:
    if number not in given:  # the same for all engines of a round, and not kept longer
        given.clear()
        given[number] = rulecity.batches(sensors, 1 + number * _MINUTES, _MINUTES)
    return rulecity.take(made, given[number])


def _tell(name: str, cost: dict[str, float], tell: Tell) -> None:
    tell(
        f"  {int(name):>7,} rules loaded, {len(_APPLY)} apply: {cost['us']:5.2f} µs a reading, "
        f"{cost['ratio']:.2f} of that with {LOADED[0]} (goal: at most {GOAL}); "
        f"the first of a device {cost['first_us']:.0f} µs; read in {cost['read_s']:.1f} s"
    )
