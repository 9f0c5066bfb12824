"""Electronic services of the city, seen by a probe."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import plateau
from simulators.models.scene import DAY, MINUTE, Scene


def service_probe(scene: Scene) -> dict[str, Value]:
    """A service that answers; slower in office hours."""
    office = plateau(scene.now.hour, 8.5, 16.5, 1) * (0.3 if scene.now.weekend else 1.0)
    latency = scene.trait("latency", 120, 320) * (1 + 0.6 * office + 0.2 * scene.walk("load", 5 * MINUTE))
    elapsed = scene.time // DAY + int(scene.trait("issued", 0, 60))
    return {
        "up": True,
        "latency": round(latency * (1 + 0.1 * scene.flicker("latency")), 0),
        "statusCode": 200.0,
        "certificateDays": float(90 - elapsed % 50),
    }
