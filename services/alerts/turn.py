"""The one place where alerts change: what is decided, written and taken over at once, and then announced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from services.alerts.announcing import announce
from services.alerts.board import Board, opened
from services.alerts.book import Book
from services.alerts.delivery import Delivery, OnDelivered
from services.bus.protocol import Bus
from services.runtime.clock import Clock
from services.runtime.ports import OpenAlert
from services.store.errors import StoreError
from services.store.records.alerts import AlertRecords, Announcement, Changes, Known

T = TypeVar("T")
Decide: TypeAlias = Callable[[Known, int], Changes]
"""What becomes of the alerts that are known, at a moment (ms)."""

TOGETHER = 500
"""Alerts that one transaction changes: whoever else wants to change one waits for so many at most."""

_PORTION = 100
_AT_ONCE = 5_000


class Turn:
    """One change at a time: what is persisted first is announced first.

    A change is decided on the rows as they are, by ``decide`` and then by each of the books; all of it is
    written in one transaction, taken over in memory, and announced. When nobody knows whether that happened
    (the database went away in the middle), everything is read again before the next one: ``load`` reads what
    the books keep.
    """

    def __init__(
        self,
        records: AlertRecords,
        bus: Bus,
        clock: Clock,
        board: Board,
        books: Sequence[Book] = (),
        *,
        load: Callable[[int], Awaitable[None]] | None = None,
        after: Callable[[Changes, int], None] | None = None,
        on_delivered: OnDelivered,
    ) -> None:
        self._records = records
        self._clock = clock
        self._board = board
        self._books = tuple(books)
        self._load = load
        self._after = after
        self.delivery = Delivery(records, bus, clock, on_delivered)
        self._lock = asyncio.Lock()
        self._current = False  # whether memory and announcements have all that the store holds

    async def start(self) -> None:
        """Take over what the store holds, and announce what a crash left unannounced."""
        await self.catch_up()
        self.delivery.start()

    async def stop(self) -> None:
        """Finish what runs."""
        async with self._lock:
            await self.delivery.stop()

    @property
    def busy(self) -> bool:
        """Whether a change is under way."""
        return self._lock.locked()

    async def catch_up(self) -> None:
        """Return once memory has all that the store holds."""
        async with self._lock:
            if not self._current:
                await self._catch_up()

    async def change(
        self,
        ids: Sequence[str],
        decide: Decide,
        *,
        people: bool = False,
        taken: Callable[[], None] | None = None,
    ) -> Changes:
        """Change these alerts. ``taken`` is called when it is written, before it is announced.

        ``people``: ``decide`` wants to know what people did to them last.

        Raises:
            StoreError: it may have been written all the same; the same change may be tried again.
        """

        async def work(now: int) -> Changes:
            firsts = self.delivery.firsts()
            changes = await self._records.change(
                ids, lambda known: self._decided(known, decide, now), people=people
            )
            if changes:
                self._take_over(changes, now, taken)
                await self._announce(changes.announcements, firsts)
            return changes

        return await self.alone(work)

    async def alone(self, work: Callable[[int], Awaitable[T]]) -> T:
        """Do something while no alert changes; it is told the time (ms).

        Raises:
            StoreError: nobody knows what was written; all is read again before the next change.
        """
        async with self._lock:
            if not self._current:
                await self._catch_up()
            try:
                return await work(self._clock.now())
            except (StoreError, asyncio.CancelledError):
                self._current = False  # it may have been committed all the same, and not be announced yet
                raise

    async def look_again(self, ids: Sequence[str]) -> None:
        """Let the books decide anew about alerts to which nothing happened."""
        for start in range(0, len(ids), TOGETHER):
            await self.change(ids[start : start + TOGETHER], _again)

    def _decided(self, known: Known, decide: Decide, now: int) -> Changes:
        before = dict(known.alerts)
        changes = decide(known, now)
        changes.before = before
        for book in self._books:
            book.plan(changes, now)
        announce(changes)
        return changes

    def _take_over(self, changes: Changes, now: int, taken: Callable[[], None] | None) -> None:
        self._board.count(changes)
        for book in self._books:
            book.commit(changes, now)
        if taken is not None:
            taken()
        if self._after is not None:
            self._after(changes, now)

    async def _catch_up(self) -> None:
        """Take over what the store holds: at the start, and after a call of which nobody knows the end."""
        self._board.load(await self._all_open(), await self._records.counts())
        if self._load is not None:
            await self._load(self._clock.now())
        known = self.delivery.pending()
        firsts = self.delivery.firsts()
        unannounced = await self._records.unannounced()
        missed = [item for item in unannounced if (item.alert, item.number) not in known]
        await self._announce(missed, firsts)
        self._current = True

    async def _all_open(self) -> list[OpenAlert]:
        """The open alerts, read in portions: their evidence would fill the memory."""
        found: list[OpenAlert] = []
        after = ""
        while portion := await self._records.open(shadow=None, after=after, limit=_AT_ONCE):
            found += map(opened, portion)
            after = portion[-1].id
        return found

    async def _announce(self, announcements: Sequence[Announcement], firsts: Mapping[str, int]) -> None:
        """Publish, in portions: between them, whoever hears it may make room in its queue."""
        for start in range(0, len(announcements), _PORTION):
            if start:
                await asyncio.sleep(0)
            self.delivery.announce(announcements[start : start + _PORTION], firsts)


def _again(known: Known, _now: int) -> Changes:
    return Changes(again=dict(known.alerts))
