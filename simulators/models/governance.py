"""Electronic services of the city, seen by a probe; its desk for reports; its open data."""

from __future__ import annotations

from devices.model import Value
from simulators.models.rhythm import plateau
from simulators.models.scene import DAY, HOUR, MINUTE, Scene


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


_SUBJECTS = (
    "road",
    "footpath",
    "lighting",
    "drainage",
    "waste",
    "noise",
    "tree",
    "traffic",
    "safety",
    "other",
)


def citizen_report(scene: Scene) -> dict[str, Value]:
    """A desk: people report by day and in the evening, offices close reports in their hours."""
    hour = scene.now.hour
    office = plateau(hour, 8.5, 16.5, 1) * (0.2 if scene.now.weekend else 1.0)
    opened = scene.happens("opened", 0.4 + 3.2 * plateau(hour, 7, 22, 3))
    closed = scene.happens("closed", 0.1 + 6.0 * office)
    backlog = round(scene.trait("backlog", 40, 90) + 10 * scene.walk("backlog", 12 * HOUR))
    standing: dict[str, Value] = {
        "openedReports": float(opened),
        "closedReports": float(closed),
        "openReports": float(backlog),
        "overdueReports": float(round(0.08 * backlog)),
    }
    if not (opened or closed):
        return standing
    return standing | _report(scene, closed=closed)


def _report(scene: Scene, *, closed: bool) -> dict[str, Value]:
    """The report that was opened, or the one that was closed."""
    told: dict[str, Value] = {
        "status": "closed" if closed else "open",
        "category": scene.pick("subject", _SUBJECTS),
    }
    if closed:
        hours = scene.trait("pace", 30, 55) * (
            1 + 0.3 * scene.walk("pace", DAY) + 0.5 * scene.flicker("pace")
        )
        told["resolutionTime"] = round(hours, 1)
    return told


def dataset_freshness(scene: Scene) -> dict[str, Value]:
    """A dataset that is updated a little before it has to be."""
    frequency = scene.label("every_h") or 24.0
    _, over = scene.spell("update", round(frequency * 0.9 * HOUR))
    return {
        "age": round(over * frequency * 0.9, 2),
        "declaredFrequency": frequency,
        "fresh": True,
        "available": True,
    }
