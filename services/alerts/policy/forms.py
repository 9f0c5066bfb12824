"""``alerting.yaml`` as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from devices.calendar.forms import ScheduleForm
from devices.cityfile import Timezone
from devices.documents import suggestion
from devices.forms import Form, Id, Interval
from devices.model import Domain
from devices.spans import Span, parse_span
from rules.forms import Names, WordingForm
from rules.model import Severity
from services.alerts.policy import keys
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import HOUR, MINUTE

OR_WORSE = "+"


def parse_severity(value: object) -> tuple[Severity, ...]:
    """``major`` → that one; ``major+`` → that bad or worse, worst first.

    Raises:
        ValueError: no severity; the message says which there are.
    """
    known = [severity.value for severity in Severity]
    if isinstance(value, str) and (name := value.removesuffix(OR_WORSE)) in known:
        given = Severity(name)
        worse = value.endswith(OR_WORSE)
        return tuple(one for one in Severity if one is given or (worse and one.rank > given.rank))
    near = suggestion(value, known) if isinstance(value, str) else ""
    raise ValueError(f"must be one of {', '.join(known)}, or {Severity.MAJOR}+ for that bad or worse{near}")


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _key(value: object) -> str:
    if isinstance(value, str) and (value in keys.NAMES or value.removeprefix(keys.LABEL) not in {"", value}):
        return value
    allowed = f"{', '.join(keys.NAMES)}, or label:NAME"
    near = suggestion(value, keys.NAMES) if isinstance(value, str) else ""
    raise ValueError(f"alerts have no {value!r} in common{near} (allowed: {allowed})")


def _span(value: str) -> str:
    parse_span(value)
    return value


def _for_all(value: object) -> object:
    return value if isinstance(value, Mapping) else dict.fromkeys(Severity, value)


_SEVERITY = Annotated[str, Field(pattern=f"^({'|'.join(Severity)})\\+?$", examples=["critical", "major+"])]
_KEY = Annotated[
    str, Field(pattern=f"^({'|'.join(keys.NAMES)}|label:.+)$", examples=["zone", "label:feeder"])
]

Severities = Annotated[
    tuple[Severity, ...],
    BeforeValidator(_one_or_several, json_schema_input_type=Severity | list[Severity]),
]
Domains = Annotated[
    tuple[Domain, ...],
    BeforeValidator(_one_or_several, json_schema_input_type=Domain | list[Domain]),
]
Key = Annotated[str, PlainValidator(_key, json_schema_input_type=_KEY)]
Keys = Annotated[tuple[Key, ...], BeforeValidator(_one_or_several, json_schema_input_type=_KEY | list[_KEY])]
"""By what alerts are grouped: :data:`services.alerts.policy.keys.NAMES`, or ``label:NAME``."""

When = Annotated[Any, PlainValidator(lambda value: value, json_schema_input_type=str | ScheduleForm)]
"""The name of one of ``intervals``, or a schedule in place."""


class MatchForm(Form):
    """Which alerts: all that meet each line. Nothing given: every alert."""

    rules: Names = Field((), description="Rules, group/id, or globs: street-lighting/*.")
    domains: Domains = Field((), description="Smart domains.")
    zones: Names = Field((), description="Ids of zones, or globs.")
    services: Names = Field((), description="Ids of services, or globs.")
    devices: Names = Field((), description="Ids of devices, or globs: aq-*.")
    severities: Severities = Field((), description="Severities, one by one.")
    severity: Annotated[
        tuple[Severity, ...] | None,
        BeforeValidator(lambda v: None if v is None else parse_severity(v), json_schema_input_type=_SEVERITY),
    ] = Field(None, description="One severity; major+ is that bad or worse.")
    labels: dict[str, Names] = Field(
        default_factory=dict,
        description="A label of the device and the value, or the values, that will do; globs too.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.severities and self.severity:
            raise ValueError("give severities or severity, not both")
        return self

    def matcher(self) -> Matcher:
        return Matcher(
            rules=self.rules,
            domains=tuple(domain.value for domain in self.domains),
            zones=self.zones,
            services=self.services,
            devices=self.devices,
            severities=tuple(severity.value for severity in self.severity or self.severities),
            labels=self.labels,
        )


class ReopenForm(Form):
    """An alert that fires again so soon after its end is the same one, counted."""

    within: Interval = Field(description="How long after its end.")


class FlappingForm(Form):
    """An alert that fires so often flaps: its end is held back until it has been calm."""

    firings: int = Field(ge=2, description="So many firings …")
    within: Interval = Field(30 * MINUTE, description="… within so long.")
    calm: Interval = Field(10 * MINUTE, description="It is over when its condition was false for so long.")


class IncidentsForm(Form):
    """Which alerts one incident takes."""

    by: Keys = Field(("zone", "service"), description="What they have in common.")
    within: Interval = Field(30 * MINUTE, description="It takes another for so long after the last.")
    reopen: Span = Field(10 * MINUTE, description="A resolved one takes one for so long; 0s is never.")


class DependsForm(Form):
    """Alerts that stand under another: a feeder is down, and so are its lamps."""

    id: Id
    cause: MatchForm = Field(description="The alerts that are the root.")
    effects: MatchForm = Field(description="The alerts that stand under it.")
    label: str | None = Field(
        None, min_length=1, description="Label of the effect's device that names the cause's device."
    )
    equal: Keys = Field((), description="Without a label: what the two have in common.")
    within: Span = Field(10 * MINUTE, description="How long before the cause an effect may have fired.")
    quiet: bool = Field(True, description="Nobody is told of the effects by themselves.")

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if self.label is None and not self.equal:
            raise ValueError("needs label (of the effect's device) or equal, so that not all hangs together")
        return self


class InhibitForm(Form):
    """While an alert of source is open, nobody is told of those of target."""

    id: Id
    source: MatchForm = Field(description="The alerts that silence.")
    target: MatchForm = Field(description="The alerts that are silenced.")
    equal: Keys = Field((), description="What the two must have in common.")
    reason: WordingForm | None = Field(None, description="What is shown as the reason.")


class MaintenanceForm(Form):
    """Work that is planned, once or again and again (RFC 5545)."""

    id: Id
    title: WordingForm = Field(description="What is done.")
    match: MatchForm = Field(description="Which alerts nobody is told of meanwhile.")
    start: str = Field(description="The first time, on the city's clock: 2026-01-05T01:00.", min_length=1)
    duration: Annotated[str, AfterValidator(_span)] = Field(description="How long it takes each time.")
    rrule: str | None = Field(
        None, min_length=1, description="When again (RFC 5545): FREQ=WEEKLY;BYDAY=MO. Once when left out."
    )
    exdates: Names = Field((), description="Days, or starts, at which it does not take place.")
    timezone: Timezone | None = Field(None, description="Of another clock than the city's.")
    reason: str = Field("", description="Why, for those who look.")


class FloodForm(Form):
    """More new alerts than an operator can take in (ISA-18.2)."""

    alerts: int = Field(10, ge=1, description="More new ones than these …")
    within: Interval = Field(10 * MINUTE, description="… in so long are a flood.")
    ends_below: int = Field(5, ge=1, description="It is over when fewer come in the same span.")

    @model_validator(mode="after")
    def _ends_below_its_start(self) -> Self:
        if self.ends_below > self.alerts:
            raise ValueError(f"ends_below ({self.ends_below}) must not be more than alerts ({self.alerts})")
        return self


class BySeverityForm(Form):
    """One span for each severity."""

    critical: Interval | None = None
    major: Interval | None = None
    minor: Interval | None = None
    warning: Interval | None = None

    def spans(self) -> dict[Severity, int]:
        given = ((severity, getattr(self, severity.value)) for severity in Severity)
        return {severity: span for severity, span in given if span is not None}


BySeverity = Annotated[
    BySeverityForm, BeforeValidator(_for_all, json_schema_input_type=Interval | BySeverityForm)
]


class DeadlinesForm(Form):
    """How soon after its reading came in: one span, or one for each severity."""

    delivered: BySeverity | None = Field(None, description="Until a receiver has it.")
    acknowledged: BySeverity | None = Field(None, description="Until somebody has acknowledged.")


class StepForm(Form):
    """Who hears, after how long without an acknowledgement."""

    after: Span = Field(0, description="So long after the first was told; 0s for the first.")
    notify: Names = Field(min_length=1, description="Receivers.")


class GroupForm(Form):
    """Which alerts come in one message."""

    by: Keys = Field(("incident",), description="What they have in common.")
    wait: Span = Field(10_000, description="How long the first message waits for more.")
    interval: Span = Field(MINUTE, description="How long the next one does.")


class RouteForm(Form):
    """Which alerts go where. The first route that matches takes the alert."""

    id: Id
    match: MatchForm = Field(MatchForm(), description="Which alerts; all when left out.")
    during: When = Field(None, description="It takes only what fires in these hours.")
    mute: When = Field(None, description="In these hours it tells nobody, and tells afterwards.")
    notify: Names = Field((), description="In place of steps: receivers that hear at once.")
    steps: tuple[StepForm, ...] = Field((), description="Who hears, one after the other.")
    group: GroupForm = Field(GroupForm(), description="How alerts are put together into messages.")
    repeat: Span = Field(4 * HOUR, description="How soon it is told again, unacknowledged; 0s is never.")
    resolved: bool = Field(True, description="Whether its receivers hear of the end.")
    continue_: bool = Field(False, alias="continue", description="Whether the routes after it are tried too.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if bool(self.notify) is bool(self.steps):
            raise ValueError("needs steps, or notify for one step: one of them")
        return self


class HeadForm(Form):
    """``alerting.yaml`` as far as its lists are not looked into: each entry is then read by itself."""

    receivers: Any = None
    intervals: Any = None
    reopen: ReopenForm | None = None
    flapping: FlappingForm | None = None
    incidents: IncidentsForm | None = None
    depends: Any = None
    inhibit: Any = None
    maintenance: Any = None
    flood: FloodForm | None = None
    deadlines: DeadlinesForm | None = None
    routes: Any = None


class AlertingForm(Form):
    """``alerting.yaml``, whole."""

    model_config = ConfigDict(title="Nakhon alerting")

    receivers: dict[Id, WordingForm | None] = Field(
        default_factory=dict, description="Who there is. How they are reached stands in nakhon.yaml."
    )
    intervals: dict[Id, ScheduleForm] = Field(
        default_factory=dict, description="Schedules by name, for routes."
    )
    reopen: ReopenForm | None = Field(None, description="When an alert that comes back is the same one.")
    flapping: FlappingForm | None = Field(None, description="When an alert flaps.")
    incidents: IncidentsForm | None = Field(None, description="Which alerts one incident takes.")
    depends: tuple[DependsForm, ...] = Field((), description="What stands under what.")
    inhibit: tuple[InhibitForm, ...] = Field((), description="What silences what.")
    maintenance: tuple[MaintenanceForm, ...] = Field((), description="Work that is planned.")
    flood: FloodForm | None = Field(None, description="When there are too many to take in.")
    deadlines: DeadlinesForm | None = Field(None, description="How soon it is to be delivered and seen.")
    routes: tuple[RouteForm, ...] = Field((), description="Who hears of what. The first that matches.")
