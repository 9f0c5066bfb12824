"""Planned work on services: the windows of its schedules, turned into facts at their exact moments. Pure.

Work stands in three places: with a service in ``city.yaml``, as maintenance in ``alerting.yaml``, and as
maintenance that operators plan. The latter two quiet the alerts that their matcher means. They are also work
on services when the matcher names services, zones or domains and nothing narrower: one that asks for certain
rules, severities, devices, labels or incidents only quiets alerts, and the services are judged as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from devices.calendar.windows import Windows
from devices.model import City, Text
from rules.model import Severity
from services.status.facts import Worked

NARROWER = ("rules", "devices", "labels", "incidents")
"""Parts of a matcher that make it one about certain alerts."""


@dataclass(frozen=True, slots=True)
class WorkSource:
    """Work on ``services`` in ``zones``; an empty one of both means all.

    ``created`` (ms): it was not known before; ``ended``: it is over for good. None: always, and not yet.
    """

    id: str
    title: Text
    windows: Windows
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    created: int | None = None
    ended: int | None = None

    def active(self, now: int) -> tuple[bool, int | None]:
        """Whether the work goes on, and until when (ms) that stays so; None: as far as one can see."""
        if self.ended is not None and now >= self.ended:
            return False, None
        if self.created is not None and now < self.created:
            return False, self.created
        span = self.windows.span(now)
        if self.ended is None:
            return span
        return span.active, self.ended if span.until is None else min(span.until, self.ended)


def city_works(city: City) -> list[WorkSource]:
    """What ``city.yaml`` plans on its services."""
    return [
        WorkSource(work.id, work.title, work.windows, (service.id,))
        for service in city.services.values()
        for work in service.maintenance
    ]


def matched_work(
    city: City,
    name: str,
    title: Text,
    matcher: Mapping[str, Any],
    windows: Windows,
    *,
    created: int | None = None,
    ended: int | None = None,
) -> WorkSource | None:
    """Maintenance with a matcher (JSON-ready, as the API tells it) as work on services.

    None when it is none: it is about certain alerts, or names nothing that the city has.
    """
    severities = set(matcher.get("severities") or Severity)
    if any(matcher.get(part) for part in NARROWER) or severities < set(Severity):
        return None
    given = {part: matcher.get(part) or () for part in ("services", "domains", "zones")}
    services = tuple(
        service.id
        for service in city.services.values()
        if _meant(service.id, given["services"]) and _meant(service.domain, given["domains"])
    )
    zones = tuple(zone for zone in city.zones if _meant(zone, given["zones"]))
    if not any(given.values()) or not services or not zones:
        return None
    everywhere, all_of_them = not given["zones"], not given["services"] and not given["domains"]
    return WorkSource(
        name, title, windows, () if all_of_them else services, () if everywhere else zones, created, ended
    )


def _meant(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def worked(source: WorkSource, start: int, end: int) -> Iterator[Worked]:
    """How work goes on, begins and ends from ``start`` up to and with ``end`` (ms), in order."""
    now, was = start, False
    while True:
        active, until = source.active(now)
        if active:
            yield _fact(source, now, until)
        elif was:
            yield _fact(source, now, 0)
        if until is None or until > end:
            return
        now, was = until, active


def _fact(source: WorkSource, at: int, until: int | None) -> Worked:
    return Worked(at, source.id, source.title, source.services, source.zones, until)


class Works:
    """All the work that is known, followed through time."""

    def __init__(self) -> None:
        self._sources: dict[str, WorkSource] = {}
        self._going_on: dict[str, bool] = {}
        self._next: dict[str, int | None] = {}

    def put(self, sources: Iterable[WorkSource], now: int) -> list[Worked]:
        """This is all the work there is. What goes on of it, and what does no more.

        ``now`` (ms) is up to when all was told: what was planned or ended since then is told by
        :meth:`until`, at its moment.
        """
        there = _by_id(sources)
        facts = []
        for name in [*self._sources.keys() - there.keys()]:
            facts += self._end(name, now)
            del self._sources[name]
        for name, source in there.items():
            if self._sources.get(name) != source:
                facts += self._begin(source, now)
        return facts

    def _begin(self, source: WorkSource, now: int) -> list[Worked]:
        active, until = source.active(now)
        facts = [_fact(source, now, until)] if active else self._end(source.id, now)
        self._sources[source.id] = source
        self._going_on[source.id], self._next[source.id] = active, until
        return facts

    def _end(self, name: str, now: int) -> list[Worked]:
        self._next.pop(name, None)
        return [_fact(self._sources[name], now, 0)] if self._going_on.pop(name, False) else []

    def until(self, now: int) -> list[Worked]:
        """What began and ended since the last time, up to and with ``now`` (ms)."""
        facts = []
        for name in list(self._next):
            while (moment := self._next[name]) is not None and moment <= now:
                source = self._sources[name]
                active, following = source.active(moment)
                if active or self._going_on[name]:
                    facts.append(_fact(source, moment, following if active else 0))
                self._going_on[name], self._next[name] = active, following
        return sorted(facts, key=_at)


def _by_id(sources: Iterable[WorkSource]) -> dict[str, WorkSource]:
    """Sources by their ids; of two files that chose the same one, the second's gets a number."""
    found: dict[str, WorkSource] = {}
    for source in sources:
        names = (source.id if n == 1 else f"{source.id}-{n}" for n in count(1))
        name = next(name for name in names if name not in found)
        found[name] = source if name == source.id else replace(source, id=name)
    return found


def _at(fact: Worked) -> int:
    return fact.at
