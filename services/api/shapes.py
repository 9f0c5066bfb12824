"""The shapes of answers, for the OpenAPI document. Tests hold real answers against them.

A shape may grow: what it does not name is no error for who reads it.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from devices.model import Domain

T = TypeVar("T")

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Scalar = float | str | bool
StatusName = Literal["operational", "degraded", "outage", "maintenance", "unknown"]
SeverityName = Literal["critical", "major", "minor", "warning"]
StateName = Literal["pending", "firing", "resolved"]
RoleName = Literal["viewer", "operator", "integrator", "admin"]


class Shape(BaseModel):
    """An object that may hold more than it names."""

    model_config = ConfigDict(extra="allow")


class PageOf(Shape, Generic[T]):
    """A page of a list. `next` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None


class Text(Shape):
    """A text in both languages."""

    en: str
    th: str


class FieldError(Shape):
    """One mistake: in a `parameter`, or at a `path` of the body."""

    parameter: str | None = None
    path: str | None = None
    message: str
    allowed: str | None


class Problem(Shape):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None


class DataQuality(Shape):
    """How good the data of a service's devices is, over the last day.

    `completeness` is the share of the expected readings that came, null until it can be told; the others are
    numbers of devices that have such a problem.
    """

    completeness: float | None
    refused: int
    stuck: int
    clock: int
    gaps: int


class ProbeFound(Shape):
    """What a probe found last. `latency` is in ms; `up` is null while it is not heard of.

    `error` is what is wrong with it now, as far as Nakhon asks it itself.
    """

    id: str
    up: bool | None
    at: Time | None
    latency: float | None
    code: float | None
    certificate_days: float | None
    error: Text | None = None


class ProbeCounts(Shape):
    """How a service's probes do."""

    up: int
    down: int
    unknown: int
    items: list[ProbeFound]


class NeededService(Shape):
    """A service that another one stands on."""

    id: str
    name: Text
    status: StatusName


class OffBandKpi(Shape):
    """A KPI outside its band, from `low` to `high` in `unit`."""

    id: str
    title: Text
    value: float
    unit: str
    low: float | None
    high: float | None


class WorkUnderWay(Shape):
    """Planned work that goes on. `until` is null when nobody knows."""

    id: str
    title: Text
    until: Time | None


class ServiceEvidence(Shape):
    """What a service's status stands on.

    `freshness` is seconds since its newest reading, `interval` how often (s) one is expected. `awaited` are
    devices that were not heard yet and still have time. `closed_until` is set outside the service's hours.
    """

    devices: int
    reporting: int
    silent: int = 0
    awaited: int = 0
    freshness: float | None
    interval: float | None = None
    open_alerts: int
    alerts: dict[SeverityName, int] = Field({})
    probe: ProbeCounts | None
    quality: DataQuality | None = None
    needs: list[NeededService] = Field([])
    kpis: list[OffBandKpi] = Field([])
    maintenance: WorkUnderWay | None = None
    closed_until: Time | None = None


class BudgetOfMonth(Shape):
    """Of the calendar month that goes on."""

    start: Time
    attained: float | None
    budget_left: float | None


class BurnRate(Shape):
    """How fast the budget is used up over a long and a short window: it fires when both pass `limit`."""

    id: str
    severity: SeverityName
    long: str
    short: str
    rate_long: float | None
    rate_short: float | None
    limit: float
    firing: bool


class Objective(Shape):
    """`attained` and `budget_left` are null until something is known; below 0 the budget is overspent."""

    target: float
    window: str
    attained: float | None
    budget_left: float | None
    good_seconds: float | None = None
    counted_seconds: float | None = None
    month: BudgetOfMonth | None = None
    burn: list[BurnRate] = Field([])


class ServicePart(Shape):
    """A service in one zone."""

    zone: str
    status: StatusName
    since: Time
    reason: Text
    devices: int
    reporting: int


class ServiceStatus(Shape):
    """How a service is doing. `rule` is the status rule that decided.

    `counted`: the time in which it is so counts for its objective.
    """

    id: str
    name: Text
    domain: Domain | None = None
    criticality: Literal["high", "normal", "low"] = "normal"
    owner: Text | None = None
    status: StatusName
    since: Time
    reason: Text
    rule: str | None = None
    counted: bool = True
    zones: list[ServicePart] = Field([])
    evidence: ServiceEvidence
    objective: Objective | None


class DomainStatus(Shape):
    """How a domain is doing, from its services."""

    domain: Domain
    title: Text
    status: StatusName
    since: Time
    reason: Text
    services: list[ServiceStatus]


class Zone(Shape):
    """A zone; `geometry` is GeoJSON. A zone given as a circle has `center` and `radius` (m) too."""

    id: str
    name: Text
    geometry: dict[str, Any]
    center: tuple[float, float]
    radius: float | None
    devices: int


class Device(Shape):
    """A device. `location` is [longitude, latitude]."""

    id: str
    types: list[str]
    name: str
    domain: Domain
    zone: str
    service: str | None
    location: tuple[float, float] | None
    interval: str
    labels: dict[str, str]
    enabled: bool
    topic: str
    last_seen: Time | None
    online: bool | None


class Metric(Shape):
    """A metric of an observation type. `range` is inclusive, in `unit`."""

    type: Literal["number", "string", "boolean"]
    unit: str | None
    range: tuple[float, float] | None
    values: list[str]
    required: bool
    counter: bool
    title: Text


class DerivedMetric(Shape):
    """A metric that follows from others. `range` is inclusive, in `unit`.

    `formula` says how, from the metrics `inputs`; `labels` are those of a device that it goes by. It is told
    of readings only when `metric` names it.
    """

    type: Literal["number", "string", "boolean"]
    unit: str | None
    range: tuple[float, float] | None
    values: list[str]
    title: Text
    formula: str
    source: str
    inputs: list[str]
    labels: list[str]


class Type(Shape):
    """An observation type."""

    name: str
    version: int
    domain: Domain
    interval: str
    title: Text
    extra: Literal["refuse", "keep", "drop"]
    metrics: dict[str, Metric]
    derived: dict[str, DerivedMetric]


class TypeWithSchema(Type):
    """An observation type, and the JSON Schema of its payloads under `schema`."""


class Reading(Shape):
    """A reading."""

    time: Time
    device: str
    zone: str
    type: str
    values: dict[str, Scalar]
    location: tuple[float, float] | None = None


class DeviceBucket(Shape):
    """An aggregated value of a device; `time` is the bucket's start, `count` the readings in it."""

    time: Time
    device: str
    metric: str
    value: float
    count: int


class ZoneBucket(Shape):
    """An aggregated value of a zone; `time` is the bucket's start, `count` the readings in it."""

    time: Time
    zone: str
    metric: str
    value: float
    count: int


class Token(Shape):
    """An access token, without its secret."""

    id: str
    name: str
    role: RoleName
    created: Time
    expires: Time | None
    revoked: Time | None
    last_used: Time | None


class NewToken(Token):
    """A token just made. `token` is its secret, shown this once."""

    token: str


class City(Shape):
    """The city."""

    id: str
    name: Text
    timezone: str


class Session(Shape):
    """Who is signed in, and where."""

    name: str
    role: RoleName
    city: City


class Live(Shape):
    """The process runs."""

    alive: Literal[True]


class Ready(Shape):
    """Whether Nakhon does all of its work; if not, why."""

    ready: bool
    reasons: list[str]


class Domains(PageOf[DomainStatus]):
    """All seven domains."""


class Zones(PageOf[Zone]):
    """Zones."""


class Devices(PageOf[Device]):
    """Devices by id."""


class Types(PageOf[Type]):
    """Observation types by name."""


class Readings(PageOf[Reading]):
    """Readings."""


class Tokens(PageOf[Token]):
    """Access tokens, newest first."""


class Observations(PageOf[Reading | DeviceBucket | ZoneBucket]):
    """Readings, or aggregated values."""
