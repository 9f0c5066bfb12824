"""Named clean-ups, run in reverse, each bounded in time; and what a service looks like from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

CleanUp = Callable[[], Awaitable[None]]


class StartupError(Exception):
    """Nakhon can't start. The text says what is wrong and what to do; the process ends with exit code 2."""


class Lifecycle:
    """A stack of clean-ups. What was started last is stopped first, and no failure keeps others from it."""

    def __init__(self, *, patience: float = 20.0) -> None:
        self._patience = patience
        self._stack: list[tuple[str, CleanUp]] = []

    def push(self, name: str, clean_up: CleanUp) -> None:
        """Run ``clean_up`` at the end, before those that were pushed earlier."""
        self._stack.append((name, clean_up))

    async def close(self) -> None:
        """Run all clean-ups."""
        while self._stack:
            name, clean_up = self._stack.pop()
            try:
                async with asyncio.timeout(self._patience):
                    await clean_up()
            except TimeoutError:
                log.warning("did not stop in time", part=name, seconds=self._patience)
            except Exception:
                log.exception("failed to stop", part=name)
