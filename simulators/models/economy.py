"""People in shops and markets, and the stalls that serve them."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import LocalTime, bump, plateau
from simulators.models.scene import MINUTE, Scene


def footfall(scene: Scene) -> dict[str, Value]:
    """People past a gate: lunch and evening, more at weekends except at stations."""
    crowd = _crowd(scene.now, scene.device.labels.get("site", "mall"))
    crowd *= 1 + 0.15 * scene.shared("crowd", 30 * MINUTE) + 0.1 * scene.walk("crowd", 5 * MINUTE)
    per_second = scene.trait("size", 0.5, 1.6) * crowd
    span = scene.device.interval / 1_000
    present = round(scene.trait("hall", 150, 420) * crowd)
    return {
        "entries": float(max(0, round(per_second * span * (1 + 0.3 * scene.flicker("in"))))),
        "exits": float(max(0, round(per_second * span * (1 + 0.3 * scene.flicker("out"))))),
        "peopleCount": float(present),
        "occupancy": round(min(0.85, present / 600), 3),
        "averageDwellTime": round(900 + 300 * scene.walk("stay", 30 * MINUTE), 0),
    }


def stall_occupancy(scene: Scene) -> dict[str, Value]:
    """A row of stalls: open from late morning to late evening."""
    licensed = round(scene.trait("stalls", 18, 42))
    share = 0.04 + 0.84 * plateau(scene.now.hour, 10, 22, 2) + 0.04 * scene.walk("stalls", 20 * MINUTE)
    occupied = round(licensed * min(0.97, max(0.0, share)))
    sales = occupied * 0.25 * scene.device.interval / 60_000 * (1 + 0.4 * scene.flicker("sales"))
    return {
        "occupancy": round(occupied / licensed, 3),
        "occupiedStalls": float(occupied),
        "licensedStalls": float(licensed),
        "transactions": float(max(0, round(sales))),
        "cashlessShare": round(0.68 + 0.08 * scene.walk("cashless", 30 * MINUTE), 3),
    }


def _crowd(now: LocalTime, site: str) -> float:
    """0 to about 1."""
    if site == "station":
        weight = 0.5 if now.weekend else 1.0
        return 0.05 + weight * (0.8 * bump(now.hour, 8, 1.2) + 0.85 * bump(now.hour, 18, 1.6))
    weight = 1.0 if now.weekend else 0.75
    evening = 20.0 if site == "market" else 18.5
    return 0.03 + weight * (0.6 * bump(now.hour, 12.5, 2) + 0.85 * bump(now.hour, evening, 2))
