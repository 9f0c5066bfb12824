"""What counting by conditions promises, and quantiles: on each store what a few plain lines would count."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from devices.model import Observation
from services.store.timeseries.protocol import Selection, TimeSeriesStore
from services.store.timeseries.tallying import Condition, Quantiles, Tallied, Tally, Test
from tests.contract.timeseries.model import DAY, START, Model, observation

BANGKOK, BERLIN = "Asia/Bangkok", "Europe/Berlin"
MINUTE = 60_000
HOUR = 60 * MINUTE
ROOM = "ClassroomAir"
OCCUPIED = Condition("occupied", Test.AMONG, (True,))
FRESH = Condition("co2", Test.AT_MOST, (1000.0,))


def room(
    time: int, device: str = "room-1", zone: str = "samyan", **values: float | str | bool
) -> Observation:
    return observation(time, device, values, zone=zone, type=ROOM)


def rounded(found: list[Tallied]) -> list[Tallied]:
    """Sums may be added in any order."""
    return [
        one._replace(
            given_slots=round(one.given_slots, 6),
            met_slots=round(one.met_slots, 6),
            total=round(one.total, 6),
        )
        for one in found
    ]


def plainly(readings: list[Observation], tally: Tally, timezone: str) -> list[Tallied]:
    """The same, counted by the words of the protocol."""
    slots: dict[tuple[int, str, str, int], list[Observation]] = defaultdict(list)
    for one in readings:
        inside = not tally.within or any(first <= one.time < last for first, last in tally.within)
        if inside and (not tally.metrics or set(tally.metrics) & set(one.values)):
            day = datetime.fromtimestamp(one.time / 1000, ZoneInfo(timezone)).date()
            midnight = (
                int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).timestamp()) * 1000
            )
            slots[midnight, one.zone, one.device, (one.time - midnight) // tally.slot].append(one)
    groups = sorted({(day, zone, device if tally.by_device else "") for day, zone, device, _ in slots})
    found = []
    for day, zone, whose in groups:
        held = {
            key: slot
            for key, slot in slots.items()
            if key[:2] == (day, zone) and (not tally.by_device or key[2] == whose)
        }
        given = {k: [r for r in s if all(c.holds(r.values) for c in tally.given)] for k, s in held.items()}
        met = {
            k: [
                r
                for r in given[k]
                if all(c.holds(r.values) for c in tally.met)
                and (tally.value is None or isinstance(r.values.get(tally.value), float))
            ]
            for k in held
        }
        numbers = {k: [r.values[tally.value] if tally.value else 0.0 for r in met[k]] for k in held}
        if tally.decibels:
            numbers = {k: [10 ** (number / 10) for number in some] for k, some in numbers.items()}
        found.append(
            Tallied(
                day,
                zone,
                whose or None,
                len({device for _, _, device, _ in held}),
                len(held),
                sum(map(len, held.values())),
                sum(map(len, given.values())),
                sum(map(len, met.values())),
                sum(len(given[k]) / len(held[k]) for k in held),
                sum(len(met[k]) / len(held[k]) for k in held),
                sum(sum(numbers[k]) / len(held[k]) for k in held),
            )
        )
    return found


async def stored(store: TimeSeriesStore, readings: list[Observation]) -> list[Observation]:
    """Written in two batches, of which the second may amend the first; whole readings, in order."""
    model = Model()
    half = len(readings) // 2
    for position, batch in enumerate((readings[:half], readings[half:]), 1):
        if batch:
            await store.write(batch, position)
            model.write(batch)
    return model.readings(Selection(0, 2**60))


async def test_a_joint_condition_holds_within_one_reading(store: TimeSeriesStore) -> None:
    """By hand: four slots, three occupied, of these one and a half with fresh air."""
    await stored(
        store,
        [
            room(START, co2=900.0, occupied=True),
            room(START + 5 * MINUTE, co2=1000.0, occupied=True),
            room(START + 7 * MINUTE, co2=1001.0, occupied=True),
            room(START + 10 * MINUTE, co2=1800.0, occupied=True),
            room(START + 15 * MINUTE, co2=500.0, occupied=False),
            room(START + 20 * MINUTE, temperature=25.0),
        ],
    )
    tally = Tally(5 * MINUTE, (OCCUPIED,), (FRESH,))
    found = await store.tally(Selection(START, START + DAY, types=(ROOM,)), tally, timezone=BANGKOK)
    assert found == [Tallied(START, "samyan", None, 1, 4, 5, 4, 2, 3.0, 1.5, 0.0)]


async def test_values_are_summed_by_their_share_of_a_slot(store: TimeSeriesStore) -> None:
    await stored(
        store,
        [
            room(START, level=70.0),
            room(START + MINUTE, level=80.0),
            room(START + 5 * MINUTE, level=60.0),
        ],
    )
    selection = Selection(START, START + DAY, types=(ROOM,))
    plain = await store.tally(selection, Tally(5 * MINUTE, value="level"), timezone=BANGKOK)
    assert [(one.met_slots, one.total) for one in plain] == [(2.0, 135.0)]
    energy = Tally(5 * MINUTE, value="level", decibels=True, by_device=True)
    (one,) = await store.tally(selection, energy, timezone=BANGKOK)
    assert (one.device, round(one.total)) == ("room-1", 55_000_000 + 1_000_000)


@pytest.mark.parametrize("seed", range(6))
async def test_it_counts_what_plain_lines_count(store: TimeSeriesStore, seed: int) -> None:
    chance = random.Random(seed)
    readings = await stored(store, [_reading(chance) for _ in range(400)])
    for _ in range(8):
        tally = _tally(chance)
        start = START + chance.randrange(-DAY, DAY)
        selection = Selection(start, start + chance.randrange(1, 4 * DAY), types=(ROOM,))
        timezone = chance.choice([BANGKOK, BERLIN, "UTC"])
        chosen = [one for one in readings if one.type == ROOM and selection.start <= one.time < selection.end]
        found = await store.tally(selection, tally, timezone=timezone)
        assert rounded(found) == rounded(plainly(chosen, tally, timezone))


def _reading(chance: random.Random) -> Observation:
    values: dict[str, float | str | bool] = {}
    if chance.random() < 0.8:
        values["co2"] = float(chance.randrange(500, 1500, 100))
    if chance.random() < 0.8:
        values["occupied"] = chance.random() < 0.5
    if chance.random() < 0.5 or not values:
        values["status"] = chance.choice(["ok", "fault", "off"])
    time = START + chance.randrange(0, 3 * DAY, MINUTE)
    device = f"room-{chance.randrange(4)}"
    kind = ROOM if chance.random() < 0.9 else "PublicWifi"
    moves = device > "room-1" and time // HOUR % 2  # one moment has one zone
    return observation(time, device, values, zone="yothi" if moves else "samyan", type=kind)


def _tally(chance: random.Random) -> Tally:
    conditions = [
        OCCUPIED,
        Condition("occupied", Test.NOT_AMONG, (True,), optional=chance.random() < 0.5),
        Condition("co2", chance.choice([Test.AT_LEAST, Test.ABOVE]), (900.0,), chance.random() < 0.3),
        Condition("co2", chance.choice([Test.AT_MOST, Test.BELOW]), (1200.0,)),
        Condition("status", Test.AMONG, ("ok", "off", 5.0)),
        Condition("status", Test.NOT_AMONG, ("fault",), optional=True),
        Condition("status", Test.ABOVE, (1.0,), optional=True),
        Condition("missing", Test.AMONG, (1.0,), optional=True),
    ]
    start = START + 6 * HOUR
    return Tally(
        chance.choice([5, 60, 7]) * MINUTE,
        tuple(chance.sample(conditions, chance.randrange(3))),
        tuple(chance.sample(conditions, chance.randrange(3))),
        value=chance.choice([None, "co2"]),
        within=chance.choice([(), ((start, start + 3 * HOUR), (start + DAY, start + DAY + 9 * HOUR))]),
        by_device=chance.random() < 0.5,
    )


async def test_what_was_corrected_counts_as_corrected(store: TimeSeriesStore) -> None:
    await store.write([room(START, co2=2000.0, occupied=True)], 1)
    await store.write([room(START, co2=800.0)], 2)
    tally = Tally(5 * MINUTE, (OCCUPIED,), (FRESH,))
    (one,) = await store.tally(Selection(START, START + DAY, types=(ROOM,)), tally, timezone=BANGKOK)
    assert (one.readings, one.given, one.met) == (1, 1, 1)


async def test_nothing_of_nothing(store: TimeSeriesStore) -> None:
    selection = Selection(START, START + DAY, types=(ROOM,))
    assert await store.tally(selection, Tally(MINUTE, met=(FRESH,)), timezone=BANGKOK) == []
    await store.write([room(START, temperature=20.0)], 1)
    assert await store.tally(selection, Tally(MINUTE, met=(FRESH,)), timezone=BANGKOK) == []
    one_metric = Selection(START, START + DAY, types=(ROOM,), metrics=("co2",))
    assert await store.quantiles(one_metric, [0.5]) == []


async def test_quantiles_of_all_and_of_each_zone(store: TimeSeriesStore) -> None:
    """By hand: of 10, 20, 30, 40 the median is 25 and the 90th percentile 37."""
    await stored(
        store,
        [
            room(START, co2=20.0),
            room(START + MINUTE, co2=10.0, status="ok"),
            room(START + 2 * MINUTE, "room-2", "yothi", co2=40.0),
            room(START + 3 * MINUTE, "room-2", "yothi", co2=30.0),
            room(START + 4 * MINUTE, "room-2", "yothi", status="ok"),
            room(START + 2 * DAY, co2=1000.0),
        ],
    )
    selection = Selection(START, START + DAY, types=(ROOM,), metrics=("co2",))
    assert await store.quantiles(selection, [0.5, 0.9]) == [
        Quantiles(None, (25.0, 37.0), 4),
        Quantiles("samyan", (15.0, 19.0), 2),
        Quantiles("yothi", (35.0, 39.0), 2),
    ]
