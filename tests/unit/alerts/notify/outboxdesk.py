"""An outbox in memory and channels that do as they are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from services.alerts.notify.backoff import Backoff
from services.alerts.notify.limits import Limits
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.outbox import row_of
from services.alerts.notify.sender import Sender
from services.runtime.clock import ManualClock
from services.store.errors import StoreUnavailableError
from services.store.records.notifications import (
    DIGESTED,
    WAITING,
    Attempted,
    NotificationRecords,
    NotificationRow,
)

START = 1_767_546_000_000


def notice(name: str, **given: Any) -> Notice:
    plain: dict[str, Any] = {
        "receiver": "ops",
        "channel": "line",
        "reason": Reason.FIRING,
        "created": START,
        "city": "c",
        "case": f"case-{name}",
        "title": {"en": name, "th": name},
        "severity": "minor",
        "firing": 1,
    }
    return Notice(id=name, **plain | given)


def row(name: str, **given: Any) -> NotificationRow:
    return row_of(notice(name, **given), f"telling-{name}")


class Shelf(NotificationRecords):
    """What the sender writes, in memory. ``away`` makes it fail; ``lost`` fail after it was written."""

    def __init__(self, *rows: NotificationRow) -> None:
        self.rows = {one.id: one for one in rows}
        self.away = False
        self.lost = 0
        self.writes = 0

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailableError("the records are away")

    def _lose(self) -> None:
        self.writes += 1
        if self.lost:
            self.lost -= 1
            raise StoreUnavailableError("the connection broke after it was written")

    async def waiting(self) -> list[NotificationRow]:
        self._check()
        found = [replace(one, body={}) for one in self.rows.values() if one.state == WAITING]
        return sorted(found, key=lambda one: (one.created, one.id))

    async def bodies(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        self._check()
        return {name: self.rows[name].body for name in ids}

    async def record(self, begun: Sequence[str], outcomes: Sequence[Attempted], now: int) -> None:
        self._check()
        for name in begun:
            self.rows[name] = replace(self.rows[name], begun=self.rows[name].begun or now)
        for one in outcomes:
            given = {"state": one.state, "attempts": one.attempts, "due": one.due, "error": one.error}
            delivered = one.at if one.state == "delivered" else None
            self.rows[one.id] = replace(self.rows[one.id], **given, delivered=delivered)
        self._lose()

    async def merge(self, digest: NotificationRow, ids: Sequence[str]) -> list[str]:
        self._check()
        for name in ids:
            if self.rows[name].state == WAITING and self.rows[name].begun is None:
                self.rows[name] = replace(self.rows[name], state=DIGESTED, digest=digest.id)
        self.rows.setdefault(digest.id, digest)
        self._lose()
        return [name for name in ids if self.rows[name].digest == digest.id]

    def states(self) -> dict[str, str]:
        return {one.id: one.state for one in self.rows.values()}


@dataclass
class Line:
    """A channel. ``errors`` are raised one after the other; ``hangs``: it never answers."""

    errors: list[Exception] = field(default_factory=list)
    hangs: bool = False
    kind: str = "line"
    got: list[Notice] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    before: Any = None

    async def send(self, notice: Notice) -> None:
        self.tried.append(notice.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.before is not None:
                self.before(notice)
            await asyncio.sleep(0)
            if self.hangs:
                await asyncio.Event().wait()
            if self.errors:
                raise self.errors.pop(0)
            self.got.append(notice)
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        """Nothing to let go."""

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.got]


@dataclass
class Post:
    """A sender at work."""

    sender: Sender
    shelf: Shelf
    clock: ManualClock
    outcomes: Counter[tuple[str, str, str]]

    async def put(self, *rows: NotificationRow) -> None:
        """Written, and handed over, as a flush does it."""
        self.shelf.rows |= {one.id: one for one in rows}
        self.sender.add(rows)
        await self.settle()

    async def settle(self) -> None:
        """Everybody does what there is to do."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def advance(self, seconds: int) -> None:
        """Let time pass, second by second."""
        for _ in range(seconds):
            await self.clock.advance(1)
            if self.busy:
                await self.settle()
        await self.settle()

    async def finish(self) -> None:
        """All that can be sent without time passing."""
        waiting = None
        while waiting != (waiting := dict(self.sender.waiting())):
            await self.settle()

    @property
    def busy(self) -> bool:
        return any(self.sender.waiting().values())


@asynccontextmanager
async def post(
    shelf: Shelf,
    *,
    limits: Limits | None = None,
    clock: ManualClock | None = None,
    retry: Backoff | None = None,
    **channels: Line,
) -> AsyncIterator[Post]:
    """A sender from start to stop; a channel's name is its id, its receiver is "ops"."""
    clock = clock or ManualClock(START)
    outcomes: Counter[tuple[str, str, str]] = Counter()

    def count(*outcome: str) -> None:
        outcomes[outcome] += 1  # type: ignore[index]

    sender = Sender(
        shelf,
        {("ops", name): channel for name, channel in channels.items()},
        clock,
        limits={} if limits is None else {"ops": limits},
        retry=retry or Backoff(5_000, 60_000, 3_600_000),
        random=Random(1),
        on_outcome=count,
    )
    await sender.start()
    await clock.advance(0)
    try:
        yield Post(sender, shelf, clock, outcomes)
    finally:
        await sender.stop()
