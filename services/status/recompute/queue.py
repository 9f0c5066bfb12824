"""Late data come drop by drop: what they change is gathered, and computed again in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from devices.model import City
from services.runtime.clock import Clock
from services.runtime.ports import DeviceDirectory
from services.status.course.finder import Finder
from services.status.recompute.pending import Batch, Pending
from services.status.recompute.recomputation import Outcome, Recomputation
from services.store.errors import StoreError
from services.store.records.settings import SettingRecords

log = structlog.get_logger(__name__)

KEY = "status.recompute"
"""The setting in which what waits outlives a restart."""

QUIET = 10_000
"""For how long (ms) nothing more must have come before it is looked at."""

PATIENT = 60_000
"""Longer than this (ms) nothing waits because more keeps coming."""

_TICK = 1.0
_RETRY = 30_000
_MOST_FAILURES = 3

_SHARE = 3.0
"""For each second of work it rests so many."""

Told = Callable[[Outcome], None]


def _nobody(_outcome: Outcome) -> None:
    """Nobody needs to hear of it."""


def _always() -> bool:
    return True


class RecomputeQueue:
    """Computes history again where late data, or an operator, ask for it.

    ``told`` hears of everything that was put right. ``caught_up`` answers whether all that was heard is in
    the time-series store: nothing is computed while readings are still on their way.
    """

    def __init__(
        self,
        recomputation: Recomputation,
        settings: SettingRecords,
        clock: Clock,
        city: City,
        registry: DeviceDirectory,
        *,
        told: Told = _nobody,
        caught_up: Callable[[], bool] = _always,
    ) -> None:
        self._recomputation = recomputation
        self._settings = settings
        self._clock = clock
        self._city = city
        self._registry = registry
        self._finder = Finder(city)
        self._told = told
        self._caught_up = caught_up
        self._pending = Pending()
        self._kept: Mapping[str, object] = {}
        self._since: int | None = None
        self._moved = 0
        self._not_before = 0
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Of how many services something waits to be computed again."""
        return len(self._pending)

    def add(self, services: Iterable[str], start: int, end: int | None = None) -> None:
        """Of these services history is to be computed again from ``start`` to ``end`` (ms), None: to now."""
        known = [name for name in services if name in self._city.services]
        if not known:
            return
        now = self._clock.now()
        self._pending.add(known, start, max(start, now if end is None else end))
        self._since = now if self._since is None else self._since
        self._moved = now

    def late(self, moments: Mapping[str, int]) -> None:
        """Facts about services came late, of no earlier moment (ms) than this each."""
        for service, at in moments.items():
            self.add([service], at)

    def late_readings(self, devices: Mapping[str, tuple[int, int]]) -> None:
        """Readings of devices came late and are stored; the first and the last moment (ms) of each."""
        for name, (first, last) in devices.items():
            device = self._registry.get(name)
            if device is not None:
                self.add(self._finder.services_of(device), first, last)

    async def start(self) -> None:
        """Take over what waited before a restart, and begin."""
        await self.load()
        self._task = asyncio.create_task(self._run(), name="status: recompute")

    async def stop(self) -> None:
        """Stop; what waits is kept."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        with suppress(StoreError):
            await self.save()

    async def load(self) -> None:
        """Take over what waited before a restart."""
        try:
            saved = await self._settings.get(KEY)
            if saved:
                self._pending.load(saved)
                self._since = self._moved = self._clock.now()
        except (StoreError, TypeError, ValueError, AttributeError) as error:
            log.warning("what was to be computed again of the statuses can't be read", reason=str(error))
        self._kept = self._pending.dump()

    async def save(self) -> None:
        """Keep what waits, if it has changed."""
        waiting = self._pending.dump()
        if waiting != self._kept:
            await self._settings.put(KEY, waiting)
            self._kept = waiting

    async def step(self) -> Outcome | None:
        """Compute what is due now; None when nothing is.

        Raises:
            StoreError: a store is away; what was due waits again.
        """
        await self.save()
        batch = self._pending.take() if self._is_due() else None
        if batch is None:
            return None
        try:
            outcome = await self._recomputation.run(batch.services, batch.start, batch.end)
        except BaseException:
            self._pending.back()
            raise
        self._done()
        await self.save()
        self._tell(batch, outcome)
        return outcome

    def _is_due(self) -> bool:
        now = self._clock.now()
        if self._since is None or now < self._not_before or not self._caught_up():
            return False
        return now - self._moved >= QUIET or now - self._since >= PATIENT

    def _done(self) -> None:
        self._pending.done()
        self._failures = 0
        self._since = self._clock.now() if len(self._pending) else None

    def _tell(self, batch: Batch, outcome: Outcome) -> None:
        if outcome.moved:
            text = "late data changed what is known of statuses"
            log.info(text, services=len(batch.spans), changes=outcome.moved)
            self._told(outcome)

    async def _run(self) -> None:
        rest = 0.0
        while True:
            await self._clock.sleep(max(_TICK, rest))
            began, rest = time.monotonic(), 0.0
            try:
                if await self.step() is not None:
                    # What it takes is a small part of the time, however much there is to do.
                    rest = (time.monotonic() - began) * _SHARE * self._clock.speed
            except StoreError as error:
                self._not_before = self._clock.now() + _RETRY
                log.warning("statuses can't be computed again now; trying later", reason=str(error))
            except Exception:
                log.exception("statuses could not be computed again")
                self._fail()

    def _fail(self) -> None:
        """Try again a few times; what never works must not keep the rest from its turn."""
        self._failures += 1
        self._not_before = self._clock.now() + _RETRY
        if self._failures >= _MOST_FAILURES and (batch := self._pending.take()) is not None:
            log.error("giving up on computing statuses again", services=sorted(batch.spans)[:10])
            self._done()
