"""An honest little time-series store in memory, that can be told to be away or to refuse readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devices.model import Observation, Value, Values
from services.store.errors import StoreError
from services.store.timeseries.protocol import Identity, PartialWriteError, Selection


class MemoryStore:
    """What the writer needs of a store.

    ``fail`` is raised by every call until it is None again, ``fail_write`` by every write.
    """

    name = "memory"
    shareable = False

    def __init__(self, *, keeps_position: bool = False) -> None:
        self.rows: dict[Identity, dict[str, Value]] = {}
        self.writes: list[tuple[int, int]] = []
        self.asked: list[Identity] = []
        self.fail: StoreError | None = None
        self.fail_write: StoreError | None = None
        self.refuse: set[str] = set()
        self.position = -1
        self._keeps_position = keeps_position

    async def open(self) -> None:
        self._may_fail()

    async def written(self) -> int | None:
        self._may_fail()
        return self.position if self._keeps_position else None

    async def write(self, observations: Sequence[Observation], position: int) -> None:
        self._may_fail()
        if self.fail_write is not None:
            raise self.fail_write
        if position <= self.position:
            return
        self.position = position
        self.writes.append((len(observations), position))
        refused = []
        for observation in observations:
            if observation.device in self.refuse:
                refused.append((observation, "field type conflict"))
                continue
            identity = Identity(observation.device, observation.type, observation.time)
            self.rows.setdefault(identity, {}).update(observation.values)
        if refused:
            raise PartialWriteError(refused)

    async def existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Values]:
        self._may_fail()
        self.asked += identities
        return {identity: dict(self.rows[identity]) for identity in identities if identity in self.rows}

    async def tidy(self, now: int) -> None:
        self._may_fail()

    async def latest(self, _selection: Selection) -> list[Observation]:
        self._may_fail()
        return []

    def _may_fail(self) -> None:
        if self.fail is not None:
            raise self.fail
