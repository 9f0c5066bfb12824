"""What simulated devices make of their labels and of their neighbours."""

from __future__ import annotations

from devices.catalog import Catalog
from devices.city import CityFolder
from devices.model import Device, Domain
from simulators.models import World
from simulators.noise import Noise

NOON = 1_767_589_200_000
"""Monday, 2026-01-05T12:00+07:00."""
MINUTE = 60_000


def world(seed: int = 1) -> World:
    return World(Catalog.builtin(), Noise(seed), "Asia/Bangkok")


def plant(**labels: str) -> Device:
    return Device("solar-01", ("SolarInverter",), "samyan", Domain.ENERGY, 15_000, labels=labels)


def test_no_car_park_of_the_pilot_is_full_by_itself(pilot: CityFolder) -> None:
    spots = [device for device in pilot.devices if "ParkingSpot" in device.types]
    for seed in (1, 2):
        simulated = world(seed)
        for minute in range(0, 24 * 60, 10):
            states: dict[str, set[object]] = {}
            for spot in spots:
                values = simulated.sample(spot, "ParkingSpot", NOON + minute * MINUTE)
                states.setdefault(spot.zone, set()).add(values["status"])
            assert all("free" in found for found in states.values()), (seed, minute)


def test_a_car_park_is_mostly_taken_at_noon(pilot: CityFolder) -> None:
    simulated = world()
    spots = [device for device in pilot.devices if "ParkingSpot" in device.types]
    taken = [simulated.sample(spot, "ParkingSpot", NOON)["status"] == "occupied" for spot in spots]
    assert 0.4 < sum(taken) / len(taken) < 0.8


def test_a_solar_plant_is_as_large_as_its_label_says() -> None:
    for size in (10.0, 80.0):
        values = world().sample(plant(p_stc=f"{size:g}"), "SolarInverter", NOON)
        power, light = values["activePower"], values["irradiance"]
        assert isinstance(power, float)
        assert isinstance(light, float)
        assert 0.6 < power / size / (light / 1_000) < 0.95


def test_a_label_that_is_no_number_is_none() -> None:
    without = world().sample(plant(), "SolarInverter", NOON)
    for wrong in ("large", "-5", "inf", "nan"):
        assert world().sample(plant(p_stc=wrong), "SolarInverter", NOON) == without
