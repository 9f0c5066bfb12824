"""Hours and days summarised ahead of questions, a little at a time, by one process at a time.

Who does it says so in the notes. Another takes over only when that has not changed for three ``settle``
spans, and either begins to work a whole span after it said so: nothing that its predecessor had under way
goes on by then, and every writer knows what is announced.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, suppress

import structlog

from services.store.errors import StoreError, StoreRefusedError
from services.store.timeseries import annotated, flux, flux_rollup
from services.store.timeseries.grid import DAY
from services.store.timeseries.hours import HOUR
from services.store.timeseries.influxdb_link import Link
from services.store.timeseries.influxdb_notes import Mark, Notes, Standing
from services.store.timeseries.influxdb_summaries import Summaries
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.protocol import Selection

log = structlog.get_logger(__name__)

_GRACE = HOUR
"""A day is summarised this long (ms) after it is over: much of what is late has come by then."""

_AT_ONCE = 32
"""Days that are summarised together."""

_MOST_MARKS = 400
_MOST_DEVICES = 500
_LATER = 600.0
_LAST_WORD = 2.0


class Tidier:
    """Summarises what ``source`` has into ``target``, ``budget`` seconds at a time."""

    def __init__(
        self, source: Link, target: Link, notes: Notes, days: LocalDays, *, budget: float = 2.0
    ) -> None:
        self._source, self._target, self._notes, self._days = source, target, notes, days
        self._summaries = Summaries(source, target, days.timezone)
        self._budget = budget
        self._name = uuid.uuid4().hex
        self._beat = 0
        self._is_owner = False
        self._seen: tuple[str, int] | None = None
        self._seen_at = 0.0
        self._settles_at = 0.0
        self._not_before = 0.0
        self._work: AsyncGenerator[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Leave the rest to whoever comes next, and say so."""
        if not self._is_owner or self._one_at_a_time.locked():
            return
        await self._drop()
        self._is_owner = False
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_LAST_WORD):
                await self._notes.save(owner="")

    async def tidy(self, now: int) -> None:
        """Summarise what is due as of ``now`` (ms), for a while."""
        async with self._one_at_a_time:
            if self._notes.steady() < self._not_before:
                return
            try:
                until = await self._may_work(self._days.start(now - _GRACE))
                if until is not None:
                    await self._go_on(until)
            except BaseException:
                await self._drop()
                self._settles_at = self._notes.steady() + self._notes.settle
                raise

    async def _may_work(self, limit: int) -> Standing | None:
        """How far things are, if it is on this process to go on, and by now."""
        standing = await self._notes.standing()
        if standing is None:
            if not await self._first_reading(limit) or not await self._has_target():
                return None
            standing = Standing()
        if not await self._owns(standing):
            return None
        fields = {"beat": self._beat}
        if limit > standing.announced:
            fields["announced"] = limit
            standing = standing._replace(announced=limit)
            self._settles_at = self._notes.steady() + self._notes.settle
        self._beat += 1
        await self._notes.save(**fields)
        return standing if self._notes.steady() >= self._settles_at else None

    async def _owns(self, standing: Standing) -> bool:
        if standing.owner == self._name:
            return True
        await self._drop()
        self._is_owner = False
        moment, seen = self._notes.steady(), (standing.owner, standing.beat)
        if seen != self._seen:
            self._seen, self._seen_at = seen, moment
        if standing.owner and moment - self._seen_at < 3 * self._notes.settle:
            return False
        await self._notes.save(owner=self._name)
        self._settles_at = moment + self._notes.settle
        self._is_owner = True
        return True

    async def _has_target(self) -> bool:
        try:
            await self._target.make()
        except StoreRefusedError as error:
            log.warning(
                "no hours and days are aggregated ahead: long questions take longer", reason=str(error)
            )
            self._not_before = self._notes.steady() + _LATER
            return False
        return True

    async def _first_reading(self, before: int) -> int | None:
        values = flux.source(self._source.bucket, Selection(flux.EARLIEST, before), own_fields=False)
        answer = await self._source.query(flux.edge(values, newest_first=False))
        for (time,) in annotated.cells(answer, "_time"):
            return annotated.milliseconds(time)
        return None

    async def _go_on(self, standing: Standing) -> None:
        if self._work is None:
            self._work = self._due(standing)
        enough = self._notes.steady() + self._budget
        async for _ in self._work:
            if self._notes.steady() >= enough:
                return
        self._work = None

    async def _drop(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            await work.aclose()

    async def _due(self, standing: Standing) -> AsyncGenerator[None]:
        """All there is to do, in steps; what is done is noted, so that it may be left after any of them."""
        rolled, until = standing.rolled, standing.announced
        if standing.timezone != self._days.timezone:
            await self._begin_anew()
            rolled = 0
        if rolled == 0:
            first = await self._first_reading(until)
            rolled = until if first is None else self._days.start(first)
        while rolled < until:
            span = Selection(rolled, min(until, self._days.start(rolled + _AT_ONCE * DAY)))
            await self._forget(span)
            async with aclosing(self._summaries.cover(span)) as steps:
                async for _ in steps:
                    yield
            rolled = span.end
            await self._notes.save(rolled=rolled)
            yield
        async with aclosing(self._late(until)) as steps:
            async for _ in steps:
                yield

    async def _begin_anew(self) -> None:
        """Let go of the days of another time zone."""
        await self._target.delete(flux.EARLIEST, flux_rollup.NOTED_AT, "")
        await self._notes.save(rolled=0, timezone=self._days.timezone)

    async def _forget(self, span: Selection) -> None:
        """Take away the marks of days that are to be read as a whole."""
        while marks := await self._notes.marks(span, most=_MOST_MARKS):
            await self._notes.mark(marks, late=0, busy=0)

    async def _late(self, until: int) -> AsyncGenerator[None]:
        """Summarise again what readings were written to afterwards."""
        marks = await self._notes.marks(Selection(flux.EARLIEST, until), most=_MOST_MARKS)
        for some, selection in self._together(marks):
            await self._notes.mark(some, late=0, busy=1)
            async with aclosing(self._summaries.cover(selection)) as steps:
                async for _ in steps:
                    yield
            await self._notes.mark(some, busy=0)
            yield

    def _together(self, marks: Iterable[Mark]) -> Iterator[tuple[list[Mark], Selection]]:
        """Marks that one selection covers: of devices of a type that have the same days in a row."""
        groups: dict[tuple[str, tuple[int, ...]], list[str]] = {}
        for type_, device, days in self._runs(marks):
            groups.setdefault((type_, days), []).append(device)
        for (type_, days), devices in groups.items():
            for at in range(0, len(devices), _MOST_DEVICES):
                some = devices[at : at + _MOST_DEVICES]
                selection = Selection(days[0], self._days.end(days[-1]), tuple(some), (), (type_,))
                yield [Mark(type_, device, day) for device in some for day in days], selection

    def _runs(self, marks: Iterable[Mark]) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Type, device, and days one after the other, at most so many."""
        run: list[Mark] = []
        for mark in sorted(marks):
            if run and not (
                mark[:2] == run[-1][:2] and mark.day == self._days.end(run[-1].day) and len(run) < _AT_ONCE
            ):
                yield run[0].type, run[0].device, tuple(one.day for one in run)
                run = []
            run.append(mark)
        if run:
            yield run[0].type, run[0].device, tuple(one.day for one in run)
