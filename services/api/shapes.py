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


class ServiceEvidence(Shape):
    """What a service's status stands on. `freshness` is seconds since its newest reading."""

    devices: int
    reporting: int
    freshness: int | None
    open_alerts: int
    probe: dict[str, Any] | None
    quality: DataQuality | None = None


class Objective(Shape):
    """`attained` and `budget_left` are null until something is known; below 0 the budget is overspent."""

    target: float
    window: str
    attained: float | None
    budget_left: float | None


class ServiceStatus(Shape):
    """How a service is doing."""

    id: str
    name: Text
    status: StatusName
    since: Time
    reason: Text
    evidence: ServiceEvidence
    objective: Objective | None


class DomainStatus(Shape):
    """How a domain is doing: as its worst service."""

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


class Acknowledgement(Shape):
    """Who acknowledged, when, with what words."""

    by: str
    at: Time
    note: str


class AlertEvidence(Shape):
    """The arithmetic behind an alert. What else its kind of rule has to say stands beside these keys."""

    metric: str | None
    value: Scalar | None
    window: str | None
    threshold: Scalar | None
    readings: list[dict[str, Any]]


class AlertTimes(Shape):
    """When it was taken, received, fired, persisted and delivered."""

    taken: Time | None
    received: Time | None
    fired: Time | None
    persisted: Time | None
    delivered: Time | None


class Alert(Shape):
    """An alert."""

    id: str
    fingerprint: str
    rule: str
    rule_version: str
    domain: Domain
    zone: str
    device: str | None
    service: str | None
    severity: SeverityName
    state: StateName
    starts_at: Time
    ends_at: Time | None
    acknowledged: Acknowledgement | None
    assigned_to: str | None
    suppressed: Any
    incident: str | None
    title: Text
    evidence: AlertEvidence
    times: AlertTimes


class AlertWithHistory(Alert):
    """An alert with every step of its life, oldest first; `explanation` is its arithmetic in a sentence."""

    explanation: Text
    history: list[dict[str, Any]]


class RuleSource(Shape):
    """Where a rule stands. `pack` is that of the library that it comes from, null for the city's own."""

    file: str | None
    line: int | None
    pack: str | None


class RuleAlerts(Shape):
    """How many alerts of a rule are open, shadow ones too."""

    pending: int
    firing: int


class Rule(Shape):
    """A rule in force. `when`, `levels`, `where` and `schedule` are as its file has them."""

    id: str
    group: str
    domain: Domain
    version: str
    source: RuleSource
    on: str | None
    metric: str | None
    kind: str
    when: dict[str, Any] | None
    levels: dict[str, Any] | None
    severity: SeverityName | None
    for_: str = Field(alias="for")
    keep_firing_for: str
    schedule: Any
    where: dict[str, Any]
    lateness: str
    mode: Literal["live", "shadow"]
    against: str | None
    title: Text
    advice: Text | None
    alerts: RuleAlerts
    group_evaluations: int


class RuleChanges(Shape):
    """What became of each rule in a reload, by id. State of the kept ones goes on."""

    kept: list[str]
    changed: list[str]
    added: list[str]
    removed: list[str]


class RuleReload(RuleChanges):
    """A reload: when, at whose word, and how it ended."""

    at: Time
    by: str
    outcome: Literal["loaded", "unchanged", "refused"]


class RuleProblem(Shape):
    """A mistake in a rule file. `line` is null where it is about the file as a whole."""

    file: str
    line: int | None
    key: str
    value: Scalar | None
    message: str
    allowed: str | None


class RuleState(Shape):
    """The rule files in force, since when, and the mistakes in those that are not."""

    loaded_at: Time
    digest: str
    rules: int
    packs: list[str]
    files: list[str]
    problems: list[RuleProblem]
    last: RuleReload | None


class Split(Shape):
    """A figure of the shadow rule, and of the live one."""

    shadow: float
    live: float


class ComparedTimes(Shape):
    """An alert as the comparison names it."""

    alert: str
    severity: SeverityName
    fired: Time
    ends_at: Time | None


class ComparedAlert(ComparedTimes):
    """An alert that one of the two rules alone raised."""

    zone: str
    device: str | None
    service: str | None


class ComparedPair(Shape):
    """The same by both. `earlier_seconds` is by how much the shadow rule fired first."""

    zone: str
    device: str | None
    service: str | None
    earlier_seconds: float
    shadow: ComparedTimes
    live: ComparedTimes


class ComparedCounts(Shape):
    """How many alerts both raised, and either alone."""

    both: int
    only_shadow: int
    only_live: int


class RuleComparison(Shape):
    """The alerts of a shadow rule beside those of the live one that it means to replace."""

    rule: str
    against: str
    start: Time
    end: Time
    fired: Split
    firing_seconds: Split
    counts: ComparedCounts
    both: list[ComparedPair]
    only_shadow: list[ComparedAlert]
    only_live: list[ComparedAlert]


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


class Alerts(PageOf[Alert]):
    """Alerts, newest first."""


class Zones(PageOf[Zone]):
    """Zones."""


class Devices(PageOf[Device]):
    """Devices by id."""


class Types(PageOf[Type]):
    """Observation types by name."""


class Readings(PageOf[Reading]):
    """Readings."""


class Rules(PageOf[Rule]):
    """Rules in force."""


class Tokens(PageOf[Token]):
    """Access tokens, newest first."""


class Observations(PageOf[Reading | DeviceBucket | ZoneBucket]):
    """Readings, or aggregated values."""
