"""Indicators as a service: periods, trends, what is kept, late readings, bands, and what can't be asked."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from devices.model import Observation
from services.runtime.ports import InvalidError, NotFoundError
from services.status.kpis.service import KpiService
from services.store.errors import StoreUnavailableError
from tests.unit.status.kpicity import DAY, HOUR, MINUTE, START, at, device, own, reading, stage

ROOM = "ClassroomAir"
HIGH = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}", coverage="0.01")
FEBRUARY = at("2026-02-01")


def rooms(start: int, hours: int, high: int, name: str = "r", zone: str = "north") -> list[Observation]:
    """Readings every hour, of which the first ``high`` are too high."""
    return [
        reading(start + hour * HOUR, name, ROOM, zone, co2=2000.0 if hour < high else 500.0)
        for hour in range(hours)
    ]


async def test_periods_follow_the_calendar_of_the_city(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=at("2026-03-10T12:00")) as one:
        await one.write(rooms(at("2026-01-31"), 24, 24) + rooms(FEBRUARY, 24, 0))
        found = {
            kind: await one.service.kpis(kpi="own", period=kind, start=at("2026-01-31"), end=FEBRUARY + 1)
            for kind in ("day", "week", "month", "quarter", "year")
        }
        spans = {kind: [one["period"]["start"][:10] for one in values] for kind, values in found.items()}
        assert spans == {
            "day": ["2026-01-30", "2026-01-31"],  # 17:00 UTC of the day before
            "week": ["2026-01-25"],
            "month": ["2025-12-31", "2026-01-31"],
            "quarter": ["2025-12-31"],
            "year": ["2025-12-31"],
        }
        assert [value["value"] for value in found["day"]] == [100.0, 0.0]
        assert [value["value"] for value in found["quarter"]] == [50.0]
        running = await one.value()
        assert running["period"] == {
            "kind": "month",
            "start": "2026-02-28T17:00:00.000Z",
            "end": "2026-03-31T17:00:00.000Z",
        }


async def test_a_period_is_compared_with_the_one_before(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 24, 6) + rooms(START + DAY, 24, 12) + rooms(START + 3 * DAY, 24, 12))
        values = await one.service.kpis(kpi="own", period="day", start=START, end=START + 4 * DAY)
        assert [(value["value"], value["previous"], value["trend"]) for value in values] == [
            (25.0, None, None),
            (50.0, 25.0, "better"),
            (None, 50.0, None),
            (50.0, None, None),
        ]


@pytest.mark.parametrize(
    ("more", "states"),
    [
        ({"target": "50"}, ["missed", "met"]),
        ({"direction": "down", "target": "25"}, ["met", "missed"]),
        ({"direction": "band", "band": "[30, 60]"}, ["out_of_band", "in_band"]),
        ({"direction": "band", "band": "[null, 30]"}, ["in_band", "out_of_band"]),
        ({"direction": "down", "target": "falling"}, ["no_target", "missed"]),
        ({"target": "rising"}, ["no_target", "met"]),
        ({}, ["no_target", "no_target"]),
    ],
)
async def test_states_by_target_and_band(tmp_path: Path, more: dict[str, str], states: list[str]) -> None:
    kpis = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}", **more)
    async with stage(tmp_path, kpis, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 24, 6) + rooms(START + DAY, 24, 12))
        values = await one.service.kpis(kpi="own", period="day", start=START, end=START + 2 * DAY)
        assert [value["state"] for value in values] == states


async def test_the_running_day_expects_no_more_than_has_passed(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=START + 6 * HOUR) as one:
        await one.write(rooms(START, 6, 3))
        value = await one.value(period="day")
        assert (value["value"], value["coverage"]) == (50.0, 1.0)
        await one.clock.advance(6 * 3600)
        await one.write(rooms(START + 6 * HOUR, 3, 0))
        value = await one.value(period="day")
        assert (value["value"], value["coverage"]) == (pytest.approx(33.33333333), 0.75)


async def test_what_is_over_is_kept_and_read_again(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 24, 6))
        first = await one.value(start=START, end=START + 1)
        kept = await one.records.kpis.find(["own"], "month", start=0, end=2**60)
        assert {(row.zone, row.value) for row in kept if row.start == at("2026-01-01")} == {
            ("", 25.0),
            ("north", 25.0),
            ("south", None),
        }
        other = await one.again(HIGH)
        await one.store.close()
        (again,) = await other.kpis(kpi="own", start=START, end=START + 1)
        assert again == first
        await one.store.open()


async def test_a_day_is_not_kept_at_the_stroke_of_midnight(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=START + DAY + MINUTE) as one:
        await one.write(rooms(START, 23, 0))
        assert (await one.value(period="day", start=START, end=START + 1))["samples"] == 23
        await one.write([reading(START + 23 * HOUR, "r", ROOM, co2=2000.0)])
        await one.clock.advance(2 * 60)
        value = await one.value(period="day", start=START, end=START + 1)
        assert (value["samples"], value["value"]) == (24, pytest.approx(4.166666667))


async def test_another_definition_is_computed_anew(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 24, 6))
        assert (await one.value(start=START, end=START + 1))["value"] == 25.0
        changed = await one.again(HIGH.replace("above: 1000", "at_most: 1000"))
        (value,) = await changed.kpis(kpi="own", start=START, end=START + 1)
        assert value["value"] == 75.0
        titled = await one.again(HIGH.replace("Own", "Other").replace("direction: up", "direction: down"))
        assert titled._kpis.by_id["own"].definition == one.service._kpis.by_id["own"].definition


async def test_late_readings_change_what_was_kept(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 12, 12))
        for kind in ("day", "month", "year"):
            assert (await one.value(period=kind, start=START, end=START + 1))["value"] == 100.0
        late = [reading(START + hour * HOUR, "r", ROOM, co2=500.0) for hour in range(12, 24)]
        await one.write(late)
        assert (await one.value(start=START, end=START + 1))["value"] == 100.0
        await one.service.late({"r": (late[0].time, late[-1].time)})
        for kind in ("day", "month", "year"):
            assert (await one.value(period=kind, start=START, end=START + 1))["value"] == 50.0


async def test_a_look_computes_again_what_late_readings_changed(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=START + 70 * DAY) as one:
        await one.write(rooms(START, 12, 12))
        await one.value(start=START, end=START + 1)
        await one.write(rooms(START + 12 * HOUR, 12, 0))
        await one.service.late({"r": (START + 12 * HOUR, START + 23 * HOUR)})
        await one.service.look()
        rows = await one.records.kpis.find(["own"], "month", start=at("2026-01-01"), end=START, zones=[""])
        assert [(row.value, row.computed > 0) for row in rows] == [(50.0, True)]


async def test_late_readings_of_counters_reach_the_days_after_them(tmp_path: Path) -> None:
    kpis = own("{total: {of: {rise: ACMeasurement.totalActiveEnergyImport}}}", unit="kWh", coverage="0.01")
    async with stage(tmp_path, kpis, [device("m", "ACMeasurement")]) as one:
        times = [START, START + 23 * HOUR, START + 2 * DAY]
        values = [0.0, 10.0, 40.0]
        await one.write(
            [
                reading(time, "m", "ACMeasurement", totalActiveEnergyImport=value)
                for time, value in zip(times, values, strict=True)
            ]
        )
        asked: dict[str, Any] = {"period": "day", "start": START, "end": START + 3 * DAY}
        days = await one.service.kpis(kpi="own", **asked)
        assert [day["value"] for day in days] == [10.0, None, 30.0]
        late = reading(START + DAY, "m", "ACMeasurement", totalActiveEnergyImport=25.0)
        await one.write([late])
        await one.service.late({"m": (late.time, late.time)})
        days = await one.service.kpis(kpi="own", **asked)
        assert [day["value"] for day in days] == [10.0, 15.0, 15.0]


async def test_live_and_recomputed_are_the_same(tmp_path: Path) -> None:
    """Hour by hour, late readings and a device more on the way; and all at once, at the end."""
    chance = random.Random(7)
    readings = [
        reading(
            START + hour * HOUR + chance.randrange(HOUR),
            name,
            ROOM,
            "south" if name == "c" else "north",
            co2=chance.uniform(400, 1600),
            occupied=chance.random() < 0.5,
        )
        for hour in range(10 * 24)
        for name in "abc"
        if chance.random() < 0.9
    ]
    devices = [device(name, ROOM, "south" if name == "c" else "north") for name in "abc"]
    kpis = own("{share: {of: ClassroomAir, given: {occupied: true}, met: {co2: {at_most: 1000}}}}")
    live = await _lived(tmp_path / "live", kpis, devices[:2], devices, readings, chance)
    async with stage(tmp_path / "after", kpis, devices, now=START + 12 * DAY) as one:
        await one.write(readings)
        after = await _all_values(one.service)
    assert {key: value[:2] for key, value in live.items()} == {key: value[:2] for key, value in after.items()}
    assert any(value[0] is not None for value in live.values())


async def _lived(
    path: Path,
    kpis: str,
    before: list[Any],
    devices: list[Any],
    readings: list[Observation],
    chance: random.Random,
) -> dict[Any, Any]:
    """The values at the end of a life in which a tenth of the readings came days late."""
    late = [one for one in readings if chance.random() < 0.1]
    punctual = [one for one in readings if one not in late]
    async with stage(path, kpis, devices, now=START) as one:
        for day in range(12):
            day_end = START + (day + 1) * DAY
            await one.write([r for r in punctual if day_end - DAY <= r.time < day_end])
            one.clock.set(day_end + 2 * HOUR)
            await one.service.look()
            came = [r for r in late if day_end - 3 * DAY <= r.time < day_end - 2 * DAY]
            await one.write(came)
            if came:
                await one.service.late(
                    {name: (min(r.time for r in came), max(r.time for r in came)) for name in "abc"}
                )
        one.clock.set(START + 12 * DAY)
        first = await _all_values(one.service)
        again = await _all_values(await one.again(kpis))
        assert first == again
        return first


async def _all_values(service: KpiService) -> dict[Any, Any]:
    found = {}
    for kind in ("day", "week", "month"):
        for zones in ([], ["*"]):
            for one in await service.kpis(
                kpi="own", period=kind, zones=zones, start=START, end=START + 9 * DAY
            ):
                key = (kind, one["zone"], one["period"]["start"])
                found[key] = (one["value"], one["samples"], one["coverage"])
    return found


async def test_what_was_expected_of_a_day_stays_so(tmp_path: Path) -> None:
    """A device that is registered later was not expected before, also when the day is computed again."""
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        await one.write(rooms(START, 24, 6))
        asked: dict[str, Any] = {"period": "day", "start": START, "end": START + 1}
        assert (await one.value(**asked))["coverage"] == 1.0
        one.directory.devices["new"] = device("new", ROOM)
        late = [reading(START + 30 * MINUTE, "r", ROOM, co2=2000.0)]
        await one.write(late)
        await one.service.late({"r": (late[0].time, late[0].time)})
        value = await one.value(**asked)
        assert (value["coverage"], value["samples"]) == (1.0, 25)


async def test_bands_are_told_of_the_services_they_belong_to(tmp_path: Path) -> None:
    """Parking is 25 % full in the north and 75 % in the south: 50 % of all, which is below 60."""
    spots = [device("n", "ParkingSpot"), device("s", "ParkingSpot", "south")]
    readings = [
        reading(
            START + hour * HOUR, name, "ParkingSpot", zone, status="occupied" if hour % 4 < full else "free"
        )
        for name, zone, full in (("n", "north", 1), ("s", "south", 3))
        for hour in range(24)
    ]
    async with stage(tmp_path, "", spots, now=START + DAY) as one:
        changes = "change: {parking-occupancy: {coverage: 0.01}}\n"
        service = await one.again(changes)
        await one.write(readings)
        await service.look()
        ((told, (off,)),) = one.bands
        assert (told, off.id, off.value, off.unit, off.low, off.high) == (
            "parking",
            "parking-occupancy",
            50.0,
            "%",
            60,
            85,
        )
        await service.look()
        assert len(one.bands) == 1
        one.clock.set(at("2026-02-03"))
        await service.look()
        assert one.bands[1:] == [("parking", ())]


async def test_it_looks_again_and_again_also_after_a_failure(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=START + DAY) as one:
        looked: list[int] = []

        async def look() -> None:
            looked.append(one.clock.now())
            if len(looked) == 1:
                raise StoreUnavailableError("away")

        one.service.look = look  # type: ignore[method-assign]
        await one.service.start()
        await one.clock.advance(700)
        await one.service.stop()
        await one.clock.advance(700)
        assert [moment - looked[0] for moment in looked] == [0, 300_000, 600_000]


async def test_what_can_not_be_asked(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)]) as one:
        ask = one.service.kpis
        with pytest.raises(NotFoundError, match="no KPI 'owm'; did you mean own"):
            await ask(kpi="owm")
        with pytest.raises(NotFoundError, match="no domain 'mobilty'; did you mean mobility"):
            await ask(domain="mobilty")
        with pytest.raises(NotFoundError, match="no zone 'nort'; did you mean north"):
            await ask(zones=["nort"])
        with pytest.raises(InvalidError, match="no period 'decade'"):
            await ask(period="decade")
        with pytest.raises(InvalidError, match="values are asked for"):
            await ask(period="day", zones=["*"], start=0, end=2**40)


async def test_all_of_a_domain_in_the_order_of_the_catalogue(tmp_path: Path) -> None:
    async with stage(tmp_path, HIGH, [device("r", ROOM)], now=START + DAY) as one:
        await one.write(rooms(START, 24, 0))
        found = await one.service.kpis(domain="people")
        assert [value["id"] for value in found] == ["wifi-availability", "class-attendance", "classroom-air"]
        assert {value["state"] for value in found} == {"not_enough_data"}
        catalogue = one.service.catalogue()
        assert {value["domain"] for value in catalogue} == {
            "environment",
            "mobility",
            "energy",
            "living",
            "people",
            "governance",
            "economy",
        }
        assert all(value["title"]["th"] and value["formula"]["th"] for value in catalogue)
