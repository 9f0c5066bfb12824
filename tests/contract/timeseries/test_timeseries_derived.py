"""Derived metrics stand beside measured ones in one reading, and come later, or anew, as they like."""

from __future__ import annotations

from services.store.timeseries.protocol import Aggregate, Identity, TimeSeriesStore
from tests.contract.timeseries.model import START, everything, observation

HOUR = 3_600_000
MEASURED = {"pm25": 60.0, "temperature": 34.0, "relativeHumidity": 0.7}
DERIVED = {"heatIndex": 45.12, "heatClass": "danger", "peakPeriod": True}
WEATHER = "WeatherObserved"


async def test_a_reading_and_what_is_derived_of_it_are_one(store: TimeSeriesStore) -> None:
    whole = observation(values=MEASURED | DERIVED, location=(100.53, 13.73), seq=4)
    await store.write([whole], 1)
    assert await store.readings(everything(), limit=9) == [whole]
    assert await store.latest(everything()) == [whole]
    assert await store.existing([Identity("aq-01", whole.type, START)]) == {
        Identity("aq-01", whole.type, START): whole.values
    }
    assert await store.count() == 1


async def test_a_redelivery_that_derives_nothing_takes_nothing_away(store: TimeSeriesStore) -> None:
    """After a restart a reading may be written again; its hour was told of by then."""
    await store.write([observation(values=MEASURED | DERIVED)], 1)
    await store.write([observation(values=MEASURED)], 2)
    assert await store.readings(everything(), limit=9) == [observation(values=MEASURED | DERIVED)]


async def test_a_correction_brings_what_follows_from_it(store: TimeSeriesStore) -> None:
    await store.write([observation(values=MEASURED | DERIVED)], 1)
    await store.write([observation(values={"temperature": 36.0, "heatIndex": 49.5})], 2)
    corrected = MEASURED | DERIVED | {"temperature": 36.0, "heatIndex": 49.5}
    assert await store.readings(everything(), limit=9) == [observation(values=corrected)]
    assert await store.count() == 1


async def test_a_derived_metric_is_asked_for_by_name(store: TimeSeriesStore) -> None:
    """Of a number and a string, of readings that have them and one that has not."""
    await store.write(
        [
            observation(START, values=MEASURED | DERIVED),
            observation(START + HOUR, values=MEASURED),
            observation(START + 2 * HOUR, values=MEASURED | {"heatIndex": 41.0}),
            observation(START, "wx-01", {"temperature": 30.0, "heatIndex": 33.0}, type=WEATHER),
        ],
        1,
    )
    found = await store.readings(everything(metrics=("heatIndex",), devices=("aq-01",)), limit=9)
    assert [(one.time, one.values) for one in found] == [
        (START, {"heatIndex": 45.12}),
        (START + 2 * HOUR, {"heatIndex": 41.0}),
    ]
    (named,) = await store.readings(everything(metrics=("heatClass",)), limit=9)
    assert named.values == {"heatClass": "danger"}
    both = await store.latest(everything(metrics=("heatIndex",)))
    assert {(one.device, one.values["heatIndex"]) for one in both} == {("aq-01", 41.0), ("wx-01", 33.0)}


async def test_a_derived_metric_has_aggregates_like_any(store: TimeSeriesStore) -> None:
    await store.write(
        [
            observation(START, values=MEASURED | {"heatIndex": 40.0}),
            observation(START + 1, values=MEASURED),
            observation(START + 2, values=MEASURED | {"heatIndex": 44.0}),
        ],
        1,
    )
    wanted = everything(metrics=("heatIndex",))
    (bucket,) = await store.aggregate(wanted, every=HOUR, agg=Aggregate.MEAN, timezone="Asia/Bangkok")
    assert (bucket.metric, bucket.value, bucket.count) == ("heatIndex", 42.0, 2)
