"""When each device was last heard, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterable

from devices.model import Device
from services.bus.protocol import Online, Seen
from services.store.records.presence import Presence

PATIENCE = 3
"""Intervals without a reading after which a device that says nothing of itself counts as gone."""


class PresenceBook:
    """Presence of devices, in memory. Times are ms."""

    def __init__(self) -> None:
        self._heard: dict[str, int] = {}
        self._said: dict[str, tuple[bool, int]] = {}
        self._unsaved: set[str] = set()

    def load(self, entries: Iterable[Presence]) -> None:
        """Begin with what was kept, under whatever was heard meanwhile."""
        for entry in entries:
            if entry.last_seen is not None:
                self._heard.setdefault(entry.device, entry.last_seen)
            if entry.online is not None and entry.online_at is not None:
                self._said.setdefault(entry.device, (entry.online, entry.online_at))

    def seen(self, event: Seen) -> None:
        """Devices sent readings: what counts is when they reached Nakhon, not when they were taken."""
        for device, observation in event.latest.items():
            if observation.received > self._heard.get(device, -1):
                self._heard[device] = observation.received
                self._unsaved.add(device)

    def said(self, event: Online) -> None:
        """A device said that it is there, or its broker that it is not."""
        if event.at >= self._said.get(event.device, (False, -1))[1]:
            self._said[event.device] = (event.online, event.at)
            self._unsaved.add(event.device)

    def forget(self, device: str) -> None:
        """The device is no more."""
        self._heard.pop(device, None)
        self._said.pop(device, None)
        self._unsaved.discard(device)

    def last_seen(self, device: str) -> int | None:
        """When its last reading came in; None when it never sent one."""
        return self._heard.get(device)

    def online(self, device: Device, now: int) -> bool | None:
        """Whether it is there: None when it was never heard.

        What the status channel said holds until a reading that came after it; from then on, a device is
        there as long as its readings keep coming.
        """
        heard, said = self._heard.get(device.id), self._said.get(device.id)
        if said is not None and (heard is None or said[1] >= heard):
            return said[0]
        return None if heard is None else now - heard <= PATIENCE * device.interval

    def unsaved(self) -> list[Presence]:
        """What has changed since :meth:`saved`, or since the start."""
        return [self._entry(device) for device in sorted(self._unsaved)]

    def saved(self, entries: Iterable[Presence]) -> None:
        """These are kept now."""
        self._unsaved -= {entry.device for entry in entries if entry == self._entry(entry.device)}

    def _entry(self, device: str) -> Presence:
        online, at = self._said.get(device, (None, None))
        return Presence(device, self._heard.get(device), online, at)
