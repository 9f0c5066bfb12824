"""Takes notices to one receiver on one channel, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, TypeVar

import structlog

from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import Channel, NotTakenError, RefusedError
from services.alerts.notify.digest import digest_of
from services.alerts.notify.lane import Begin, Lane, Merge, Send
from services.alerts.notify.limits import Limits
from services.alerts.notify.marks import Marks
from services.alerts.notify.notice import Notice
from services.alerts.notify.outbox import Entry, row_of
from services.alerts.notify.racing import first
from services.runtime.clock import Clock
from services.store.errors import StoreError
from services.store.records.notifications import (
    DELIVERED,
    DIGESTED,
    FAILED,
    WAITING,
    Attempted,
    NotificationRecords,
)

T = TypeVar("T")

RETRIED = "retried"
_RETRY_SECONDS = 1.0
_GRACE_SECONDS = 2.0
_BODIES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Parts:
    """What all couriers share. ``remember`` and ``forget`` say which notifications are held here."""

    records: NotificationRecords
    clock: Clock
    marks: Marks
    backoff: Backoff
    random: Random
    on_outcome: Callable[[str, str, str], None]
    timeout: float
    remember: Callable[[str], None]
    forget: Callable[[str], None]


class Courier:
    """One attempt at a time, so that what is told stays in order."""

    def __init__(self, receiver: str, name: str, channel: Channel, parts: Parts, limits: Limits) -> None:
        self._receiver = receiver
        self._name = name
        self._channel = channel
        self._parts = parts
        self._limits = limits
        self._lane = Lane(limits, parts.clock.now())
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._started = parts.clock.now()
        self._stopping = False
        self._log = structlog.get_logger(__name__).bind(receiver=receiver, channel=name)

    @property
    def waiting(self) -> int:
        """How many notices wait."""
        return len(self._lane)

    @property
    def limited(self) -> bool:
        """Whether more waits than may be told."""
        return self._lane.limited

    def start(self) -> None:
        """Begin."""
        self._started = self._parts.clock.now()
        name = f"notifications: {self._receiver} {self._name}"
        self._task = asyncio.create_task(self._run(), name=name)

    async def stop(self) -> None:
        """End, once what is under way has arrived or a moment has passed."""
        self._stopping = True
        if self._task is None:
            return
        if self._sending is not None:
            await asyncio.wait([self._task], timeout=_GRACE_SECONDS)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Take these, too."""
        self._lane.add(entries)
        self._came.set()

    async def _run(self) -> None:
        while not self._stopping:
            now = self._parts.clock.now()
            self._came.clear()
            step = self._lane.next(now)
            if isinstance(step, Send):
                await self._send(step.entry)
            elif isinstance(step, Begin):
                await self._begin(step.entries)
            elif isinstance(step, Merge):
                await self._merge(step.entries)
            else:
                await self._wait(None if step.until is None else step.until - now)

    async def _wait(self, span: int | None) -> None:
        """Until something comes, or for ``span`` ms."""
        if span is None:
            await self._came.wait()
            return
        await first(self._came.wait(), self._parts.clock.sleep(span / 1000))

    async def _begin(self, entries: Sequence[Entry]) -> None:
        await self._parts.marks.begin([entry.row.id for entry in entries])
        self._lane.begun(entries)

    async def _send(self, entry: Entry) -> None:
        if entry.notice is None:
            entry.notice = (await self._notices([entry]))[0]
        error: Exception | None = None
        try:
            await self._attempt(entry.notice)
        except NotTakenError as failed:
            error = failed
        except RefusedError as refused:
            error = refused
        except Exception as unforeseen:  # noqa: BLE001 - whatever a channel does, the next attempt comes
            self._log.error("a channel failed in a way of its own", reason=repr(unforeseen))
            error = NotTakenError(f"the channel failed: {type(unforeseen).__name__}")
        self._take_note(entry, error)

    async def _attempt(self, notice: Notice) -> None:
        """Send it, within the time that an attempt may take, by the machine's clock."""
        clock, span = self._parts.clock, self._parts.timeout
        self._sending = asyncio.create_task(self._channel.send(notice))
        limit = asyncio.create_task(clock.sleep(span * clock.speed))
        try:
            await asyncio.wait([self._sending, limit], return_when=asyncio.FIRST_COMPLETED)
            if not self._sending.done():
                raise NotTakenError(f"no answer within {span:g} s")
            await self._sending
        finally:
            limit.cancel()
            self._sending.cancel()
            self._sending = None

    def _take_note(self, entry: Entry, error: Exception | None) -> None:
        now = self._parts.clock.now()
        entry.attempts += 1
        state = DELIVERED if error is None else self._state(entry, error, now)
        if state == WAITING:
            asked = error.retry_after if isinstance(error, NotTakenError) else None
            entry.due = now + self._parts.backoff.delay(entry.attempts, self._parts.random, asked)
        else:
            self._lane.done(entry)
        text = None if error is None else str(error)
        self._parts.marks.note(Attempted(entry.row.id, state, entry.attempts, now, entry.due, text))
        outcome = RETRIED if state == WAITING else state
        self._parts.on_outcome(self._receiver, self._name, outcome)
        if state == FAILED:
            self._log.error("a notification was given up", notification=entry.row.id, reason=text)

    def _state(self, entry: Entry, error: Exception, now: int) -> str:
        """What waited while Nakhon was away gets its time all the same."""
        since = max(entry.row.created, self._started)
        given_up = now - since >= self._parts.backoff.give_up
        return FAILED if given_up or isinstance(error, RefusedError) else WAITING

    async def _merge(self, entries: Sequence[Entry]) -> None:
        """Tell of these in one; until that is written they wait as they are."""
        notices = await self._notices(entries)
        notice = digest_of(notices, self._parts.clock.now())
        row = replace(row_of(notice, ""), alerts=sum(entry.row.alerts for entry in entries))
        ids = [entry.row.id for entry in entries]
        self._parts.remember(row.id)
        merged = await self._until_stored(lambda: self._parts.records.merge(row, ids))
        for name in ids:
            self._parts.forget(name)
        for _ in merged:
            self._parts.on_outcome(self._receiver, self._name, DIGESTED)
        if merged:
            await self._begin([replace(Entry.of(row, whole=False), notice=notice)])

    async def _notices(self, entries: Sequence[Entry]) -> list[Notice]:
        """What these say, from memory or from the store."""
        missing = [entry.row.id for entry in entries if entry.notice is None]
        bodies: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(missing), _BODIES_AT_ONCE):
            ask = partial(self._parts.records.bodies, missing[start : start + _BODIES_AT_ONCE])
            bodies |= await self._until_stored(ask)
        return [
            Notice.of(bodies[entry.row.id]) if entry.notice is None else entry.notice for entry in entries
        ]

    async def _until_stored(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the store answers, however long it is away."""
        told = False
        while True:
            try:
                return await ask()
            except StoreError as error:
                if not told:
                    self._log.warning("notifications wait for the records", reason=str(error))
                told = True
                await self._parts.clock.sleep(_RETRY_SECONDS)
