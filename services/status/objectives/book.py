"""The objectives of all services of a city, kept as their statuses change. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from devices.calendar.schedule import Schedule
from devices.model import City, Objective, SmartService
from services.status.history.days import Calendar
from services.status.history.opening import OpenTime
from services.status.history.timeline import Held, held_of, step_of
from services.status.model import Change, Kind
from services.status.objectives.counting import NOTHING, Attainment
from services.status.objectives.documents import month_document, objective_document
from services.status.objectives.ledger import Ledger
from services.store.records.history import StatusStep

MONTHS_KEPT = 62 * 86_400_000
"""At least this much of the past (ms) is remembered: this month and the one before."""

_TIDY_AT = 64
"""Changes of a service beyond which what is too old is looked for."""

Burning = Callable[[str, int], Sequence[Mapping[str, Any]]]


def _nothing_burns(_service: str, _now: int) -> Sequence[Mapping[str, Any]]:
    return ()


class Objectives:
    """A ledger for each service that has an objective.

    Adding a change and asking for the numbers of a span take the same time however long the past is.
    ``burning`` answers how fast a service's budget burns, as the API tells it.
    """

    def __init__(self, city: City) -> None:
        self._calendar = Calendar(city.timezone)
        self._month = (0, 0)
        self._open: dict[Schedule, OpenTime] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._tidy_at: dict[str, int] = {}
        self.touched: set[str] = set()
        """Services of which something moved, for whoever watches them; who looks clears it."""
        self.burning: Burning = _nothing_burns
        for service in city.services.values():
            if service.objective is not None:
                self._ledgers[service.id] = self._ledger(service, service.objective)

    def __contains__(self, service: object) -> bool:
        return service in self._ledgers

    def __iter__(self) -> Iterator[str]:
        """The services that have an objective."""
        return iter(self._ledgers)

    def ledger(self, service: str) -> Ledger:
        """The ledger of a service that has an objective."""
        return self._ledgers[service]

    def reach(self, service: str) -> int:
        """How far back (ms) a service's changes are remembered, at least."""
        return max(self._ledgers[service].objective.window, MONTHS_KEPT)

    @property
    def furthest(self) -> int:
        """How far back (ms) changes are worth loading."""
        return max(map(self.reach, self._ledgers), default=0)

    def take(self, changes: Iterable[Change]) -> None:
        """What was just told, in order."""
        for change in changes:
            subject = change.subject
            if subject.kind is Kind.SERVICE and subject.id in self._ledgers:
                self._ledgers[subject.id].add(change.at, held_of(change.verdict))
                self._moved(subject.id, change.at)

    def load(self, service: str, steps: Iterable[StatusStep]) -> None:
        """What the records hold of a service, oldest first; what was known of it gives way."""
        if service in self._ledgers:
            self.replace(service, 0, None, map(step_of, steps))

    def replace(self, service: str, start: int, end: int | None, changes: Iterable[tuple[int, Held]]) -> None:
        """Of [start, end) this is known by now; ``end`` None: of all that follows ``start``."""
        if (ledger := self._ledgers.get(service)) is not None:
            ledger.replace(start, end, changes)
            self.touched.add(service)

    def attainment(self, service: str, start: int, end: int) -> Attainment:
        """Good and counted time of [start, end), as far as it is remembered; none without an objective."""
        ledger = self._ledgers.get(service)
        return NOTHING if ledger is None else ledger.between(start, end)

    def document(self, service: str, now: int) -> dict[str, Any] | None:
        """The objective as the API tells it: over its window and this month; None without one."""
        ledger = self._ledgers.get(service)
        if ledger is None:
            return None
        objective = ledger.objective
        rolling = ledger.between(now - objective.window, now)
        return {
            **objective_document(objective, rolling, burn=self.burning(service, now)),
            "month": self.month(service, now),
        }

    def month(self, service: str, now: int) -> dict[str, Any]:
        """What was attained in this month of the city's calendar, as the API tells it."""
        ledger = self._ledgers[service]
        if not self._month[0] <= now < self._month[1]:
            self._month = self._calendar.month(now)
        start = self._month[0]
        return month_document(start, ledger.between(start, now), ledger.objective.target)

    def _ledger(self, service: SmartService, objective: Objective) -> Ledger:
        return Ledger(objective, self.open_time(service))

    def open_time(self, service: SmartService) -> OpenTime | None:
        """A service's hours; services with the same hours share them. None: always."""
        if service.hours is None:
            return None
        found = self._open.get(service.hours)
        if found is None:
            found = self._open[service.hours] = OpenTime(service.hours)
        return found

    def _moved(self, service: str, at: int) -> None:
        self.touched.add(service)
        ledger = self._ledgers[service]
        if len(ledger) > self._tidy_at.get(service, _TIDY_AT):
            # What is left may double before it is looked at again: each change is thrown away once.
            ledger.forget(at - self.reach(service))
            self._tidy_at[service] = max(_TIDY_AT, 2 * len(ledger))
