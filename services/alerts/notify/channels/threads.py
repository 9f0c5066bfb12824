"""A few threads for work that blocks, of which some may never come back."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


class AllStuckError(Exception):
    """Every thread is still at earlier work."""


class Threads:
    """At most ``most`` threads, one for each piece of work; a share of them is bounded by itself, too.

    Work that is not done in time is left to itself: its thread counts until it ends, so that stuck ones
    never pile up. They are daemons and keep no process from ending.
    """

    def __init__(self, most: int, name: str, whole: Threads | None = None) -> None:
        self._free = asyncio.Semaphore(most)
        self._name = name
        self._whole = whole

    def share(self, most: int) -> Threads:
        """Some of these for one that shall not take them all."""
        return Threads(most, self._name, self)

    async def run(self, work: Callable[[], _T], seconds: float) -> _T:
        """The answer of ``work``, or what it raised.

        Raises:
            TimeoutError: no answer within ``seconds``.
            AllStuckError: no thread came free within ``seconds``.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._take()
        except TimeoutError:
            raise AllStuckError("all threads are still at earlier work") from None
        future = self._start(work)
        async with asyncio.timeout(seconds):
            return await future

    async def _take(self) -> None:
        await self._free.acquire()
        if self._whole is not None:
            try:
                await self._whole._take()  # noqa: SLF001 - its own kind
            except BaseException:
                self._free.release()
                raise

    def _give_back(self) -> None:
        self._free.release()
        if self._whole is not None:
            self._whole._give_back()  # noqa: SLF001 - its own kind

    def _start(self, work: Callable[[], _T]) -> asyncio.Future[_T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()

        def settle(answer: _T | None, error: BaseException | None) -> None:
            self._give_back()
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(answer)  # type: ignore[arg-type]  # None only together with an error

        def body() -> None:
            answer: _T | None = None
            failed: BaseException | None = None
            try:
                answer = work()
            except BaseException as error:  # noqa: BLE001 - it is handed to whoever waits
                failed = error
            with suppress(RuntimeError):  # the loop may have ended since
                loop.call_soon_threadsafe(settle, answer, failed)

        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(body,), name=self._name, daemon=True).start()
        return future
