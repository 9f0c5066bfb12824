"""What there is of statuses beside :class:`~services.runtime.ports.StatusPort`, in the API's shapes.

Periods and spans are ms since epoch UTC, start inclusive, end exclusive. Errors are those of
:mod:`services.runtime.operatorports`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.runtime.ports import Page


class ServicesPort(Protocol):
    """Each service by itself, and each zone."""

    def services(self) -> Sequence[Mapping[str, Any]]:
        """Every service, by domain and then as the city lists them."""

    def service(self, service_id: str) -> Mapping[str, Any]:
        """One, with its parts by zone.

        Raises:
            NotFoundError: no such service.
        """

    def zones(self) -> Sequence[Mapping[str, Any]]:
        """Every zone: status, since, reason, and the statuses of the services in it."""

    def explain(self, service_id: str) -> Mapping[str, Any]:
        """How a service's status came about: evidence, and every rule with what it compared and found."""


class HistoryPort(Protocol):
    """What statuses were, as it is known by now."""

    async def changes(
        self, kind: str, subjects: Sequence[str], *, start: int, end: int, limit: int, cursor: str | None
    ) -> Page:
        """Changes of these services, zones or domains (``kind``), newest first."""

    async def uptime(self, kind: str, subject: str, *, days: int, end: int) -> Sequence[Mapping[str, Any]]:
        """Day by day of the city's calendar, oldest first: how long each status held."""

    async def objectives(self, *, start: int, end: int) -> Sequence[Mapping[str, Any]]:
        """Of each service that has an objective: what was attained in a span, and how much budget is left."""


class KpisPort(Protocol):
    """Indicators."""

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        """Every KPI that the city has: what it says, its formula, unit, direction, target, source."""

    async def kpis(
        self,
        *,
        domain: str | None = None,
        kpi: str | None = None,
        zones: Sequence[str] = (),
        period: str = "month",
        start: int | None = None,
        end: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Values by KPI, zone and period. No zones: the whole city; ``*``: every zone.

        Without ``start`` and ``end`` the period that is not over yet.

        Raises:
            NotFoundError: no such KPI, domain or zone.
            InvalidError: more than can be answered at once.
        """


class NotesPort(Protocol):
    """What operators tell the public on the status page. All of a note is meant for everybody, ``by`` apart.

    A note that is handed in is ``{"state", "title", "text", "services", "domain", "incident", "starts_at",
    "ends_at"}``: texts in both languages, the times (ms) of planned work only, None and empty where nothing
    was said. ``number`` is as :mod:`services.runtime.operatorports` has it.
    """

    async def notes(self, *, since: int | None, limit: int, cursor: str | None) -> Page:
        """Notes, newest first; ``since``: only those changed then or later. Withdrawn ones are left out.

        Raises:
            ValueError: a cursor that this list did not give out.
        """

    async def note(self, note_id: str) -> Mapping[str, Any]:
        """One note, also when it was withdrawn.

        Raises:
            NotFoundError: no such note.
        """

    async def add_note(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Tell something new.

        Raises:
            InvalidError: it lacks a language, names what the city has not, or is too long.
        """

    async def update_note(
        self, note_id: str, body: Mapping[str, Any], *, by: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Tell how it went on: a state and a text. What else ``body`` names replaces what was said before.

        Raises:
            NotFoundError: no such note.
            ConflictError: it was withdrawn, or is past ``number``.
            InvalidError: as of a new one.
        """

    async def withdraw_note(self, note_id: str, *, by: str, number: int | None = None) -> Mapping[str, Any]:
        """Take it off the page; it stays in the records.

        Raises:
            NotFoundError: no such note.
            ConflictError: it was withdrawn before, or is past ``number``.
        """
