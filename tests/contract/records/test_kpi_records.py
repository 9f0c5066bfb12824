"""Values of indicators, on each database."""

from __future__ import annotations

from dataclasses import replace

from services.store.records import Records
from services.store.records.kpis import PARTS, KpiRecord

NOW = 1_767_546_000_000
DAY = 86_400_000
ONE = KpiRecord("pm25", "", "month", NOW, NOW + 31 * DAY, 93.5, 0.97, 4_000, "abc", NOW, {"a": [1.5]})


async def test_a_value_is_kept_and_replaced(records: Records) -> None:
    none = replace(ONE, zone="samyan", value=None, coverage=None)
    await records.kpis.put([ONE, none])
    assert await records.kpis.find(["pm25"], "month", start=NOW, end=NOW + 1) == [ONE, none]
    newer = replace(ONE, value=94.0, computed=NOW + 1)
    await records.kpis.put([newer])
    assert await records.kpis.find(["pm25"], "month", start=NOW, end=NOW + 1, zones=[""]) == [newer]
    await records.kpis.put([])


async def test_what_is_found_is_of_the_indicators_period_and_time(records: Records) -> None:
    days = [replace(ONE, period=PARTS, start=NOW + n * DAY, end=NOW + (n + 1) * DAY) for n in range(5)]
    other = replace(days[2], kpi="noise")
    await records.kpis.put([*reversed(days), other, ONE])
    found = await records.kpis.find(["pm25"], PARTS, start=NOW + DAY, end=NOW + 3 * DAY)
    assert found == days[1:3]
    both = await records.kpis.find(["pm25", "noise"], PARTS, start=NOW + 2 * DAY, end=NOW + 3 * DAY)
    assert both == [other, days[2]]
    assert await records.kpis.find(["other"], PARTS, start=0, end=2**60) == []


async def test_late_readings_mark_all_that_they_belong_to(records: Records) -> None:
    days = [replace(ONE, period=PARTS, start=NOW + n * DAY, end=NOW + (n + 1) * DAY) for n in range(3)]
    noise = replace(ONE, kpi="noise")
    await records.kpis.put([ONE, noise, *days])
    assert await records.kpis.invalidate(["pm25"], start=NOW + DAY, end=NOW + DAY + 1) == 2
    assert await records.kpis.invalidate([], start=0, end=2**60) == 0
    marked = await records.kpis.find(["pm25"], PARTS, start=NOW, end=NOW + 9 * DAY)
    assert [one.computed for one in marked] == [NOW, 0, NOW]
    assert [one.detail for one in marked] == [ONE.detail] * 3
    (month,) = await records.kpis.find(["pm25"], "month", start=NOW, end=NOW + 1)
    (other,) = await records.kpis.find(["noise"], "month", start=NOW, end=NOW + 1)
    assert (month.computed, other.computed) == (0, NOW)
