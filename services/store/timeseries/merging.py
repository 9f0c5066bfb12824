"""Readings of one identity made one: later values beside, or over, earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

from devices.model import Observation
from services.store.timeseries.protocol import Identity

place: Callable[[Observation], tuple[int, str, str]] = itemgetter(0, 1, 3)
"""Where a reading stands in the order of (time, device, type); by number, since every row read is sorted."""


def identity(observation: Observation) -> Identity:
    """What makes this reading itself."""
    return Identity(observation.device, observation.type, observation.time)


def merge(earlier: Observation, later: Observation) -> Observation:
    """Both as one reading: each metric, location and seq as last written, the rest of the later one."""
    return later._replace(
        values={**earlier.values, **later.values},
        location=later.location or earlier.location,
        seq=earlier.seq if later.seq is None else later.seq,
    )


def merged(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Neighbours of the same identity merged, in the order given, which is that of writing."""
    held: Observation | None = None
    for observation in observations:
        if held is None:
            held = observation
        elif _same(held, observation):
            held = merge(held, observation)
        else:
            yield held
            held = observation
    if held is not None:
        yield held


def _same(one: Observation, other: Observation) -> bool:
    return one.time == other.time and one.device == other.device and one.type == other.type


def unique(observations: Iterable[Observation]) -> list[Observation]:
    """One observation an identity, where it first stood, wherever its others stand."""
    found: dict[Identity, Observation] = {}
    for observation in observations:
        key = identity(observation)
        earlier = found.get(key)
        found[key] = observation if earlier is None else merge(earlier, observation)
    return list(found.values())
