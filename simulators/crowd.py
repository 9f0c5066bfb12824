"""All devices of a simulated city: who reads when, and what each then sends. No network, no event loop."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from devices.city import CityFolder
from devices.model import Device
from simulators.faults import Fault, FaultKind, Occurrence, distorted, garbage
from simulators.models import World
from simulators.noise import Noise
from simulators.payloads import Reading, Style, payload, style_of
from simulators.plan import FaultPlan

FIRST = 8_000
"""Within so many ms after the start every device has sent its first reading."""

_PROMPT = 1_500
_JITTER = 0.05


class Crowd:
    """The devices and the faults among them, one heap of what comes next. Times are ms since 1970.

    The n-th reading of a device is due at a moment that follows from seed, device, n and the start alone.
    """

    def __init__(
        self, folder: CityFolder, devices: Sequence[Device], faults: Sequence[Fault], seed: int, begin: int
    ) -> None:
        self.late = 0
        self._catalog = folder.catalog
        self._noise = Noise(seed)
        self._begin = begin
        self._world = World(folder.catalog, self._noise, folder.city.timezone)
        self.plan = FaultPlan(faults, devices, self._noise, begin)
        self._devices = list(devices)
        self._places = {device.id: place for place, device in enumerate(self._devices)}
        self._styles = [style_of(device, self._noise) for device in self._devices]
        self._first = [begin + int(self._noise.uniform(f"{d.id}/first") * FIRST) for d in self._devices]
        self._sent = [0] * len(self._devices)
        self._latest = [0] * len(self._devices)
        self._extra = [-1] * len(self._devices)
        self._heap = [(due, place, 0) for place, due in enumerate(self._first)]
        heapq.heapify(self._heap)

    def next_due(self) -> int:
        """The moment of the next reading or change of a fault."""
        return min(self._heap[0][0], self.plan.next_change()) if self._heap else self.plan.next_change()

    def due(self, now: int, most: int) -> Iterator[tuple[Device, bytes]]:
        """Devices whose reading is due at ``now``, at most so many, each with what it sends."""
        for _ in range(most):
            if not self._heap or self._heap[0][0] > now:
                return
            due, place, turn = heapq.heappop(self._heap)
            device = self._devices[place]
            if turn >= 0:
                turn = self._following(place, turn, now)
                heapq.heappush(self._heap, (self._moment(place, turn), place, turn))
            elif self._extra[place] != due:
                continue
            if now - due > device.interval:
                self.late += 1
                continue
            if (sent := self._send(device, place, due)) is not None:
                yield device, sent

    def hurry(self, changed: Sequence[Occurrence], now: int) -> None:
        """Let devices that report a change at once take a reading within the next second or so."""
        for occurrence in changed:
            if not occurrence.fault.speaks:
                continue
            for device in occurrence.devices:
                place = self._places[device.id]
                self._extra[place] = now + 50 + int(self._noise.uniform(f"{device.id}/prompt", now) * _PROMPT)
                heapq.heappush(self._heap, (self._extra[place], place, -1))

    def _following(self, place: int, turn: int, now: int) -> int:
        """The next turn that is not over yet: readings that the machine missed are not made up later."""
        interval = self._devices[place].interval
        missed = max(0, (now - self._first[place]) // interval - turn - 1)
        self.late += missed
        return turn + 1 + missed

    def _moment(self, place: int, turn: int) -> int:
        device = self._devices[place]
        swing = (self._noise.uniform(f"{device.id}/jitter", turn) - 0.5) * 2 * _JITTER
        return self._first[place] + round((turn + (swing if turn else 0)) * device.interval)

    def _send(self, device: Device, place: int, time: int) -> bytes | None:
        struck = [occurrence for occurrence in self.plan.of(device.id) if occurrence.active(time)]
        if any(occurrence.fault.mute for occurrence in struck):
            return None
        if any(occurrence.fault.kind is FaultKind.GARBAGE for occurrence in struck):
            return garbage(self._noise, device.id, time)
        style = self._styles[place]
        since, self._latest[place] = self._latest[place], time
        readings = list(self._readings(device, style, (since, time), struck))
        seq = self._begin // 1_000 + self._sent[place]
        self._sent[place] += len(readings)
        return payload(readings, style, default_type=device.types[0], seq=seq)

    def _readings(
        self, device: Device, style: Style, span: tuple[int, int], struck: Sequence[Occurrence]
    ) -> Iterator[Reading]:
        """Of each of the device's types one at the end of the span, and one before it where it batches."""
        since, time = span
        earlier = time - device.interval // 2
        moments = (earlier, time) if style is Style.BATCHED and earlier > since else (time,)
        for moment in moments:
            for kind in device.types:
                yield self._reading(device, kind, moment, struck)

    def _reading(self, device: Device, kind: str, time: int, struck: Sequence[Occurrence]) -> Reading:
        def sample(moment: int) -> dict[str, float | str | bool]:
            return self._world.sample(device, kind, moment)

        values = distorted(sample, time, self._catalog[kind], struck)
        return Reading(time, kind, values, self._world.position(device, kind, time))
