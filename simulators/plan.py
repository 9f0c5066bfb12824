"""When the faults of a scenario begin and end, and whom they strike now."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from devices.model import Device
from simulators.faults import FOREVER, Fault, Occurrence
from simulators.noise import Noise


class Changes(NamedTuple):
    """What began and what ended since the plan was last asked."""

    begun: tuple[Occurrence, ...]
    ended: tuple[Occurrence, ...]


class FaultPlan:
    """The faults of one run, in order of time. It moves when :meth:`advance` is called."""

    def __init__(self, faults: Sequence[Fault], devices: Sequence[Device], noise: Noise, begin: int) -> None:
        self.faults, self._devices, self._noise, self._begin = faults, devices, noise, begin
        self._coming: list[tuple[int, int, int]] = []
        self._ending: list[tuple[int, int, Occurrence]] = []
        self._struck: dict[str, list[Occurrence]] = {}
        self._count = 0
        for place in range(len(faults)):
            self._schedule(place, 0)

    @property
    def active(self) -> list[Occurrence]:
        """What is going on, the soonest to end first."""
        return [occurrence for _, _, occurrence in sorted(self._ending)]

    def next_change(self) -> int:
        """The moment (ms) of the next beginning or end."""
        coming = self._coming[0][0] if self._coming else FOREVER
        ending = self._ending[0][0] if self._ending else FOREVER
        return min(coming, ending)

    def of(self, device: str) -> Sequence[Occurrence]:
        """What strikes this device now."""
        return self._struck.get(device, ())

    def advance(self, now: int) -> Changes:
        """Begin and end all that is due at ``now``."""
        begun, ended = [], []
        while self.next_change() <= now:
            if self._ending and self._ending[0][0] == self.next_change():
                ended.append(self._end())
            elif (occurrence := self._start()) is not None:
                begun.append(occurrence)
        return Changes(tuple(begun), tuple(ended))

    def _schedule(self, place: int, number: int) -> None:
        start = self.faults[place].begins(number, self._begin, self._noise)
        if start is not None:
            heapq.heappush(self._coming, (start, place, number))

    def _start(self) -> Occurrence | None:
        start, place, number = heapq.heappop(self._coming)
        fault = self.faults[place]
        self._schedule(place, number + 1)
        devices = fault.target.draw(self._devices, self._noise, fault.id, number)
        if not devices:
            return None
        end = FOREVER if fault.duration is None else start + fault.duration
        occurrence = Occurrence(fault, number, start, end, devices)
        self._count += 1
        heapq.heappush(self._ending, (end, self._count, occurrence))
        for device in devices:
            self._struck.setdefault(device.id, []).append(occurrence)
        return occurrence

    def _end(self) -> Occurrence:
        _, _, occurrence = heapq.heappop(self._ending)
        for device in occurrence.devices:
            left = self._struck[device.id]
            left.remove(occurrence)
            if not left:
                del self._struck[device.id]
        return occurrence
