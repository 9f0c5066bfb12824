"""A course through stored history: from how things stood at its beginning, fact by fact.

The work is done on a thread, batch by batch, so that whoever lives on the event loop never waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from devices.model import City
from services.status.course import Course
from services.status.facts import Fact, Heard, Hearing
from services.status.model import Change, Kind, Subject, Verdict
from services.status.policy.model import StatusPolicy
from services.status.recompute.hindsight import Attendance, Deaf, heard_despite, patience_by_device
from services.status.recompute.past import Past, stated
from services.status.recompute.reach import Reach
from services.status.works import Works
from services.store.records.history import Named

Breathe = Callable[[float], Awaitable[None]]
"""Lets others work, told when (on the steady clock) the work that was just done began."""


@dataclass(slots=True)
class Span:
    """What is played: from ``begin`` on; what is found from ``start`` to before ``end`` (ms) counts.

    ``deaf`` are the times around it in which nothing could be heard.
    """

    reach: Reach
    begin: int
    start: int
    end: int
    deaf: Sequence[Deaf]


class Run:
    """One course through a span."""

    def __init__(self, city: City, policy: StatusPolicy, past: Past, span: Span, breathe: Breathe) -> None:
        """Takes a while where there are many services: make it on a thread.

        ``city`` may hold only the services that ``span`` judges or is told of.
        """
        self._city = city
        self._policy = policy
        self._past = past
        self._span = span
        self._breathe = breathe
        self._at = span.begin
        self._changes: dict[Subject, list[Change]] = {}
        self._stood: dict[Subject, Change] = {}
        self._despite: dict[int, frozenset[str]] = {}
        self._works = Works()
        self._course = Course(city, policy, span.reach.devices.values(), span.begin, only=span.reach.services)

    async def begin(self) -> None:
        """How everything stood at the beginning."""
        past, reach, begin = self._past, self._span.reach, self._span.begin
        await self._wait()
        for change in await past.held(reach.judged(), begin + 1):
            self._stood[change.subject] = change
            self._course.resume(change.subject, change.verdict, change.at, change.latched)
        self._course.take(*stated(await past.held(reach.told(self._city), begin)))
        self._course.take(*await past.heard_before(reach, begin))
        self._course.take(*await self._with_hindsight(await past.so(begin)))
        self._course.take(*await past.alerts(reach, begin, begin))
        self._course.take(*self._works.put(past.works(), begin))
        await asyncio.to_thread(self._until, begin)

    async def go_on(self, end: int) -> None:
        """Play what happened up to ``end`` (ms), which is left out."""
        past, reach, start = self._past, self._span.reach, self._at
        self._course.take(*await self._with_hindsight(await past.known(start, end)))
        self._course.take(*stated(await past.told(reach.told(self._city), start, end)))
        self._course.take(*(step for step in await past.alerts(reach, start, end) if step.at >= start))
        self._course.take(*self._works.until(end - 1))
        async for batch in past.readings(reach, start, end):
            began = time.monotonic()
            await asyncio.to_thread(self._play, batch)
            await self._breathe(began)
        await asyncio.to_thread(self._until, end - 1)
        self._at = end

    def verdict(self, subject: Subject) -> Verdict:
        """How it is at the end."""
        return self._course.verdict(subject)

    def changes_of(self, subject: Subject, start: int) -> list[Change]:
        """What was found of a subject from ``start`` on, and first what held then."""
        changes = self._changes.get(subject, [])
        before = [change for change in changes if change.at <= start]
        held = before[-1] if before else self._stood.get(subject)
        later = [change for change in changes if change.at > start]
        return later if held is None else [replace(held, at=start), *later]

    def _play(self, batch: Sequence[Heard]) -> None:
        if not batch:
            return
        self._course.take(*batch)
        # More of the same moment may follow in the next batch.
        self._until(batch[-1].at - 1)

    def _until(self, now: int) -> None:
        for change in self._course.until(now).changes:
            self._changes.setdefault(change.subject, []).append(change)

    async def _wait(self) -> None:
        """Since when devices are waited for: the start of Nakhon, or when it could hear again."""
        reach, begin = self._span.reach, self._span.begin
        heard_again = [deaf.end for deaf in self._span.deaf if deaf.end is not None and deaf.end <= begin]
        since = max(heard_again, default=0)
        waiting: dict[str, int] = {}
        first = await self._past.first([Named(Kind.SERVICE.value, name) for name in sorted(reach.services)])
        begun = {named.subject: at for named, at in first.items() if at >= begin - reach.patience}
        for name in reach.devices:
            if (at := begun.get(reach.counts_for[name][0])) is not None:
                waiting[name] = max(since, at)
        for fact in await self._past.registered(begin - reach.patience, begin):
            if fact.before is None and fact.id in reach.devices:
                waiting[fact.id] = max(since, fact.at)
        self._course.load({"at": begin, "start": since, "standings": {}, "waiting": waiting})

    async def _with_hindsight(self, facts: Iterable[Fact]) -> list[Fact]:
        """The same; where nothing could be heard, with those services of which enough was all the same."""
        return [
            replace(fact, despite=await self._heard_in(fact)) if isinstance(fact, Hearing) else fact
            for fact in facts
        ]

    async def _heard_in(self, fact: Hearing) -> frozenset[str]:
        deaf = next((one for one in self._span.deaf if fact.deaf and one.start == fact.at), None)
        if deaf is None or deaf.end is None:
            return frozenset()
        if deaf.start not in self._despite:
            self._despite[deaf.start] = await self._look_back(deaf.start, deaf.end)
        return self._despite[deaf.start]

    async def _look_back(self, start: int, end: int) -> frozenset[str]:
        """The services of which enough was heard from ``start`` to ``end``, as it turned out."""
        reach = self._span.reach
        attendance = Attendance(patience_by_device(self._city, self._policy, reach), start, end)
        async for batch in self._past.readings(reach, start - reach.patience, end):
            began = time.monotonic()
            await asyncio.to_thread(attendance.heard_all, batch)
            await self._breathe(began)
        return heard_despite(self._city, self._policy, reach, attendance.present())
