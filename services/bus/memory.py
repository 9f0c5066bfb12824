"""The bus of one process: events go straight from the publisher into each subscriber's queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.bus.protocol import Event


class MemoryBus:
    """:class:`services.bus.protocol.Bus` within one process and one event loop.

    :meth:`publish` belongs to the loop's own thread; another thread hands its events over with
    ``loop.call_soon_threadsafe(bus.publish, event)``.
    """

    def __init__(self) -> None:
        self._subscribers: dict[type[Event], list[MemorySubscription]] = {}

    def publish(self, event: Event) -> None:
        """Hand an event to every subscriber of its class. Never blocks, never raises."""
        for subscriber in self._subscribers.get(type(event), ()):
            subscriber.put(event)

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Event], size: int = 1_000) -> AsyncIterator[MemorySubscription]:
        """Events of these classes from now on, until the context is left.

        Raises:
            ValueError: no class was named, or ``size`` is below 1.
        """
        subscription = MemorySubscription(size)
        self._attach(subscription, kinds)
        try:
            yield subscription
        finally:
            self._detach(subscription, kinds)
            subscription.close()

    def _attach(self, subscription: MemorySubscription, kinds: tuple[type[Event], ...]) -> None:
        if not kinds:
            raise ValueError("subscribe to at least one class of events")
        for kind in dict.fromkeys(kinds):
            self._subscribers.setdefault(kind, []).append(subscription)

    def _detach(self, subscription: MemorySubscription, kinds: tuple[type[Event], ...]) -> None:
        for kind in dict.fromkeys(kinds):
            self._subscribers[kind].remove(subscription)


class MemorySubscription:
    """A bounded queue of events. When it is full the oldest go, and ``dropped`` counts them.

    Iterating waits for the next event, and ends once the subscription's context was left.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError("a subscription needs room for at least one event")
        self.dropped = 0
        self._events: deque[Event] = deque(maxlen=size)
        self._wake = asyncio.Event()
        self._closed = False

    def put(self, event: Event) -> None:
        """Append an event; a full queue loses its oldest."""
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        self._wake.set()

    def close(self) -> None:
        """End the iteration: what is still queued is let go."""
        self._closed = True
        self._events.clear()
        self._wake.set()

    def __len__(self) -> int:
        return len(self._events)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._events.popleft()
