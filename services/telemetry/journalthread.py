"""A journal on a thread of its own, so that syncing never holds up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from services.telemetry.journal import Journal

Answer = TypeVar("Answer")


class JournalThread:
    """The journal behind the one thread that works on it."""

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
        self._pool.shutdown(wait=False)
