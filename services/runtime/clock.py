"""The one place that reads the time. Everything else is handed a clock, or the time itself."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the process lives it; in tests, time as the test says.

    ``speed`` is how many of its seconds pass in one of the machine's.
    """

    speed: float

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return once that much of this clock's time has passed."""


class SystemClock:
    """The machine's clock, run ``speed`` times as fast from the moment it was made.

    At speed 1 it is the wall clock, jumps included. Faster it is steady, since what follows it would
    multiply a jump.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._wall = time.time()
        self._steady = time.monotonic()

    def now(self) -> int:
        if self.speed == 1.0:
            return time.time_ns() // 1_000_000
        return int((self._wall + (time.monotonic() - self._steady) * self.speed) * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


class ManualClock:
    """A clock for tests: it moves only when told to, and wakes the sleepers it passes, in order."""

    def __init__(self, now: int = 1_767_546_000_000) -> None:
        self.speed = 1.0
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

    @staticmethod
    async def _settle(rounds: int = 20) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)


def rfc3339(ms: int) -> str:
    """Milliseconds as RFC 3339 in UTC: ``2026-11-21T05:00:00.120Z``."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def optional_rfc3339(ms: int | None) -> str | None:
    """:func:`rfc3339`, None staying None."""
    return None if ms is None else rfc3339(ms)
