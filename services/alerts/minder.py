"""What happens to alerts because time passes: holds and silences that end, effects that move, cases due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from services.alerts.books import Books
from services.alerts.lifecycle import settle
from services.alerts.turn import TOGETHER, Turn
from services.runtime.clock import Clock
from services.store.errors import StoreError
from services.store.records.alerts import Changes, Known

EVERY = 1.0
"""How often (s) it looks, when nothing wakes it before."""

_MOST_AT_ONCE = 20
"""So many portions of alerts are looked at anew before what waits to be told has its turn."""

log = structlog.get_logger(__name__)


class Minder:
    """Looks after what is due, every second and whenever it is woken."""

    def __init__(self, turn: Turn, books: Books, clock: Clock) -> None:
        self._turn = turn
        self._books = books
        self._clock = clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._troubled = False
        self.busy = False
        """Whether it is at work."""

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="alerts: what is due")

    async def stop(self) -> None:
        """Finish."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def notice(self) -> None:
        """Something changed: look at once, if a case has something to tell by now."""
        due = self._books.cases.next_due()
        if due is not None and due <= self._clock.now():
            self._woken.set()

    @property
    def woken(self) -> bool:
        """Whether it is about to look."""
        return self._woken.is_set()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            await self._wait()
            self.busy = True
            try:
                await self._mind()
                self._troubled = False
            except StoreError as error:
                if not self._troubled:
                    log.warning("what is due with alerts has to wait for their records", reason=str(error))
                self._troubled = True
                await self._clock.sleep(EVERY)
            finally:
                self.busy = False

    async def _wait(self) -> None:
        """Until a second is over, a case is due, or somebody woke us."""
        due, now = self._books.cases.next_due(), self._clock.now()
        span = EVERY * self._clock.speed
        if due is not None:
            span = min(span, max(0.0, (due - now) / 1000))
        sleeping = asyncio.create_task(self._clock.sleep(span))
        waking = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()
        self._woken.clear()

    async def _mind(self) -> None:
        await self._settle()
        await self._floods()
        more = await self._look_again()
        more_to_tell = True
        while more_to_tell:
            more_to_tell = await self._turn.alone(self._books.dispatcher.flush)
        await self._turn.alone(self._tell)
        if more:
            self._woken.set()

    async def _settle(self) -> None:
        """End what flapped and has been calm."""
        ids = self._books.recurrences.due(self._clock.now())
        for start in range(0, len(ids), TOGETHER):
            await self._turn.change(ids[start : start + TOGETHER], settle)

    async def _floods(self) -> None:
        for planned in self._books.floods.passing(self._clock.now()):

            def decide(_known: Known, _now: int, write: Callable[..., None] = planned.write) -> Changes:
                return Changes(also=[write])

            await self._turn.change([], decide, taken=planned.take)

    async def _look_again(self) -> bool:
        """Let the books decide anew where they ask for it; answers whether there may be more."""
        for _ in range(_MOST_AT_ONCE):
            ids, more = await self._turn.alone(self._asked)
            await self._turn.look_again(ids)
            if not ids and not more:
                return False
            await asyncio.sleep(0)
        return True

    async def _asked(self, now: int) -> tuple[list[str], bool]:
        """Alerts that a book wants to look at anew; and whether one of them is still looking through them."""
        books = self._books
        found = dict.fromkeys(books.suppression.due(now))
        found |= dict.fromkeys(books.incidents.due(now))
        found |= dict.fromkeys(books.cases.shifts(now))
        found |= dict.fromkeys(books.cases.strays())
        following = books.suppression.next_moment(now)
        more = books.incidents.searching or (following is not None and following <= now)
        return list(found), more

    async def _tell(self, now: int) -> None:
        self._books.tell(now)
