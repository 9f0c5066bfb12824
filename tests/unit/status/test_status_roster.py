"""Which devices report: the counts kept step by step are those that counting anew would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.model import Device
from services.status.evaluate import Policy, ZoneCount
from services.status.roster import Roster
from tests.unit.status.statuscity import CITY, MINUTE, START, counter, spot

LIMIT = 3 * MINUTE


def roster(*devices: Device) -> Roster:
    found = Roster(CITY, Policy())
    found.replace(devices, START)
    return found


def traffic(found: Roster) -> tuple[int, int, int]:
    counts = found.counts("traffic-counts")
    return (
        sum(c.devices for c in counts),
        sum(c.reporting for c in counts),
        sum(c.awaited for c in counts),
    )


def test_a_device_is_awaited_then_silent() -> None:
    found = roster(counter(1))

    assert found.counts("traffic-counts") == (ZoneCount("yothi", 1, 0, 1),)
    assert found.pass_time(START + LIMIT) == set()
    assert found.pass_time(START + LIMIT + 1) == {"traffic-counts"}
    assert traffic(found) == (1, 0, 0)


def test_a_device_reports_until_three_of_its_intervals_are_over() -> None:
    found = roster(counter(1))

    assert found.heard("tf-01", START + 1000, START + 1000) == "traffic-counts"
    assert traffic(found) == (1, 1, 0)
    assert found.heard("tf-01", START + 2000, START + 2000) is None  # nothing that counts has moved
    assert found.pass_time(START + 2000 + LIMIT) == set()
    assert found.pass_time(START + 2001 + LIMIT) == {"traffic-counts"}
    assert traffic(found) == (1, 0, 0)
    assert found.newest("traffic-counts") == START + 2000


def test_a_silent_device_that_is_heard_again_reports_again() -> None:
    found = roster(counter(1))
    found.pass_time(START + LIMIT + 1)

    assert found.heard("tf-01", START + 10 * MINUTE, START + 10 * MINUTE) == "traffic-counts"
    assert traffic(found) == (1, 1, 0)


@pytest.mark.parametrize("age", [LIMIT + 1, 100 * MINUTE])
def test_an_old_reading_that_comes_late_does_not_make_a_device_report(age: int) -> None:
    found = roster(counter(1))
    found.pass_time(START + 200 * MINUTE)
    now = START + 200 * MINUTE

    found.heard("tf-01", now - age, now)

    assert traffic(found) == (1, 0, 0)
    assert found.newest("traffic-counts") == now - age


def test_an_older_reading_never_undoes_a_newer_one() -> None:
    found = roster(counter(1))
    found.heard("tf-01", START + MINUTE, START + MINUTE)

    found.heard("tf-01", START, START + MINUTE)

    assert found.newest("traffic-counts") == START + MINUTE


def test_disabled_devices_and_those_of_no_service_do_not_count() -> None:
    found = roster(
        counter(1, enabled=False), counter(2, types=("FloodMonitoring",)), counter(3, service="gone")
    )

    assert traffic(found) == (0, 0, 0)
    assert found.heard("tf-01", START, START) is None


def test_a_device_that_changes_takes_what_was_heard_along() -> None:
    device = counter(1)
    found = roster(device)
    found.heard("tf-01", START, START)

    assert found.put(replace(device, zone="samyan"), START + 1) == {"traffic-counts"}
    assert found.counts("traffic-counts") == (ZoneCount("samyan", 1, 1, 0),)
    assert found.put(replace(device, enabled=False), START + 2) == {"traffic-counts"}
    assert traffic(found) == (0, 0, 0)


def test_a_slower_device_has_more_time() -> None:
    device = counter(1)
    found = roster(device)
    found.heard("tf-01", START, START)
    found.put(replace(device, interval=10 * MINUTE), START + 1)

    found.pass_time(START + 20 * MINUTE)

    assert traffic(found) == (1, 1, 0)


def test_the_same_devices_again_change_nothing() -> None:
    found = roster(counter(1), spot(1))

    assert found.replace([counter(1), spot(1)], START + MINUTE) == set()
    assert found.replace([counter(1)], START + MINUTE) == {"parking"}


DEVICES = [counter(1), counter(2, "samyan"), counter(3, interval=2 * MINUTE), spot(1)]
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 5 * MINUTE)),
        st.tuples(st.just("heard"), st.integers(0, 3), st.integers(-4 * MINUTE, 30_000)),
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
        for name, device in self.devices.items():
            limit = 3 * device.interval
            reports = name in self.last and now <= self.last[name] + limit
            awaited = not reports and now <= self.since[name] + limit
            service = CITY.service_of(device)
            if service is None:  # a parking spot outside the zone that parking serves
                continue
            entry = found.setdefault((service, device.zone), [0, 0, 0])
            for place, value in enumerate((1, reports, awaited)):
                entry[place] += value
        return found


@given(_steps)
@example([("heard", 0, -1), ("pass", 3 * MINUTE)])
def test_counting_step_by_step_is_counting_anew(steps: list[Any]) -> None:
    found, plain, now = roster(*DEVICES), Plain(), START
    for step in steps:
        if step[0] == "pass":
            now += step[1]
        elif step[0] == "heard":
            device = DEVICES[step[1]].id
            found.heard(device, now + step[2], now)
            plain.heard(device, now + step[2])
        elif step[0] == "put":
            device = replace(DEVICES[step[1]], enabled=step[3])
            device = replace(device, zone=step[2] if step[1] != 3 else "yothi")
            found.put(device, now)
            plain.put(device, now)
        else:
            found.remove(DEVICES[step[1]].id)
            plain.remove(DEVICES[step[1]].id)
        found.pass_time(now)
        kept = {
            (service, count.zone): [count.devices, count.reporting, count.awaited]
            for service in CITY.services
            for count in found.counts(service)
        }
        assert kept == plain.counts(now)
