"""The history of statuses for whoever asks: :class:`services.runtime.statusports.HistoryPort`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devices.model import City
from services.runtime.clock import Clock, optional_rfc3339, rfc3339
from services.runtime.ports import InvalidError, Page
from services.status.history.days import Calendar, Day
from services.status.history.timeline import Timeline, step_of
from services.status.history.uptime import Attained, uptime_documents
from services.status.model import Kind
from services.status.objectives.book import Objectives
from services.status.objectives.counting import Attainment
from services.status.objectives.documents import objective_document
from services.status.objectives.ledger import Ledger
from services.store.records.history import Named, StatusChangeRecord, StatusHistoryRecords, StatusStep


class HistoryDesk:
    """What the records hold, and what the objectives of recent days have in memory."""

    def __init__(
        self, records: StatusHistoryRecords, city: City, clock: Clock, objectives: Objectives
    ) -> None:
        self._records = records
        self._city = city
        self._clock = clock
        self._objectives = objectives
        self._calendar = Calendar(city.timezone)

    async def changes(
        self, kind: str, subjects: Sequence[str], *, start: int, end: int, limit: int, cursor: str | None
    ) -> Page:
        """Changes of these services, parts, zones or domains (``kind``), newest first.

        Raises:
            InvalidError: a cursor that is none of ours.
        """
        named = [Named(kind, subject) for subject in subjects]
        try:
            found, following = await self._records.page(
                named, start=start, end=end, limit=limit, cursor=cursor
            )
        except ValueError as error:
            raise InvalidError.at("cursor", str(error)) from None
        return Page([_document(record, until) for record, until in found], following)

    async def uptime(self, kind: str, subject: str, *, days: int, end: int) -> Sequence[Mapping[str, Any]]:
        """Day by day of the city's calendar up to ``end`` (ms), oldest first: how long each status held.

        What of an objective was attained in a day is told of services that have one.
        """
        calendar = self._calendar.days(days, end)
        steps = await self._steps(kind, subject, calendar, end)
        attained = self._attained(kind, subject, steps)
        return uptime_documents(Timeline.of(steps), calendar, end, attained)

    async def objectives(self, *, start: int, end: int) -> Sequence[Mapping[str, Any]]:
        """Of each service that has an objective: what was attained in a span, and how much budget is left.

        How fast it burns is told as of now.
        """
        now = self._clock.now()
        end = min(end, now)
        services = list(self._objectives)
        reach = now - start
        long_ago = [name for name in services if reach > self._objectives.reach(name)]
        read = await self._records.steps(Kind.SERVICE.value, long_ago, start=start, end=end)
        asked = set(long_ago)
        found = []
        for name in services:
            if name in asked:
                attainment = self._reckoned(name, read.get(name, ())).between(start, end)
            else:
                attainment = self._objectives.attainment(name, start, end)
            found.append({"service": name, **self._objective(name, attainment, now)})
        return found

    def _objective(self, service: str, attainment: Attainment, now: int) -> dict[str, Any]:
        objective = self._objectives.ledger(service).objective
        return {
            **objective_document(objective, attainment, burn=self._objectives.burning(service, now)),
            "month": self._objectives.month(service, now),
        }

    async def _steps(self, kind: str, subject: str, days: Sequence[Day], end: int) -> list[StatusStep]:
        if not days:
            return []
        start = days[0].start
        return (await self._records.steps(kind, [subject], start=start, end=end)).get(subject, [])

    def _attained(self, kind: str, subject: str, steps: Iterable[StatusStep]) -> Attained | None:
        if kind != Kind.SERVICE or subject not in self._objectives:
            return None
        return self._reckoned(subject, steps).between

    def _reckoned(self, service: str, steps: Iterable[StatusStep]) -> Ledger:
        """A ledger of what the records hold."""
        objective = self._objectives.ledger(service).objective
        ledger = Ledger(objective, self._objectives.open_time(self._city.services[service]))
        for step in steps:
            ledger.add(*step_of(step))
        return ledger


def _document(record: StatusChangeRecord, until: int | None) -> dict[str, Any]:
    return {
        "at": rfc3339(record.at),
        "until": optional_rfc3339(until),
        "kind": record.kind,
        "subject": record.subject,
        "status": record.status,
        "rule": record.rule,
        "reason": dict(record.reason),
        "counted": record.counted,
        "revised": record.revised,
        "recorded": rfc3339(record.recorded),
    }
