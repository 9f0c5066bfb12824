"""The beginning of the journey: messages gather into micro-batches, are journaled, then acknowledged.

A batch is what came in while the one before was being synced, at most 1,000 messages: under little load a
reading waits for nobody, under much load one sync serves many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import structlog

from services.runtime.clock import Clock
from services.telemetry.journal import RETAINED, Batch, Journal, JournalError, Message, Note

log = structlog.get_logger(__name__)

MAX_BATCH = 1_000
_KEPT_OF_TOO_LARGE = 4_096
_CROWDED = 20_000
Answer = TypeVar("Answer")
Acknowledge = Callable[[Sequence[int], int], bool]


class Origin(NamedTuple):
    """Whom to tell when a message is safe: the broker (packet id, connection) or a caller's future."""

    mid: int
    generation: int
    caller: asyncio.Future[Any] | None = None


class JournalThread:
    """The journal behind the one thread that works on it, so that syncing never holds up the loop."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="journal")

    async def run(self, work: Callable[..., Answer], *args: Any) -> Answer:
        """``work(*args)`` on the journal's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)

    async def note(self, data: Mapping[str, Any]) -> None:
        await self.run(self.journal.note, data)

    async def trim(self, before: int) -> None:
        await self.run(self.journal.trim, before)

    async def close(self) -> None:
        await self.run(self.journal.close)
        self._pool.shutdown()


Aside = Mapping[str, Any] | None
"""What stands in line without being a message: the data of a note, or nothing but an acknowledgement."""

Journaled = tuple[Batch | Note, Sequence[Origin]]


class Intake:
    """Messages in, journaled batches out. ``limit`` is the largest payload (bytes) that is kept whole."""

    def __init__(self, journal: JournalThread, clock: Clock, *, limit: int) -> None:
        self._journal = journal
        self._clock = clock
        self._limit = limit
        self.acknowledge: Acknowledge = lambda _mids, _generation: False
        """Called with packet ids and their connection, once their messages are safe."""
        self._pending: deque[tuple[Message | Aside, Origin]] = deque()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._last = journal.journal.last_received
        self._busy_since: int | None = None
        self.on_room: Callable[[], None] = lambda: None
        """Called when a paused source may go on."""
        self.out: asyncio.Queue[Journaled] = asyncio.Queue(maxsize=8)
        """Journaled batches and notes, with whom each message came from; ``task_done`` once taken in."""
        self.blocked: str | None = None
        """Why nothing is acknowledged, while nothing can be journaled."""

    def offer(self, topic: bytes, payload: bytes, *, retained: bool = False, origin: Origin) -> None:
        """A message has come in. Received times never go back, also when the clock does."""
        self._last = received = max(self._clock.now(), self._last)
        size = len(payload)
        if size > self._limit:
            payload = payload[:_KEPT_OF_TOO_LARGE]
        message = Message(topic, payload, received, RETAINED if retained else 0, size)
        self._pending.append((message, origin))
        if len(self._pending) == 1:
            self._wake()

    def pass_by(self, origin: Origin) -> None:
        """A message of our own came back: nothing to keep, but its acknowledgement has its turn, too."""
        self._pending.append((None, origin))
        self._wake()

    @property
    def crowded(self) -> bool:
        """Whether the source should pause.

        At QoS 1 the broker's window ends sooner, but QoS 0 has none, and Mosquitto 2.0 hands a session that
        comes back far more at once.
        """
        return len(self._pending) >= _CROWDED

    def horizon(self, now: int) -> int:
        """The moment up to which everything received has been handed on: ``now``, when nothing waits."""
        if self._busy_since is not None:
            return self._busy_since
        return next((message.received for message, _ in self._pending if isinstance(message, Message)), now)

    def disconnected(self, generation: int) -> None:
        """What waits from this connection will be delivered again: drop it, or it would count twice."""
        kept = [p for p in self._pending if p[1].generation != generation or not p[1].mid]
        self._pending.clear()
        self._pending.extend(kept)

    def _wake(self) -> None:
        self._arrived.set()
        self._drained.clear()

    def note(self, data: Mapping[str, Any]) -> None:
        """Journal a note and send it along, in its place among the messages."""
        self._pending.append((data, Origin(0, 0)))
        self._wake()

    async def run(self) -> None:
        """Journal and acknowledge until cancelled."""
        while True:
            await self._arrived.wait()
            await self.drain()

    async def drain(self) -> None:
        """Journal and acknowledge all that waits now."""
        while self._pending:
            waiting = [self._pending.popleft() for _ in range(min(len(self._pending), MAX_BATCH))]
            messages = [message for message, _ in waiting if isinstance(message, Message)]
            for data in [data for data, _ in waiting if isinstance(data, dict)]:
                # A note comes before what a connection brings, so at the head of what came with it.
                await self.out.put((await self._insist(self._journal.journal.note, data), ()))
            if messages:
                self._busy_since = messages[0].received
                batch = await self._insist(self._journal.journal.append, messages)
            self._answer([origin for _, origin in waiting])
            if messages:
                callers = [origin for message, origin in waiting if isinstance(message, Message)]
                await self.out.put((batch, callers))
                self._busy_since = None
            if not self.crowded:
                self.on_room()
        self._arrived.clear()
        self._drained.set()

    async def settled(self) -> None:
        """Return once nothing waits here and everything journaled has been taken over."""
        await self._drained.wait()
        await self.out.join()

    async def _insist(self, write: Callable[[Any], Answer], what: Any) -> Answer:
        """Journal something, however long the disk refuses."""
        while True:
            try:
                written = await self._journal.run(write, what)
            except JournalError as error:
                if self.blocked is None:
                    log.warning("nothing is acknowledged until the journal takes it", reason=str(error))
                self.blocked = str(error)
                await self._clock.sleep(0.5)
                continue
            if self.blocked is not None:
                log.info("the journal takes messages again")
                self.blocked = None
            return written

    def _answer(self, origins: Sequence[Origin]) -> None:
        """PUBACKs in the order received: a broker's window grows otherwise."""
        for generation, group in groupby(origins, key=lambda origin: origin.generation):
            mids = [origin.mid for origin in group if origin.mid]
            if mids:
                self.acknowledge(mids, generation)
