"""The metrics of the public contract, in one registry of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_LATENCY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_STAGES = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
_WRITE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Family = Callable[[], Iterable[tuple[tuple[str, ...], float]]]
"""Gives the samples of a metric when it is asked for: label values and number."""


class Metrics:
    """Histograms that are fed as things happen, and figures that are read when somebody looks."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._readers = _Readers()
        self._registry.register(self._readers)
        self.batch_seconds = Histogram(
            "nakhon_batch_seconds",
            "Time to take one journaled batch.",
            buckets=_WRITE,
            registry=self._registry,
        )
        self.sensor_to_alert = Histogram(
            "nakhon_sensor_to_alert_seconds",
            "From receipt of the reading to the announcement of its alert.",
            buckets=_LATENCY,
            registry=self._registry,
        )
        self.alert_stage = Histogram(
            "nakhon_alert_stage_seconds",
            "How long alerts took from one stage of their life to the next.",
            ["domain", "stage"],
            buckets=_STAGES,
            registry=self._registry,
        )
        self.store_write = Histogram(
            "nakhon_store_write_seconds",
            "Time of one write to the time-series store.",
            ["store"],
            buckets=_WRITE,
            registry=self._registry,
        )

    def gauge(self, name: str, text: str, labels: tuple[str, ...], read: Family) -> None:
        """A figure that goes up and down."""
        self._readers.add(lambda: GaugeMetricFamily(name, text, labels=labels), read)

    def counter(self, name: str, text: str, labels: tuple[str, ...], read: Family) -> None:
        """A figure that only grows. ``name`` without ``_total``."""
        self._readers.add(lambda: CounterMetricFamily(name, text, labels=labels), read)

    def render(self) -> bytes:
        """All of them, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Readers(Collector):
    def __init__(self) -> None:
        self._families: list[tuple[Callable[[], GaugeMetricFamily | CounterMetricFamily], Family]] = []

    def add(self, make: Callable[[], GaugeMetricFamily | CounterMetricFamily], read: Family) -> None:
        self._families.append((make, read))

    def collect(self) -> Iterable[Metric]:
        for make, read in self._families:
            family = make()
            for labels, value in read():
                family.add_metric(labels, value)
            yield family

    def describe(self) -> Iterable[Metric]:
        return [make() for make, _ in self._families]
