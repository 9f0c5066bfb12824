"""What the rules say, on its way to the alerts: in order, and never in the way of readings."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence

import structlog

from rules.model import Severity, Subject, Transition
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

_AGAIN = 1.0
_MOST = 100_000
"""Transitions that may wait while alerts can't be recorded; beyond them the journey waits, too."""


_TOGETHER = 200
"""So many are handed over together: what becomes critical meanwhile waits for no more than these."""


class Waiting:
    """Transitions that wait. What is critical comes first, as far as the order of its alert's steps allows.

    In a storm a fire does not wait behind thousands of lamps.
    """

    def __init__(self) -> None:
        self._critical: deque[Transition] = deque()
        self._others: deque[Transition] = deque()
        self._behind: Counter[tuple[str, Subject]] = Counter()

    def __len__(self) -> int:
        return len(self._critical) + len(self._others)

    def put(self, transitions: Iterable[Transition]) -> None:
        """Append, in order."""
        for one in transitions:
            key = one.rule, one.subject
            if one.severity is Severity.CRITICAL and key not in self._behind:
                self._critical.append(one)
            else:
                self._others.append(one)
                self._behind[key] += 1

    def take(self, most: int) -> list[Transition]:
        """Take out those that are next, at most so many."""
        if self._critical:
            return [self._critical.popleft() for _ in range(min(most, len(self._critical)))]
        taken = [self._others.popleft() for _ in range(min(most, len(self._others)))]
        for one in taken:
            key = one.rule, one.subject
            self._behind[key] -= 1
            if not self._behind[key]:
                del self._behind[key]
        return taken


class Announcer:
    """Hands transitions to the alerts, however long these can't be recorded.

    The state of the journey must not be saved while it is not :attr:`idle`: a restart would know nothing of
    what waits here.
    """

    def __init__(self, alerts: AlertsPort, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock
        self._waiting = Waiting()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._room = asyncio.Event()
        self._room.set()
        self.trouble: str | None = None
        """Why alerts can't be recorded, while they can't."""

    @property
    def idle(self) -> bool:
        """Whether all that the rules said is recorded."""
        return self._idle.is_set()

    async def put(self, transitions: Sequence[Transition]) -> None:
        """Hand over what the rules said."""
        if not transitions:
            return
        await self._room.wait()
        self._waiting.put(transitions)
        self._idle.clear()
        self._arrived.set()
        if len(self._waiting) >= _MOST:
            self._room.clear()

    async def settled(self) -> None:
        """Return once all is recorded."""
        await self._idle.wait()

    async def run(self) -> None:
        """Hand on until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while together := self._waiting.take(_TOGETHER):
                await self._insist(together)
                if len(self._waiting) < _MOST:
                    self._room.set()
            self._idle.set()

    async def _insist(self, transitions: Sequence[Transition]) -> None:
        while True:
            try:
                await self._alerts.apply(transitions)
            except StoreError as error:
                if self.trouble is None:
                    log.warning("alerts can't be recorded; trying again", reason=str(error))
                self.trouble = str(error)
                await self._clock.sleep(_AGAIN)
                continue
            if self.trouble is not None:
                log.info("alerts are recorded again")
                self.trouble = None
            return
