"""Every computation of an indicator, by hand-computed cases on a real store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from devices.model import Device, Observation
from tests.unit.status.kpicity import DAY, HOUR, MINUTE, START, at, device, own, reading, stage

ROOM, AIR, NOISE, METER, FLOOD = (
    "ClassroomAir",
    "AirQualityObserved",
    "NoiseLevelObserved",
    "ACMeasurement",
    "FloodMonitoring",
)


async def computed(
    path: Path, kpis: str, devices: Sequence[Device], readings: Sequence[Observation], **asked: Any
) -> list[dict[str, Any]]:
    """The values of the indicator ``own``: of Monday 5 January 2026, unless something else is asked for."""
    asked = {"period": "day", "start": START, "end": START + DAY} | asked
    async with stage(path, kpis, devices) as one:
        await one.write(readings)
        return [dict(value) for value in await one.service.kpis(kpi="own", **asked)]


async def test_share_of_time_of_a_joint_condition(tmp_path: Path) -> None:
    """24 hours: 12 occupied, of these 9 with fresh air: 75 %."""
    readings = [
        reading(START + hour * HOUR, "r", ROOM, occupied=hour < 12, co2=1000.0 if hour < 9 else 1001.0)
        for hour in range(24)
    ]
    kpis = own("{share: {of: ClassroomAir, given: {occupied: true}, met: {co2: {at_most: 1000}}}}")
    (found,) = await computed(tmp_path, kpis, [device("r", ROOM)], readings)
    assert (found["value"], found["coverage"], found["samples"]) == (75.0, 1.0, 24)


async def test_a_slot_weighs_one_however_many_readings_it_holds(tmp_path: Path) -> None:
    """Hour 0 has four readings, three too high: 3/4 of it; the other 23 hours are all too high."""
    readings = [
        reading(START + minute * MINUTE, "r", ROOM, co2=1000.0 if minute == 0 else 2000.0)
        for minute in (0, 15, 30, 45)
    ] + [reading(START + hour * HOUR, "r", ROOM, co2=2000.0) for hour in range(1, 24)]
    kpis = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}")
    (found,) = await computed(tmp_path, kpis, [device("r", ROOM)], readings)
    assert found["value"] == pytest.approx(100 * 23.75 / 24)
    by_reading = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}, weigh: readings}}")
    (found,) = await computed(tmp_path / "two", by_reading, [device("r", ROOM)], readings)
    assert found["value"] == pytest.approx(100 * 26 / 27)


async def test_devices_weigh_by_their_interval(tmp_path: Path) -> None:
    """One reports every hour and is always high, one every 15 minutes and never: half of the time."""
    readings = [reading(START + hour * HOUR, "slow", ROOM, co2=2000.0) for hour in range(24)]
    readings += [reading(START + n * 15 * MINUTE, "fast", ROOM, co2=500.0) for n in range(96)]
    devices = [device("slow", ROOM), device("fast", ROOM, interval=15 * MINUTE)]
    kpis = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}")
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert (found["value"], found["coverage"]) == (50.0, 1.0)


async def test_silence_fails_where_it_is_said_so(tmp_path: Path) -> None:
    """18 of 24 hours heard, 12 of them well: 12/18 of what was heard, 12/24 of what was expected."""
    readings = [reading(START + hour * HOUR, "r", "PublicWifi", up=hour < 12) for hour in range(18)]
    heard = own("{share: {of: PublicWifi, met: {up: true}}}")
    silent = own("{share: {of: PublicWifi, met: {up: true}, silence: fails}}")
    (found,) = await computed(tmp_path, heard, [device("r", "PublicWifi")], readings)
    assert (found["value"], found["coverage"]) == (pytest.approx(66.66666667), 0.75)
    (found,) = await computed(tmp_path / "two", silent, [device("r", "PublicWifi")], readings)
    assert found["value"] == 50.0


async def test_only_the_hours_of_a_schedule_count(tmp_path: Path) -> None:
    """22:00-06:00: eight hours of a day, six of them those of the night before. These six are well."""
    readings = [
        reading(START + hour * HOUR, "l", "Streetlight", status="ok" if hour < 6 else "defectiveLamp")
        for hour in range(24)
    ]
    kpis = own('{share: {of: Streetlight, met: {status: ok}, schedule: {hours: "22:00-06:00"}}}')
    (found,) = await computed(tmp_path, kpis, [device("l", "Streetlight")], readings)
    assert (found["value"], found["coverage"], found["samples"]) == (75.0, 1.0, 8)


async def test_a_limit_by_the_label_of_a_station(tmp_path: Path) -> None:
    """Class 3 water: right for a station of class 4, wrong for one of class 2; without a label 3 is asked."""
    kpis = own(
        "{share: {of: WaterQualityObserved, weigh: readings,"
        " met: {waterQualityClass: {at_most: {label: water_class, default: 3}}}}}"
    )
    devices = [
        device("w-2", "WaterQualityObserved", water_class="2"),
        device("w-4", "WaterQualityObserved", water_class="4"),
        device("w", "WaterQualityObserved"),
    ]
    readings = [
        reading(START + hour * HOUR, one.id, "WaterQualityObserved", waterQualityClass=3.0)
        for one in devices
        for hour in range(24)
    ]
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert (found["value"], found["samples"]) == (pytest.approx(66.66666667), 72)


async def test_minutes_over_a_limit_are_added_over_sensors(tmp_path: Path) -> None:
    """Two sensors of 15 minutes each: 3 slots and 1 slot with 10 cm: 60 minutes."""
    readings = [
        reading(START + n * 15 * MINUTE, name, FLOOD, depth=0.1 if n < wet else 0.09)
        for name, wet in (("a", 3), ("b", 1))
        for n in range(96)
    ]
    devices = [device(name, FLOOD, interval=15 * MINUTE) for name in ("a", "b")]
    kpis = own("{time: {of: FloodMonitoring, met: {depth: {at_least: 0.10}}, in: minutes}}", unit="min")
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert found["value"] == 60.0


async def test_hours_of_a_station_at_the_average(tmp_path: Path) -> None:
    """One station 6 of 24 hours, one 3 of the 12 that it was heard: 9 of 36, of 24 hours: 6."""
    readings = [
        reading(START + hour * HOUR, name, "WeatherObserved", heatIndex=42.0 if hour < hot else 41.9)
        for name, hot, heard in (("a", 6, 24), ("b", 3, 12))
        for hour in range(heard)
    ]
    devices = [device(name, "WeatherObserved") for name in ("a", "b")]
    kpis = own("{time: {of: WeatherObserved, met: {heatIndex: {at_least: 42}}, each: true}}", unit="h")
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert (found["value"], found["coverage"]) == (6.0, 0.75)


async def test_a_mean_in_the_hours_of_a_schedule(tmp_path: Path) -> None:
    """Peak 07:00-09:00: 2.0 and 3.0; at other times 1.0, which does not count; a holiday counts nothing."""
    kpis = own(
        "{mean: {of: TrafficFlowObserved, metric: travelTimeIndex,"
        ' schedule: {days: mon-fri, hours: "07:00-09:00", holidays: exclude}}}',
        unit="ratio",
    )
    readings = [
        reading(
            start + hour * HOUR, "t", "TrafficFlowObserved", travelTimeIndex={7: 2.0, 8: 3.0}.get(hour, 1.0)
        )
        for start in (START, at("2026-01-01"))
        for hour in range(24)
    ]
    (found,) = await computed(tmp_path, kpis, [device("t", "TrafficFlowObserved")], readings)
    assert (found["value"], found["coverage"]) == (2.5, 1.0)
    (none,) = await computed(
        tmp_path / "two",
        kpis,
        [device("t", "TrafficFlowObserved")],
        readings,
        start=at("2026-01-01"),
        end=at("2026-01-02"),
    )
    assert none["value"] is None


def _air(name: str, start: int, hours: int, value: float, zone: str = "north") -> list[Observation]:
    return [reading(start + hour * HOUR, name, AIR, zone, pm25=value) for hour in range(hours)]


async def test_station_days_within_a_limit_and_their_mean(tmp_path: Path) -> None:
    """Valid days: a 30 and 40, b 37.5, and b's second has too few hours: 2 of 3, mean 35.8333."""
    readings = [
        *_air("a", START, 24, 30.0),
        *_air("a", START + DAY, 24, 40.0),
        *_air("b", START, 18, 37.5),
        *_air("b", START + DAY, 17, 1.0),
    ]
    devices = [device("a", AIR), device("b", AIR)]
    asked: dict[str, Any] = {"period": "week", "start": START, "end": START + DAY}
    within = own("{days: {of: AirQualityObserved.pm25, at_most: 37.5}}", coverage="0.1")
    (found,) = await computed(tmp_path, within, devices, readings, **asked)
    assert found["value"] == pytest.approx(66.66666667)
    assert found["coverage"] == pytest.approx(83 / (2 * 7 * 24), abs=1e-6)
    mean = own("{daily: {of: AirQualityObserved.pm25}}", unit="µg/m³", coverage="0.1")
    (found,) = await computed(tmp_path / "two", mean, devices, readings, **asked)
    assert found["value"] == pytest.approx((30 + 40 + 37.5) / 3)


async def test_levels_of_noise_are_averaged_by_their_energy(tmp_path: Path) -> None:
    """Half a day at 60 and half at 73 dBA: 10 lg((10^6 + 10^7.3) / 2) = 70.2, above 70; with 72 it is not."""
    readings = [
        reading(START + hour * HOUR, name, NOISE, LAeq=60.0 if hour < 12 else loud)
        for name, loud in (("a", 73.0), ("b", 72.0))
        for hour in range(24)
    ]
    devices = [device("a", NOISE), device("b", NOISE)]
    kpis = own("{days: {of: NoiseLevelObserved.LAeq, agg: leq, above: 70}}")
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert found["value"] == 50.0
    mean = own("{daily: {of: NoiseLevelObserved.LAeq, agg: leq}}", unit="dBA")
    (found,) = await computed(tmp_path / "two", mean, devices[:1], readings[:24])
    assert found["value"] == pytest.approx(70.2021, abs=1e-4)


async def test_percentiles_are_of_all_values(tmp_path: Path) -> None:
    """1 to 11 minutes: the 90th percentile is 10; of the zone that has 1 to 3, 2.8."""
    type_ = "EmergencyResponse"
    readings = [
        reading(
            START + hour * HOUR,
            "n" if hour < 3 else "s",
            type_,
            "north" if hour < 3 else "south",
            responseTime=float(hour + 1),
        )
        for hour in range(11)
    ] + [reading(START + hour * HOUR, "n", type_, openCalls=1.0) for hour in range(3, 24)]
    readings += [reading(START + hour * HOUR, "s", type_, "south", openCalls=1.0) for hour in range(11, 24)]
    devices = [device("n", type_), device("s", type_, "south")]
    kpis = own("{percentile: {of: EmergencyResponse.responseTime, percent: 90}}", unit="min")
    city = await computed(tmp_path, kpis, devices, readings)
    zones = await computed(tmp_path / "two", kpis, devices, readings, zones=["*"])
    assert [one["value"] for one in (*city, *zones)] == pytest.approx([10.0, 2.8, 10.3])


async def test_the_same_weekday_four_weeks_before(tmp_path: Path) -> None:
    """a: 48 against 24; b has no such day before and does not count: 200 %."""
    then = START - 28 * DAY
    readings = [
        reading(START + hour * HOUR, name, "Footfall", entries=2.0) for name in "ab" for hour in range(24)
    ]
    readings += [reading(then + hour * HOUR, "a", "Footfall", entries=1.0) for hour in range(24)]
    readings += [reading(then + hour * HOUR, "b", "Footfall", entries=9.0) for hour in range(6)]
    devices = [device("a", "Footfall"), device("b", "Footfall")]
    kpis = own("{weekday: {of: Footfall.entries, weeks: 4}}")
    (found,) = await computed(tmp_path, kpis, devices, readings)
    assert (found["value"], found["coverage"], found["samples"]) == (200.0, 1.0, 48)


async def test_sums_of_a_day_and_of_a_period(tmp_path: Path) -> None:
    """24 hours of 2 on Monday and Tuesday each: 96, 48 a day."""
    readings = [reading(START + hour * HOUR, "a", "Footfall", entries=2.0) for hour in range(48)]
    asked: dict[str, Any] = {"period": "week", "start": START, "end": START + DAY}
    for per, value in (("period", 96.0), ("day", 96 / 7)):
        kpis = own(f"{{total: {{of: {{sum: Footfall.entries}}, per: {per}}}}}", unit="people", coverage="0.2")
        (found,) = await computed(tmp_path / per, kpis, [device("a", "Footfall")], readings, **asked)
        assert found["value"] == pytest.approx(value)


def _meter(start: int, values: Sequence[float], name: str = "m", zone: str = "north") -> list[Observation]:
    return [
        reading(start + hour * HOUR, name, METER, zone, totalActiveEnergyImport=value)
        for hour, value in enumerate(values)
    ]


async def test_counters_rise_from_the_last_reading_of_the_day_before(tmp_path: Path) -> None:
    """100 at 23:00, then 101 to 124: 24; and where it falls to 5 it began again: 104 − 100 + 5 + 15."""
    kpis = own("{total: {of: {rise: ACMeasurement.totalActiveEnergyImport}}}", unit="kWh")
    before = [reading(START - HOUR, "m", METER, totalActiveEnergyImport=100.0)]
    plain = _meter(START, [101.0 + hour for hour in range(24)])
    again = _meter(
        START, [101.0, 102.0, 103.0, 104.0, *(5.0 + hour for hour in range(16)), 20.0, 20.0, 20.0, 20.0]
    )
    for name, readings, value in (("plain", plain, 24.0), ("again", again, 24.0), ("first", plain, 23.0)):
        held = readings if name == "first" else [*before, *readings]
        (found,) = await computed(tmp_path / name, kpis, [device("m", METER)], held)
        assert (name, found["value"]) == (name, value)


async def test_a_counter_that_moved_to_another_zone(tmp_path: Path) -> None:
    kpis = own("{total: {of: {rise: ACMeasurement.totalActiveEnergyImport}}}", unit="kWh")
    readings = _meter(START, [float(hour) for hour in range(12)])
    readings += _meter(START + 12 * HOUR, [12.0 + 2 * hour for hour in range(12)], zone="south")
    found = await computed(tmp_path, kpis, [device("m", METER)], readings, zones=["north", "south"])
    assert [one["value"] for one in found] == [11.0, 23.0]


async def test_emissions_are_by_the_factor_of_the_day(tmp_path: Path) -> None:
    """10 kWh on 31 December 2025 at 0.4999 and 20 kWh on 1 January 2026 at 0.4750: 14.499 kg."""
    kpis = own(
        "{total: {of: {rise: ACMeasurement.totalActiveEnergyImport, factor: grid-scope2}}}",
        unit="kg",
        direction="down",
        coverage="0.1",
    )
    new_year = at("2026-01-01")
    readings = [
        reading(time, "m", METER, totalActiveEnergyImport=value)
        for time, value in (
            *((new_year - DAY + hour * HOUR, min(10.0, hour)) for hour in range(24)),
            *((new_year + hour * HOUR, 10.0 + min(20.0, hour)) for hour in range(24)),
        )
    ]
    (found,) = await computed(
        tmp_path, kpis, [device("m", METER)], readings, period="week", start=new_year, end=new_year + 1
    )
    assert found["value"] == pytest.approx(10 * 0.4999 + 20 * 0.4750)


async def test_a_ratio_of_levels_by_time(tmp_path: Path) -> None:
    """Beds: 10 of 20 for all day, and 30 of 40 for half of it: (240 + 360) / (480 + 480)."""
    type_ = "BedOccupancy"
    readings = [
        reading(START + hour * HOUR, name, type_, occupiedBeds=occupied, staffedBeds=staffed)
        for name, heard, occupied, staffed in (("a", 24, 10.0, 20.0), ("b", 12, 30.0, 40.0))
        for hour in range(heard)
    ]
    kpis = own("{ratio: {of: {level: BedOccupancy.occupiedBeds}, to: {level: BedOccupancy.staffedBeds}}}")
    (found,) = await computed(tmp_path, kpis, [device("a", type_), device("b", type_)], readings)
    assert found["value"] == pytest.approx(62.5)


async def test_levels_of_given_readings_only_while_all_are_heard(tmp_path: Path) -> None:
    """Two online hours of 15 of 30 and one on site, 21 without a class: 50 %, and all of it heard."""
    type_ = "ClassAttendance"
    readings = [
        reading(START + hour * HOUR, "c", type_, inSession=True, mode=mode, attended=there, enrolled=30.0)
        for hour, (mode, there) in enumerate((("online", 10.0), ("hybrid", 20.0), ("onsite", 30.0)))
    ] + [reading(START + hour * HOUR, "c", type_, inSession=False) for hour in range(3, 24)]
    side = "{{level: ClassAttendance.{}, given: {{inSession: true, mode: [online, hybrid]}}}}"
    kpis = own(f"{{ratio: {{of: {side.format('attended')}, to: {side.format('enrolled')}}}}}")
    (found,) = await computed(tmp_path, kpis, [device("c", type_)], readings)
    assert (found["value"], found["coverage"]) == (50.0, 1.0)


async def test_labels_of_those_that_report_over_a_constant(tmp_path: Path) -> None:
    """4 km all day and 6 km on no valid day, of 20 km: 20 %; the north has 8 of them, the south says none."""
    type_ = "TrafficFlowObserved"
    readings = [
        reading(START + hour * HOUR, name, type_, intensity=1.0)
        for name, heard in (("a", 24), ("b", 11))
        for hour in range(heard)
    ]
    kpis = own(
        "{ratio: {of: {label: {of: TrafficFlowObserved.intensity, label: km}}, to: {constant: streets}}}",
        constants="{streets: [{value: 10}, {from: 2026-01-05, value: 20, zones: {north: 8}}]}",
    )
    devices = [device("a", type_, km="4"), device("b", type_, km="6")]
    city = await computed(tmp_path, kpis, devices, readings)
    zones = await computed(tmp_path / "two", kpis, devices, readings, zones=["north", "south"])
    assert [one["value"] for one in (*city, *zones)] == [20.0, 50.0, None]
    assert "no readings" in zones[1]["reason"]["en"]


async def test_the_city_s_value_is_that_of_all_readings(tmp_path: Path) -> None:
    """North: 3 devices, never; south: one, always. The city is 25 %, the mean of its zones would be 50 %."""
    readings = [
        reading(
            START + hour * HOUR,
            name,
            ROOM,
            "south" if name == "s" else "north",
            co2=2000.0 if name == "s" else 400.0,
        )
        for name in ("a", "b", "c", "s")
        for hour in range(24)
    ]
    devices = [device(name, ROOM, "south" if name == "s" else "north") for name in ("a", "b", "c", "s")]
    kpis = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}")
    found = await computed(tmp_path, kpis, devices, readings, zones=["*"])
    (city,) = await computed(tmp_path / "two", kpis, devices, readings)
    assert [one["value"] for one in (*found, city)] == [0.0, 100.0, 25.0]


@pytest.mark.parametrize(
    ("kpis", "devices", "heard", "said"),
    [
        (own("{share: {of: ClassroomAir, met: {co2: {above: 1}}}}"), 1, 0, "no readings of ClassroomAir"),
        (
            own("{share: {of: ClassroomAir, met: {co2: {above: 1}}}}", coverage="0.8"),
            2,
            36,
            "75.0% of the expected readings are there, 80% are needed",
        ),
        (
            own("{ratio: {of: {sum: ClassroomAir.co2}, to: {constant: rooms}}}"),
            1,
            24,
            "kpis.yaml has no constant rooms of the city for then",
        ),
        (
            own("{share: {of: ClassroomAir, given: {occupied: true}, met: {co2: {above: 1}}}}"),
            1,
            24,
            "nothing to compare with was measured",
        ),
        (own("{percentile: {of: ClassroomAir.pm25, percent: 50}}"), 1, 24, "no pm25 was measured"),
    ],
    ids=["nothing", "little", "constant", "nothing-given", "nothing-measured"],
)
async def test_not_enough_data_is_an_answer(
    tmp_path: Path, kpis: str, devices: int, heard: int, said: str
) -> None:
    rooms = [device(f"r-{number}", ROOM) for number in range(devices)]
    readings = [
        reading(START + n // devices * HOUR, f"r-{n % devices}", ROOM, co2=900.0) for n in range(heard)
    ]
    readings += [reading(START - 9 * DAY, "r-0", ROOM, co2=900.0)]
    (found,) = await computed(tmp_path, kpis, rooms, readings)
    assert (found["value"], found["state"], found["trend"]) == (None, "not_enough_data", None)
    assert said in found["reason"]["en"]
    assert found["reason"]["th"]
