"""The shapes of answers about incidents and floods."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from devices.model import Domain
from services.api.alertshapes import Acknowledgement, Actor, Alert
from services.api.shapes import PageOf, SeverityName, Shape, Text, Time

IncidentState = Literal["open", "resolved", "merged"]


class Incident(Shape):
    """Alerts that one operator works on together.

    `severity` is the worst of its open alerts, `alerts` counts all that it ever had and `open` those that
    still fire, `cause` is the alert under which others stand, `common` what all of them have in common.
    `joined_at` is when one joined it last, `merged_into` the incident to which its alerts went.
    """

    id: str
    number: int
    state: IncidentState
    title: Text
    severity: SeverityName
    highest_severity: SeverityName
    domain: Domain
    zone: str | None
    service: str | None
    cause: str | None
    opened_at: Time
    joined_at: Time
    resolved_at: Time | None
    alerts: int
    open: int
    acknowledged: Acknowledgement | None
    assigned_to: str | None
    closed_by: str | None
    merged_into: str | None
    common: dict[str, Any]


class IncidentStep(Shape):
    """A step of an incident, as a line of a log book says it. `by` is null for Nakhon itself."""

    number: int
    at: Time
    change: str
    by: str | None
    actor: Actor
    text: Text
    note: str | None


class IncidentCounts(Shape):
    """How many of its open alerts there are of each severity, rule and zone."""

    severity: dict[SeverityName, int] = Field({})
    rule: dict[str, int] = Field({})
    zone: dict[str, int] = Field({})


class IncidentWithHistory(Incident):
    """An incident with every step of its life, oldest first, and what it consists of.

    `cause_alert` is the alert that its `cause` names.
    """

    history: list[IncidentStep]
    cause_alert: Alert | None
    counts: IncidentCounts


class FloodSummary(Shape):
    """Of what a flood most consists, the largest first. Each has its `count`."""

    rules: list[dict[str, Any]]
    zones: list[dict[str, Any]]
    incidents: list[dict[str, Any]]


class Flood(Shape):
    """More new alerts than an operator can take in (ISA-18.2). `ended` is null while it lasts.

    `scope` is city or a domain. `alerts` came during it, `peak` is the most that came within the span that
    is looked at.
    """

    id: str
    scope: str
    began: Time
    ended: Time | None
    alerts: int
    peak: int
    summary: FloodSummary


class Incidents(PageOf[Incident]):
    """Incidents, newest first."""


class Floods(PageOf[Flood]):
    """Floods: those that last, then the others, newest first."""
