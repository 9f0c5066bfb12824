"""What aggregation promises: the arithmetic, the buckets of city time, zones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.store.timeseries.protocol import Aggregate, Bucket, Selection, TimeSeriesStore
from tests.contract.timeseries.model import DAY, START, Model, everything, observation
from tests.contract.timeseries.test_timeseries_reading import HOUR, city, stored

BANGKOK, BERLIN = "Asia/Bangkok", "Europe/Berlin"


def rounded(buckets: list[Bucket]) -> list[Bucket]:
    """Sums may be added in any order."""
    return [bucket._replace(value=round(bucket.value, 6)) for bucket in buckets]


def at(text: str, zone: str) -> int:
    """A local time as ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


@pytest.mark.parametrize("by_zone", [False, True])
@pytest.mark.parametrize("agg", list(Aggregate))
async def test_every_kind_gives_what_a_dict_would_give(
    store: TimeSeriesStore, agg: Aggregate, by_zone: bool
) -> None:
    model = await stored(store, city(2, 300))
    for selection, every in (
        (everything(), HOUR),
        (
            everything(metrics=("temperature", "pm25"), types=("AirQualityObserved", "WeatherObserved")),
            5 * HOUR,
        ),
        (everything(metrics=("temperature",), zones=("zone-1",), types=("WeatherObserved",)), DAY),
        (Selection(START + 30 * 60_000, START + 3 * HOUR, devices=("d-1", "d-2")), HOUR),
    ):
        found = await store.aggregate(selection, every=every, agg=agg, timezone=BANGKOK, by_zone=by_zone)
        assert found
        assert rounded(found) == rounded(
            model.aggregate(selection, every=every, agg=agg, timezone=BANGKOK, by_zone=by_zone)
        )


async def test_days_begin_at_the_city_s_midnight(store: TimeSeriesStore) -> None:
    midnight = at("2026-01-06T00:00", BANGKOK)
    await store.write(
        [
            observation(midnight - 1, values={"pm25": 10.0}),
            observation(midnight, values={"pm25": 20.0}),
            observation(midnight + DAY - 1, values={"pm25": 40.0}),
        ],
        1,
    )
    found = await store.aggregate(everything(), every=DAY, agg=Aggregate.MEAN, timezone=BANGKOK)
    assert [(one.time, one.value, one.count) for one in found] == [
        (midnight - DAY, 10.0, 1),
        (midnight, 30.0, 2),
    ]
    in_utc = await store.aggregate(everything(), every=DAY, agg=Aggregate.COUNT, timezone="UTC")
    assert [one.count for one in in_utc] == [2, 1]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)],
    ids=["short", "long", "plain"],
)
async def test_a_day_on_which_the_clock_changes_is_one_bucket(
    store: TimeSeriesStore, day: str, hours: int
) -> None:
    midnight = at(f"{day}T00:00", BERLIN)
    await store.write([observation(midnight + hour * HOUR) for hour in range(-2, hours + 2)], 1)
    days = await store.aggregate(everything(), every=DAY, agg=Aggregate.COUNT, timezone=BERLIN)
    assert [one.count for one in days] == [2, hours, 2]
    assert [one.time for one in days][1:] == [midnight, midnight + hours * HOUR]
    by_hour = await store.aggregate(everything(), every=HOUR, agg=Aggregate.COUNT, timezone=BERLIN)
    assert [one.count for one in by_hour] == [1] * (hours + 4)
    quarters = await store.aggregate(everything(), every=6 * HOUR, agg=Aggregate.SUM, timezone=BERLIN)
    assert [one.time for one in quarters if midnight <= one.time < midnight + hours * HOUR] == [
        midnight + start * HOUR for start in range(0, hours, 6)
    ]


async def test_over_a_year_with_two_clock_changes(store: TimeSeriesStore) -> None:
    model = Model()
    batch = [observation(START + i * 7 * HOUR, values={"pm25": float(i % 13)}) for i in range(1_300)]
    await store.write(batch, 1)
    model.write(batch)
    for every in (6 * HOUR, DAY, 7 * DAY, 30 * DAY):
        found = await store.aggregate(everything(), every=every, agg=Aggregate.MAX, timezone=BERLIN)
        assert found == model.aggregate(everything(), every=every, agg=Aggregate.MAX, timezone=BERLIN)


async def test_weeks_begin_on_mondays(store: TimeSeriesStore) -> None:
    await store.write([observation(START + 3 * DAY), observation(START + 7 * DAY)], 1)
    found = await store.aggregate(everything(), every=7 * DAY, agg=Aggregate.COUNT, timezone=BANGKOK)
    assert [one.time for one in found] == [START, START + 7 * DAY]


async def test_a_span_over_a_day_is_whole_days(store: TimeSeriesStore) -> None:
    with pytest.raises(ValueError, match="whole days"):
        await store.aggregate(everything(), every=36 * HOUR, agg=Aggregate.MEAN, timezone=BANGKOK)


async def test_empty_buckets_are_left_out(store: TimeSeriesStore) -> None:
    await store.write([observation(START), observation(START + 10 * HOUR)], 1)
    found = await store.aggregate(everything(), every=HOUR, agg=Aggregate.MEAN, timezone=BANGKOK)
    assert [one.time for one in found] == [START, START + 10 * HOUR]


async def test_strings_and_booleans_are_only_counted(store: TimeSeriesStore) -> None:
    await store.write(
        [
            observation(START, values={"status": "ok", "open": True, "pm25": 4.0}),
            observation(START + 1, values={"status": "fault"}),
        ],
        1,
    )
    counts = await store.aggregate(everything(), every=HOUR, agg=Aggregate.COUNT, timezone=BANGKOK)
    assert {one.metric: (one.value, one.count) for one in counts} == {
        "open": (1.0, 1),
        "pm25": (1.0, 1),
        "status": (2.0, 2),
    }
    for agg in set(Aggregate) - {Aggregate.COUNT}:
        found = await store.aggregate(everything(), every=HOUR, agg=agg, timezone=BANGKOK)
        assert [(one.metric, one.value, one.count) for one in found] == [("pm25", 4.0, 1)]
        words = everything(metrics=("status", "open"))
        assert await store.aggregate(words, every=HOUR, agg=agg, timezone=BANGKOK) == []


async def test_a_metric_that_is_a_number_in_one_type_only(store: TimeSeriesStore) -> None:
    batch = [
        observation(START, values={"level": 4.0}, type="FloodMonitoring"),
        observation(START, values={"level": "high", "depth": 1.0}, type="WasteContainer"),
    ]
    await store.write(batch, 1)
    means = await store.aggregate(everything(), every=HOUR, agg=Aggregate.MEAN, timezone=BANGKOK)
    assert [(one.metric, one.value, one.count) for one in means] == [("depth", 1.0, 1), ("level", 4.0, 1)]
    counts = await store.aggregate(everything(), every=HOUR, agg=Aggregate.COUNT, timezone=BANGKOK)
    assert [(one.metric, one.count) for one in counts] == [("depth", 1), ("level", 2)]
    assert await store.readings(everything(), limit=9) == batch


async def test_a_zone_s_value_is_that_of_all_its_readings_not_of_its_devices(store: TimeSeriesStore) -> None:
    await store.write(
        [observation(START + i, "often", {"pm25": 10.0}) for i in range(9)]
        + [
            observation(START, "once", {"pm25": 110.0}),
            observation(START, "away", {"pm25": 7.0}, zone="yothi"),
        ],
        1,
    )
    found = await store.aggregate(
        everything(), every=HOUR, agg=Aggregate.MEAN, timezone=BANGKOK, by_zone=True
    )
    assert found == [
        Bucket(START, None, "samyan", "pm25", 20.0, 10),
        Bucket(START, None, "yothi", "pm25", 7.0, 1),
    ]


async def test_a_zone_is_that_of_the_reading(store: TimeSeriesStore) -> None:
    await store.write(
        [
            observation(START, values={"pm25": 1.0}),
            observation(START + 1, values={"pm25": 5.0}, zone="yothi"),
        ],
        1,
    )
    zones = await store.aggregate(everything(), every=HOUR, agg=Aggregate.SUM, timezone=BANGKOK, by_zone=True)
    assert [(one.zone, one.value) for one in zones] == [("samyan", 1.0), ("yothi", 5.0)]
    (chosen,) = await store.readings(everything(zones=("yothi",)), limit=9)
    assert chosen.time == START + 1
