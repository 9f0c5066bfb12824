"""What memory can say of a reading: new, merged, a duplicate, or that only the store knows."""

from __future__ import annotations

from services.telemetry.series import Memory, Newness, Series


def test_later_is_new_and_earlier_is_doubtful() -> None:
    series = Series()
    assert series.observe(10, {"a": 1.0}) is Newness.NEW
    assert series.observe(20, {"a": 1.0}) is Newness.NEW
    assert series.observe(15, {"a": 1.0}) is Newness.DOUBTFUL
    assert series.time == 20


def test_the_same_moment_is_a_duplicate_a_merge_or_a_correction() -> None:
    series = Series()
    series.observe(10, {"a": 1.0})
    assert series.observe(10, {"a": 1.0}) is Newness.DUPLICATE
    assert series.observe(10, {"b": 2.0}) is Newness.MERGED
    assert series.observe(10, {"a": 1.0, "b": 2.0}) is Newness.DUPLICATE
    assert series.observe(10, {"a": 5.0}) is Newness.MERGED
    assert series.values == {"a": 5.0, "b": 2.0}


def test_readings_without_a_time_never_share_a_moment() -> None:
    series = Series()
    moments = [series.moment(1000, None, {"a": 1.0}) for _ in range(3)]
    assert moments == [1000, 1001, 1002]
    assert series.moment(5000, None, {}) == 5000


def test_a_redelivery_is_known_by_its_seq() -> None:
    series = Series()
    first = series.moment(1000, 7, {"a": 1.0})
    series.observe(first, {"a": 1.0})
    again = series.moment(9000, 7, {"a": 1.0})
    assert again == first
    assert series.observe(again, {"a": 1.0}) is Newness.DUPLICATE


def test_a_device_that_begins_to_count_again_is_no_redelivery() -> None:
    series = Series()
    series.observe(series.moment(1000, 1, {"a": 1.0}), {"a": 1.0})
    assert series.moment(9000, 1, {"a": 2.0}) == 9000


def test_without_seq_the_same_values_again_are_a_reading_of_their_own() -> None:
    series = Series()
    series.observe(series.moment(1000, None, {"a": 1.0}), {"a": 1.0})
    assert series.observe(series.moment(2000, None, {"a": 1.0}), {"a": 1.0}) is Newness.NEW


def test_memory_comes_back_as_it_was() -> None:
    memory = Memory()
    series = memory.of("aq-01").setdefault("AirQualityObserved", Series())
    series.observe(series.moment(1000, 7, {"pm25": 1.0}), {"pm25": 1.0})
    again = Memory()
    again.load(memory.dump())
    restored = again.of("aq-01")["AirQualityObserved"]
    assert restored.dump() == series.dump()
    assert restored.moment(9000, 7, {"pm25": 1.0}) == 1000
