"""How a derived metric is described: what it is, what it needs, and who makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devices.metrics import Metric, MetricType
from devices.model import Text
from rules.indices.interface import Part, Site, Step


@dataclass(frozen=True, slots=True)
class Output:
    """One derived metric, and in words what it is."""

    metric: Metric
    formula: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Derived metrics that are made together.

    ``inputs`` are the measured metrics that it reads, with their units; ``labels`` what it must know of the
    device, each with its meaning; ``stored`` says with which readings its values are stored; ``source`` is
    whose formula it is. Exactly one of ``step`` and ``part`` makes it, and answers None for a device that
    lacks what is needed.
    """

    name: str
    inputs: Mapping[str, str | None]
    outputs: tuple[Output, ...]
    source: str
    stored: str = "every reading"
    labels: Mapping[str, str] = field(default_factory=dict)
    step: Callable[[Site], Step | None] | None = None
    part: Callable[[Site], Part | None] | None = None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(output.metric.name for output in self.outputs)


def number(
    name: str,
    title: tuple[str, str],
    formula: str,
    *,
    unit: str | None = None,
    range: tuple[float, float] | None = None,  # noqa: A002 - as the catalogue calls it
) -> Output:
    """A derived number; ``title`` and ``formula`` in English and Thai, and in English."""
    return Output(Metric(name, MetricType.NUMBER, Text(*title), unit, range), formula)


def choice(name: str, title: tuple[str, str], formula: str, values: tuple[str, ...]) -> Output:
    """A derived string, one of ``values``."""
    return Output(Metric(name, MetricType.STRING, Text(*title), values=values), formula)


def truth(name: str, title: tuple[str, str], formula: str) -> Output:
    """A derived boolean."""
    return Output(Metric(name, MetricType.BOOLEAN, Text(*title)), formula)
