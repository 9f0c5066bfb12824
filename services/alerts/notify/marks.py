"""Writing down what is about to be sent, and what became of it: in batches, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from services.alerts.notify.racing import first
from services.runtime.clock import Clock
from services.store.errors import StoreError
from services.store.records.notifications import WAITING, Attempted, NotificationRecords

_RETRY_SECONDS = 1.0
_GATHERS_SECONDS = 0.05
"""So long what became of attempts is gathered, unless somebody waits to begin."""

_log = structlog.get_logger(__name__)


def _nobody(_notification: str) -> None:
    """Nobody holds it."""


class Marks:
    """One writer for all lanes. What it could not write yet it tries again until it can."""

    def __init__(
        self, records: NotificationRecords, clock: Clock, forget: Callable[[str], None] = _nobody
    ) -> None:
        """``forget`` is called for each notification of which it is written that it needs nothing more."""
        self._forget = forget
        self._records = records
        self._clock = clock
        self._begun: dict[str, None] = {}
        self._outcomes: dict[str, Attempted] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._troubled = False

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="notifications: mark")

    async def stop(self) -> None:
        """Write what is left, once; what the store does not take now is sent again, under the same key."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._write()

    async def begin(self, ids: Sequence[str]) -> None:
        """Return once it is written that these may have been sent."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._begun |= dict.fromkeys(ids)
        self._waiting.append(done)
        self._work.set()
        self._hurry.set()
        await done

    def note(self, outcome: Attempted) -> None:
        """Write soon what became of an attempt."""
        self._outcomes[outcome.id] = outcome
        self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            if not self._waiting:
                await first(self._hurry.wait(), self._clock.sleep(_GATHERS_SECONDS))
            self._work.clear()
            self._hurry.clear()
            if not await self._write():
                await self._clock.sleep(_RETRY_SECONDS)
                self._work.set()

    async def _write(self) -> bool:
        """Write what there is; answers whether that went well."""
        begun, outcomes, waiting = dict(self._begun), dict(self._outcomes), list(self._waiting)
        if not begun and not outcomes:
            return True
        try:
            await self._records.record(list(begun), list(outcomes.values()), self._clock.now())
        except StoreError as error:
            if not self._troubled:
                _log.warning("notifications wait: what is sent can't be recorded", reason=str(error))
            self._troubled = True
            return False
        self._troubled = False
        # Not before: a cancelled write leaves all of it to the next one.
        for one in begun:
            del self._begun[one]
        for one, outcome in outcomes.items():
            if self._outcomes.get(one) is outcome:
                del self._outcomes[one]
                if outcome.state != WAITING:
                    self._forget(one)
        del self._waiting[: len(waiting)]
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return True
