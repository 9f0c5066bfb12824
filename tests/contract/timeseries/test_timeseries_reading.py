"""What reading promises: selections, pages, order, the newest, replay."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from devices.model import Observation
from services.store.timeseries.protocol import Aggregate, Identity, Selection, TimeSeriesStore
from tests.contract.timeseries.model import START, Model, everything, observation

HOUR = 3_600_000


def city(seed: int, count: int) -> list[Observation]:
    """Readings of a small city in the order of arrival: late ones, merges, corrections, two types alike."""
    dice = random.Random(seed)
    found: list[Observation] = []
    for number in range(count):
        device = dice.randrange(12)
        values = {
            "temperature": round(dice.uniform(20, 40), 1),
            "pm25": round(dice.uniform(0, 90), 1),
            "status": dice.choice(["ok", "fault"]),
            "open": dice.random() < 0.5,
        }
        kept = {name: values[name] for name in dice.sample(sorted(values), dice.randint(1, 4))}
        time = START + number * 97_000 - dice.choice([0, 0, 0, 3_000, 5 * HOUR])
        place = (100.5, 13.7 + device) if dice.random() < 0.2 else None
        found.append(
            observation(
                time // 1_000 * 1_000,
                f"d-{device}",
                kept,
                zone=f"zone-{device % 3}",
                type=dice.choice(["AirQualityObserved", "WeatherObserved"]),
                location=place,
                seq=number if dice.random() < 0.3 else None,
            )
        )
        if dice.random() < 0.2:
            other = dice.choice(found)
            found.append(
                other._replace(values={"temperature": 99.5, "extra": float(number)}, location=None, seq=None)
            )
    return found


async def stored(store: TimeSeriesStore, observations: list[Observation]) -> Model:
    """Both the store and the model with these readings."""
    model = Model()
    for position, at in enumerate(range(0, len(observations), 37)):
        await store.write(observations[at : at + 37], position)
    model.write(observations)
    return model


SELECTIONS = [
    everything(),
    everything(devices=("d-1", "d-7")),
    everything(zones=("zone-0",)),
    everything(types=("WeatherObserved",)),
    everything(metrics=("pm25",)),
    everything(metrics=("status", "extra"), zones=("zone-1", "zone-2")),
    Selection(START + HOUR, START + 9 * HOUR, types=("AirQualityObserved",), metrics=("temperature",)),
    everything(devices=("d-1", "nobody")),
]


async def test_every_selection_gives_what_a_dict_would_give(store: TimeSeriesStore) -> None:
    model = await stored(store, city(1, 400))
    for selection in SELECTIONS:
        assert await store.readings(selection, limit=10_000) == model.readings(selection), selection
        assert await store.latest(selection) == model.latest(selection), selection
        assert [one async for batch in store.replay(selection, batch=64) for one in batch] == model.readings(
            selection
        )
    assert await store.count() == len(model.held)
    assert await store.existing(list(model.held)) == {key: one.values for key, one in model.held.items()}


@pytest.mark.parametrize(
    "selection",
    [
        everything(devices=("nobody",)),
        everything(zones=("nowhere",)),
        everything(types=("Nothing",)),
        everything(metrics=("nothing",)),
        Selection(START, START),
        Selection(START + 5, START),
    ],
)
async def test_a_selection_of_nothing_known_gives_nothing(
    store: TimeSeriesStore, selection: Selection
) -> None:
    await store.write([observation(START + 1), observation(START + 2)], 1)
    assert await store.readings(selection, limit=10) == []
    assert await store.latest(selection) == []
    assert [batch async for batch in store.replay(selection)] == []
    for agg in Aggregate:
        assert await store.aggregate(selection, every=HOUR, agg=agg, timezone="Asia/Bangkok") == []


async def test_the_start_belongs_to_a_selection_and_the_end_does_not(store: TimeSeriesStore) -> None:
    await store.write([observation(START + i) for i in range(4)], 1)
    chosen = Selection(START + 1, START + 3)
    assert [one.time - START for one in await store.readings(chosen, limit=9)] == [1, 2]
    assert [one.time - START for one in await store.latest(chosen)] == [2]
    (bucket,) = await store.aggregate(chosen, every=HOUR, agg=Aggregate.COUNT, timezone="UTC")
    assert (bucket.time, bucket.count) == (START, 2)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 7, 50])
async def test_pages_follow_one_another_without_gap_or_repetition(
    store: TimeSeriesStore, limit: int, newest_first: bool
) -> None:
    crowd = [observation(START + i // 9, f"d-{i % 9}", {"pm25": float(i)}) for i in range(45)]
    model = await stored(store, crowd + [one._replace(values={"pm10": 1.0}) for one in crowd[::4]])
    expected = model.readings(everything())
    found: list[Observation] = []
    after: Identity | None = None
    while page := await store.readings(everything(), limit=limit, after=after, newest_first=newest_first):
        assert len(page) <= limit
        found += page
        after = Identity(page[-1].device, page[-1].type, page[-1].time)
    assert found == (expected[::-1] if newest_first else expected)


async def test_the_newest_page_of_a_long_story(store: TimeSeriesStore) -> None:
    year = 365 * 24 * HOUR
    sparse = [observation(START - year + i * 24 * HOUR) for i in range(300)]
    dense = [observation(START + i * 1_000) for i in range(2_000)]
    await store.write(sparse + dense, 1)
    newest = await store.readings(everything(), limit=3, newest_first=True)
    assert newest == dense[:-4:-1]
    assert await store.readings(everything(), limit=3) == sparse[:3]
    assert (
        await store.readings(replace(everything(), end=START), limit=2, newest_first=True) == sparse[:-3:-1]
    )


async def test_equal_times_are_ordered_by_device_then_type(store: TimeSeriesStore) -> None:
    batch = [
        observation(START, device, type=type_)
        for device, type_ in (("b", "B"), ("a", "B"), ("b", "A"), ("a-1", "A"), ("a", "A"))
    ]
    await store.write(batch, 1)
    found = await store.readings(everything(), limit=9)
    assert [(one.device, one.type) for one in found] == [
        ("a", "A"),
        ("a", "B"),
        ("a-1", "A"),
        ("b", "A"),
        ("b", "B"),
    ]


async def test_the_latest_has_its_own_location_and_number(store: TimeSeriesStore) -> None:
    await store.write([observation(values={"pm25": 1.0}, location=(1.0, 2.0), seq=1)], 1)
    await store.write([observation(START + 1, values={"pm10": 5.0}, location=(3.0, 4.0), seq=2)], 2)
    (newest,) = await store.latest(everything())
    assert (newest.values, newest.location, newest.seq) == ({"pm10": 5.0}, (3.0, 4.0), 2)
    (with_pm25,) = await store.latest(everything(metrics=("pm25",)))
    assert (with_pm25.values, with_pm25.location, with_pm25.seq) == ({"pm25": 1.0}, (1.0, 2.0), 1)


async def test_existing_among_identities_far_apart(store: TimeSeriesStore) -> None:
    year = 365 * 24 * HOUR
    batch = [observation(START - year * i // 30, f"d-{i}") for i in range(60)]
    await store.write(batch, 1)
    asked = [Identity(one.device, one.type, one.time) for one in batch]
    strangers = [key._replace(time=key.time + 1) for key in asked] + [Identity("x", "Unknown", START)]
    assert set(await store.existing([*asked, *strangers])) == set(asked)
    assert await store.existing([]) == {}


async def test_replay_gives_fifty_thousand_readings_in_order_and_in_bounded_batches(
    store: TimeSeriesStore,
) -> None:
    written = [
        observation(START + i * 100 + (i // 20_000) * 30 * 24 * HOUR, f"d-{i % 40:02d}", {"pm25": float(i)})
        for i in range(50_000)
    ]
    for position, at in enumerate(range(0, 50_000, 5_000)):
        await store.write(written[at : at + 5_000], position)
    batches = [batch async for batch in store.replay(everything(), batch=3_000)]
    assert max(map(len, batches)) <= 3_000
    assert [one for batch in batches for one in batch] == written
