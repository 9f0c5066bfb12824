"""``sequence``: one rule begins to fire, and another within a span after it, or at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from devices.forms import Form, Interval
from devices.model import Device, Text
from rules.kinds.comparing import no_levels
from rules.kinds.interface import (
    DEVICE_VARIABLES,
    Draft,
    Following,
    FollowingSeries,
    Scope,
    name_of,
    named,
)
from rules.kinds.window import hours
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Rule


class SequenceOf(Form):
    """What stands under ``sequence``."""

    first: str = Field(description="Id of the rule that fires first.")
    then: str = Field(description="Id of the rule that fires after it.")
    within: Interval = Field(description="How long after the first it may take.")


class SequenceForm(Form):
    """``when`` of a sequence."""

    sequence: SequenceOf


@dataclass(frozen=True, slots=True)
class Sequence(Following):
    """The condition of one rule: true from when ``then`` fires in time, until it ceases to."""

    first: str
    then: str
    within: int
    severity: Severity
    of: Scope = Scope.DEVICE

    @property
    def severities(self) -> tuple[Severity, ...]:
        return (self.severity,)

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"rules", "window"}

    @property
    def title(self) -> Text:
        return Text("{name}: {rules} within {window}", "{name}: {rules} ภายใน {window}")

    @property
    def leaders(self) -> tuple[str, ...]:
        return (self.first, self.then)

    @property
    def scope(self) -> Scope:
        return self.of

    def follower(self, rule: Rule, subject: Subject, devices: Mapping[str, Device]) -> SequenceSeries:  # noqa: ARG002
        return SequenceSeries(rule, subject, self)


class SequenceSeries(FollowingSeries):
    """One subject: for whom each of the two fires, and when the first last began.

    Of the other is kept besides whether it began in time (``[at, value, in time]``); ``since`` is when the
    first began that the alert stands on.
    """

    __slots__ = ("began", "condition", "first", "since", "then")

    own = ("began", "since", "first", "then")

    def __init__(self, rule: Rule, subject: Subject, condition: Sequence) -> None:
        super().__init__(rule, subject)
        self.condition = condition
        self.began: int | None = None
        self.since: int | None = None
        self.first: dict[str, int] = {}
        self.then: dict[str, Any] = {}

    @property
    def blank(self) -> bool:
        return self.began is None and not self.then and not self.alive

    def led(self, leader: str, by: Subject, at: int, evidence: Evidence | None) -> None:
        whom = name_of(by)
        if leader == self.condition.first:
            self._first(whom, at, begins=evidence is not None)
        else:
            self._then(whom, at, evidence)

    def holds(self) -> bool:
        in_time = any(in_time for _, _, in_time in self.then.values())
        if in_time and self.standing < 0:
            self.since = self.began
        return in_time

    def _first(self, whom: str, at: int, *, begins: bool) -> None:
        if not begins:
            self.first.pop(whom, None)
        elif whom not in self.first:
            self.first[whom] = self.began = at
            for row in self.then.values():  # what begins at one moment has no order among itself
                row[2] = row[2] or row[0] == at

    def _then(self, whom: str, at: int, evidence: Evidence | None) -> None:
        if evidence is None:
            self.then.pop(whom, None)
            return
        if whom in self.then:  # its severity moved
            self.then[whom][1] = evidence.value
            return
        in_time = self.began is not None and at <= self.began + self.condition.within
        self.then[whom] = [at, evidence.value, in_time]

    def evidence(self) -> Evidence:
        """``readings``: when the first began to fire, and the other, for whom and on what value."""
        shown: list[Mapping[str, Any]] = [{"time": self.since, "rule": self.condition.first, "value": None}]
        shown += [
            {"time": at, "rule": self.condition.then, **named(whom), "value": value}
            for whom, (at, value, in_time) in sorted(self.then.items())
            if in_time
        ]
        details = {"rules": [self.condition.first, self.condition.then]}
        return Evidence(None, None, None, hours(self.condition.within), tuple(shown), details)


class SequenceKind:
    """The entry of the table of kinds."""

    form = SequenceForm

    def condition(self, form: SequenceForm, draft: Draft) -> Sequence | None:
        no_levels(draft, "sequence")
        said = form.sequence
        first = draft.leader("when.sequence.first", said.first)
        then = draft.leader("when.sequence.then", said.then)
        if first == then:
            draft.complain("when.sequence.then", "must be another rule than the first", value=said.then)
            return None
        return Sequence(first, then, said.within, draft.severity)


SEQUENCE = SequenceKind()
