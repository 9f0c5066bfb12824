"""Backtests beside everything else: one at a time, in a process of its own that is given the readings.

The worker holds no store and no socket. Readings go to it a few at a time, so that intake goes on in between,
and it ends with its request.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson

from devices.city import CityFolder
from devices.documents import Document
from devices.model import Observation
from services.api.deps import ApiDeps
from services.api.problems import ProblemError
from services.runtime.backtestworker import MOST_ANSWERED, Task, frame
from services.runtime.ports import BusyError
from services.store.timeseries.protocol import Selection

MOST_READINGS = 20_000_000
"""Readings that one backtest may play."""

PATIENCE = 600.0
"""Seconds that one backtest may take."""

_PAGE = 5_000
_PIECE = 500
_RETRY_AFTER = 15.0
_MODULE = "services.runtime.backtestworker"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be played: rules, and the stored readings from ``start`` until before ``end`` (ms).

    ``documents`` are the files of the rules, None for those of the city's ``folder``; ``types`` are the
    observation types that they read, all when empty.
    """

    folder: CityFolder
    documents: tuple[Document, ...] | None
    types: tuple[str, ...]
    start: int
    end: int
    scores: bool = False


class Backtests:
    """One for each application."""

    def __init__(self, *, patience: float = PATIENCE, most: int = MOST_READINGS) -> None:
        self._patience = patience
        self._most = most
        self._busy = False

    async def run(self, asked: Asked, deps: ApiDeps) -> bytes:
        """The contract's answer, as JSON.

        Raises:
            BusyError: another one is at work.
            ProblemError: too much for one request.
        """
        with self._claimed():
            try:
                async with asyncio.timeout(self._patience):
                    return await self._played(asked, deps)
            except TimeoutError:
                text = f"it was not done after {self._patience:.0f} s; take a shorter span, or fewer rules"
                raise ProblemError("unavailable", text) from None

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        if self._busy:
            raise BusyError(
                "another backtest is at work; try again when it is done", retry_after=_RETRY_AFTER
            )
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    async def _played(self, asked: Asked, deps: ApiDeps) -> bytes:
        folder = replace(asked.folder, devices=tuple(deps.registry.all()))
        task = Task(folder, asked.documents, asked.start, asked.end, asked.scores)
        head = await asyncio.to_thread(pickle.dumps, task)
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", _MODULE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1 << 20,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            return await self._spoken(worker, head, asked, deps)
        finally:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def _spoken(
        self, worker: asyncio.subprocess.Process, head: bytes, asked: Asked, deps: ApiDeps
    ) -> bytes:
        assert worker.stdout is not None
        answer = asyncio.ensure_future(worker.stdout.read())
        try:
            with suppress(ConnectionError):  # it ended before it had heard all: its answer says why
                await self._feed(worker, head, asked, deps)
            return _checked(await answer)
        finally:
            answer.cancel()

    async def _feed(
        self, worker: asyncio.subprocess.Process, head: bytes, asked: Asked, deps: ApiDeps
    ) -> None:
        assert worker.stdin is not None
        worker.stdin.write(frame(head))
        fed = 0
        async for piece in _pieces(deps, asked):
            fed += len(piece)
            if fed > self._most:
                text = f"more than {self._most:,} readings lie between start and end; take a shorter span"
                raise ProblemError("unavailable", text)
            worker.stdin.write(frame(pickle.dumps(piece, pickle.HIGHEST_PROTOCOL)))
            await worker.stdin.drain()
        worker.stdin.write(frame(b""))
        await worker.stdin.drain()


async def _pieces(deps: ApiDeps, asked: Asked) -> AsyncIterator[list[Observation]]:
    """All readings, a few at a time, with room for others in between."""
    selection = Selection(asked.start, asked.end, types=asked.types)
    async for page in deps.store.replay(selection, batch=_PAGE):
        for place in range(0, len(page), _PIECE):
            yield page[place : place + _PIECE]
            await asyncio.sleep(0)


def _checked(answer: bytes) -> bytes:
    if answer.startswith(b'{"readings"'):
        return answer
    problem: dict[str, Any] = orjson.loads(answer) if answer else {}
    if problem.get("problem") == "too_many":
        text = (
            f"the rules fire more than {MOST_ANSWERED:,} times, or score more readings; take a shorter span"
        )
        raise ProblemError("unavailable", text)
    raise ProblemError(
        "unavailable", "the backtest ended before it was done; it may have needed too much memory"
    )
