"""What operators have beside the alerts of :class:`~services.runtime.ports.AlertsPort`.

What is handed in and answered is JSON-ready. Times that are handed in are ms, spans and local times are
text as it was written; answers have RFC 3339 in UTC. ``by`` is the name of who asks. Every method may raise

- :class:`~services.runtime.ports.NotFoundError`: there is no such thing;
- :class:`~services.runtime.ports.ConflictError`: somebody was first, or it is past that step;
- :class:`~services.runtime.ports.InvalidError`: what is handed in makes no sense, where the API can't tell.

A ``number`` is the last step of the thing that its operator saw: when a person has taken another since, it is
a conflict that tells who did what, and when. None: whatever it is by now.

Lists answer newest first and raise ValueError for a cursor that they did not give out. ``filters`` are any
of each given line, values as text; booleans are "true" and "false".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.runtime.ports import Page


class IncidentsPort(Protocol):
    """Incidents: what operators work on."""

    async def incidents(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Incidents. Filters: state, severity, domain, zone, service, assigned_to."""

    async def incident(self, incident_id: str) -> Mapping[str, Any]:
        """One incident, with its ``history``, its ``cause_alert`` and the ``counts`` of its alerts."""

    async def acknowledge_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Acknowledge it and its open alerts."""

    async def assign_incident(
        self, incident_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        """Give it to somebody, or to nobody."""

    async def comment_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Write into its history."""

    async def close_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Resolve it and its open alerts by hand, with a reason."""


class SilencesPort(Protocol):
    """Silences: alerts of which nobody outside is told for a while, at an operator's word.

    A silence that is handed in is ``{"matcher", "starts_at", "ends_at", "reason"}``, the matcher as
    ``Matcher.as_dict`` has it.
    """

    async def silences(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        """Silences, those that are over too. Filters: state (pending, active, expired)."""

    async def silence(self, silence_id: str) -> Mapping[str, Any]:
        """One silence."""

    async def add_silence(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Begin one. ``starts_at`` may be None: now."""

    async def edit_silence(
        self, silence_id: str, body: Mapping[str, Any], *, by: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Say anew what it is; ``starts_at`` None leaves its beginning as it is.

        Answers the silence that holds from now on; it may be another one, which ``replaces`` this.

        Raises:
            ConflictError: it is over, or past ``number``.
        """

    async def end_silence(self, silence_id: str, *, by: str) -> Mapping[str, Any]:
        """End it now.

        Raises:
            ConflictError: it is over.
        """

    async def preview(self, matcher: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a silence would hold now: ``{"alerts": how many, "items": the first 20 as documents}``."""


class MaintenancePort(Protocol):
    """Maintenance windows, once or recurring (RFC 5545).

    One that is handed in is ``{"title": {en, th}, "matcher", "schedule", "reason"}``; its schedule is
    ``{"start", "duration", "rrule", "exdates", "timezone"}``: local times of that zone, None and empty where
    nothing was said; without a timezone it is the city's.
    """

    async def maintenance(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Those of the city's file and those that were added.

        Filters: origin (city, added), active.
        """

    async def maintenance_window(self, maintenance_id: str) -> Mapping[str, Any]:
        """One of them."""

    async def add_maintenance(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Plan one.

        Raises:
            InvalidError: a rule of recurrence that is none, or one without an occurrence.
        """

    async def end_maintenance(self, maintenance_id: str, *, by: str) -> Mapping[str, Any]:
        """End it now, for good.

        Raises:
            ConflictError: it is over, or stands in the city's file.
        """


class NotificationsPort(Protocol):
    """What was told to whom, and how that went."""

    async def notifications(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Notifications. Filters: receiver, channel, state, incident, alert."""

    async def receivers(self) -> Sequence[Mapping[str, Any]]:
        """Who can be told, over which channels, and how these are doing."""

    async def test_receiver(self, name: str, *, by: str) -> Sequence[Mapping[str, Any]]:
        """Tell a receiver over each of its channels that this is a test.

        Answers these notifications as they are by then: delivered, failed, or still under way.
        """


class FloodsPort(Protocol):
    """More new alerts than an operator can take in (ISA-18.2)."""

    async def floods(self, *, limit: int, cursor: str | None) -> Page:
        """Floods, those that last first."""


class DeadlinesPort(Protocol):
    """How long alerts took from the reading to whoever hears of them."""

    async def deadlines(self, *, start: int, end: int) -> Mapping[str, Any]:
        """Of the alerts that fired within the span (ms), ``{"all": [stage …], "items": [stage …]}``.

        ``items`` are by domain, ``all`` is the whole city.
        """


class RoutesPort(Protocol):
    """Who hears of what."""

    async def explain(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who would hear of an alert, when.

        ``query`` is ``{"rule", "device", "zone", "service", "domain", "severity", "labels", "at"}``; what is
        None follows from the rule and the device where these are known; ``at`` (ms) is when it fires.

        Raises:
            NotFoundError: no such rule or device.
            InvalidError: too little is given; the paths are names of ``query``.
        """
