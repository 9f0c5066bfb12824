"""What one rule of each kind costs a reading, beside a bare threshold.

Every engine has the same sensors and hears the same readings. Nothing fires, but where the kind can only be
at work while something else does: what a composite follows fires or clears with every fourth reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from devices.model import Device, Observation
from rules.engine import Engine
from tests.bench import rulecity
from tests.bench.rig import Tell
from tests.bench.rulecity import MINUTE

SENSORS = 200
ROUNDS = 12
_PER_ROUND = 12
_EVERY = 5 * MINUTE
_DAY = 288
_PM = "on: AirQualityObserved.pm25"
_AIR = "on: AirQualityObserved"
_SWINGS = f"{_PM}, where: {{zones: [north]}}, when: {{above: 30}}"

_NOTHING = "no rule"
_BARE = "threshold"
KINDS: Mapping[str, Mapping[str, str]] = {
    _NOTHING: {"elsewhere": f"{_PM}, where: {{zones: [south]}}, when: {{above: 990}}"},
    _BARE: {"a": f"{_PM}, when: {{above: 990}}"},
    "threshold that fires and clears": {"a": _SWINGS},
    "… with for": {"a": f"{_SWINGS}, for: 30m"},
    "outside": {"a": f"{_PM}, when: {{outside: [1, 990]}}"},
    "window mean 24h": {
        "a": f"{_PM}, when: {{window: {{agg: mean, over: 24h, coverage: 0.75}}, above: 990}}"
    },
    "window max 24h": {"a": f"{_PM}, when: {{window: {{agg: max, over: 24h}}, above: 990}}"},
    "window p95 24h": {"a": f"{_PM}, when: {{window: {{agg: p95, over: 24h}}, above: 990}}"},
    "window stddev 24h": {"a": f"{_PM}, when: {{window: {{agg: stddev, over: 24h}}, above: 490}}"},
    "window count 24h": {"a": f"{_PM}, when: {{window: {{agg: count, over: 24h}}, above: 9999}}"},
    "window rate 1h": {"a": f"{_PM}, when: {{window: {{agg: rate, over: 1h}}, above: 9999}}"},
    "window mean 1h tumbling": {
        "a": f"{_PM}, when: {{window: {{agg: mean, over: 1h, tumbling: true}}, above: 990}}"
    },
    "change 1h": {"a": f"{_PM}, when: {{change: {{over: 1h}}, above: 990}}"},
    "stuck 2h": {"a": f"{_PM}, when: {{stuck: {{over: 2h}}}}"},
    "deviation": {"a": f"{_PM}, when: {{deviation: {{min_devices: 3}}, outside: [-990, 990]}}"},
    "anomaly": {"a": f"{_PM}, when: {{anomaly: {{}}, above: 0.999999}}"},
    "absent of device": {"a": f"{_AIR}, when: {{absent: {{after: 15m}}}}"},
    "absent of zone": {"a": f"{_AIR}, when: {{absent: {{after: 15m, of: zone}}}}"},
    "quorum": {"a": f"{_PM}, when: {{quorum: {{of: {{above: 990}}, share: 0.9}}}}"},
    "quorum whose parts swing": {"a": f"{_PM}, when: {{quorum: {{of: {{above: 30}}, share: 0.95}}}}"},
    "geofence": {"a": f"{_AIR}, when: {{geofence: {{zone: north, is: out}}}}"},
    "expr": {"a": f"{_AIR}, when: {{expr: 'pm25 > 990.0 && temperature > 30.0'}}"},
    "sequence": {
        "first": _SWINGS,
        "then": f"{_PM}, when: {{above: 990}}",
        "a": "when: {sequence: {first: first, then: then, within: 10m}}",
    },
    "all, any, not": {
        "first": _SWINGS,
        "then": f"{_PM}, when: {{above: 990}}",
        "a": "when: {all: [first, then]}",
    },
    "derived: heat index": {"a": f"{_AIR}.heatIndex, when: {{above: 99}}"},
    "derived: Thai AQI": {"a": f"{_AIR}.thaiAqi, when: {{above: 499}}"},
    "everything derived, no rule": {"elsewhere": f"{_PM}, where: {{zones: [south]}}, when: {{above: 990}}"},
}


def run(tell: Tell) -> dict[str, Any]:
    """One engine for each; a day of readings first, then rounds."""
    sensors = rulecity.devices(SENSORS, interval=_EVERY)
    engines = {
        name: rulecity.engine(rulecity.named(**rules), sensors, derive_all=name.startswith("everything"))
        for name, rules in KINDS.items()
    }
    _fill(engines, sensors)
    given: dict[int, list[list[Observation]]] = {}
    costs = rulecity.in_turns(
        {name: partial(_round, made, sensors, given) for name, made in engines.items()}, ROUNDS
    )
    for name, cost in costs.items():
        more = cost - costs[_BARE]
        tell(f"  {name:<32} {cost:6.2f} µs a reading, {more:+6.2f} over a bare threshold")
    return {name: {"us": cost, "over_threshold_us": cost - costs[_BARE]} for name, cost in costs.items()}


def _fill(engines: Mapping[str, Engine], sensors: Sequence[Device]) -> None:
    """A day, so that windows are full and seasons known."""
    for start in range(0, _DAY, _PER_ROUND):
        readings = rulecity.batches(sensors, start, _PER_ROUND, _EVERY)
        for made in engines.values():
            rulecity.take(made, readings)


def _round(
    made: Engine, sensors: Sequence[Device], given: dict[int, list[list[Observation]]], number: int
) -> float:
    if number not in given:  # the same for all engines of a round, and not kept longer
        given.clear()
        given[number] = rulecity.batches(sensors, _DAY + number * _PER_ROUND, _PER_ROUND, _EVERY)
    return rulecity.take(made, given[number])
