"""Which devices report: the counts kept step by step are those that counting anew would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.model import Device
from services.status.course import Course
from services.status.course.finder import Finder
from services.status.facts import Heard, Hearing, Registered
from services.status.model import ZoneCount
from tests.unit.status.coursecity import CITY as FULL
from tests.unit.status.coursecity import DEVICES as MANY
from tests.unit.status.coursecity import POLICY, device
from tests.unit.status.statuscity import CITY, MINUTE, START, counter, spot

LIMIT = 3 * MINUTE


def made(*devices: Device) -> Course:
    found = Course(CITY, POLICY, devices, START)
    found.until(START)
    return found


def hear(found: Course, at: int, *devices: str, now: int | None = None) -> set[str]:
    found.take(*(Heard(at, name) for name in devices))
    return found.until(at if now is None else now).services


def register(found: Course, at: int, *devices: Device) -> set[str]:
    found.take(*(Registered(at, one.id, one) for one in devices))
    return found.until(at).services


def traffic(found: Course) -> tuple[int, int, int]:
    evidence = found.evidence("traffic-counts")
    return evidence.devices, evidence.reporting, evidence.awaited


def test_a_device_is_awaited_then_silent() -> None:
    found = made(counter(1))

    assert found.evidence("traffic-counts").zones == (ZoneCount("yothi", 1, 0, 1),)
    assert found.until(START + LIMIT).services == set()
    assert found.until(START + LIMIT + 1).services == {"traffic-counts"}
    assert traffic(found) == (1, 0, 0)


def test_a_device_reports_until_three_of_its_intervals_are_over() -> None:
    found = made(counter(1))

    assert hear(found, START + 1000, "tf-01") == {"traffic-counts"}
    assert traffic(found) == (1, 1, 0)
    assert hear(found, START + 2000, "tf-01") == set()  # nothing that is shown has moved
    assert found.until(START + 2000 + LIMIT).services == set()
    assert found.until(START + 2001 + LIMIT).services == {"traffic-counts"}
    assert traffic(found) == (1, 0, 0)
    assert found.evidence("traffic-counts").newest == START + 2000


def test_a_silent_device_that_is_heard_again_reports_again() -> None:
    found = made(counter(1))
    found.until(START + LIMIT + 1)

    assert hear(found, START + 10 * MINUTE, "tf-01") == {"traffic-counts"}
    assert traffic(found) == (1, 1, 0)


@pytest.mark.parametrize("age", [LIMIT + 1, 100 * MINUTE])
def test_an_old_reading_that_comes_late_does_not_make_a_device_report(age: int) -> None:
    found = made(counter(1))
    now = START + 200 * MINUTE
    found.until(now)

    hear(found, now - age, "tf-01", now=now)

    assert traffic(found) == (1, 0, 0)
    assert found.evidence("traffic-counts").newest == now - age


def test_an_older_reading_never_undoes_a_newer_one() -> None:
    found = made(counter(1))
    hear(found, START + MINUTE, "tf-01")

    hear(found, START, "tf-01", now=START + MINUTE)

    assert found.evidence("traffic-counts").newest == START + MINUTE


def test_disabled_devices_and_those_of_no_service_do_not_count() -> None:
    found = made(
        counter(1, enabled=False), counter(2, types=("FloodMonitoring",)), counter(3, service="gone")
    )

    assert traffic(found) == (0, 0, 0)
    assert hear(found, START, "tf-01") == set()


def test_a_device_that_changes_takes_what_was_heard_along() -> None:
    found = made(counter(1))
    hear(found, START, "tf-01")

    assert register(found, START + 1, counter(1, "samyan")) == {"traffic-counts"}
    assert found.evidence("traffic-counts").zones == (ZoneCount("samyan", 1, 1, 0),)
    assert register(found, START + 2, counter(1, enabled=False)) == {"traffic-counts"}
    assert traffic(found) == (0, 0, 0)


def test_a_slower_device_has_more_time() -> None:
    found = made(counter(1))
    hear(found, START, "tf-01")
    register(found, START + 1, counter(1, interval=10 * MINUTE))

    found.until(START + 20 * MINUTE)

    assert traffic(found) == (1, 1, 0)


def test_a_service_may_expect_its_devices_otherwise_than_they_say() -> None:
    found = Course(FULL, POLICY, [device("pw-1", "ACMeasurement", interval=10 * MINUTE)], START)
    found.take(Heard(START, "pw-1"))
    found.until(START + 6 * MINUTE)
    assert found.evidence("power").reporting == 1
    assert found.evidence("power").interval == 2 * MINUTE

    found.until(START + 6 * MINUTE + 1)

    assert found.evidence("power").reporting == 0


def test_the_same_devices_again_change_nothing() -> None:
    found = made(counter(1), spot(1))

    assert register(found, START + MINUTE, counter(1), spot(1)) == set()
    found.take(Registered(START + 2 * MINUTE, "ps-01", None))
    assert found.until(START + 2 * MINUTE).services == {"parking"}


def test_while_nothing_can_be_heard_no_patience_ends_and_then_it_begins_anew() -> None:
    found = made(*(counter(n) for n in range(1, 4)))
    hear(found, START + MINUTE, "tf-01", "tf-02")
    found.take(Hearing(START + 2 * MINUTE, True, since=START + 110_000), Hearing(START + 20 * MINUTE, False))

    found.until(START + 19 * MINUTE)
    assert traffic(found) == (3, 2, 1)
    assert found.evidence("traffic-counts").deaf_since == START + 110_000

    hear(found, START + 20 * MINUTE, "tf-01")
    assert traffic(found) == (3, 1, 2)
    found.until(START + 23 * MINUTE + 1)
    assert traffic(found) == (3, 0, 0)


def test_of_a_service_that_was_heard_all_the_same_a_deaf_time_is_a_time_like_any_other() -> None:
    found = made(*(counter(n) for n in range(1, 3)), spot(1))
    found.take(*(Heard(START + n * MINUTE, f"tf-0{1 + n % 2}") for n in range(20)))
    found.take(Hearing(START + 3 * MINUTE, True, frozenset({"traffic-counts"})))

    found.until(START + 10 * MINUTE)

    assert found.evidence("traffic-counts").deaf_since is None
    assert traffic(found) == (2, 2, 0)
    assert found.evidence("parking").deaf_since == START + 3 * MINUTE


@pytest.mark.parametrize(
    "one",
    [
        *MANY,
        device("x", "TrafficFlowObserved;ParkingSpot", "rama-1"),
        replace(device("x", "ParkingSpot"), types=("TrafficFlowObserved", "ParkingSpot")),
        replace(device("x", "ParkingSpot"), service="power"),
        replace(device("x", "Nothing"), service="gone"),
        device("x", "Nothing"),
    ],
)
def test_a_device_counts_for_the_service_that_the_city_says(one: Device) -> None:
    own = FULL.service_of(one)

    found = Finder(FULL).services_of(one)

    assert found == ((own,) if own in FULL.services else ())


def test_a_probe_counts_for_every_service_that_names_it() -> None:
    permits, kiosks = FULL.services["permits"], FULL.services["kiosks"]
    services = {**FULL.services, "kiosks": replace(kiosks, probes=("web-9",)), "permits": permits}
    city = replace(FULL, services=services)
    probe = replace(device("web-9", "ServiceProbe", "samyan"), service="permits")

    assert Finder(city).services_of(probe) == ("permits", "kiosks")


DEVICES = [counter(1), counter(2, "samyan"), counter(3, interval=2 * MINUTE), spot(1)]
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 5 * MINUTE)),
        st.tuples(st.just("heard"), st.integers(0, 3), st.integers(-4 * MINUTE, 0)),
        st.tuples(st.just("put"), st.integers(0, 3), st.sampled_from(("yothi", "samyan")), st.booleans()),
        st.tuples(st.just("remove"), st.integers(0, 3)),
    ),
    max_size=40,
)


class Plain:
    """The same, counted anew whenever somebody looks."""

    def __init__(self) -> None:
        self.devices = {device.id: device for device in DEVICES}
        self.since = dict.fromkeys(self.devices, START)
        self.last: dict[str, int] = {}

    def put(self, device: Device, now: int) -> None:
        if not device.enabled:
            self.remove(device.id)
            return
        self.since.setdefault(device.id, now)
        self.devices[device.id] = device

    def remove(self, device_id: str) -> None:
        for known in (self.devices, self.since, self.last):
            known.pop(device_id, None)

    def heard(self, device_id: str, time: int) -> None:
        if device_id in self.devices:
            self.last[device_id] = max(time, self.last.get(device_id, time))

    def counts(self, now: int) -> Mapping[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for name, own in self.devices.items():
            limit = 3 * own.interval
            reports = name in self.last and now <= self.last[name] + limit
            awaited = not reports and now <= self.since[name] + limit
            service = CITY.service_of(own)
            if service is None:  # a parking spot outside the zone that parking serves
                continue
            entry = found.setdefault((service, own.zone), [0, 0, 0])
            for place, value in enumerate((1, reports, awaited)):
                entry[place] += value
        return found


@given(_steps)
@example([("heard", 0, -1), ("pass", 3 * MINUTE)])
def test_counting_step_by_step_is_counting_anew(steps: list[Any]) -> None:
    found, plain, now = made(*DEVICES), Plain(), START
    for step in steps:
        if step[0] == "pass":
            now += step[1]
        elif step[0] == "heard":
            name = DEVICES[step[1]].id
            found.take(Heard(now + step[2], name))
            plain.heard(name, now + step[2])
        elif step[0] == "put":
            one = replace(DEVICES[step[1]], enabled=step[3])
            one = replace(one, zone=step[2] if step[1] != 3 else "yothi")
            found.take(Registered(now, one.id, one))
            plain.put(one, now)
        else:
            name = DEVICES[step[1]].id
            found.take(Registered(now, name, None))
            plain.remove(name)
        found.until(now)
        kept = {
            (service, count.zone): [count.devices, count.reporting, count.awaited]
            for service in CITY.services
            for count in found.evidence(service).zones
        }
        assert kept == plain.counts(now)
