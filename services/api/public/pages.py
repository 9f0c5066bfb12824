"""The public page, its feed and its document, from memory: what is asked a thousand times is made once.

What moves at once (statuses, notes) is looked at again when it is a few seconds old and somebody asks, what
lies in the past more rarely. However many ask, one look is under way.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import orjson

from services.api.answers import etag
from services.api.deps import ApiDeps
from services.api.language import Language
from services.api.public import gather
from services.api.public.document import document
from services.api.public.feed import feed
from services.api.public.html import PageMaker
from services.api.public.model import Snapshot, Turn

FRESH = 5.0
"""Seconds for which what was made is good."""

PAST_FRESH = 60.0
"""Seconds for which the ninety days are good."""

PATIENCE = 2.0
"""Seconds that a visitor waits for what is new when there is something older to show."""

_LEVEL = 6
T = TypeVar("T")


class What(NamedTuple):
    """Which of the things that everybody may read: ``kind`` is page, atom or json."""

    kind: str
    language: Language = "en"
    refreshing: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """One of them, ready to be sent. ``policy`` is the page's Content-Security-Policy."""

    body: bytes
    zipped: bytes
    etag: str
    policy: str | None = None


class Kept(Generic[T]):
    """Something that is made anew when it is asked for and older than ``fresh`` seconds.

    Who asks while it is made waits for the same, and after ``patience`` seconds (of real time) takes what
    was made before, if anything was. What can't be made is not kept.
    """

    def __init__(
        self,
        make: Callable[[], Awaitable[T]],
        now: Callable[[], int],
        fresh: float,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._make = make
        self._patience = patience
        self._now = now
        self._fresh = fresh * 1000
        self._value: T | None = None
        self._at = 0
        self._making: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """It, as fresh as it has to be."""
        if self._value is not None and 0 <= self._now() - self._at < self._fresh:
            return self._value
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._made())
        making = self._making
        if self._value is not None:
            await asyncio.wait({making}, timeout=self._patience)
            if not making.done():
                return self._value
        return await asyncio.shield(making)

    async def _made(self) -> T:
        at = self._now()
        value = await self._make()
        self._value, self._at = value, at
        return value


class _Past(NamedTuple):
    days: gather.Past | None
    turns: tuple[Turn, ...] | None


class PublicPages:
    """One for each application."""

    def __init__(self, deps: ApiDeps) -> None:
        self._deps = deps
        speed = deps.clock.speed  # the public lives in real time, also when the city's clock runs faster
        self._started = deps.clock.now()
        self._past = Kept(self._read_past, deps.clock.now, PAST_FRESH * speed)
        self._snapshot = Kept(self._look, deps.clock.now, FRESH * speed)
        self._made: dict[What, tuple[Snapshot, asyncio.Task[Made]]] = {}
        self._maker: PageMaker | None = None

    async def get(self, what: What) -> Made:
        """What was asked for, as it is now or was a few seconds ago."""
        snapshot = await self._snapshot.get()
        before = self._made.get(what)
        if before is None or before[0] is not snapshot:
            making = asyncio.create_task(asyncio.to_thread(self._make, what, snapshot))
            self._made[what] = snapshot, making
        else:
            making = before[1]
        return await asyncio.shield(making)

    async def _look(self) -> Snapshot:
        now = self._deps.clock.now()
        past = await self._past.get()
        return gather.snapshot(
            self._deps,
            now,
            await asyncio.to_thread(ZoneInfo, self._deps.city.timezone),
            started=self._started,
            past=past.days,
            turned=past.turns,
            notes=await gather.notes_of(self._deps, now),
            work=await gather.work_of(self._deps, now),
        )

    async def _read_past(self) -> _Past:
        now = self._deps.clock.now()
        return _Past(await gather.past_of(self._deps, now), await gather.turns_of(self._deps, now))

    def _make(self, what: What, snapshot: Snapshot) -> Made:
        """Blocking: on a thread."""
        if what.kind == "json":
            return _ready(orjson.dumps(document(snapshot)))
        if what.kind == "atom":
            return _ready(feed(snapshot, what.language, self._deps.public_url or ""))
        if self._maker is None:
            self._maker = PageMaker()
        page = self._maker.render(snapshot, what.language, refreshing=what.refreshing)
        return _ready(page.body, page.policy)


def _ready(body: bytes, policy: str | None = None) -> Made:
    return Made(body, gzip.compress(body, _LEVEL, mtime=0), etag(body), policy)
