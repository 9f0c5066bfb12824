"""Readings that wait for others which may come late, in the order in which they will be judged."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

import orjson

from devices.model import Observation

_Entry: TypeAlias = tuple[int, str, str, int, Observation]


class Waiting:
    """Readings by (time, device, type); copies and corrections of one reading in the order they came."""

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._count = 0

    def put(self, observations: Iterable[Observation], since: int) -> Iterator[Observation]:
        """Let readings wait; those from before ``since`` (ms) come too late and are handed back."""
        late = []
        for observation in observations:
            if observation.time < since:
                late.append(observation)
                continue
            self._count += 1
            key = (observation.time, observation.device, observation.type, self._count)
            heappush(self._heap, (*key, observation))
        return iter(late)

    def take(self, until: int) -> list[Observation]:
        """Those up to a time (ms), in order."""
        heap = self._heap
        taken = []
        while heap and heap[0][0] <= until:
            taken.append(heappop(heap)[-1])
        return taken

    def next(self) -> int | None:
        """The time of the first."""
        return self._heap[0][0] if self._heap else None

    def save(self) -> bytes:
        """All of them, as bytes."""
        rows: list[Sequence[object]] = [tuple(entry[-1]) for entry in sorted(self._heap, key=_order)]
        return zlib.compress(orjson.dumps(rows), 1)

    def load(self, data: bytes) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: these are no such bytes.
        """
        try:
            rows = orjson.loads(zlib.decompress(data))
        except zlib.error as error:
            raise ValueError(str(error)) from None
        self._heap.clear()
        for row in rows:
            observation = Observation(*row)
            if observation.location is not None:
                lon, lat = observation.location
                observation = observation._replace(location=(lon, lat))
            self._count += 1
            key = (observation.time, observation.device, observation.type, self._count)
            self._heap.append((*key, observation))
        heapify(self._heap)


def _order(entry: _Entry) -> tuple[int, str, str, int]:
    return entry[:4]
