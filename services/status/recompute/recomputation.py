"""A span of history computed again, and put in place of what was told of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from devices.model import City
from services.runtime.clock import Clock
from services.status.history.timeline import Held, held_of, record_of
from services.status.model import Kind, Status, Subject
from services.status.policy.model import StatusPolicy
from services.status.recompute.past import Past, Sources
from services.status.recompute.playing import Run, Span
from services.status.recompute.reach import Reach, reach, subject_of
from services.store.records.history import Revision, StatusChangeRecord, StatusHistoryRecords

UNSETTLED = 5_000
"""The newest readings (ms) may still be on their way into the store: history ends before them. It takes
them the longer, the faster the clock goes."""

LONGEST_BEFORE = 86_400_000
"""How far before a span (ms) it is begun at most, to come by what a rule's hysteresis remembers."""

LONGEST_SINCE = 7 * 86_400_000
"""How far before a span (ms) is looked for when a status began."""

_FOLLOW = 600_000
"""How much further (ms) is looked each time, until what is found is what was told."""

_SHARE = 3.0
"""For each second of work so many are left to others."""

Pause = Callable[[float], Awaitable[None]]


class Ledgers(Protocol):
    """Who has to know what statuses were: :class:`services.status.objectives.book.Objectives`."""

    def replace(self, service: str, start: int, end: int | None, changes: Iterable[tuple[int, Held]]) -> None:
        """Of [start, end) this is known by now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a recomputation did: the span (ms) that it put right, and how many changes that moved.

    ``services`` are those whose history it looked at, ``since`` is since when, by
    what is known now, those subjects have their status of now that had it within the span.
    """

    start: int
    end: int
    moved: int
    services: frozenset[str] = frozenset()
    since: dict[Subject, int] = field(default_factory=dict)


class Recomputation:
    """Plays stored history through a course of its own, as it was played live.

    ``pause`` is called between batches with the seconds that the work may rest.
    """

    def __init__(
        self,
        sources: Sources,
        policy: StatusPolicy,
        clock: Clock,
        ledgers: Ledgers,
        *,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._city: City = sources.city
        self._policy = policy
        self._clock = clock
        self._ledgers = ledgers
        self._past = Past(sources)
        self._history: StatusHistoryRecords = sources.records.status_history
        self._pause = pause

    async def run(self, services: Collection[str], start: int, end: int) -> Outcome:
        """Compute these services, and who hangs together with them, again from ``start`` to ``end`` (ms).

        It goes on beyond ``end`` until what is found is what was told, or there is no more history.

        Raises:
            StoreError: the records or the time-series store are away; nothing was changed.
        """
        horizon = self._clock.now() - round(UNSETTLED * self._clock.speed)
        start, end = min(start, horizon), min(end, horizon)
        span = await self._plan(services, start, end, horizon)
        if not span.reach.services or span.start >= span.end:
            return Outcome(start, end, 0)
        run = await asyncio.to_thread(self._begin, span)
        await run.begin()
        while True:
            await run.go_on(span.end)
            if span.end >= horizon or await self._as_told(run, span):
                break
            span.end = min(horizon, span.end + max(_FOLLOW, span.reach.lead))
        return await self._put_right(run, span)

    def _begin(self, span: Span) -> Run:
        return Run(span.reach.part_of(self._city), self._policy, self._past, span, self._breathe)

    async def _plan(self, services: Collection[str], start: int, end: int, horizon: int) -> Span:
        """Whom it is about, and from when to when."""
        at = start
        found = await self._reach(services, start, horizon)
        deaf = await self._past.deaf(start - found.lead - LONGEST_BEFORE, horizon)
        touched = [one for one in deaf if one.touches(start - found.patience, end + found.patience)]
        start = min([start, *(one.start for one in touched)])
        end = max([end, *(one.end or horizon for one in touched)])
        begin = await self._beginning(found, start - found.lead)
        if await self._past.registered(begin, at):
            found = await self._reach(services, begin, horizon)
        return Span(found, begin, start, min(horizon, end + found.lead), deaf)

    async def _reach(self, services: Collection[str], at: int, end: int) -> Reach:
        devices = await self._past.devices(at)
        facts = await self._past.registered(at, end)
        return await asyncio.to_thread(reach, self._city, self._policy, services, devices, facts)

    async def _beginning(self, found: Reach, at: int) -> int:
        """Where to begin: no later than what is held by a rule's hysteresis, or hides it, began."""
        held = await self._history.held(found.judged(), at)
        return min([at, *(record.at for record in held.values() if _remembers(record, at))])

    async def _as_told(self, run: Run, span: Span) -> bool:
        """Whether everything stands at the end as it was told."""
        held = await self._history.held(span.reach.judged(), span.end)
        for named, record in held.items():
            verdict = run.verdict(subject_of(named))
            if (verdict.status, verdict.rule, verdict.counted) != (
                record.status,
                record.rule,
                record.counted,
            ):
                return False
        return True

    async def _put_right(self, run: Run, span: Span) -> Outcome:
        known = await self._history.held(span.reach.judged(), span.end)
        first = await self._history.first([*known])
        revisions: list[Revision] = []
        for named in known:
            subject = subject_of(named)
            start = max(span.start, first[named])
            if start >= span.end:
                continue
            changes = tuple(map(record_of, run.changes_of(subject, start)))
            revisions.append(Revision(*named, start, span.end, changes))
        moved = await self._history.revise(revisions, now=self._clock.now())
        if moved:
            self._tell(run, revisions)
        since = await self._since(revisions) if moved else {}
        return Outcome(span.start, span.end, moved, span.reach.services, since)

    def _tell(self, run: Run, revisions: Sequence[Revision]) -> None:
        for one in revisions:
            if one.kind == Kind.SERVICE:
                changes = run.changes_of(Subject(Kind.SERVICE, one.subject), one.start)
                held = [(change.at, held_of(change.verdict)) for change in changes]
                self._ledgers.replace(one.subject, one.start, one.end, held)

    async def _since(self, revisions: Sequence[Revision]) -> dict[Subject, int]:
        """Since when the statuses hold that go on and were so within the span."""
        found: dict[Subject, int] = {}
        now = self._clock.now()
        for one in revisions:
            start = one.start - LONGEST_SINCE
            records = await self._history.span(one.kind, one.subject, start=start, end=now + 1)
            if records and (at := since_of(records)) < one.end:
                found[Subject(Kind(one.kind), one.subject)] = at
        return found

    async def _breathe(self, began: float) -> None:
        await self._pause((time.monotonic() - began) * _SHARE)


def _remembers(record: StatusChangeRecord, at: int) -> bool:
    """Whether what rules remember at a moment may be otherwise than it was recorded with the last change.

    Planned work and times that don't count hide what other rules come to remember meanwhile.
    """
    hides = not record.counted or record.status == Status.MAINTENANCE
    return (hides or bool(record.latched)) and record.at >= at - LONGEST_BEFORE


def since_of(records: Sequence[StatusChangeRecord]) -> int:
    """Since when (ms) the last of these, which are oldest first, has its status.

    As it is told live: a time in which nothing could be heard, and in which devices were then awaited, does
    not interrupt a status that comes back after it.
    """
    status, at = records[-1].status, records[-1].at
    place = len(records) - 2
    while place >= 0:
        if records[place].status != status:
            place = _before_deaf(records, place)
            if place < 0 or records[place].status != status:
                break
        at = records[place].at
        place -= 1
    return at


def _before_deaf(records: Sequence[StatusChangeRecord], place: int) -> int:
    """What came before a time in which nothing could be heard that ends here; -1: it is none."""
    last = place
    while place >= 0 and records[place].status == Status.UNKNOWN and not records[place].counted:
        place -= 1
    deaf = place < last and "deaf_since" in records[place + 1].evidence
    return place if deaf else -1
