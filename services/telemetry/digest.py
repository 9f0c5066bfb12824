"""What the journey made of one batch, on its way to the stores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from devices.model import Observation
from services.store.records.quarantine import QuarantineEntry


class Key(NamedTuple):
    """Whose account an item is on: its domain, and its device when that is registered."""

    domain: str
    device: str | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that memory does not know: only the store can say whether it is new."""

    position: int
    index: int
    key: Key
    observation: Observation


@dataclass(slots=True)
class Digest:
    """Everything of one batch that has to be kept, and on whose accounts it stands."""

    end: int
    observations: list[Observation] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    quarantined: list[QuarantineEntry] = field(default_factory=list)
    fresh: Counter[Key] = field(default_factory=Counter)
    duplicates: Counter[Key] = field(default_factory=Counter)
    refused: Counter[Key] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        """How many readings wait in it."""
        return len(self.observations) + len(self.doubts)


@dataclass(frozen=True, slots=True)
class Barrier:
    """A place in the stream of digests. Once all before it is kept, the state as of it may be saved."""

    position: int
    memory: bytes
    engine: bytes
