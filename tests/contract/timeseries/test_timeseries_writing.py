"""What writing promises: merging, correction, idempotence, positions, and what can't be held."""

from __future__ import annotations

import pytest

from devices.model import Observation
from services.store.timeseries.protocol import Aggregate, Identity, PartialWriteError, TimeSeriesStore
from tests.contract.timeseries.model import START, Maker, everything, observation

AQ = "AirQualityObserved"


async def test_an_empty_store_answers_everything_with_nothing(store: TimeSeriesStore) -> None:
    assert await store.readings(everything(), limit=10) == []
    assert await store.latest(everything()) == []
    assert await store.existing([Identity("aq-01", AQ, START)]) == {}
    assert [batch async for batch in store.replay(everything())] == []
    assert await store.count() == 0
    for agg in Aggregate:
        assert await store.aggregate(everything(), every=3_600_000, agg=agg, timezone="UTC") == []
    await store.ping()


async def test_an_observation_comes_back_as_it_was_written(store: TimeSeriesStore) -> None:
    values = {
        "pm25": 12.5,
        "status": 'a "quoted", = \\ text\nand ฝุ่น',
        "valid": True,
        "faulty": False,
        "tiny": 1e-300,
    }
    written = observation(values=values, location=(100.53, 13.73), seq=2**53 + 1)
    plain = observation(START + 1, values={"pm25": -0.0})
    await store.write([written, plain], 1)
    assert await store.readings(everything(), limit=10) == [written, plain]


async def test_received_is_not_kept(store: TimeSeriesStore) -> None:
    await store.write([observation()._replace(received=START + 5)], 1)
    (found,) = await store.readings(everything(), limit=1)
    assert found.received == 0


async def test_values_of_one_identity_merge_and_the_last_write_of_a_metric_wins(
    store: TimeSeriesStore,
) -> None:
    await store.write([observation(values={"pm25": 1.0, "pm10": 5.0}, seq=3, location=(1.0, 2.0))], 1)
    await store.write([observation(values={"pm25": 2.0, "no2": 7.0})], 2)
    expected = observation(values={"pm25": 2.0, "pm10": 5.0, "no2": 7.0}, seq=3, location=(1.0, 2.0))
    assert await store.readings(everything(), limit=9) == [expected]
    assert await store.latest(everything()) == [expected]
    assert await store.existing([Identity("aq-01", AQ, START)]) == {
        Identity("aq-01", AQ, START): expected.values
    }
    assert await store.count() == 1
    (bucket,) = await store.aggregate(
        everything(metrics=("pm25",)), every=3_600_000, agg=Aggregate.SUM, timezone="UTC"
    )
    assert (bucket.value, bucket.count) == (2.0, 1)


async def test_readings_of_one_identity_in_one_batch_merge_too(store: TimeSeriesStore) -> None:
    await store.write(
        [
            observation(values={"pm25": 1.0, "pm10": 5.0}),
            observation(device="aq-02"),
            observation(values={"pm25": 2.0}),
            observation(values={"no2": 3.0}),
        ],
        1,
    )
    found = await store.readings(everything(devices=("aq-01",)), limit=9)
    assert found == [observation(values={"pm25": 2.0, "pm10": 5.0, "no2": 3.0})]
    assert await store.count() == 2


async def test_an_older_reading_written_later_stands_where_it_belongs(store: TimeSeriesStore) -> None:
    await store.write([observation(START + 2), observation(START + 4)], 1)
    await store.write([observation(START + 3, values={"pm25": 3.0}), observation(START + 1)], 2)
    found = await store.readings(everything(), limit=9)
    assert [one.time - START for one in found] == [1, 2, 3, 4]
    (newest,) = await store.latest(everything())
    assert newest.time == START + 4


async def test_the_same_device_and_moment_of_two_types_are_two_readings(store: TimeSeriesStore) -> None:
    await store.write([observation(), observation(type="WeatherObserved", values={"temperature": 30.0})], 1)
    assert await store.count() == 2
    assert len(await store.latest(everything())) == 2


async def test_writing_again_changes_nothing(store: TimeSeriesStore) -> None:
    batch = [observation(START + i, f"aq-{i % 7:02d}", {"pm25": float(i)}) for i in range(100)]
    await store.write(batch, 1)
    before = await store.readings(everything(), limit=1000)
    await store.write(batch, 1)
    assert await store.readings(everything(), limit=1000) == before
    assert await store.count() == 100


async def test_a_batch_cut_otherwise_stores_each_reading_once(store: TimeSeriesStore) -> None:
    batch = [observation(START + i, values={"pm25": float(i)}) for i in range(10)]
    await store.write(batch[:6], 6)
    await store.write(batch[3:], 10)
    assert await store.count() == 10
    (bucket,) = await store.aggregate(everything(), every=3_600_000, agg=Aggregate.COUNT, timezone="UTC")
    assert bucket.count == 10


async def test_a_store_that_keeps_the_position_ignores_what_is_not_beyond_it(store: TimeSeriesStore) -> None:
    before = await store.written()
    if before is None:
        pytest.skip(f"{store.name} keeps no position")
    assert before < 0
    await store.write([observation()], 5)
    await store.write([observation(values={"pm25": 99.0})], 5)
    await store.write([observation(values={"pm25": 98.0})], 4)
    (found,) = await store.readings(everything(), limit=9)
    assert (found.values, await store.written()) == ({"pm25": 1.0}, 5)


async def test_an_empty_batch_moves_the_position(make: Maker) -> None:
    store = make()
    await store.open()
    await store.write([observation()], 1)
    await store.write([], 7)
    moved = await store.written()
    await store.close()
    await store.open()
    assert await store.written() == moved
    assert moved in {None, 7}
    await store.close()


async def test_everything_is_there_after_reopening(make: Maker) -> None:
    first, second = make(), make()
    await first.open()
    await first.write([observation(values={"pm25": 1.0, "status": "ok"}), observation(START + 9)], 3)
    await first.write([observation(values={"pm25": 2.0})], 4)
    position = await first.written()
    await first.close()
    await first.close()
    await second.open()
    assert await second.written() == position
    assert await second.readings(everything(), limit=9) == [
        observation(values={"pm25": 2.0, "status": "ok"}),
        observation(START + 9),
    ]
    await second.write([observation(START + 9, values={"no2": 4.0})], 5)
    (found,) = await second.readings(everything(metrics=("no2",)), limit=9)
    assert found.time == START + 9
    assert await second.count() == 2
    await second.close()


async def test_five_thousand_rows_of_many_types_in_one_batch(store: TimeSeriesStore) -> None:
    batch = [
        observation(START + i, f"d-{i % 50}", {f"m{i % 20}": float(i), "level": i / 2}, type=f"Type{i % 20}")
        for i in range(5_000)
    ]
    await store.write(batch, 1)
    assert await store.count() == 5_000
    page = await store.readings(everything(types=("Type3",)), limit=10_000)
    assert page == [one for one in batch if one.type == "Type3"]


async def test_names_that_mean_something_elsewhere_are_only_names(store: TimeSeriesStore) -> None:
    names = [
        'a"b',
        "a'b",
        "a,b",
        "a=b",
        "a b",
        "a;DROP TABLE observations",
        "${r}",
        "a/b",
        "a\\x",
        "a.*",
        "ฝุ่น",
        "%s",
    ]
    batch = [
        observation(START + i, name, {name: float(i)}, zone=name, type=name) for i, name in enumerate(names)
    ]
    await store.write(batch, 1)
    assert await store.readings(everything(), limit=99) == batch
    for one in batch:
        chosen = everything(devices=(one.device,), zones=(one.zone,), types=(one.type,), metrics=(one.type,))
        assert await store.readings(chosen, limit=9) == [one]
        assert await store.latest(chosen) == [one]
        key = Identity(one.device, one.type, one.time)
        assert await store.existing([key]) == {key: one.values}
        (bucket,) = await store.aggregate(chosen, every=60_000, agg=Aggregate.MAX, timezone="UTC")
        assert (bucket.device, bucket.metric, bucket.value) == (
            one.device,
            one.device,
            one.values[one.device],
        )
    both = everything(devices=tuple(names[:2]), metrics=tuple(names))
    assert await store.readings(both, limit=99) == batch[:2]


async def test_what_can_not_be_held_is_named_and_all_the_rest_is_written(store: TimeSeriesStore) -> None:
    bad = [
        observation(START + 10, "aq-bad", {"status": "half a character: \ud800"}),
        observation(START + 20, "aq-bad", {"status": "another: \udfff"}),
    ]
    good = [observation(START + i, f"aq-{i:02d}") for i in range(20)]
    batch = [*good[:7], bad[0], *good[7:], bad[1]]
    for _ in range(2):
        with pytest.raises(PartialWriteError, match="aq-bad") as caught:
            await store.write(batch, 1)
        assert [one for one, _ in caught.value.refused] == bad
        assert all(reason for _, reason in caught.value.refused)
    assert await store.readings(everything(), limit=99) == good
    await store.write([observation(START + 99)], 2)
    assert await store.count() == len(good) + 1


async def test_an_only_reading_that_can_not_be_held(store: TimeSeriesStore) -> None:
    bad = observation(values={"status": "\ud800"})
    with pytest.raises(PartialWriteError) as caught:
        await store.write([bad], 3)
    assert [one for one, _ in caught.value.refused] == [bad]
    assert await store.count() == 0
    assert await store.written() in {None, 3}


async def test_a_metric_that_changes_from_number_to_text_is_kept_or_named(store: TimeSeriesStore) -> None:
    number, text = observation(), observation(START + 1, values={"pm25": "high"})
    await store.write([number], 1)
    refused: list[Observation] = []
    try:
        await store.write([text], 2)
    except PartialWriteError as error:
        refused = [one for one, _ in error.refused]
    assert [*await store.readings(everything(), limit=9), *refused] == [number, text]
    (mean,) = await store.aggregate(everything(), every=60_000, agg=Aggregate.MEAN, timezone="UTC")
    assert (mean.value, mean.count) == (1.0, 1)
