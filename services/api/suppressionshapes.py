"""The shapes of answers about silences and maintenance windows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.api.alertshapes import Alert
from services.api.shapes import PageOf, Shape, Text, Time

OriginName = Literal["city", "added"]
SilenceState = Literal["pending", "active", "expired"]


class Matcher(Shape):
    """Alerts for which every given part holds; a part holds when one of its patterns (`aq-*`) does."""

    rules: list[str] = Field([])
    domains: list[str] = Field([])
    zones: list[str] = Field([])
    services: list[str] = Field([])
    devices: list[str] = Field([])
    severities: list[str] = Field([])
    incidents: list[str] = Field([])
    labels: dict[str, list[str]] = Field({})


class Silence(Shape):
    """Alerts of which nobody outside is told for a while.

    `number` is its last change, `alerts` how many it holds now, `ended_by` who ended it before its time,
    `replaces` the silence in whose place it stands.
    """

    id: str
    number: int
    matcher: Matcher
    starts_at: Time
    ends_at: Time
    reason: str
    created_by: str
    created_at: Time
    ended_by: str | None
    changed_by: str | None
    changed_at: Time | None
    state: SilenceState
    replaces: str | None
    alerts: int


class SilencePreview(Shape):
    """How many alerts a silence would hold now, and the first 20 of them."""

    alerts: int
    items: list[Alert]


class Schedule(Shape):
    """When maintenance is: `start` and `exdates` are local times of `timezone`, `rrule` is RFC 5545's."""

    start: str
    duration: str
    rrule: str | None
    exdates: list[str]
    timezone: str


class Occurrence(Shape):
    """One window."""

    start: Time
    end: Time


class Maintenance(Shape):
    """Maintenance, once or recurring.

    `origin` is city for what stands in the city's file; `active` says that it is under way now, `next` are
    the next five windows, that of now among them; `alerts` is how many it holds now.
    """

    id: str
    title: Text
    matcher: Matcher
    schedule: Schedule
    reason: str
    created_by: str | None
    created_at: Time | None
    ended_by: str | None
    ended_at: Time | None
    origin: OriginName
    state: SilenceState
    active: bool
    next: list[Occurrence]
    alerts: int


class Silences(PageOf[Silence]):
    """Silences, newest first."""


class Maintenances(PageOf[Maintenance]):
    """Maintenance: the city's, then what was added, newest first."""
