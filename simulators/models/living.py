"""Cameras, tap water, hospitals and emergencies."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import bump, rush
from simulators.models.scene import HOUR, MINUTE, Scene


def camera(scene: Scene) -> dict[str, Value]:
    """A camera in good health; its network is a little slower in the evening."""
    evening = bump(scene.now.hour, 20, 2.5)
    return {
        "status": "ok",
        "recording": True,
        "obscured": False,
        "frameRate": round(25 + 0.3 * scene.flicker("frames"), 1),
        "bitrate": round(4 + 0.6 * scene.walk("bitrate", 10 * MINUTE), 2),
        "latency": round(45 + 25 * evening + 10 * abs(scene.flicker("latency")), 0),
        "packetLoss": round(0.002 + 0.002 * abs(scene.flicker("loss")), 4),
        "storageUsed": round(scene.trait("storage", 0.45, 0.7) + 0.02 * scene.walk("storage", 6 * HOUR), 3),
        "temperature": round(scene.sky.temperature + 7 + 6 * scene.sky.sun, 1),
    }


def water_pressure(scene: Scene) -> dict[str, Value]:
    """A water main: pressure falls when people wash in the morning and cook in the evening."""
    use = 0.25 + 0.75 * bump(scene.now.hour, 7, 1.5) + 0.65 * bump(scene.now.hour, 19, 2)
    pressure = 2.9 - 0.55 * use + scene.trait("height", -0.15, 0.15)
    return {
        "pressure": round(pressure + 0.06 * scene.walk("pressure", 10 * MINUTE), 3),
        "flow": round(scene.trait("size", 60, 140) * use * (1 + 0.06 * scene.walk("flow", 5 * MINUTE)), 1),
        "chlorine": round(0.62 - 0.1 * use + 0.08 * scene.walk("chlorine", 4 * HOUR), 2),
        "turbidity": round(0.5 + 0.15 * scene.walk("turbidity", 4 * HOUR), 2),
        "temperature": round(28.5 + scene.shared("tap", 12 * HOUR), 1),
    }


def hospital_beds(scene: Scene) -> dict[str, Value]:
    """A ward: fuller by day, never quite full."""
    staffed = round(scene.trait("beds", 60, 180))
    share = 0.72 + 0.05 * bump(scene.now.hour, 14, 5) + 0.05 * scene.walk("beds", 12 * HOUR)
    occupied = round(staffed * share)
    return {
        "occupiedBeds": float(occupied),
        "staffedBeds": float(staffed),
        "occupancyRate": round(occupied / staffed, 3),
        "patientsWaiting": float(
            round(3 + 5 * bump(scene.now.hour, 11, 3) + 2 * scene.walk("waiting", HOUR))
        ),
    }


_EMERGENCIES = ("medical", "medical", "medical", "traffic", "traffic", "fire", "rescue", "crime", "other")


def emergency_response(scene: Scene) -> dict[str, Value]:
    """A dispatch centre: a dozen arrivals an hour, later in the rush of traffic."""
    busy = rush(scene.now)
    units = round(scene.trait("units", 9, 14))
    calls = max(0, round(1 + 2.5 * busy + scene.walk("calls", 10 * MINUTE)))
    standing: dict[str, Value] = {
        "openCalls": float(calls),
        "availableUnits": float(max(2, units - 2 * calls)),
    }
    if not scene.happens("arrival", 8 + 8 * busy):
        return standing
    minutes = 6.4 + 1.8 * busy + 0.7 * scene.walk("way", HOUR) + 1.6 * scene.flicker("way")
    return standing | {
        "responseTime": round(max(2.0, minutes), 1),
        "category": scene.pick("emergency", _EMERGENCIES),
    }
