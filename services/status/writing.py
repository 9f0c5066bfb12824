"""Writes what is to be remembered of statuses, in order, behind the back of whoever tells it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import structlog

from services.runtime.clock import Clock
from services.status.facts import Fact
from services.status.model import Change
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

MOST = 200_000
"""Changes and facts that wait for the records at most; beyond that the oldest go."""
CHUNK = 5_000
"""Of these at most so many are written at once."""
_RETRY = 2.0


class History(Protocol):
    """Where changes of statuses are kept. Methods may raise :class:`services.store.errors.StoreError`."""

    async def add(self, changes: Sequence[Change]) -> None:
        """Keep these, in this order."""

    async def after(self, at: int) -> Sequence[Change]:
        """What was told after a moment (ms) and still holds to be true, oldest first."""


class FactStore(Protocol):
    """Where facts are kept that no other record tells. It may raise StoreError."""

    async def put(self, facts: Sequence[Fact]) -> None:
        """Keep these, in this order."""


Recompute: TypeAlias = Callable[[Mapping[str, int]], None]
"""Asks for the history of services from a moment (ms) on to be computed again."""


class Nowhere:
    """A :class:`History` and :class:`FactStore` that forgets."""

    async def add(self, changes: Sequence[Change]) -> None:
        """Nothing is kept."""

    async def after(self, at: int) -> Sequence[Change]:  # noqa: ARG002 - as the protocol has it
        return ()

    async def put(self, facts: Sequence[Fact]) -> None:
        """Nothing is kept."""


@dataclass(slots=True)
class _Late:
    """What came late, to be told once all that was found before it is written."""

    services: Mapping[str, int]


class Writer:
    """An ordered queue in front of the records. While they are away it keeps what comes, up to a bound."""

    def __init__(
        self, clock: Clock, history: History, facts: FactStore, recompute: Recompute, *, most: int = MOST
    ) -> None:
        self._clock = clock
        self._history = history
        self._facts = facts
        self._recompute = recompute
        self._most = most
        self._queue: deque[Change | Fact | _Late] = deque()
        self._work = asyncio.Event()
        self._writing = asyncio.Lock()
        self._away = False
        self._task: asyncio.Task[None] | None = None
        self.lost = 0
        """How many changes and facts were given up since the start."""

    def __len__(self) -> int:
        """How many wait."""
        return len(self._queue)

    def changes(self, changes: Sequence[Change]) -> None:
        """Write these."""
        self._put(changes)

    def facts(self, facts: Sequence[Fact]) -> None:
        """Write these."""
        self._put(facts)

    def late(self, services: Mapping[str, int]) -> None:
        """Ask for these to be computed again, once all that was handed in before is written."""
        if services:
            self._put([_Late(services)])

    def _put(self, items: Sequence[Change | Fact | _Late]) -> None:
        if not items:
            return
        self._queue.extend(items)
        over = len(self._queue) - self._most
        if over > 0:
            if not self.lost:
                log.error("the records are away for too long; the oldest changes of statuses are lost")
            self.lost += over
            for _ in range(over):
                self._queue.popleft()
        self._work.set()

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="status: write")

    async def stop(self) -> None:
        """Write what is left, if the records take it now."""
        async with self._writing:  # what is half written is not to be written twice
            if self._task is not None:
                self._task.cancel()
                with suppress(asyncio.CancelledError):
                    await self._task
                self._task = None
            await self._flush()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            if not await self.flush():
                await self._clock.sleep(_RETRY)
                self._work.set()

    async def flush(self) -> bool:
        """Write all that waits; False: the records don't take it now."""
        async with self._writing:
            return await self._flush()

    async def _flush(self) -> bool:
        while self._queue:
            first = self._queue[0]
            if isinstance(first, _Late):
                self._queue.popleft()
                self._recompute(first.services)
            elif not await self._write(self._run_of(isinstance(first, Change))):
                return False
        return True

    def _run_of(self, changes: bool) -> list[Change | Fact]:
        """What can be written at once: the first, and those of its kind that follow it."""
        found: list[Change | Fact] = []
        for item in self._queue:
            if isinstance(item, _Late) or isinstance(item, Change) is not changes or len(found) == CHUNK:
                break
            found.append(item)
        return found

    async def _write(self, items: Sequence[Change | Fact]) -> bool:
        lost = self.lost
        try:
            if isinstance(items[0], Change):
                await self._history.add([item for item in items if isinstance(item, Change)])
            else:
                await self._facts.put([item for item in items if not isinstance(item, Change)])
        except StoreError as error:
            if not self._away:
                log.warning("the records are away; changes of statuses wait for them", reason=str(error))
            self._away = True
            return False
        if self._away:
            log.info("the records are back; changes of statuses are written")
        self._away = False
        for _ in range(len(items) - (self.lost - lost)):  # while it was written, some may have gone
            self._queue.popleft()
        return True
