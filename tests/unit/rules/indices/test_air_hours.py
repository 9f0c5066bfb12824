"""Means that roll hour by hour: buckets, coverage, late and corrected readings, snapshots."""

from __future__ import annotations

import json
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.indices import Derivation
from tests.support.indexing import DAY, HOUR, MINUTE, at, context, deriving, restored, told

KIND = "AirQualityObserved"
MIDNIGHT = at("2026-01-05T00:00")


def station(zone: str = "Asia/Bangkok") -> Derivation:
    return deriving(KIND, where=context(zone))


def hourly(count: int, start: int = MIDNIGHT, **values: float) -> list[tuple[int, dict[str, float]]]:
    """Readings at 01:00, 02:00 and so on, each of which completes its hour."""
    return [(start + hour * HOUR, values) for hour in range(1, count + 1)]


def test_24_hours_need_18_of_them() -> None:
    found = told(station(), hourly(25, pm25=60.0))
    first = next(hour for hour, one in enumerate(found, 1) if "pm25Mean24h" in one.values)
    assert first == 18
    assert found[-1].values["pm25Mean24h"] == 60.0
    assert found[-1].values["thaiAqi"] == 160  # 99 / 37.4 * (60 - 37.6) + 101 = 160.3
    assert found[-1].values["thaiAqiLevel"] == 4
    assert found[-1].values["usAqi"] == 154  # 49 / 69.9 * (60 - 55.5) + 151 = 154.2


@pytest.mark.parametrize(
    ("metric", "mean", "hours"),
    [("o3", "o3Mean8h", 6), ("co", "coMean8h", 6), ("no2", "no2Mean1h", 1), ("so2", "so2Mean1h", 1)],
)
def test_shorter_means_need_three_quarters_of_their_hours(metric: str, mean: str, hours: int) -> None:
    found = told(station(), hourly(10, **{metric: 5.0}))
    assert [mean in one.values for one in found] == [hour >= hours for hour in range(1, 11)]


def test_hours_weigh_the_same_however_many_readings_they_hold() -> None:
    made = station()
    for minute in range(1, 60):
        made.take(MIDNIGHT + minute * MINUTE, {"o3": 10.0})
    found = told(made, hourly(8, o3=100.0))
    assert found[-1].values["o3Mean8h"] == pytest.approx((59 * 10 + 100) / 60 / 8 + 700 / 8, abs=1e-4)


def test_a_reading_on_the_hour_completes_it_and_the_next_one_begins_another() -> None:
    made = station()
    assert not made.take(MIDNIGHT + 30 * MINUTE, {"no2": 10.0}).values
    on_the_hour = made.take(MIDNIGHT + HOUR, {"no2": 30.0})
    assert on_the_hour.fresh["no2Mean1h"] == 20.0
    later = made.take(MIDNIGHT + HOUR + 1, {"no2": 90.0})
    assert later.values["no2Mean1h"] == 20.0, "what holds goes on to hold"
    assert not later.fresh, "and is stored once"
    assert made.take(MIDNIGHT + 2 * HOUR, {"no2": 10.0}).fresh["no2Mean1h"] == 50.0


def test_without_a_reading_on_the_hour_the_next_one_tells() -> None:
    made = station()
    made.take(MIDNIGHT + 30 * MINUTE, {"no2": 10.0})
    assert made.take(MIDNIGHT + HOUR + 5 * MINUTE, {"no2": 99.0}).fresh["no2Mean1h"] == 10.0


def test_an_hour_without_readings_has_no_mean() -> None:
    made = station()
    made.take(MIDNIGHT + HOUR, {"no2": 10.0})
    assert made.take(MIDNIGHT + 2 * HOUR + MINUTE, {"no2": 10.0}).values == {}


def test_after_a_long_silence_nothing_of_before_counts() -> None:
    made = station()
    told(made, hourly(24, pm25=60.0))
    found = made.take(MIDNIGHT + 3 * DAY, {"pm25": 5.0})
    assert "pm25Mean24h" not in found.values
    assert "thaiAqi" not in found.values
    assert told(made, hourly(23, MIDNIGHT + 3 * DAY, pm25=5.0))[-1].values["pm25Mean24h"] == 5.0


def test_the_window_moves_on() -> None:
    found = told(station(), [*hourly(24, pm25=10.0), *hourly(12, MIDNIGHT + DAY, pm25=30.0)])
    assert found[23].values["pm25Mean24h"] == 10.0
    assert found[24].values["pm25Mean24h"] == pytest.approx((23 * 10 + 30) / 24, abs=1e-4)
    assert found[35].values["pm25Mean24h"] == 20.0
    assert found[35].values["pm25NowCast"] == 30.0, "12 hours later nothing of before is in it"


def test_all_six_pollutants_and_the_worst_of_them() -> None:
    values = {"pm25": 20.0, "pm10": 60.0, "o3": 40.0, "co": 5.0, "no2": 80.0, "so2": 350.0}
    found = told(station(), hourly(24, **values))[-1].values
    assert found == {
        "pm25Mean24h": 20.0,
        "pm10Mean24h": 60.0,
        "o3Mean8h": 40.0,
        "coMean8h": 5.0,
        "no2Mean1h": 80.0,
        "so2Mean1h": 350.0,
        "pm25NowCast": 20.0,
        "pm10NowCast": 60.0,
        "thaiAqi": 150.0,  # SO2: 99 / 99 * (350 - 301) + 101
        "thaiAqiLevel": 4.0,
        "thaiAqiPollutant": "so2",
        "usAqi": 216.0,  # SO2: 99 / 299 * (350 - 305) + 201 = 215.9
    }


def test_a_correction_takes_the_place_of_the_reading() -> None:
    made = station()
    made.take(MIDNIGHT + 30 * MINUTE, {"no2": 10.0, "so2": 7.0})
    made.take(MIDNIGHT + 30 * MINUTE, {"no2": 50.0})
    assert made.take(MIDNIGHT + HOUR, {"no2": 70.0}).values["no2Mean1h"] == 60.0
    again = made.take(MIDNIGHT + HOUR, {"no2": 90.0, "so2": 9.0})
    assert again.fresh["no2Mean1h"] == 70.0
    assert again.fresh["so2Mean1h"] == 8.0, "the other metric of that moment was added to it"
    assert made.take(MIDNIGHT + 2 * HOUR, {"no2": 1.0}).values["no2Mean1h"] == 1.0


def test_a_late_reading_counts_when_the_means_next_roll() -> None:
    made = station()
    told(made, hourly(8, o3=10.0))
    made.fill(MIDNIGHT + 4 * HOUR - MINUTE, {"o3": 50.0})
    assert made.take(MIDNIGHT + 8 * HOUR + MINUTE, {"o3": 10.0}).values["o3Mean8h"] == 10.0
    found = made.take(MIDNIGHT + 9 * HOUR, {"o3": 10.0})
    assert found.values["o3Mean8h"] == pytest.approx((7 * 10 + 30) / 8)


def test_a_reading_that_is_too_late_is_left_out() -> None:
    made = station()
    told(made, hourly(24, o3=10.0, pm25=10.0))
    made.fill(MIDNIGHT + HOUR, {"o3": 999.0})
    made.fill(MIDNIGHT - 5 * DAY, {"pm25": 999.0})
    assert told(made, hourly(9, MIDNIGHT + DAY, o3=10.0, pm25=10.0))[-1].values["thaiAqi"] == 17


def test_hours_are_those_of_the_citys_clock() -> None:
    start = at("2026-01-05T00:00", "Asia/Kolkata")  # UTC+05:30
    made = station("Asia/Kolkata")
    made.take(start + 30 * MINUTE, {"no2": 10.0})
    assert "no2Mean1h" not in made.take(start + 59 * MINUTE, {"no2": 30.0}).values
    assert made.take(start + 60 * MINUTE, {"no2": 20.0}).values["no2Mean1h"] == 20.0


def test_what_is_no_number_or_no_concentration_is_left_out() -> None:
    found = told(station(), [(MIDNIGHT + HOUR, {"no2": "high", "so2": 1e300, "o3": True})])
    assert found[0].values == {}


def test_the_state_of_a_day_is_short() -> None:
    made = station()
    told(made, hourly(30, pm25=12.5, pm10=30.0, o3=20.0))
    assert len(json.dumps(made.save())) < 2_500


PLACES = st.integers(0, 40 * 12)  # five-minute steps of 40 hours
AMOUNTS = st.floats(0, 500, allow_nan=False).map(lambda number: round(number, 3))
READINGS = st.dictionaries(
    PLACES, st.fixed_dictionaries({}, optional={"pm25": AMOUNTS, "o3": AMOUNTS, "no2": AMOUNTS})
)


def _stream(readings: dict[int, dict[str, float]]) -> list[tuple[int, dict[str, float]]]:
    return [(MIDNIGHT + place * 5 * MINUTE, readings[place]) for place in sorted(readings)]


def _mean(stream: list[tuple[int, dict[str, float]]], time: int, metric: str, hours: int) -> float | None:
    """By the definition, from all readings."""
    end = time // HOUR * HOUR
    means = []
    for back in range(hours):
        inside = [
            values[metric]
            for taken, values in stream
            if end - (back + 1) * HOUR < taken <= end - back * HOUR and taken <= time and metric in values
        ]
        if inside:
            means.append(fsum(inside) / len(inside))
    return fsum(means) / len(means) if means and len(means) >= 0.75 * hours else None


@settings(max_examples=60)
@given(READINGS)
def test_means_are_what_their_definition_says(readings: dict[int, dict[str, float]]) -> None:
    stream = _stream(readings)
    made = station()
    for time, values in stream:
        found = made.take(time, values).values
        for metric, hours in (("pm25", 24), ("o3", 8), ("no2", 1)):
            expected = _mean(stream, time, metric, hours)
            got = found.get(f"{metric}Mean{hours}h")
            assert got == (None if expected is None else pytest.approx(expected, abs=1e-4))


@settings(max_examples=60)
@given(READINGS, st.integers(0, 100))
def test_a_saved_state_goes_on_the_same(readings: dict[int, dict[str, float]], cut: int) -> None:
    stream = _stream(readings)
    stream = [reading for reading in stream for _ in range(1 + reading[0] % 2)]  # some come twice
    whole = told(station(), stream)
    made = station()
    begun = told(made, stream[:cut])
    assert begun + told(restored(made, KIND), stream[cut:]) == whole


@settings(max_examples=60)
@given(READINGS, st.randoms())
def test_the_order_of_late_readings_does_not_matter(
    readings: dict[int, dict[str, float]], random: object
) -> None:
    stream = _stream(readings)
    shuffled = stream[:]
    random.shuffle(shuffled)
    after = MIDNIGHT + 41 * HOUR
    found = []
    for late in (stream, shuffled):
        made = station()
        made.take(after - HOUR // 2, {"pm25": 1.0})
        for time, values in late:
            made.fill(time, values)
        found.append(made.take(after, {"pm25": 1.0}))
    assert found[0] == found[1]
