"""Who wins when the city folder and the registry differ."""

from __future__ import annotations

from dataclasses import replace

from devices.model import Device, Domain
from services.registry.seeding import differences, put_by_hand
from services.store.records.devices import DeviceRecord, Origin

METER = Device("meter-1", ("ACMeasurement",), "yothi", Domain.ENERGY, 60_000)
OFF = replace(METER, enabled=False)
LISTED = DeviceRecord(METER, Origin.CITY)
DROPPED = DeviceRecord(OFF, Origin.CITY, listed=False)


def agree(kept: list[DeviceRecord], listed: list[Device]) -> list[DeviceRecord]:
    return differences({record.device.id: record for record in kept}, listed)


def test_what_the_file_lists_is_taken_over() -> None:
    assert agree([], [METER]) == [LISTED]


def test_what_is_the_same_is_not_written_again() -> None:
    assert agree([LISTED], [METER]) == []


def test_the_file_wins_about_what_it_says() -> None:
    moved = replace(METER, zone="samyan")
    assert agree([LISTED], [moved]) == [DeviceRecord(moved, Origin.CITY)]


def test_what_an_operator_disabled_stays_so() -> None:
    kept = DeviceRecord(OFF, Origin.CITY, allowed=False)
    assert agree([kept], [METER]) == []
    moved = replace(METER, zone="samyan")
    assert agree([kept], [moved]) == [DeviceRecord(replace(moved, enabled=False), Origin.CITY, allowed=False)]


def test_what_the_file_lists_no_longer_is_refused_and_kept() -> None:
    assert agree([LISTED], []) == [DROPPED]
    assert agree([DROPPED], []) == []


def test_what_is_listed_again_is_let_in_again() -> None:
    assert agree([DROPPED], [METER]) == [LISTED]


def test_what_somebody_added_stays() -> None:
    assert agree([DeviceRecord(METER, Origin.ADDED)], []) == []


def test_what_somebody_added_and_the_file_now_lists_is_the_file_s() -> None:
    added = DeviceRecord(replace(METER, name="mine"), Origin.ADDED)
    assert agree([added], [METER]) == [LISTED]


def test_a_change_by_hand_leaves_a_listed_device_with_its_file() -> None:
    assert put_by_hand(METER, None) == DeviceRecord(METER, Origin.ADDED)
    assert put_by_hand(METER, LISTED) == LISTED
    assert put_by_hand(METER, DROPPED) == DeviceRecord(METER, Origin.ADDED)
    assert put_by_hand(OFF, LISTED) == DeviceRecord(OFF, Origin.CITY, allowed=False)
