"""The beginning of the journey: messages gather into micro-batches, are journaled, then acknowledged.

A batch is what came in while the one before was being synced, at most 1,000 messages: under little load a
reading waits for nobody, under much load one sync serves many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import structlog

from services.runtime.clock import Clock
from services.telemetry.framing import HTTP, SHED, Batch, Message, Note
from services.telemetry.journal import JournalError
from services.telemetry.journalthread import JournalThread
from services.telemetry.rates import RateLimiter

log = structlog.get_logger(__name__)

MAX_BATCH = 1_000
_MAX_BYTES = 256 << 10
"""Payload in a batch, give or take a message: what is long in coming must not be long in the journey."""
_KEPT_OF_TOO_LARGE = 4_096
_CROWDED = 20_000
_BUSY = 2_000
_SAMPLED = 100
"""Of what is refused for its rate, one message in so many keeps its payload."""
Answer = TypeVar("Answer")
Acknowledge = Callable[[Sequence[int], int], bool]


class Origin(NamedTuple):
    """Whom to tell when a message is safe: the broker (packet id, connection) or a caller's future."""

    mid: int
    generation: int
    caller: asyncio.Future[Any] | None = None


Aside = Mapping[str, Any] | None
"""What stands in line without being a message: the data of a note, or nothing but an acknowledgement."""

Journaled = tuple[Batch | Note, Sequence[Origin]]


class Intake:
    """Messages in, journaled batches out. ``limit`` is the largest payload (bytes) that is kept whole."""

    def __init__(
        self, journal: JournalThread, clock: Clock, *, limit: int, limiter: RateLimiter | None = None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._limit = limit
        self._limiter = limiter
        self._shed = 0
        self.acknowledge: Acknowledge = lambda _mids, _generation: False
        """Called with packet ids and their connection, once their messages are safe."""
        self._pending: deque[tuple[Message | Aside, Origin]] = deque()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        # Not later than now: if the clock was ahead before the restart, that is over.
        self._last = min(journal.journal.last_received, clock.now())
        self._steps = clock.steps
        self._busy_since: int | None = None
        self.on_room: Callable[[], None] = lambda: None
        """Called when a paused source may go on."""
        self._notes = 0
        self.out: asyncio.Queue[Journaled] = asyncio.Queue(maxsize=8)
        """Journaled batches and notes, with whom each message came from; ``task_done`` once taken in."""
        self.blocked: str | None = None
        """Why nothing is acknowledged, while nothing can be journaled."""

    def offer(self, topic: bytes, payload: bytes, *, flags: int = 0, origin: Origin) -> None:
        """A message has come in. Received times never go back, unless the clock was set back."""
        received = self._now()
        size = len(payload)
        if self._limiter is not None and self._limiter.over(topic, received) and self._sheds():
            flags |= SHED
            self._shed += 1
            payload = payload[:_KEPT_OF_TOO_LARGE] if self._shed % _SAMPLED == 1 else b""
        elif size > self._limit and not flags & HTTP:
            payload = payload[:_KEPT_OF_TOO_LARGE]
        self._pending.append((Message(topic, payload, received, flags, size), origin))
        if len(self._pending) == 1:
            self._wake()

    def mind_the_clock(self) -> None:
        """Notice that the clock was set, if it was."""
        self._now()

    def _now(self) -> int:
        now = self._clock.now()
        if self._clock.steps != self._steps:
            self._steps = self._clock.steps
            log.warning("the machine's clock was set", by_seconds=(now - self._last) / 1000)
            if now > self._last:
                # The time that was skipped was nobody's silence.
                self.note({"deaf": [self._last, now]})
        elif now < self._last:
            return self._last
        self._last = now
        return now

    def _sheds(self) -> bool:
        assert self._limiter is not None
        return self._limiter.enforced(len(self._pending) >= _BUSY)

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

    @property
    def quiet(self) -> bool:
        """Whether nothing that was journaled, or will be before all else, is on its way to the journey."""
        return not self._notes and self.out.empty()

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

    def note(self, data: Mapping[str, Any], caller: asyncio.Future[Any] | None = None) -> None:
        """Journal a note and send it along, ahead of the messages that it came with."""
        self._pending.append((data, Origin(0, 0, caller)))
        self._notes += 1
        self._wake()

    async def run(self) -> None:
        """Journal and acknowledge until cancelled."""
        while True:
            await self._arrived.wait()
            await self.drain()

    async def drain(self) -> None:
        """Journal and acknowledge all that waits now."""
        while self._pending:
            waiting = self._some()
            messages = [message for message, _ in waiting if isinstance(message, Message)]
            for data, origin in waiting:
                # A note comes before what a connection brings, so at the head of what came with it.
                if isinstance(data, dict):
                    await self.out.put((await self._insist(self._journal.journal.note, data), (origin,)))
                    self._notes -= 1
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

    def _some(self) -> list[tuple[Message | Aside, Origin]]:
        """What is journaled together next."""
        pending = self._pending
        found: list[tuple[Message | Aside, Origin]] = []
        size = 0
        while pending and len(found) < MAX_BATCH and size < _MAX_BYTES:
            found.append(pending.popleft())
            if isinstance(message := found[-1][0], Message):
                size += len(message.payload)
        return found

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
