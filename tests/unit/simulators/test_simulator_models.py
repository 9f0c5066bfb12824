from __future__ import annotations

from itertools import pairwise
from statistics import mean

import pytest

from devices.catalog import Catalog
from devices.city import CityFolder
from devices.documents import Document
from devices.geometry import distance
from devices.model import Device, Domain, Value
from simulators.models import MODELS, World
from simulators.models.scene import Scene
from simulators.noise import Noise

MONDAY = 1_767_546_000_000
"""2026-01-05T00:00+07:00."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def world(pilot: CityFolder) -> World:
    return World(pilot.catalog, Noise(7), pilot.city.timezone)


def of_type(pilot: CityFolder, kind: str) -> list[Device]:
    return [device for device in pilot.devices if kind in device.types]


def hourly(world: World, device: Device, metric: str, hours: range = range(24)) -> list[float]:
    kind = device.types[0]
    values = [world.sample(device, kind, MONDAY + hour * HOUR)[metric] for hour in hours]
    assert all(isinstance(value, float) for value in values)
    return [float(value) for value in values]


def test_there_is_a_model_for_every_type_of_the_catalogue(pilot: CityFolder) -> None:
    assert MODELS.keys() == Catalog.builtin().keys()


def test_every_value_of_a_day_of_every_device_passes_its_type(pilot: CityFolder, world: World) -> None:
    for device in pilot.devices:
        for time in range(MONDAY, MONDAY + DAY, 47 * MINUTE):
            for kind in device.types:
                checked = pilot.catalog[kind].check(world.sample(device, kind, time), index=0)
                assert checked.refusal is None, (device.id, checked.refusal)


def test_a_model_says_nothing_that_its_type_does_not_know(pilot: CityFolder, world: World) -> None:
    for kind, model in MODELS.items():
        device = of_type(pilot, kind)[0]
        for hour in range(0, 24, 3):
            scene = Scene(device, MONDAY + hour * HOUR, Noise(7), world.climate)
            raw = model(scene)
            assert raw.keys() <= pilot.catalog[kind].metrics.keys()
            assert world.sample(device, kind, scene.time) == raw, f"{kind} had to be held to its range"


def test_the_same_seed_gives_the_same_city_and_another_seed_another(pilot: CityFolder) -> None:
    def day(seed: int) -> list[object]:
        world = World(pilot.catalog, Noise(seed), pilot.city.timezone)
        return [world.sample(d, d.types[0], MONDAY + 9 * HOUR) for d in pilot.devices[::7]]

    assert day(1) == day(1)
    assert day(1) != day(2)


def test_it_does_not_matter_what_was_asked_before(pilot: CityFolder, world: World) -> None:
    fresh = World(pilot.catalog, Noise(7), pilot.city.timezone)
    device = pilot.devices[5]
    for hour in range(10):
        world.sample(device, device.types[0], MONDAY + hour * HOUR)

    late = MONDAY + 11 * HOUR
    assert world.sample(device, device.types[0], late) == fresh.sample(device, device.types[0], late)


def test_counters_never_fall(pilot: CityFolder, world: World) -> None:
    for kind, observed in pilot.catalog.items():
        counters = [metric.name for metric in observed.metrics.values() if metric.counter]
        device = of_type(pilot, kind)[0]
        samples = [world.sample(device, kind, MONDAY + n * 37 * MINUTE) for n in range(80)]
        for counter in set(counters) & samples[0].keys():
            values = [float(sample[counter]) for sample in samples]
            assert all(a <= b for a, b in pairwise(values)), (kind, counter)
            assert values[-1] > values[0], (kind, counter)


def test_numbers_move_in_plausible_steps(pilot: CityFolder, world: World) -> None:
    limits = {"pm25": 2.0, "temperature": 1.5, "currentLevel": 0.05, "phaseVoltageL1": 3.0, "pressure": 0.2}
    for metric, limit in limits.items():
        kind = next(kind for kind, observed in pilot.catalog.items() if metric in observed.metrics)
        device = of_type(pilot, kind)[0]
        values = [float(world.sample(device, kind, MONDAY + n * 10_000)[metric]) for n in range(0, 8_640, 31)]
        steps = [
            abs(float(world.sample(device, kind, MONDAY + n * 10_000 + 10_000)[metric]) - value)
            for n, value in zip(range(0, 8_640, 31), values, strict=True)
        ]
        assert max(steps) <= limit, metric
        assert max(values) > min(values), metric


def test_streets_are_slow_at_eight_and_free_at_three(pilot: CityFolder, world: World) -> None:
    counters = of_type(pilot, "TrafficFlowObserved")
    speeds = [hourly(world, device, "averageVehicleSpeed") for device in counters]

    assert mean(day[8] for day in speeds) < 0.6 * mean(day[3] for day in speeds)
    assert all(min(day) > 15 for day in speeds)


def test_lamps_burn_at_night_and_the_sun_shines_by_day(pilot: CityFolder, world: World) -> None:
    lamp, roof = of_type(pilot, "Streetlight")[0], of_type(pilot, "SolarInverter")[0]

    assert [share > 0.5 for share in hourly(world, lamp, "loadShare", range(20, 24))] == [True] * 4
    assert hourly(world, lamp, "loadShare", range(8, 17)) == [0.0] * 9
    assert hourly(world, roof, "activePower", range(5)) == [0.0] * 5
    assert min(hourly(world, roof, "activePower", range(10, 14))) > 0


def test_it_is_warmest_in_the_afternoon(pilot: CityFolder, world: World) -> None:
    mast = of_type(pilot, "WeatherObserved")[0]
    temperatures = [
        mean(
            float(world.sample(mast, "WeatherObserved", MONDAY + d * DAY + h * HOUR)["temperature"])
            for d in range(10)
        )
        for h in range(24)
    ]

    assert 12 <= temperatures.index(max(temperatures)) <= 17
    assert 22 < min(temperatures) < max(temperatures) < 38


def test_devices_of_one_zone_agree_more_than_devices_of_two(pilot: CityFolder, world: World) -> None:
    stations = of_type(pilot, "AirQualityObserved")
    roads = {d.zone: hourly(world, d, "pm25") for d in stations if d.labels["site"] == "school"}
    others = {d.zone: hourly(world, d, "pm25") for d in stations if d.labels["site"] == "hospital"}
    zones = sorted(roads.keys() & others.keys())

    def apart(a: list[float], b: list[float]) -> float:
        drift = [x - y for x, y in zip(a, b, strict=True)]
        return mean(abs(d - mean(drift)) for d in drift)

    same = mean(apart(roads[zone], others[zone]) for zone in zones)
    cross = mean(apart(roads[one], others[two]) for one in zones for two in zones if one != two)
    assert same < cross


def test_classrooms_are_empty_on_sunday(pilot: CityFolder, world: World) -> None:
    room = of_type(pilot, "ClassroomAir")[0]
    ten = 10 * HOUR

    assert world.sample(room, "ClassroomAir", MONDAY + ten)["occupied"] is True
    assert world.sample(room, "ClassroomAir", MONDAY - DAY + ten)["occupied"] is False


def test_a_bus_moves_but_stays_near_its_stop(pilot: CityFolder, world: World) -> None:
    bus = of_type(pilot, "PublicTransportVehicle")[0]
    assert bus.location is not None
    places = [world.position(bus, bus.types[0], MONDAY + n * MINUTE) for n in range(8)]

    assert len(set(places)) == 8
    assert all(place is not None and distance(place, bus.location) < 150 for place in places)
    assert world.position(of_type(pilot, "Streetlight")[0], "Streetlight", MONDAY) is None


def test_a_type_of_the_citys_own_is_simulated_too(pilot: CityFolder) -> None:
    document = Document(
        "Beehive.yaml",
        "name: Beehive\nversion: 1\ndomain: environment\ninterval: 5m\n"
        "title: {en: Beehive, th: รังผึ้ง}\nmetrics:\n"
        "  weight: {type: number, unit: kg, range: [0, 100], required: true}\n"
        "  bees: {type: number, range: [0, 1000000], counter: true}\n"
        "  state: {type: string, values: [quiet, swarming]}\n"
        "  open: {type: boolean}\n",
    )
    catalog = Catalog.builtin().extended([document])
    world = World(catalog, Noise(1), "Asia/Bangkok")
    hive = Device("hive-01", ("Beehive",), "samyan", Domain.ENVIRONMENT, 300_000)
    values = world.sample(hive, "Beehive", MONDAY)

    assert catalog["Beehive"].check(values, index=0).refusal is None
    assert values["state"] == "quiet"
    assert values != world.sample(hive, "Beehive", MONDAY + HOUR)


def test_a_type_that_the_city_changed_gets_what_it_requires(pilot: CityFolder) -> None:
    document = Document(
        "ParkingSpot.yaml",
        "name: ParkingSpot\nversion: 2\ndomain: mobility\ninterval: 5m\nmetrics:\n"
        "  status: {type: string, values: [free, occupied], required: true}\n"
        "  height: {type: number, unit: m, range: [0, 4], required: true}\n",
    )
    catalog = Catalog.builtin().extended([document])
    spot = of_type(pilot, "ParkingSpot")[0]
    values = World(catalog, Noise(1), "Asia/Bangkok").sample(spot, "ParkingSpot", MONDAY)

    assert values.keys() == {"status", "height"}
    assert catalog["ParkingSpot"].check(values, index=0).refusal is None


def over_a_day(world: World, device: Device, minutes: int = 5) -> list[dict[str, Value]]:
    kind = device.types[0]
    return [world.sample(device, kind, MONDAY + n * minutes * MINUTE) for n in range(24 * 60 // minutes)]


def test_shares_follow_from_the_counts_beside_them(pilot: CityFolder, world: World) -> None:
    for device in of_type(pilot, "BedOccupancy"):
        for beds in over_a_day(world, device, 60):
            assert beds["occupancyRate"] == round(float(beds["occupiedBeds"]) / float(beds["staffedBeds"]), 3)
    for device in of_type(pilot, "CashlessPayments"):
        for paid in over_a_day(world, device, 60):
            assert float(paid["cashlessTransactions"]) <= float(paid["transactions"])
            assert float(paid["cashlessAmount"]) <= float(paid["amount"])
            assert ("cashlessShare" in paid) is (float(paid["transactions"]) > 0)


def test_an_arrival_says_how_long_it_took_and_a_centre_without_one_says_how_it_stands(
    pilot: CityFolder, world: World
) -> None:
    for device in of_type(pilot, "EmergencyResponse"):
        readings = over_a_day(world, device)
        arrivals = [reading for reading in readings if "responseTime" in reading]
        assert 0 < len(arrivals) < len(readings)
        assert all(4 <= float(arrival["responseTime"]) <= 15 for arrival in arrivals)
        assert all(("category" in reading) is ("responseTime" in reading) for reading in readings)
        assert all({"openCalls", "availableUnits"} <= reading.keys() for reading in readings)


def test_only_a_report_that_is_closed_says_how_long_it_took(pilot: CityFolder, world: World) -> None:
    readings = [r for d in of_type(pilot, "CitizenReport") for r in over_a_day(world, d, 1)]
    closed = [reading for reading in readings if reading.get("status") == "closed"]
    assert closed
    assert all(("resolutionTime" in reading) is (reading.get("status") == "closed") for reading in readings)
    assert all(
        ("status" in r) is bool(float(r["openedReports"]) + float(r["closedReports"])) for r in readings
    )
    assert 24 < mean(float(reading["resolutionTime"]) for reading in closed) < 72


def test_classes_are_counted_only_while_they_are_held(pilot: CityFolder, world: World) -> None:
    for device in of_type(pilot, "ClassAttendance"):
        readings = over_a_day(world, device, 30)
        assert {reading["inSession"] for reading in readings} == {True, False}
        for reading in readings:
            assert ("attended" in reading) is ("enrolled" in reading) is reading["inSession"]
            assert float(reading.get("attended", 0)) <= float(reading.get("enrolled", 0))
        assert {reading["mode"] for reading in readings} == {device.labels["mode"]}


def test_datasets_are_updated_as_often_as_they_say(pilot: CityFolder, world: World) -> None:
    for device in of_type(pilot, "DatasetFreshness"):
        frequency = float(device.labels["every_h"])
        ages = [float(world.sample(device, "DatasetFreshness", MONDAY + n * HOUR)["age"]) for n in range(800)]
        assert max(ages) < frequency
        assert all(b > a or b < 1 for a, b in pairwise(ages)) or frequency == 1


def test_customers_without_supply_are_counted_once_and_their_minutes_as_long_as_it_lasts(
    pilot: CityFolder, world: World
) -> None:
    (feeder, *_) = of_type(pilot, "PowerInterruption")
    readings = [world.sample(feeder, "PowerInterruption", MONDAY + n * MINUTE) for n in range(20 * 24 * 60)]
    out = [float(reading["customersOut"]) for reading in readings]
    begun = [now for before, now in pairwise(out) if now and not before]
    assert begun
    assert sum(float(reading["customersInterrupted"]) for reading in readings) == sum(begun)
    assert sum(float(reading["customerMinutes"]) for reading in readings) == sum(out)
    assert max(out) < 0.03 * float(readings[0]["customersServed"])


def test_soil_dries_until_it_is_watered(pilot: CityFolder, world: World) -> None:
    for device in of_type(pilot, "SoilMoisture"):
        kind = device.types[0]
        moist = [
            float(world.sample(device, kind, MONDAY + n * HOUR)["soilMoistureVwc"]) for n in range(24 * 8)
        ]
        rises = sum(b - a > 0.05 for a, b in pairwise(moist))
        assert 3 <= rises <= 6
        assert 0.15 < min(moist) < max(moist) < 0.45
