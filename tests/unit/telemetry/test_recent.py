"""What is told of presence, and what came late."""

from __future__ import annotations

from devices.model import Observation
from services.telemetry.recent import Recent

MINUTE = 60_000
NOW = 1_767_546_000_000
HORIZON = 10 * MINUTE


def reading(taken: int, *, device: str = "aq-01", received: int = NOW) -> Observation:
    return Observation(taken, device, "north", "AirQualityObserved", {}, received)


def test_the_newest_reading_and_when_the_first_of_several_was_taken() -> None:
    recent = Recent(HORIZON)
    recent.newer(reading(NOW - 2_000), MINUTE)
    recent.newer(reading(NOW - 1_000), MINUTE)
    recent.newer(reading(NOW), MINUTE)
    recent.newer(reading(NOW, device="aq-02"), MINUTE)
    latest, first = recent.taken()
    assert {device: one.time for device, one in latest.items()} == {"aq-01": NOW, "aq-02": NOW}
    assert first == {"aq-01": NOW - 2_000}
    assert recent.taken() == ({}, {})


def test_what_is_in_time_is_not_late() -> None:
    recent = Recent(HORIZON)
    recent.newer(reading(NOW - HORIZON), MINUTE)
    recent.newer(reading(NOW - HORIZON + MINUTE), MINUTE)
    recent.older(reading(NOW - MINUTE), MINUTE)
    assert recent.settled(5, 5) == {}
    assert recent.dump() == {}


def test_new_for_its_device_and_yet_older_than_the_live_horizon() -> None:
    recent = Recent(HORIZON)
    recent.newer(reading(NOW - HORIZON - 1), MINUTE)
    assert recent.dump() == {"aq-01": [NOW - HORIZON - 1, NOW - HORIZON - 1]}


def test_a_buffer_sent_at_once_is_late_from_its_first_reading() -> None:
    recent = Recent(HORIZON)
    for minutes in (9, 6, 3):
        recent.newer(reading(NOW - minutes * MINUTE), MINUTE)
    assert recent.dump() == {"aq-01": [NOW - 9 * MINUTE, NOW - 3 * MINUTE]}


def test_older_than_what_is_known_by_more_than_an_interval() -> None:
    recent = Recent(HORIZON)
    recent.older(reading(NOW - MINUTE - 1), MINUTE)
    recent.older(reading(NOW - 5 * MINUTE), MINUTE)
    assert recent.dump() == {"aq-01": [NOW - 5 * MINUTE, NOW - MINUTE - 1]}


def test_told_once_it_is_stored_and_only_once() -> None:
    recent = Recent(HORIZON)
    recent.older(reading(NOW - 5 * MINUTE), MINUTE)
    assert recent.settled(7, 3) == {}
    recent.older(reading(NOW - 9 * MINUTE, device="aq-02"), MINUTE)
    assert recent.settled(9, 6) == {}
    assert recent.settled(9, 7) == {"aq-01": (NOW - 5 * MINUTE, NOW - 5 * MINUTE)}
    assert recent.settled(9, 9) == {"aq-02": (NOW - 9 * MINUTE, NOW - 9 * MINUTE)}
    assert recent.settled(9, 9) == {}


def test_a_restart_forgets_nothing_of_it() -> None:
    recent = Recent(HORIZON)
    recent.older(reading(NOW - 5 * MINUTE), MINUTE)
    recent.settled(7, 3)
    recent.older(reading(NOW - 9 * MINUTE), MINUTE)
    again = Recent(HORIZON)
    again.load(recent.dump())
    again.settled(1, 0)
    assert again.settled(1, 1) == {"aq-01": (NOW - 9 * MINUTE, NOW - 5 * MINUTE)}
