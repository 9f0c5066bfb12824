"""``absent``: nothing heard from a device, or from any device of a zone or service, for a while.

The while is reckoned in event time from the newest reading heard, whatever order readings come in. A subject
that never spoke is reckoned from the moment at which the engine first knew of it. While Nakhon itself could
not hear, no time passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from devices.forms import Form
from devices.model import Observation, Text, Value
from devices.spans import Span, format_span
from rules.kinds.comparing import no_levels
from rules.kinds.interface import Draft, ListeningSeries, PerSubject, Scope
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Rule
from rules.series import Host, Phase

INTERVALS = 3
"""How many of its intervals a device may miss when a rule does not say ``after``."""

_VARIABLES = frozenset({"city", "zone", "severity", "metric", "unit", "after"})
_MORE_VARIABLES = {
    Scope.DEVICE: frozenset({"device", "name", "service"}),
    Scope.ZONE: frozenset[str](),
    Scope.SERVICE: frozenset({"service"}),
}

_WHOM = {
    Scope.DEVICE: Text("{name}", " {name}"),
    Scope.ZONE: Text("any device of {zone}", "อุปกรณ์ใดเลยใน{zone}"),
    Scope.SERVICE: Text("any device of {service} in {zone}", "อุปกรณ์ใดเลยของ{service}ใน{zone}"),
}


class AbsenceForm(Form):
    """What stands under ``absent``."""

    after: Span | None = Field(
        None, gt=0, description="The silence that is allowed; default three intervals of the device."
    )
    of: Scope = Field(
        Scope.DEVICE, description="device, or all matching devices of a zone, or of a service in a zone."
    )


class AbsentForm(Form):
    """``when`` of an absence."""

    absent: AbsenceForm


@dataclass(frozen=True, slots=True)
class Absent(PerSubject):
    """The condition of one rule. ``after`` is None where the devices' own intervals count."""

    after: int | None
    of: Scope
    severity: Severity

    @property
    def severities(self) -> tuple[Severity, ...]:
        return (self.severity,)

    @property
    def variables(self) -> frozenset[str]:
        return _VARIABLES | _MORE_VARIABLES[self.of]

    @property
    def title(self) -> Text:
        whom = _WHOM[self.of]
        return Text(
            f"Nothing heard from {whom.en} for {{after}}",
            f"ไม่ได้รับข้อมูลจาก{whom.th} นาน {{after}}",
        )

    @property
    def scope(self) -> Scope:
        return self.of

    def patience(self, interval: int) -> int:
        return INTERVALS * interval if self.after is None else self.after

    def listener(self, rule: Rule, subject: Subject) -> AbsentSeries:
        return AbsentSeries(rule, subject, self.after)


class AbsentSeries(ListeningSeries):
    """The silence of one subject.

    ``heard`` is the event time of the newest reading, or when the engine first knew the subject; None until
    it has begun. ``value`` is what that reading said, where the rule names a metric.
    """

    __slots__ = ("after", "allowed", "ever", "heard", "metric", "value")

    own: ClassVar[Sequence[str]] = ("heard", "ever", "value")

    def __init__(self, rule: Rule, subject: Subject, after: int | None) -> None:
        super().__init__(rule, subject)
        self.after = after
        self.allowed = after or 0
        self.metric = rule.metric
        self.heard: int | None = None
        self.ever = False
        self.value: Value | None = None

    @property
    def blank(self) -> bool:
        return self.heard is None

    def members(self, intervals: Iterable[int]) -> None:
        """The slowest device sets what is allowed, unless the rule says it."""
        if self.after is None:
            self.allowed = INTERVALS * max(intervals)

    def begin(self, host: Host, now: int) -> None:
        """From here the silence counts, unless something was heard already."""
        if self.heard is None:
            self.heard = now
        host.arm(self)

    def hear(self, host: Host, observation: Observation) -> None:
        value = None
        if self.metric is not None and (value := observation.values.get(self.metric)) is None:
            return
        if self.heard is not None and observation.time < self.heard:
            return
        self.ever = True
        self.value = value
        self.heard = observation.time
        if self.alive and self._silent_from(host) > host.now:
            self.cleared(host, observation.time, observation)
            host.arm(self)

    def _silent_from(self, host: Host) -> int:
        assert self.heard is not None
        return host.heard_out(self.heard, self.allowed)

    def due(self, host: Host) -> int | None:
        if self.heard is None:
            return None
        due = super().due(host)
        if self.standing >= 0:
            return due
        silent = self._silent_from(host)
        return silent if due is None else min(due, silent)

    def _life_due(self, host: Host) -> int | None:
        """Nakhon must have heard nothing for as long as ``for`` says."""
        if self.phase is Phase.PENDING:
            return host.heard_out(self.starts_at, self.rule.hold)
        return super()._life_due(host)

    def ring(self, host: Host, at: int) -> None:
        if self.standing < 0 and at == self._silent_from(host):
            self.found(host, at, 0)
        else:
            super().ring(host, at)

    def evidence(self) -> Evidence:
        readings = ({"time": self.heard, "value": self.value},) if self.ever else ()
        return Evidence(self.metric, self.value, None, window=format_span(self.allowed), readings=readings)


class AbsentKind:
    """The entry of the table of kinds."""

    form = AbsentForm

    def condition(self, form: AbsentForm, draft: Draft) -> Absent | None:
        no_levels(draft, "absent")
        return Absent(form.absent.after, form.absent.of, draft.severity)


ABSENT = AbsentKind()
