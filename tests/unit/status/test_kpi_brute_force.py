"""Random readings, computed by the service and by the plainest lines there are."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from devices.model import Observation
from tests.unit.status.kpicity import DAY, HOUR, MINUTE, START, device, own, reading, stage

ROOM, METER = "ClassroomAir", "ACMeasurement"
INTERVAL = 30 * MINUTE
DAYS = 4
DEVICES = {"a": "north", "b": "north", "c": "south"}


def _random(seed: int) -> list[Observation]:
    """Some readings to a slot, or none; a counter that now and then begins again."""
    chance = random.Random(seed)
    found, energy = [], dict.fromkeys(DEVICES, 0.0)
    for name, zone in DEVICES.items():
        times = sorted({chance.randrange(START, START + DAYS * DAY, MINUTE) for _ in range(350)})
        for time in times:
            values: dict[str, Any] = {"co2": round(chance.uniform(400, 1600), 1)}
            if chance.random() < 0.9:
                values["occupied"] = chance.random() < 0.6
            found.append(reading(time, name, ROOM, zone, **values))
            energy[name] = 0.0 if chance.random() < 0.01 else energy[name] + chance.randrange(5)
            found.append(reading(time, name, METER, zone, totalActiveEnergyImport=energy[name]))
    return found


def _of(readings: Sequence[Observation], type_: str, zone: str | None) -> list[Observation]:
    return [one for one in readings if one.type == type_ and zone in (None, one.zone)]


def _slots(readings: Sequence[Observation]) -> Mapping[tuple[str, int], list[Observation]]:
    slots: dict[tuple[str, int], list[Observation]] = {}
    for one in readings:
        slots.setdefault((one.device, (one.time - START) // INTERVAL), []).append(one)
    return slots


def _fresh_share(readings: Sequence[Observation]) -> float:
    given = met = 0.0
    for slot in _slots([one for one in readings if "co2" in one.values]).values():
        occupied = [one for one in slot if one.values.get("occupied") is True]
        given += len(occupied) / len(slot)
        met += sum(float(str(one.values["co2"])) <= 1000 for one in occupied) / len(slot)
    return 100 * met / given


def _p90(readings: Sequence[Observation]) -> float:
    values = [float(str(one.values["co2"])) for one in readings]
    return statistics.quantiles(values, n=10, method="inclusive")[-1]


def _day_means(readings: Sequence[Observation]) -> float:
    """Valid at half of the 48 slots."""
    means = []
    for name in DEVICES:
        for day in range(DAYS):
            start = START + day * DAY
            own_day = [one for one in readings if one.device == name and start <= one.time < start + DAY]
            slots = _slots(own_day)
            if len(slots) >= 24:
                means.append(
                    statistics.fmean(
                        statistics.fmean(float(str(one.values["co2"])) for one in slot)
                        for slot in slots.values()
                    )
                )
    return statistics.fmean(means)


def _minutes(readings: Sequence[Observation]) -> float:
    slots = _slots(readings).values()
    return sum(30 * sum(float(str(one.values["co2"])) >= 1500 for one in slot) / len(slot) for slot in slots)


def _rise(readings: Sequence[Observation]) -> float:
    total = 0.0
    for name in DEVICES:
        values = [float(str(one.values["totalActiveEnergyImport"])) for one in readings if one.device == name]
        for before, after in pairwise(values):
            total += after - before if after >= before else after
    return total


CASES: Mapping[str, tuple[str, str, str, Callable[[Sequence[Observation]], float]]] = {
    "share": (
        "{share: {of: ClassroomAir, given: {occupied: true}, met: {co2: {at_most: 1000}}}}",
        '"%"',
        ROOM,
        _fresh_share,
    ),
    "percentile": ("{percentile: {of: ClassroomAir.co2, percent: 90}}", "ppm", ROOM, _p90),
    "daily": ("{daily: {of: ClassroomAir.co2, valid: 0.5}}", "ppm", ROOM, _day_means),
    "time": ("{time: {of: ClassroomAir, met: {co2: {at_least: 1500}}, in: minutes}}", "min", ROOM, _minutes),
    "rise": ("{total: {of: {rise: ACMeasurement.totalActiveEnergyImport}}}", "kWh", METER, _rise),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES)
async def test_the_same_as_by_brute_force(tmp_path: Path, case: str, seed: int) -> None:
    compute, unit, type_, plainly = CASES[case]
    readings = _random(seed)
    devices = [device(name, type_, zone, INTERVAL) for name, zone in DEVICES.items()]
    async with stage(tmp_path, own(compute, unit=unit, coverage="0.1"), devices) as one:
        await one.write(readings)
        await one.store.tidy(START + 20 * DAY)
        for zone in (None, "north", "south"):
            asked: dict[str, Any] = {"zones": [zone] if zone else []}
            value = await one.value(period="month", start=START, end=START + HOUR, **asked)
            assert value["value"] == pytest.approx(plainly(_of(readings, type_, zone))), zone
