"""``quorum``: a condition holds for many devices of a zone.

The condition is a hidden rule of its own, about each device; the alert is the zone's. With a radius it is
enough that the devices around one of them are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Self

from pydantic import Field, model_validator

from devices.cityfile import Length
from devices.forms import Form
from devices.geometry import distance
from devices.model import Device, Text
from rules.kinds.comparing import no_levels
from rules.kinds.interface import (
    ZONE_VARIABLES,
    Condition,
    Draft,
    Following,
    FollowingSeries,
    PerDevice,
    PerSubject,
    Scope,
)
from rules.model import Evidence, Severity, Subject
from rules.ruleset import PART, Rule

_PART = "of"
_MOST_SHOWN = 20


class QuorumOf(Form):
    """What stands under ``quorum``."""

    of: dict[str, Any] = Field(description="The condition that must hold for many: any about one device.")
    at_least: int | None = Field(None, ge=1, description="So many devices of the zone.")
    share: float | None = Field(None, gt=0, le=1, description="Such a share of the zone's devices.")
    radius: Length | None = Field(None, description="Only devices that are so near to one of them: 500m.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.at_least is None) == (self.share is None):
            raise ValueError("needs at_least or share, one of them")
        return self


class QuorumForm(Form):
    """``when`` of a quorum."""

    quorum: QuorumOf


@dataclass(frozen=True, slots=True)
class Quorum(Following):
    """The condition of one rule. ``radius`` in metres. ``of_metric``: the rule names one."""

    rule_id: str
    inner: Condition
    at_least: int | None
    share: float | None
    radius: float | None
    severity: Severity
    of_metric: bool

    @property
    def metrics(self) -> frozenset[str]:
        return self.inner.metrics

    @property
    def severities(self) -> tuple[Severity, ...]:
        return (self.severity,)

    @property
    def variables(self) -> frozenset[str]:
        return ZONE_VARIABLES | {"count", "total", "threshold", "devices"}

    @property
    def title(self) -> Text:
        metric = ": {metric}" if self.of_metric else ""
        return Text(
            f"{{count}} of {{total}} devices in {{zone}} at once{metric}",
            f"อุปกรณ์ {{count}} จาก {{total}} เครื่องใน{{zone}}พร้อมกัน{metric}",
        )

    @property
    def leaders(self) -> tuple[str, ...]:
        return (f"{self.rule_id}{PART}{_PART}",)

    @property
    def scope(self) -> Scope:
        return Scope.ZONE

    def parts(self, rule: Rule) -> tuple[Rule, ...]:
        return (rule.part(_PART, self.inner),)

    def follower(self, rule: Rule, subject: Subject, devices: Mapping[str, Device]) -> QuorumSeries:
        return QuorumSeries(rule, subject, self, devices)

    def needed(self, total: int) -> int:
        """How many of so many devices must be concerned."""
        return self.at_least if self.at_least is not None else max(1, ceil((self.share or 0) * total - 1e-9))


class QuorumSeries(FollowingSeries):
    """One zone: which of its devices are concerned, and since when."""

    __slots__ = ("concerned", "condition", "devices", "many", "total")

    own = ("concerned", "many", "total")

    def __init__(
        self, rule: Rule, subject: Subject, condition: Quorum, devices: Mapping[str, Device]
    ) -> None:
        super().__init__(rule, subject)
        self.condition = condition
        self.devices = devices
        self.concerned: dict[str, Any] = {}
        self.many: Sequence[str] = ()
        self.total = 0

    @property
    def blank(self) -> bool:
        return not self.concerned and not self.alive

    def load(self, state: Sequence[Any]) -> None:
        super().load(state)
        self.concerned = dict(self.concerned)

    def led(self, leader: str, by: Subject, at: int, evidence: Evidence | None) -> None:  # noqa: ARG002
        assert by.device is not None
        if evidence is None:
            self.concerned.pop(by.device, None)
        else:
            self.concerned[by.device] = [at, evidence.value]

    def holds(self) -> bool:
        self.many, self.total = self._largest()
        return bool(self.many) and len(self.many) >= self.condition.needed(self.total)

    def _largest(self) -> tuple[Sequence[str], int]:
        """The concerned devices that count together, and among how many: the zone's, or those around one."""
        concerned = sorted(self.concerned.keys() & self.devices.keys())
        if self.condition.radius is None:
            return concerned, len(self.devices)
        groups = list(self._around(concerned))
        if not groups:
            return (), 0
        return max(groups, key=lambda group: (len(group[0]) - self.condition.needed(group[1]), len(group[0])))

    def _around(self, concerned: Sequence[str]) -> Iterator[tuple[Sequence[str], int]]:
        """For each concerned device that says where it is: those within the radius, and among how many."""
        for center in concerned:
            here = self.devices[center].location
            if here is None:
                continue
            near = [name for name, device in self.devices.items() if self._near(here, device)]
            inside = set(near)
            yield [name for name in concerned if name in inside], len(near)

    def _near(self, here: tuple[float, float], device: Device) -> bool:
        assert self.condition.radius is not None
        return device.location is not None and distance(here, device.location) <= self.condition.radius

    def evidence(self) -> Evidence:
        """``value`` is how many, ``readings`` when each began and on what value."""
        shown = [(name, self.concerned[name]) for name in self.many if name in self.concerned]
        readings = ({"time": at, "device": name, "value": value} for name, (at, value) in shown[:_MOST_SHOWN])
        details = {"devices": list(self.many[:_MOST_SHOWN]), "count": len(self.many), "total": self.total}
        if self.condition.radius is not None:
            details["radius"] = self.condition.radius
        needed = float(self.condition.needed(self.total))
        return Evidence(
            self.rule.metric, float(len(self.many)), needed, "devices at once", tuple(readings), details
        )


class QuorumKind:
    """The entry of the table of kinds."""

    form = QuorumForm

    def condition(self, form: QuorumForm, draft: Draft) -> Quorum | None:
        no_levels(draft, "quorum")
        said = form.quorum
        inner = draft.inner("quorum.of", said.of)
        if inner is None:
            return None
        if not (
            isinstance(inner, PerDevice) or (isinstance(inner, PerSubject) and inner.scope is Scope.DEVICE)
        ):
            draft.complain("when.quorum.of", "must be about one device: a quorum counts devices")
            return None
        return Quorum(
            draft.rule_id,
            inner,
            said.at_least,
            said.share,
            said.radius,
            draft.severity,
            draft.metric is not None,
        )


QUORUM = QuorumKind()
