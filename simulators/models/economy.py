"""People in shops and markets, the stalls that serve them, how they pay; and what is grown."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import LocalTime, bump, plateau
from simulators.models.scene import DAY, HOUR, MINUTE, Scene


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


def cashless_payments(scene: Scene) -> dict[str, Value]:
    """What a market takes: two of three payments are by phone or card."""
    crowd = _crowd(scene.now, scene.device.labels.get("site", "market"))
    rate = scene.trait("tills", 5, 14) * crowd * (1 + 0.2 * scene.flicker("sales"))
    transactions = max(0, round(rate * scene.device.interval / MINUTE))
    share = scene.trait("cashless", 0.6, 0.75) + 0.06 * scene.walk("cashless", 30 * MINUTE)
    cashless = round(transactions * share)
    price = scene.trait("price", 60, 140) * (1 + 0.1 * scene.walk("price", HOUR))
    counted: dict[str, Value] = {
        "transactions": float(transactions),
        "cashlessTransactions": float(cashless),
        "failedTransactions": float(cashless > 0 and scene.happens("failed", 1.5)),
        "amount": round(transactions * price, 2),
        "cashlessAmount": round(cashless * price * 0.98, 2),
    }
    return counted | {"cashlessShare": round(cashless / transactions, 3)} if transactions else counted


def soil(scene: Scene) -> dict[str, Value]:
    """A plot that is watered every other morning, and by rain."""
    _, dried = scene.spell("watering", 2 * DAY)
    wet = scene.trait("soil", 0.32, 0.36) - 0.11 * dried + 0.06 * scene.sky.wet
    return {
        "soilMoistureVwc": round(wet + 0.004 * scene.walk("soil", HOUR), 4),
        "soilMoistureEc": round(0.9 + 0.5 * wet + 0.05 * scene.walk("salt", 6 * HOUR), 3),
        "soilTemperature": round(
            26.5 + 0.35 * (scene.sky.temperature - 28) + 0.2 * scene.walk("warmth", HOUR), 2
        ),
        "depth": 0.2,
        "batteryLevel": round(scene.trait("battery", 0.6, 0.98), 2),
    }


def _crowd(now: LocalTime, site: str) -> float:
    """0 to about 1."""
    if site == "station":
        weight = 0.5 if now.weekend else 1.0
        return 0.05 + weight * (0.8 * bump(now.hour, 8, 1.2) + 0.85 * bump(now.hour, 18, 1.6))
    weight = 1.0 if now.weekend else 0.75
    evening = 20.0 if site == "market" else 18.5
    return 0.03 + weight * (0.6 * bump(now.hour, 12.5, 2) + 0.85 * bump(now.hour, evening, 2))
