from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from devices.city import CityFolder
from devices.codecs.native import decode
from devices.geometry import zone_contains
from devices.model import Device
from devices.refusal import Code
from simulators.crowd import FIRST, Crowd
from simulators.faults import Fault, FaultKind, Target
from simulators.noise import Noise
from simulators.payloads import Style, style_of
from simulators.population import scaled_devices

BEGIN = 1_767_572_400_000

Sent = list[tuple[int, Device, bytes]]


def crowd(pilot: CityFolder, *faults: Fault, seed: int = 1) -> Crowd:
    return Crowd(pilot, pilot.devices, faults, seed, BEGIN)


def run(crowd: Crowd, until: int) -> Sent:
    """Everything that is sent before ``until`` ms after the start, at the moment it is due."""
    sent: Sent = []
    while (now := crowd.next_due()) < BEGIN + until:
        changes = crowd.plan.advance(now)
        crowd.hurry((*changes.begun, *changes.ended), now)
        sent += [(now, device, payload) for device, payload in crowd.due(now, 1_000)]
    return sent


def test_everything_that_is_sent_is_accepted(pilot: CityFolder) -> None:
    items = 0
    for now, device, payload in run(crowd(pilot), 90_000):
        decoded = decode(payload)
        assert not decoded.refusals, payload
        for reading in decoded.readings:
            kind = pilot.catalog[reading.type or device.types[0]]
            checked = kind.check(reading.values, index=0, unknown=reading.unknown)
            assert checked.refusal is None, (device.id, checked.refusal)
            assert reading.time is None or BEGIN - 60_000 < reading.time <= now
            items += 1

    assert 1_500 < items < 2_500


def test_the_same_seed_sends_the_same_bytes_and_another_does_not(pilot: CityFolder) -> None:
    first, again, other = (run(crowd(pilot, seed=seed), 20_000) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_every_device_is_heard_within_the_first_seconds(pilot: CityFolder) -> None:
    assert {device.id for _, device, _ in run(crowd(pilot), FIRST)} == {d.id for d in pilot.devices}


def test_each_device_keeps_its_interval_give_or_take(pilot: CityFolder) -> None:
    times: dict[str, list[int]] = defaultdict(list)
    for now, device, _ in run(crowd(pilot), 240_000):
        times[device.id].append(now)

    for device in pilot.devices:
        taken = times[device.id]
        gaps = [b - a for a, b in itertools.pairwise(taken)]
        assert gaps
        assert all(0.89 * device.interval <= gap <= 1.11 * device.interval for gap in gaps)


def test_all_forms_of_payload_are_in_use(pilot: CityFolder) -> None:
    styles = Counter(style_of(device, Noise(1)) for device in pilot.devices)
    sent = [json.loads(payload) for _, _, payload in run(crowd(pilot), 60_000)]
    mappings = [form for form in sent if isinstance(form, dict)]

    assert styles.keys() == set(Style)
    assert styles.most_common(1)[0][0] is Style.PLAIN
    assert any(isinstance(form, list) and len(form) == 2 for form in sent)
    assert any("values" not in form for form in mappings)
    assert any(isinstance(form.get("ts"), str) for form in mappings)
    assert any("seq" in form for form in mappings)
    assert any("location" in form for form in mappings)


def test_sequence_numbers_and_moments_of_a_device_rise(pilot: CityFolder) -> None:
    numbers, moments = defaultdict(list), defaultdict(list)
    for _, device, payload in run(crowd(pilot), 120_000):
        for reading in decode(payload).readings:
            if reading.seq is not None:
                numbers[device.id].append(reading.seq)
            if reading.time is not None:
                moments[device.id, reading.type].append(reading.time)

    assert len(numbers) > 20
    assert all(b == a + 1 for seen in numbers.values() for a, b in itertools.pairwise(seen))
    assert all(a < b for seen in moments.values() for a, b in itertools.pairwise(seen))


def test_a_device_of_two_types_sends_both(pilot: CityFolder) -> None:
    kinds = {
        reading.type
        for _, device, payload in run(crowd(pilot), 30_000)
        if device.id == "aq-04"
        for reading in decode(payload).readings
    }

    assert kinds == {None, "WeatherObserved"}


def trouble(kind: FaultKind, *devices: str, **more: object) -> Fault:
    given = {"start": 30_000, "duration": 60_000} | more
    return Fault("trouble", kind, Target(devices=devices), **given)  # type: ignore[arg-type]


def of(sent: Sent, device: str) -> list[tuple[int, bytes]]:
    return [(now - BEGIN, payload) for now, one, payload in sent if one.id == device]


@pytest.mark.parametrize("kind", [FaultKind.SILENT, FaultKind.OFFLINE])
def test_a_silent_device_says_nothing_and_comes_back(pilot: CityFolder, kind: FaultKind) -> None:
    times = [now for now, _ in of(run(crowd(pilot, trouble(kind, "bus-06")), 130_000), "bus-06")]

    assert not [now for now in times if 30_000 <= now < 90_000]
    assert [now for now in times if now < 30_000]
    assert [now for now in times if now >= 90_000]


def test_an_outage_of_a_zone_silences_the_whole_zone(pilot: CityFolder) -> None:
    outage = Fault("outage", FaultKind.SILENT, Target(pick_zones=1), start=20_000, duration=40_000)
    heard = {device.zone for now, device, _ in run(crowd(pilot, outage), 60_000) if now >= BEGIN + 20_000}

    assert len(heard) == len(pilot.city.zones) - 1


def test_a_change_of_state_is_reported_at_once_when_it_begins_and_when_it_ends(pilot: CityFolder) -> None:
    charger = trouble(FaultKind.SET, "ev-01", values={"connectorStatus": "Faulted"})
    heard = [
        (now, reading.values["connectorStatus"] == "Faulted")
        for now, payload in of(run(crowd(pilot, charger), 120_000), "ev-01")
        for reading in decode(payload).readings
    ]

    assert any(30_000 <= now < 32_000 and faulted for now, faulted in heard)
    assert any(90_000 <= now < 92_000 and not faulted for now, faulted in heard)
    assert all(faulted == (30_000 <= now < 90_000) for now, faulted in heard)


def test_a_stuck_device_repeats_itself(pilot: CityFolder) -> None:
    heard = of(run(crowd(pilot, trouble(FaultKind.STUCK, "aq-01")), 90_000), "aq-01")
    values = [decode(payload).readings[-1].values for now, payload in heard if 30_000 <= now < 90_000]

    assert len(values) >= 5
    assert all(value == values[0] for value in values)


def test_a_value_out_of_range_is_sent_as_it_is(pilot: CityFolder) -> None:
    wild = trouble(FaultKind.SET, "aq-01", values={"pm25": -3.0})
    codes = set()
    for now, payload in of(run(crowd(pilot, wild), 80_000), "aq-01"):
        reading = decode(payload).readings[-1]
        refusal = pilot.catalog["AirQualityObserved"].check(reading.values, index=0).refusal
        codes.add((now >= 30_000, refusal and refusal.code))

    assert codes == {(False, None), (True, Code.OUT_OF_RANGE)}


def test_garbage_is_refused_and_of_several_kinds(pilot: CityFolder) -> None:
    broken = trouble(FaultKind.GARBAGE, "wifi-01", duration=3_600_000)
    garbage = [payload for now, payload in of(run(crowd(pilot, broken), 900_000), "wifi-01") if now >= 30_000]

    assert len(set(garbage)) == 5
    assert all(decode(payload).refusals or not decode(payload).readings for payload in garbage)


def test_readings_that_the_machine_missed_are_skipped_and_counted(pilot: CityFolder) -> None:
    slow = crowd(pilot)
    run(slow, 10_000)
    held_up = BEGIN + 310_000
    sent = list(slow.due(held_up, 10_000))

    moments = [reading.time for _, payload in sent for reading in decode(payload).readings if reading.time]
    assert min(moments) > held_up - 90_001
    assert len(sent) <= 1.1 * len(pilot.devices)
    assert 300 * 19 < slow.late < 300 * 22
    assert slow.next_due() > held_up


def test_a_batch_is_bounded(pilot: CityFolder) -> None:
    assert len(list(crowd(pilot).due(BEGIN + FIRST, 17))) == 17


def test_a_city_without_devices_waits(pilot: CityFolder) -> None:
    empty = Crowd(pilot, [], [], 1, BEGIN)

    assert list(empty.due(BEGIN + FIRST, 10)) == []
    assert empty.next_due() > BEGIN + 10**15


def test_fewer_devices_are_spread_over_the_city(pilot: CityFolder) -> None:
    few = scaled_devices(pilot, 60)

    assert len({device.id for device in few}) == 60
    assert {device.domain for device in few} == {device.domain for device in pilot.devices}
    assert all(device in pilot.devices for device in few)


def test_more_devices_are_clones_in_the_same_zones(pilot: CityFolder) -> None:
    many = scaled_devices(pilot, 1_000)
    originals = {device.id: device for device in pilot.devices}

    assert len({device.id for device in many}) == 1_000
    assert many[: len(originals)] == list(pilot.devices)
    for clone in many[len(originals) :]:
        original = originals[clone.id.rpartition("-")[0]]
        assert (clone.zone, clone.types, clone.labels) == (original.zone, original.types, original.labels)
        assert clone.location is not None
        assert zone_contains(pilot.city.zones[clone.zone], *clone.location)
    assert many == scaled_devices(pilot, 1_000)


def test_clones_do_not_take_the_place_of_a_device_that_is_called_so(pilot: CityFolder) -> None:
    first = pilot.devices[0]
    folder = replace(
        pilot, devices=(first, replace(first, id="aq-01-2"), replace(first, id="off", enabled=False))
    )
    names = [device.id for device in scaled_devices(folder, 4)]

    assert names == ["aq-01", "aq-01-2", "aq-01-2-2", "aq-01-3"]


def test_an_empty_city_stays_empty(pilot: CityFolder) -> None:
    assert scaled_devices(replace(pilot, devices=()), 10) == []
