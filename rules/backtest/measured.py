"""Stored readings as they were measured: what Nakhon had derived is taken off, so that it is derived anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from devices.model import Observation
from devices.types import ObservationType
from rules.indices import derived_metrics


def measured(
    readings: Iterable[Sequence[Observation]], catalog: Mapping[str, ObservationType]
) -> Iterator[list[Observation]]:
    """The readings, batch by batch, without derived metrics."""
    derived = {name: frozenset(derived_metrics(kind)) for name, kind in catalog.items()}
    nothing: frozenset[str] = frozenset()
    for batch in readings:
        yield [_bare(one, derived.get(one.type, nothing)) for one in batch]


def _bare(observation: Observation, derived: frozenset[str]) -> Observation:
    values = observation.values
    if derived.isdisjoint(values):
        return observation
    return observation._replace(values={name: v for name, v in values.items() if name not in derived})
