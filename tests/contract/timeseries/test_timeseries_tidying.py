"""What tidying up promises: retention of each type, and answers that are the same before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.store.timeseries.protocol import Aggregate, Selection, TimeSeriesStore
from services.store.timeseries.retention import Retention
from tests.contract.timeseries.model import DAY, START, Maker, Model, everything, observation
from tests.contract.timeseries.test_timeseries_aggregating import BANGKOK, BERLIN, at, rounded
from tests.contract.timeseries.test_timeseries_reading import HOUR, city, stored

AQ, WEATHER = "AirQualityObserved", "WeatherObserved"
LATER = START + 60 * DAY


@asynccontextmanager
async def opened(store: TimeSeriesStore) -> AsyncIterator[TimeSeriesStore]:
    """The store, open, and closed whatever happens."""
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def tidied(store: TimeSeriesStore, now: int) -> None:
    """Tidy up until nothing is left to do, of as little as these tests have."""
    for _ in range(3):
        await store.tidy(now)


async def same(store: TimeSeriesStore, model: Model, selection: Selection, timezone: str = BANGKOK) -> None:
    """The store answers as the model does, by every kind of aggregate and several kinds of bucket."""
    asked = [(agg, every, every == DAY) for agg in Aggregate for every in (HOUR, DAY)]
    for agg, every, by_zone in [*asked, (Aggregate.MEAN, DAY, False), (Aggregate.LAST, 7 * DAY, False)]:
        found = await store.aggregate(selection, every=every, agg=agg, timezone=timezone, by_zone=by_zone)
        expected = model.aggregate(selection, every=every, agg=agg, timezone=timezone, by_zone=by_zone)
        assert rounded(found) == rounded(expected), (agg, every, by_zone)


@pytest.mark.parametrize(
    "selection",
    [
        everything(),
        everything(metrics=("temperature",), zones=("zone-1",)),
        everything(devices=("d-1", "d-2"), types=(WEATHER,)),
        Selection(START + 90 * 60_000, START + 2 * DAY + 100),
    ],
    ids=["all", "a zone", "two devices", "part of the time"],
)
async def test_answers_are_the_same_when_they_were_worked_out_before(
    make: Maker, selection: Selection
) -> None:
    async with opened(make(timezone=BANGKOK)) as store:
        model = await stored(store, [one._replace(time=one.time * 8 - START * 7) for one in city(5, 400)])
        await tidied(store, LATER)
        await same(store, model, selection)


async def test_late_readings_merges_and_corrections_are_seen_at_once(make: Maker) -> None:
    model = Model()
    async with opened(make(timezone=BANGKOK)) as store:
        first = [observation(START + i * 2 * HOUR, f"aq-{i % 3}", {"pm25": float(i)}) for i in range(60)]
        late = [
            observation(START + 3 * HOUR, "aq-0", {"pm25": 500.0}),
            observation(START + 25 * HOUR, "aq-9", {"pm25": 7.0}),
            observation(START - DAY, "aq-1", {"pm25": 3.0}),
        ]
        merged = [
            observation(START + 6 * HOUR, "aq-0", {"no2": 9.0}),
            observation(START, "aq-0", {"pm25": 77.0}),
        ]
        for position, batch in enumerate([first, late, merged]):
            await store.write(batch, position)
            model.write(batch)
            await same(store, model, everything())
            await tidied(store, LATER + position * HOUR)
        await same(store, model, everything())


async def test_what_was_worked_out_is_there_after_reopening_and_goes_on(make: Maker) -> None:
    model = Model()
    for day in range(3):
        async with opened(make(timezone=BANGKOK)) as store:
            batch = [
                observation(START + day * DAY + hour * HOUR, values={"pm25": float(hour)})
                for hour in range(24)
            ]
            await store.write(batch, day)
            model.write(batch)
            await store.tidy(START + (day + 1) * DAY + HOUR)
            await same(store, model, everything())


async def test_another_city_time_than_the_store_s_own(make: Maker) -> None:
    async with opened(make(timezone=BANGKOK)) as store:
        model = await stored(
            store, [observation(START + i * 5 * HOUR, values={"pm25": i / 4}) for i in range(40)]
        )
        await tidied(store, LATER)
        for timezone in ("UTC", BERLIN, "Asia/Kolkata"):
            await same(store, model, everything(), timezone)


async def test_the_city_s_time_may_be_set_right_later(make: Maker) -> None:
    batch = [observation(START + i * 5 * HOUR, values={"pm25": i / 4}) for i in range(40)]
    model = Model()
    model.write(batch)
    for position, timezone in enumerate(("UTC", "Asia/Kathmandu", BANGKOK)):
        async with opened(make(timezone=timezone)) as store:
            await store.write(batch, position)
            await tidied(store, LATER)
            await same(store, model, everything(), timezone)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"], ids=["short", "long"])
async def test_days_on_which_the_clock_changes(make: Maker, day: str) -> None:
    async with opened(make(timezone=BERLIN)) as store:
        midnight = at(f"{day}T00:00", BERLIN)
        model = await stored(
            store, [observation(midnight + i * HOUR, values={"pm25": i / 2}) for i in range(75)]
        )
        await tidied(store, midnight + 30 * DAY)
        await same(store, model, everything(), BERLIN)


async def test_numbers_and_texts_of_one_metric_in_one_hour(make: Maker) -> None:
    async with opened(make(timezone=BANGKOK)) as store:
        batch = [
            observation(START, "a", {"level": 4.0, "open": True, "status": "ok"}, type="FloodMonitoring"),
            observation(START + 1, "a", {"level": "high", "open": False}, type="WasteContainer"),
            observation(START + 2, "a", {"level": 6.0, "status": "fault"}, type="FloodMonitoring"),
            observation(START + 3 * HOUR, "a", {"level": 1.0}, type="FloodMonitoring"),
        ]
        model = await stored(store, batch)
        await tidied(store, LATER)
        await same(store, model, everything())


async def test_readings_go_when_the_retention_of_their_type_has_passed(make: Maker) -> None:
    async with opened(
        make(retention=Retention(None, {AQ: 10 * DAY, WEATHER: 30 * DAY}), timezone=BANGKOK)
    ) as store:
        model = Model()
        batch = [
            observation(START + day * DAY + HOUR, f"d-{type_}", {"temperature": float(day)}, type=type_)
            for day in range(40)
            for type_ in (AQ, WEATHER, "NoiseLevelObserved")
        ]
        await store.write(batch, 1)
        model.write(batch)
        for now in (START + 5 * DAY, START + 40 * DAY):
            await tidied(store, now)
            model.forget(AQ, now - 10 * DAY)
            model.forget(WEATHER, now - 30 * DAY)
            assert await store.readings(everything(), limit=999) == model.readings(everything())
            assert await store.count() == len(model.held)
            await same(store, model, everything())
        await store.write([observation(START + 41 * DAY, values={"temperature": 1.0})], 2)
        assert len(await store.latest(everything())) == 4


async def test_everything_may_go(make: Maker) -> None:
    async with opened(make(retention=Retention(None, {AQ: DAY}), timezone=BANGKOK)) as store:
        await store.write([observation(at("2026-01-01T00:00", "UTC") + i * HOUR) for i in range(30)], 1)
        position = await store.written()
        await tidied(store, LATER)
        assert await store.count() == 0
        assert await store.written() == position
        assert await store.aggregate(everything(), every=DAY, agg=Aggregate.SUM, timezone=BANGKOK) == []


async def test_tidying_up_an_empty_store_and_twice(make: Maker) -> None:
    async with opened(make(retention=Retention(None, {AQ: DAY}))) as store:
        await store.tidy(LATER)
        await store.write([observation()], 1)
        for _ in range(2):
            await store.tidy(START + HOUR)
        assert await store.count() == 1
