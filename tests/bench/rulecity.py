"""What the benchmarks of rules stand on: a city in memory, engines with rules, and readings for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from devices.documents import Document
from devices.model import Device, Domain, Observation
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.ruleset import RuleSet
from tests.support.smallcity import small_city

TYPE = "AirQualityObserved"
START = 1_767_546_000_000
MINUTE = 60_000
_CITY = small_city(rules="")
CONTEXT = Context.of(_CITY)
LABELS = {"site": "street"}


def rules(*bodies: str) -> RuleSet:
    """The rules of these bodies, in one group: ``on: …, when: …``."""
    lines = [f"  - {{id: r{number}, {body}}}\n" for number, body in enumerate(bodies)]
    text = "group: bench\ndomain: environment\nrules:\n" + "".join(lines)
    return parse_groups([Document("bench.yaml", text)], CONTEXT)


def named(**bodies: str) -> RuleSet:
    """As :func:`rules`, each with a name by which others may follow it."""
    lines = [f"  - {{id: {name}, {body}}}\n" for name, body in bodies.items()]
    text = "group: bench\ndomain: environment\nrules:\n" + "".join(lines)
    return parse_groups([Document("bench.yaml", text)], CONTEXT)


def devices(count: int, *, interval: int = MINUTE) -> list[Device]:
    """So many sensors of the northern zone."""
    return [
        Device(f"aq-{n:07d}", (TYPE,), "north", Domain.ENVIRONMENT, interval, labels=LABELS)
        for n in range(count)
    ]


def engine(ruleset: RuleSet, sensors: Sequence[Device], *, derive_all: bool = False) -> Engine:
    """An engine at the start of time, which has heard nothing."""
    made = Engine(ruleset, _CITY.city, sensors, derive_all=derive_all)
    made.advance(START)
    return made


def batches(
    sensors: Sequence[Device], first: int, count: int, every: int = MINUTE
) -> list[list[Observation]]:
    """``count`` batches from number ``first`` on, in each a reading of every sensor.

    Three values wander, so that no reading is like another, and stay below every limit of the benchmarks.
    """
    return [
        [_reading(sensor, number, batch, START + batch * every) for number, sensor in enumerate(sensors)]
        for batch in range(first, first + count)
    ]


def _reading(sensor: Device, number: int, batch: int, at: int) -> Observation:
    place = number * 31 + batch * 17
    values = {
        "pm25": 20 + place * 7 % 997 / 50,
        "temperature": 25 + place * 11 % 991 / 100,
        "relativeHumidity": 0.4 + place * 13 % 983 / 3_000,
    }
    return Observation(at, sensor.id, sensor.zone, TYPE, values, at, (100.50, 13.75))


def take(into: Engine, given: Sequence[Sequence[Observation]]) -> float:
    """Let an engine judge batches as they come, and say the CPU that it cost, µs a reading."""
    began = time.thread_time()
    for batch in given:
        now = batch[0].time
        into.advance(now)
        into.observe(batch, now)
        into.take_derived()
    return (time.thread_time() - began) * 1e6 / sum(map(len, given))


def in_turns(works: dict[str, Callable[[int], float]], rounds: int) -> dict[str, float]:
    """The least of so many rounds of each, all of them in each round: a busy machine hinders all alike."""
    best: dict[str, float] = {}
    for number in range(rounds):
        for name, work in works.items():
            best[name] = min(best.get(name, float("inf")), work(number))
    return best


def chunks(sensors: Sequence[Device], size: int = 10_000) -> Iterator[Sequence[Device]]:
    """The sensors, some at a time."""
    for start in range(0, len(sensors), size):
        yield sensors[start : start + size]
