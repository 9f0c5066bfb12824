from __future__ import annotations

from collections import Counter

import pytest

from devices.catalog import Catalog
from devices.city import CityFolder
from devices.model import Device, Domain, Value
from simulators.faults import FOREVER, Expected, Fault, FaultKind, Occurrence, Target, distorted
from simulators.noise import Noise
from simulators.plan import FaultPlan
from simulators.truth import truth_lines

BEGIN = 1_767_546_000_000
AIR = Catalog.builtin()["AirQualityObserved"]
NOISE = Noise(3)


def device(name: str, zone: str = "samyan", **labels: str) -> Device:
    return Device(name, ("AirQualityObserved",), zone, Domain.ENVIRONMENT, 10_000, labels=labels)


def fault(kind: FaultKind = FaultKind.SET, **more: object) -> Fault:
    given: dict[str, object] = {"target": Target(), "start": 10_000, "duration": 60_000} | more
    return Fault(id="trouble", kind=kind, **given)  # type: ignore[arg-type]


def striking(one: Fault, *devices: Device) -> Occurrence:
    return Occurrence(one, 0, BEGIN, BEGIN + (one.duration or FOREVER), devices)


def true_values(time: int) -> dict[str, Value]:
    return {"pm25": float((time - BEGIN) // 1_000), "temperature": 30.0, "status": "ok"}


def read(one: Fault, after: int) -> dict[str, Value]:
    return distorted(true_values, BEGIN + after, AIR, [striking(one)])


def test_set_replaces_values_for_as_long_as_it_lasts() -> None:
    broken = fault(values={"status": "fault", "pm25": -5.0, "unknown": 1.0})

    assert read(broken, 1_000) == {"pm25": -5.0, "temperature": 30.0, "status": "fault"}
    assert read(broken, 60_000) == true_values(BEGIN + 60_000)
    assert distorted(true_values, BEGIN - 1, AIR, [striking(broken)]) == true_values(BEGIN - 1)


def test_stuck_keeps_the_values_of_its_beginning() -> None:
    assert read(fault(FaultKind.STUCK), 45_000) == true_values(BEGIN)


def test_offset_is_there_at_once_and_scale_multiplies() -> None:
    off = fault(FaultKind.OFFSET, add={"temperature": 5.0}, scale={"pm25": 2.0})

    assert read(off, 30_000) == {"pm25": 60.0, "temperature": 35.0, "status": "ok"}


def test_drift_grows_from_nothing_to_all_of_it() -> None:
    drift = fault(FaultKind.DRIFT, add={"temperature": 6.0})

    assert [read(drift, after)["temperature"] for after in (0, 20_000, 40_000)] == [30.0, 32.0, 34.0]


def test_an_episode_rises_stays_and_falls() -> None:
    smoke = fault(FaultKind.EPISODE, add={"temperature": 8.0})
    course = [
        read(smoke, after)["temperature"] for after in (0, 7_500, 15_000, 30_000, 45_000, 52_500, 59_999)
    ]

    assert course == [30.0, 34.0, 38.0, 38.0, 38.0, 34.0, 30.0]


def test_what_is_added_stays_within_the_range_of_the_type() -> None:
    assert read(fault(FaultKind.OFFSET, add={"pm25": 1e6}), 1_000)["pm25"] == 1_000.0
    assert read(fault(FaultKind.OFFSET, add={"pm25": -1e6}), 1_000)["pm25"] == 0.0


def test_faults_add_up() -> None:
    both = [striking(fault(FaultKind.OFFSET, add={"temperature": t})) for t in (1.0, 2.0)]

    assert distorted(true_values, BEGIN + 1, AIR, both)["temperature"] == 33.0


def test_a_target_takes_what_is_all_of_it(pilot: CityFolder) -> None:
    target = Target(types=("FloodMonitoring",), zones=("makkasan", "rama-1"), labels={"site": "canal"})
    drawn = target.draw(pilot.devices, NOISE, "x", 0)

    assert [d.id for d in drawn] == ["flood-13", "flood-14", "flood-16"]
    assert Target(devices=("aq-0*",), domains=("mobility",)).draw(pilot.devices, NOISE, "x", 0) == ()


def test_a_draw_is_the_same_each_time_and_another_for_each_number(pilot: CityFolder) -> None:
    target = Target(domains=("mobility",), pick=2, pick_zones=1)
    draws = [target.draw(pilot.devices, NOISE, "x", number) for number in range(20)]

    assert draws == [target.draw(pilot.devices, NOISE, "x", number) for number in range(20)]
    assert all(len(draw) == 2 and len({d.zone for d in draw}) == 1 for draw in draws)
    assert len({draw[0].zone for draw in draws}) > 4


def test_every_device_is_struck_in_the_long_run(pilot: CityFolder) -> None:
    target = Target(types=("EVChargingStation",), pick=1)
    counts = Counter(target.draw(pilot.devices, NOISE, "x", number)[0].id for number in range(400))

    assert len(counts) == 12
    assert min(counts.values()) > 10


def test_a_plan_begins_and_ends_faults_in_order_of_time() -> None:
    once = fault(start=5_000, duration=2_000)
    lasting = Fault("lasting", FaultKind.SILENT, Target(), start=6_000)
    plan = FaultPlan([lasting, once], [device("a"), device("b")], NOISE, BEGIN)

    assert plan.next_change() == BEGIN + 5_000
    assert plan.advance(BEGIN + 4_999) == ((), ())
    assert [o.fault.id for o in plan.advance(BEGIN + 6_000).begun] == ["trouble", "lasting"]
    assert [o.fault.id for o in plan.of("a")] == ["trouble", "lasting"]
    assert [o.fault.id for o in plan.advance(BEGIN + 7_000).ended] == ["trouble"]
    assert [o.fault.id for o in plan.active] == ["lasting"]
    assert plan.next_change() == FOREVER


def test_a_fault_that_repeats_goes_on_for_ever_within_its_jitter() -> None:
    again = fault(every=100_000, jitter=30_000, target=Target(pick=1))
    plan = FaultPlan([again], [device("a"), device("b")], NOISE, BEGIN)
    starts = []
    for hour in range(1, 40):
        starts += [o.start - BEGIN for o in plan.advance(BEGIN + hour * 3_600_000).begun]

    assert len(starts) == pytest.approx(39 * 36, abs=2)
    assert starts[0] == 10_000
    late = [start - 10_000 - number * 100_000 for number, start in enumerate(starts)]
    assert all(0 <= span <= 30_000 for span in late)
    assert len(set(late)) > 100


def test_a_fault_that_finds_nobody_does_not_happen() -> None:
    plan = FaultPlan([fault(target=Target(zones=("nowhere",)))], [device("a")], NOISE, BEGIN)

    assert plan.advance(BEGIN + 3_600_000) == ((), ())


def test_truth_has_a_line_for_each_device_or_zone() -> None:
    expected = (Expected("air/bad", 30.0), Expected("air/outage", 90.0, of="zone"))
    struck = striking(fault(truth=expected), device("a"), device("b"), device("c", "yothi"))
    lines = list(truth_lines(struck, BEGIN + 3_600_000))

    assert lines[0] == {
        "rule": "air/bad",
        "device": "a",
        "fault": "trouble",
        "start": "2026-01-04T17:00:00.000Z",
        "end": "2026-01-04T17:01:00.000Z",
        "deadline": 30.0,
    }
    assert [line.get("device") or line["zone"] for line in lines] == ["a", "b", "c", "samyan", "yothi"]


def test_truth_ends_with_the_run() -> None:
    struck = striking(fault(duration=None, truth=(Expected("air/bad", 30.0),)), device("a"))

    assert next(truth_lines(struck, BEGIN + 5_000))["end"] == "2026-01-04T17:00:05.000Z"
