"""A model for any type: what a city defined for itself is simulated too, plausibly if not faithfully."""

from __future__ import annotations

from collections.abc import Callable

from devices.model import Value
from devices.types import Metric, MetricType, ObservationType
from simulators.models.scene import HOUR, Scene


def generic(kind: ObservationType) -> Callable[[Scene], dict[str, Value]]:
    """Numbers wander in the middle of their range, counters rise, strings take the first value allowed."""

    def measure(scene: Scene) -> dict[str, Value]:
        return {name: _value(scene, metric) for name, metric in kind.metrics.items()}

    return measure


def _value(scene: Scene, metric: Metric) -> Value:
    if metric.type is MetricType.BOOLEAN:
        return False
    if metric.type is MetricType.STRING:
        return metric.values[0] if metric.values else "ok"
    low, high = metric.range or (0.0, 100.0)
    if metric.counter:
        return round(low + min(high - low, scene.total(min(1.0, (high - low) / 1e5), _steady)), 3)
    middle = (low + high) / 2 + (high - low) * 0.1 * scene.walk(metric.name, HOUR)
    return round(min(high, max(low, middle)), 3)


def _steady(_hour: float) -> float:
    return 1.0
