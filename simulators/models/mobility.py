"""Streets, buses, parking and charging."""

from __future__ import annotations

import math

from devices.model import Position, Value
from simulators.models.rhythm import bump, plateau, rush
from simulators.models.scene import HOUR, MINUTE, Scene

_LOOP = 0.0011


def traffic_flow(scene: Scene) -> dict[str, Value]:
    """Vehicles of one lane: the more there are, the slower they go (a straight speed-density line)."""
    busy = rush(scene.now) * (1 + 0.12 * scene.shared("traffic", 20 * MINUTE))
    busy = min(1.0, max(0.03, busy + 0.06 * scene.walk("traffic", 4 * MINUTE)))
    occupancy = 0.04 + 0.4 * busy
    speed = scene.trait("free", 52, 62) * (1 - 0.62 * busy) + 1.5 * scene.flicker("speed")
    per_second = 0.62 * math.sin(math.pi * min(0.5, 0.06 + 0.44 * busy))
    count = round(per_second * scene.device.interval / 1_000 * (1 + 0.2 * scene.flicker("count")))
    return {
        "intensity": float(max(0, count)),
        "occupancy": round(occupancy, 3),
        "averageVehicleSpeed": round(speed, 1),
        "averageHeadwayTime": round(min(120.0, 1 / per_second), 1),
        "congested": False,
        "laneId": 1.0,
    }


def bus(scene: Scene) -> dict[str, Value]:
    """A bus on its line: it drives, stops for half a minute, and is the fuller the busier the streets are."""
    busy = rush(scene.now)
    draw, passed = scene.spell("leg", 2 * MINUTE)
    stopped = passed < 0.25
    speed = 0.0 if stopped else (34 - 16 * busy) * (0.75 + 0.5 * draw) * math.sin(math.pi * passed) ** 0.3
    seats = 65
    people = round(seats * (0.12 + 0.7 * busy * scene.trait("line", 0.75, 1.0)))
    return {
        "speed": round(max(0.0, speed), 1),
        "heading": round(360 * _turn(scene), 0) % 360,
        "line": scene.device.labels.get("line", "l-1"),
        "delay": round(110 * busy + 90 * scene.walk("delay", HOUR), 0),
        "headway": round(max(90.0, 480 + 120 * scene.walk("headway", HOUR)), 0),
        "occupancy": round(people / seats, 2),
        "passengerCount": float(people),
        "doorOpen": stopped,
        "stateOfCharge": round(_battery(scene.now.hour), 3),
        "odometer": round(scene.total(180.0, _driving), 2),
    }


def bus_position(scene: Scene) -> Position | None:
    """Where the bus is: on a loop of about 700 m through the place where it is registered."""
    if scene.device.location is None:
        return None
    angle = 2 * math.pi * _turn(scene)
    lon, lat = scene.device.location
    return round(lon + _LOOP * (math.cos(angle) - 1) / 2, 6), round(lat + _LOOP * math.sin(angle) / 2, 6)


def parking_spot(scene: Scene) -> dict[str, Value]:
    """Free or taken, in stays of about forty minutes, mostly taken in office and shopping hours.

    Of three spots whose ids follow one another one is free at any time: in a lot that is well run somebody
    leaves while another arrives.
    """
    wanted = 0.12 + 0.83 * plateau(scene.now.hour, 8.5, 20, 2)
    draw, _ = scene.spell("stay", 40 * MINUTE)
    kept_free = (sum(scene.device.id.encode()) + scene.time // (40 * MINUTE)) % 3 == 0
    return {
        "status": "occupied" if draw < wanted and not kept_free else "free",
        "batteryLevel": round(scene.trait("battery", 0.55, 0.98), 2),
    }


def ev_charging(scene: Scene) -> dict[str, Value]:
    """A charger with one connector: sessions of about three quarters of an hour."""
    wanted = 0.2 + 0.4 * plateau(scene.now.hour, 9, 22, 2)
    draw, passed = scene.spell("session", 45 * MINUTE)
    charging = draw < wanted and passed < 0.9
    rated = 50.0 if scene.device.labels.get("connector") == "ccs2" else 11.0
    power = rated * min(1.0, 1.6 * (1 - passed)) * 0.95 if charging else 0.0
    voltage = 400 + 4 * scene.shared("voltage", HOUR)
    values: dict[str, Value] = {
        "status": "full" if charging else "empty",
        "connectorStatus": "Charging" if charging else "Available",
        "errorCode": "NoError",
        "capacity": 1.0,
        "availableCapacity": 0.0 if charging else 1.0,
        "activePower": round(power, 2),
        "voltage": round(voltage, 1),
        "current": round(power * 1_000 / voltage, 1),
        "temperature": round(scene.sky.temperature + 2 + power / 5, 1),
        "totalActiveEnergyImport": round(scene.total(rated * 6, _charging), 2),
    }
    return values | {"stateOfCharge": round(0.2 + 0.65 * passed / 0.9, 3)} if charging else values


def _turn(scene: Scene) -> float:
    """How far around its loop a bus is, 0 to 1; once in about eight minutes."""
    length = 8 * MINUTE
    return (scene.time + int(scene.trait("turn", 0, length))) % length / length


def _battery(hour: float) -> float:
    """State of charge: used from 5 to 23 o'clock, charged again in the depot at night."""
    if 5 <= hour < 23:
        return 0.92 - 0.55 * (hour - 5) / 18
    return 0.37 + 0.55 * ((hour - 23) % 24) / 6


def _driving(hour: float) -> float:
    return plateau(hour, 5, 23, 1)


def _charging(hour: float) -> float:
    return 0.3 + bump(hour, 13, 3) + bump(hour, 19, 2)
