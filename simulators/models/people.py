"""Public Wi-Fi, classrooms and classes."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import LocalTime, bump, plateau
from simulators.models.scene import HOUR, MINUTE, Scene


def public_wifi(scene: Scene) -> dict[str, Value]:
    """An access point: busiest at lunch and in the evening."""
    hour = scene.now.hour
    busy = 0.08 + 0.5 * bump(hour, 12.5, 2) + 0.65 * bump(hour, 19, 2.5)
    busy *= 1 + 0.15 * scene.walk("clients", 10 * MINUTE)
    clients = round(scene.trait("size", 35, 80) * busy)
    return {
        "up": True,
        "clients": float(clients),
        "channelUtilization": round(min(0.75, 0.08 + 0.6 * busy), 3),
        "throughput": round(clients * 0.9 * (1 + 0.3 * scene.walk("throughput", 2 * MINUTE)), 1),
        "latency": round(14 + 22 * busy + 4 * abs(scene.flicker("latency")), 1),
        "packetLoss": round(0.001 + 0.004 * busy, 4),
    }


def classroom(scene: Scene) -> dict[str, Value]:
    """A room with a class in it on school days: carbon dioxide rises from lesson to lesson."""
    occupied = in_lesson(scene.now)
    filled = plateau(scene.now.hour, 8.6, 15.6, 1.2) if not scene.now.weekend else 0.0
    pupils = round(scene.trait("pupils", 24, 38)) if occupied else 0
    co2 = 430 + 440 * filled * scene.trait("draught", 0.7, 1.0) + 25 * scene.walk("co2", 12 * MINUTE)
    return {
        "co2": round(co2, 0),
        "pm25": round(max(1.0, 0.55 * scene.sky.dust + 0.8 * scene.walk("pm25")), 1),
        "temperature": round(26 + 0.8 * filled + 0.6 * scene.walk("temperature", HOUR), 1),
        "relativeHumidity": round(0.58 + 0.03 * scene.walk("humidity", HOUR), 3),
        "occupied": occupied,
        "peopleCount": float(pupils),
    }


def class_attendance(scene: Scene) -> dict[str, Value]:
    """A digital class: lessons by day, a course for grown-ups in the evening; most come."""
    mode = scene.device.labels.get("mode", "online")
    if not (in_lesson(scene.now) or _evening_course(scene.now)):
        return {"inSession": False, "mode": mode}
    enrolled = round(scene.trait("enrolled", 24, 60))
    share = scene.trait("diligence", 0.84, 0.93) + 0.05 * scene.walk("attendance", 2 * HOUR)
    return {
        "inSession": True,
        "mode": mode,
        "attended": float(min(enrolled, round(enrolled * share))),
        "enrolled": float(enrolled),
    }


def _evening_course(now: LocalTime) -> bool:
    return now.weekday < 4 and 18 <= now.hour < 20


def in_lesson(now: LocalTime) -> bool:
    """Whether a class is in its room: 08:30 to 15:30 on weekdays, with an hour for lunch."""
    return not now.weekend and 8.5 <= now.hour < 15.5 and not 12 <= now.hour < 13
