"""What was heard since it was told last: the newest reading of each device, and what came late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from devices.model import Observation

Spans: TypeAlias = dict[str, tuple[int, int]]


class Recent:
    """Presence costs a look-up a reading; nothing here lets a flood grow: one entry a device.

    ``horizon`` (ms): a reading that was taken longer ago than this when it came is late, however new it is
    for its device.
    """

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self.latest: dict[str, Observation] = {}
        self.first: dict[str, int] = {}
        """When the first reading was taken, of the devices that were heard more than once."""
        self._late: Spans = {}
        self._held: Spans = {}
        self._mark = 0

    def newer(self, observation: Observation, interval: int) -> None:
        """A reading that is newer than all before it of its device and type; ``interval`` is the device's."""
        device, time = observation.device, observation.time
        before = self.latest.get(device)
        self.latest[device] = observation
        if before is not None:
            self.first.setdefault(device, before.time)
            if time - before.time > interval:
                self._came_late(device, before.time, time)
        if observation.received - time > self._horizon:
            self._came_late(device, time, time)

    def older(self, observation: Observation, interval: int) -> None:
        """A reading that is not; within one interval nothing that is known of its device depends on it."""
        if observation.received - observation.time > interval:
            self._came_late(observation.device, observation.time, observation.time)

    def taken(self) -> tuple[Mapping[str, Observation], Mapping[str, int]]:
        """The newest readings and the first times, once."""
        told = self.latest, self.first
        self.latest, self.first = {}, {}
        return told

    def settled(self, position: int, done: int) -> Spans:
        """What came late and is stored by now, once: the first and the last time (ms) by device.

        ``position`` is up to where readings were taken in, ``done`` up to where they are stored.
        """
        told: Spans = {}
        if self._held and done >= self._mark:
            told, self._held = self._held, {}
        if self._late and not self._held:
            self._held, self._late, self._mark = self._late, {}, position
        return told

    def dump(self) -> dict[str, list[int]]:
        """What came late and was not told yet."""
        both = Recent(self._horizon)
        for spans in (self._held, self._late):
            both.load(spans)
        return {device: list(span) for device, span in both._late.items()}

    def load(self, late: Mapping[str, Sequence[int]]) -> None:
        """Take over what a former run could not tell any more."""
        for device, (start, end) in late.items():
            self._came_late(device, start, end)

    def _came_late(self, device: str, start: int, end: int) -> None:
        known = self._late.get(device)
        if known is not None:
            start, end = min(start, known[0]), max(end, known[1])
        self._late[device] = start, end
