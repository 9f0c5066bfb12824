"""Which parts of a question pre-aggregated hours and days may answer, and how parts become one."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from services.store.timeseries.grid import DAY, pieces
from services.store.timeseries.influxdb_link import Link
from services.store.timeseries.influxdb_notes import Notes, Standing
from services.store.timeseries.influxdb_rollup import Kind, Rollup, one_each
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.protocol import Aggregate, Bucket, Selection
from tests.contract.timeseries.model import START

BANGKOK, BERLIN, HOUR = "Asia/Bangkok", "Europe/Berlin", 3_600_000
ROLLED = START + 30 * DAY


class Known:
    """Notes that are given."""

    def __init__(self, standing: Standing | None, late: set[int]) -> None:
        self._standing, self._late = standing, late

    async def standing(self) -> Standing | None:
        return self._standing

    async def late_days(self, selection: Selection) -> set[int]:
        return {day for day in self._late if selection.start <= day < selection.end}


async def parts(
    start: int,
    end: int,
    *,
    every: int = DAY,
    agg: Aggregate = Aggregate.MEAN,
    timezone: str = BANGKOK,
    by_zone: bool = False,
    standing: Standing | None = Standing(rolled=ROLLED, timezone=BANGKOK),  # noqa: B008 - frozen
    late: set[int] | None = None,
) -> list[tuple[int, int, str | None]]:
    """Start and end of each part in days since START, and its level."""
    notes = cast("Notes", Known(standing, late or set()))
    days = LocalDays(BANGKOK)
    await asyncio.to_thread(days.load)
    rollup = Rollup(cast("Link", None), notes, days)
    grid = await asyncio.to_thread(pieces, start, end, every, timezone)
    found = await rollup.parts(Selection(start, end), grid, Kind(every, timezone, agg, by_zone))
    return [((p.selection.start - START) // DAY, (p.selection.end - START) // DAY, p.level) for p in found]


async def test_what_is_over_is_read_ahead_and_the_rest_from_the_readings() -> None:
    assert await parts(START, START + 40 * DAY) == [(0, 30, "1d"), (30, 40, None)]
    assert await parts(START + HOUR, START + 9 * DAY + HOUR, every=HOUR) == [
        (0, 1, None),
        (1, 9, "1h"),
        (9, 9, None),
    ]


async def test_days_that_were_written_to_later_are_read_from_the_readings() -> None:
    late = {START + day * DAY for day in (0, 4, 5, 29)}
    assert await parts(START, ROLLED, late=late) == [
        (0, 1, None),
        (1, 4, "1d"),
        (4, 6, None),
        (6, 29, "1d"),
        (29, 30, None),
    ]


async def test_many_late_days_do_not_make_many_questions() -> None:
    late = {START + day * DAY for day in range(1, 30, 2)}
    found = await parts(START, ROLLED, late=late)
    assert len(found) <= 26
    assert [one[0] for one in found[1:]] == [one[1] for one in found[:-1]]
    assert {day for first, end, level in found if level is None for day in range(first, end)} >= set(
        range(1, 30, 2)
    )


async def test_the_day_of_which_retention_has_taken_a_part_is_read_from_the_readings() -> None:
    standing = Standing(rolled=ROLLED, timezone=BANGKOK, expired={"Noise": START + 3 * DAY + HOUR})
    assert await parts(START, ROLLED, standing=standing) == [(0, 3, "1d"), (3, 4, None), (4, 30, "1d")]


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        ({}, "1d"),
        ({"every": 7 * DAY}, "1d"),
        ({"every": 6 * HOUR}, "1h"),
        ({"every": HOUR // 2}, None),
        ({"timezone": BERLIN}, "1h"),
        ({"timezone": "Asia/Kolkata"}, None),
        ({"agg": Aggregate.MEDIAN}, None),
        ({"agg": Aggregate.LAST, "by_zone": True}, "1d"),
        ({"agg": Aggregate.LAST, "by_zone": True, "every": HOUR}, None),
        ({"standing": None}, None),
        ({"standing": Standing(rolled=ROLLED, timezone="UTC")}, None),
    ],
)
async def test_only_hours_and_days_that_fit_are_read(asked: dict[str, object], level: str | None) -> None:
    found = await parts(START, ROLLED, **asked)  # type: ignore[arg-type]
    assert {one[2] for one in found if one[1] - one[0] > 1} == {level}


def test_a_bucket_that_came_in_parts_is_one() -> None:
    found = [
        Bucket(0, "d", "z", "m", 6.0, 3),
        Bucket(0, "d", "z", "m", 2.0, 1),
        Bucket(0, "a", "z", "m", 1.0, 1),
    ]
    assert one_each(found, Aggregate.MEAN) == [
        Bucket(0, "a", "z", "m", 1.0, 1),
        Bucket(0, "d", "z", "m", 2.0, 4),
    ]
    for agg, value in (
        (Aggregate.MIN, 2.0),
        (Aggregate.MAX, 6.0),
        (Aggregate.LAST, 2.0),
        (Aggregate.SUM, 8.0),
    ):
        assert one_each(found[:2], agg) == [Bucket(0, "d", "z", "m", value, 4)]


def test_days_follow_the_clock_of_the_zone() -> None:
    days = LocalDays(BERLIN)
    midnight = 1_774_738_800_000  # 29 March 2026, 00:00 in Berlin
    assert days.start(midnight) == days.start(midnight + 22 * HOUR) == midnight
    assert days.end(midnight) == midnight + 23 * HOUR
    assert days.start(midnight - 1) == midnight - DAY
