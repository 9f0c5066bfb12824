"""The one listener on the bus for all streams: keeps what happened, wakes whoever waits for it.

A stream is a place in the hub's memory, nothing more: no queue grows for a slow one. When what it should
read next is gone, it is closed; its browser comes back with the last id it had.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import structlog

from services.api.derived import DerivedNames
from services.api.events.frames import NEWS, Happening, of_news, of_reading
from services.api.events.ring import Ring
from services.bus.protocol import Bus, Event, Seen
from services.runtime.clock import Clock
from services.runtime.ports import DeviceDirectory

log = structlog.get_logger(__name__)

NEWS_KEPT = 5_000
READINGS_KEPT = 10_000
QUEUE = 10_000
KEEP_ALIVE_SECONDS = 15.0


class Place(NamedTuple):
    """How far somebody has read: the last news (all but readings) and the last reading they had.

    Two memories, so that a city full of readings does not push its alerts out.
    """

    news: int
    readings: int


class Hub:
    """What happened lately on the bus."""

    def __init__(self, bus: Bus, clock: Clock, devices: DeviceDirectory, derived: DerivedNames) -> None:
        self._bus = bus
        self._derived = derived
        self._clock = clock
        self._devices = devices
        self._run = secrets.token_hex(4)
        self._news: Ring[Happening] = Ring(NEWS_KEPT)
        self._readings: Ring[Happening] = Ring(READINGS_KEPT)
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.beats = 0
        self.closed = False

    async def start(self) -> None:
        """Listen."""
        subscribed = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._listen(subscribed), name="api: events"))
        self._tasks.append(asyncio.create_task(self._beat(), name="api: keep-alive"))
        await subscribed.wait()

    async def stop(self) -> None:
        """Close every stream and stop listening."""
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def close(self) -> None:
        """Let every stream end."""
        self.closed = True
        self._wake()

    def now(self) -> Place:
        """The place at which nothing has been missed yet."""
        return Place(self._news.last, self._readings.last)

    def find(self, event_id: str) -> Place | None:
        """The place after an event, None when what followed it is not all kept, or was another process's."""
        parts = event_id.split("-")
        if len(parts) != 3 or parts[0] != self._run:
            return None
        if not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in parts[1:]):
            return None
        place = Place(int(parts[1]), int(parts[2]))
        kept = self._news.has(place.news) and self._readings.has(place.readings)
        return place if kept else None

    def after(self, place: Place) -> Iterator[tuple[Place, Happening]]:
        """What happened since, each with the place after it.

        Raises:
            FellBehindError: some of it is gone.
        """
        for number, event in self._news.after(place.news):
            place = place._replace(news=number)
            yield place, event
        for number, event in self._readings.after(place.readings):
            place = place._replace(readings=number)
            yield place, event

    def id_of(self, place: Place) -> str:
        """The id of the event before a place."""
        return f"{self._run}-{place.news}-{place.readings}"

    async def changed(self) -> None:
        """Return when something happened, a keep-alive is due, or the hub closed."""
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self, subscribed: asyncio.Event) -> None:
        async with self._bus.subscribe(*NEWS, Seen, size=QUEUE) as events:
            subscribed.set()
            dropped = 0
            async for event in events:
                try:
                    if events.dropped != dropped:
                        dropped = events.dropped
                        self._lose()
                    self._take(event)
                except Exception:
                    log.exception("an event could not be told to the streams")
                self._wake()

    def _take(self, event: Event) -> None:
        if isinstance(event, NEWS):
            self._news.put(of_news(event))
        elif isinstance(event, Seen):
            beyond = max(0, len(event.latest) - READINGS_KEPT // 2)
            for observation in islice(event.latest.values(), beyond, None):
                device = self._devices.get(observation.device)
                domain = None if device is None else device.domain.value
                hidden = self._derived.of(observation.type)
                self._readings.put(of_reading(observation, domain, hidden))

    def _lose(self) -> None:
        """More happened at once than the bus keeps for us: who listens reads anew what it shows."""
        log.warning("more happened than the streams can tell; they begin anew")
        self._news.lose()
        self._readings.lose()

    async def _beat(self) -> None:
        # Connections live in real time, also when the city's clock runs faster.
        pause = KEEP_ALIVE_SECONDS * getattr(self._clock, "speed", 1.0)
        while True:
            await self._clock.sleep(pause)
            self.beats += 1
            self._wake()
