"""The shapes of answers about services, zones, and what statuses were."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from devices.model import Domain
from services.api.shapes import (
    Objective,
    PageOf,
    ServiceEvidence,
    ServiceStatus,
    Shape,
    StatusName,
    Text,
    Time,
)

KindOfSubject = Literal["service", "zone", "domain"]


class ServiceInZone(Shape):
    """A service in the zone that is told of."""

    id: str
    status: StatusName


class ZoneStatus(Shape):
    """How a zone is doing, from the parts of the services in it."""

    zone: str
    status: StatusName
    since: Time
    reason: Text
    services: list[ServiceInZone]


class StatusChange(Shape):
    """A status from `at` on. `until` is null while it still holds.

    `revised`: it is known from data that came in later, and is not what was told then. `recorded` is when it
    was written down.
    """

    at: Time
    until: Time | None
    kind: KindOfSubject
    subject: str
    status: StatusName
    rule: str
    reason: Text
    counted: bool
    revised: bool
    recorded: Time


class StatusSeconds(Shape):
    """How many seconds of a day each status held."""

    operational: float
    degraded: float
    outage: float
    maintenance: float
    unknown: float


class DayOfUptime(Shape):
    """A day of the city's calendar. `attained` is null where nothing counts."""

    day: str = Field(json_schema_extra={"format": "date"})
    seconds: StatusSeconds
    worst: StatusName | None
    attained: float | None


class ExplainedMeasure(Shape):
    """A measure that some rule looks at. `value` is null where there is nothing to measure."""

    measure: str
    of: list[str]
    unit: str
    title: Text
    value: Any


class ExplainedRule(Shape):
    """One rule, in its order: what it compares (`when`, `unless`), and whether it holds.

    `state` is holds; waiting (it will have held long enough at `until`); kept (it holds on until then);
    blocked (it would hold, but for `unless`); off. `decided`: it is the first that holds.
    """

    id: str
    status: StatusName
    decided: bool
    state: Literal["holds", "waiting", "kept", "blocked", "off"]
    since: Time | None
    until: Time | None
    counted: bool
    wait: str
    keep: str
    when: dict[str, Any]
    unless: dict[str, Any] | None


class Explained(Shape):
    """How a status came about: what was measured, and every rule with what it compared and found.

    `due` is when time alone could change it, `set` the list of rules by which it is judged.
    """

    at: Time
    since: Time
    status: StatusName
    rule: str
    reason: Text
    counted: bool
    due: Time | None
    set: str
    measures: list[ExplainedMeasure]
    rules: list[ExplainedRule]
    evidence: ServiceEvidence


class ExplainedPart(Explained):
    """Of a service's part in one zone."""

    zone: str


class StatusExplanation(Explained):
    """How a service came by its status, and its part in each zone by its own."""

    id: str
    name: Text
    domain: Domain
    criticality: Literal["high", "normal", "low"]
    zones: list[ExplainedPart]


class ServiceObjective(Objective):
    """What a service attained within a span."""

    service: str


class Services(PageOf[ServiceStatus]):
    """Services, by domain and as the city lists them."""


class ZoneStatuses(PageOf[ZoneStatus]):
    """How each zone is doing."""


class StatusChanges(PageOf[StatusChange]):
    """Changes of statuses, newest first."""


class Uptime(PageOf[DayOfUptime]):
    """Day by day, oldest first."""


class ServiceObjectives(PageOf[ServiceObjective]):
    """Objectives over a span, by service."""

    start: Time
    end: Time
