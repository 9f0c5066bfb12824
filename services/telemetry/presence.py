"""Which devices were heard, what they say of themselves, and since when nothing could be heard."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from services.bus.protocol import Bus, Late, Online, Seen
from services.telemetry.journey import Journey


class Presence:
    """Tells the bus; leaves a mark in the file ``alive`` of when something could be heard last."""

    def __init__(self, bus: Bus, alive: Path) -> None:
        self._bus = bus
        self._alive = alive

    def said(self, device: str, online: bool, received: int) -> None:
        """A device, or its broker for it, spoke on its status channel."""
        self._bus.publish(Online(device, online, received))

    def publish(self, journey: Journey) -> None:
        """Tell which devices were heard since the last time."""
        latest, first = journey.recent.taken()
        if latest:
            self._bus.publish(Seen(latest, first))

    def publish_late(self, journey: Journey, position: int, done: int) -> None:
        """Tell what came late, once it is stored."""
        if late := journey.recent.settled(position, done):
            self._bus.publish(Late(late))

    async def mark(self) -> None:
        """Something could be heard now; without this mark more counts as not heard after a restart."""
        with suppress(OSError):
            await asyncio.to_thread(self._alive.touch)

    async def marked(self) -> int:
        """When something could be heard last (ms), 0 when nobody knows."""
        return await asyncio.to_thread(self._last)

    def _last(self) -> int:
        return int(self._alive.stat().st_mtime * 1000) if self._alive.exists() else 0
