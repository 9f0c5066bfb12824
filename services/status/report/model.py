"""What a report says, as plain data: everything that its page shows, and nothing that it has to look up.

Times are ms since epoch UTC, spans seconds, shares 0 to 1. Texts are for people, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from devices.model import Domain, Text
from services.status.model import Status

LEAST_COUNTED = 0.01
"""Of an objective for which a smaller share of the time counts it is not said whether it was attained."""


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A month, quarter or year of the city's calendar, from ``start`` to before ``end``.

    ``until`` is as far as it has passed when the report is made, ``days`` how many days of it have begun.
    """

    name: str
    kind: str
    start: int
    end: int
    until: int
    days: int

    @property
    def over(self) -> bool:
        return self.until >= self.end

    @property
    def seconds(self) -> float:
        """How much of it has passed."""
        return (self.until - self.start) / 1000


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day: how long each status held, the worst of them (None: nothing was recorded)."""

    day: date
    seconds: Mapping[Status, float]
    worst: Status | None
    attained: float | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which one status held without a break, as far as it lies in the period.

    ``began`` is when it really began; ``open``: it lasted on at the end.
    """

    start: int
    end: int
    status: Status
    rule: str
    reason: Text
    began: int
    open: bool = False

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1000


@dataclass(frozen=True, slots=True)
class Course:
    """How a service or domain did: days, sums, spells of each kind, and what was found out afterwards."""

    days: Sequence[DayBar]
    held: Mapping[Status, float]
    spells: Sequence[Spell] = ()
    changes: int = 0
    revised: Sequence[Revised] = ()

    def of(self, status: Status) -> float:
        return self.held.get(status, 0.0)

    def share(self, status: Status) -> float | None:
        """Of the time that has passed; None when none has."""
        total = sum(self.held.values())
        return self.of(status) / total if total else None


@dataclass(frozen=True, slots=True)
class Revised:
    """A change that late data brought to light: when it was, what it said, and when that became known."""

    at: int
    status: Status
    reason: Text
    recorded: int


@dataclass(frozen=True, slots=True)
class DomainPart:
    """One of the seven domains."""

    domain: Domain
    title: Text
    services: int
    course: Course


@dataclass(frozen=True, slots=True)
class ObjectivePart:
    """What a service means to be, and what it was. Spans are seconds; the budget is what may be lost."""

    target: float
    window: str
    attained: float | None
    good: float
    counted: float
    budget: float
    budget_left: float

    def met(self, elapsed: float) -> bool | None:
        """Whether it was attained; None when of the time that has passed (s) hardly any counts."""
        if self.attained is None or self.counted < LEAST_COUNTED * elapsed:
            return None
        return self.attained >= self.target

    @property
    def left(self) -> float | None:
        """Share of the budget that is left; below 0: overspent. None when nothing may be lost."""
        return self.budget_left / self.budget if self.budget else None


@dataclass(frozen=True, slots=True)
class ServicePart:
    """One smart service."""

    id: str
    name: Text
    domain: Domain
    criticality: str
    owner: Text | None
    course: Course
    objective: ObjectivePart | None = None
    completeness: float | None = None


@dataclass(frozen=True, slots=True)
class KpiPoint:
    """A value of a KPI: of a period when it is on the trend, of a zone when zones are compared."""

    name: Text
    value: float | None
    state: str
    coverage: float | None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class KpiPart:
    """One KPI over the period: ``now`` for the whole city, ``trend`` oldest first, ``zones`` as listed."""

    id: str
    domain: Domain
    title: Text
    formula: Text
    unit: str
    direction: str
    target: float | None
    goal: Text | None
    band: tuple[float | None, float | None] | None
    source: str
    verified: bool
    now: KpiPoint
    trend: Sequence[KpiPoint] = ()
    zones: Sequence[KpiPoint] = ()
    turned: str | None = None


@dataclass(frozen=True, slots=True)
class StagePart:
    """How long a stage took (s), of the whole city or a domain; ``kept`` is the share within the target."""

    domain: Domain | None
    stage: str
    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    kept: float | None


@dataclass(frozen=True, slots=True)
class FloodPart:
    """A time with more alerts than an operator can take in."""

    scope: str
    began: int
    ended: int | None
    alerts: int
    peak: int


@dataclass(frozen=True, slots=True)
class AlarmPart:
    """The alarm figures of ISA-18.2. ``counts`` are by domain and severity.

    ``an_hour`` is the mean of an hour and operator; ``busiest`` the most within one slot of ten minutes of
    the clock, ``crowded`` the share of such slots with more than ten. ``top`` are the rules that fired most.
    """

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    total: int = 0
    operators: int = 1
    an_hour: float | None = None
    busiest: int = 0
    busiest_at: int | None = None
    crowded: float | None = None
    flooded: float = 0.0
    top: Sequence[tuple[str, int]] = ()
    floods: Sequence[FloodPart] = ()
    stages: Sequence[StagePart] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class RefusedPart:
    """Readings refused for one cause within the period, of how many devices."""

    code: str
    path: str | None
    contract: str | None
    count: int
    devices: int


@dataclass(frozen=True, slots=True)
class QualityPart:
    """How good the data was: refusals of the period, and the ledger since ``since``."""

    refused: Sequence[RefusedPart] = ()
    since: int | None = None
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """For how long (s) nothing was known of a service, and why: by the rule that said so."""

    service: str
    name: Text
    seconds: float
    deaf: float
    unrecorded: float
    causes: Sequence[tuple[Text, float]]


@dataclass(frozen=True, slots=True)
class ReportData:
    """A whole report. ``unheard`` is for how long (s) Nakhon itself heard nothing, ``left_out`` how many
    services have no page of their own because there are too many."""

    city: Text
    city_id: str
    timezone: str
    version: str
    period: ReportPeriod
    made: int
    domains: Sequence[DomainPart]
    services: Sequence[ServicePart]
    kpis: Sequence[KpiPart]
    alarms: AlarmPart
    quality: QualityPart
    unknown: Sequence[UnknownPart]
    unheard: float
    left_out: int = 0
    zones: int = 0
    devices: int = 0
