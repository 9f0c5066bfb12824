"""The one place that reads the time. Everything else is handed a clock, or the time itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

_JUMP = 1.0
_BELIEVED_AFTER = 60.0


class Clock(Protocol):
    """Time as the process lives it; in tests, time as the test says.

    ``speed`` is how many of its seconds pass in one of the machine's; ``steps`` how many times it was set.
    """

    speed: float
    steps: int

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return once that much of this clock's time has passed."""


class SystemClock:
    """The machine's clock, run ``speed`` times as fast from the moment it was made.

    At speed 1 it is the wall clock. When that is set forward (a machine that slept, or learns the time) it
    follows at once. When it is set back by more than a second, time goes on as if it had not, and the jump is
    believed only once it has lasted for a minute. Faster it is steady, since what follows the wall clock
    would multiply a jump.
    """

    def __init__(
        self,
        speed: float = 1.0,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self.steps = 0
        self._read_wall, self._read_steady = wall, steady
        self._wall, self._steady = wall(), steady()
        self._jumped_at: float | None = None
        self.jump = 0.0
        """By how much (s) the machine's clock is off ours, while that is doubted."""

    def now(self) -> int:
        steady = self._read_steady()
        moment = self._wall + (steady - self._steady) * self.speed
        if self.speed == 1.0:
            wall = self._read_wall()
            if -_JUMP < wall - moment < _JUMP:
                # Small differences are followed, so that an hour of them does not make a jump.
                self._wall, self._steady, self._jumped_at, self.jump = wall, steady, None, 0.0
                moment = wall
            elif self._believed(wall - moment, steady):
                self._wall, self._steady, self._jumped_at, self.jump = wall, steady, None, 0.0
                self.steps += 1
                moment = wall
        return int(moment * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def _believed(self, jump: float, steady: float) -> bool:
        if jump > 0:
            return True
        if self._jumped_at is None or abs(jump - self.jump) > _JUMP:
            self._jumped_at, self.jump = steady, jump
            return False
        return steady - self._jumped_at >= _BELIEVED_AFTER


class ManualClock:
    """A clock for tests: it moves only when told to, and wakes the sleepers it passes, in order."""

    def __init__(self, now: int = 1_767_546_000_000) -> None:
        self.speed = 1.0
        self.steps = 0
        self._now = now
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> int:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + round(seconds * 1000), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass: whoever sleeps wakes at its moment, and may sleep again within the span."""
        target = self._now + round(seconds * 1000)
        await self._settle()
        while due := [s for s in self._sleepers if s[0] <= target]:
            sleeper = min(due, key=lambda s: s[0])
            self._sleepers.remove(sleeper)
            self._now = max(self._now, sleeper[0])
            if not sleeper[1].done():
                sleeper[1].set_result(None)
            await self._settle()
        self._now = target
        await self._settle()

    def set(self, now: int) -> None:
        """Somebody sets the clock, forward or back. Sleepers sleep on as long as they meant to."""
        moved = now - self._now
        self._sleepers = [(due + moved, future) for due, future in self._sleepers]
        self._now = now
        self.steps += 1

    @staticmethod
    async def _settle(rounds: int = 20) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)


def rfc3339(ms: int) -> str:
    """Milliseconds as RFC 3339 in UTC: ``2026-11-21T05:00:00.120Z``."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=1_024)
def _second(moment: int) -> str:
    """A second of the epoch; what happens lately is told again and again."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"


def optional_rfc3339(ms: int | None) -> str | None:
    """:func:`rfc3339`, None staying None."""
    return None if ms is None else rfc3339(ms)
