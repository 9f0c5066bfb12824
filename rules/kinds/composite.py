"""``all``, ``any``, ``not``: what other rules say, taken together.

They are about the same device; or about the zone, when one of the rules is: a rule about devices then counts
as firing while it fires for any device of the zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.forms import Form
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
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Rule

_MOST_SHOWN = 20


class NotForm(Form):
    """A rule that must not fire."""

    not_: str = Field(alias="not", description="Id of a rule.")


def _member(value: object) -> object:
    return NotForm.model_validate(value) if isinstance(value, dict) else value


Member = Annotated[str | NotForm, BeforeValidator(_member, json_schema_input_type=str | NotForm)]
"""A rule by its id (in the same file its short one), or ``{not: ID}``."""


class AllForm(Form):
    """``when`` of rules that all fire."""

    all: tuple[Member, ...] = Field(min_length=1, description="Ids of rules that all must fire.")


class AnyForm(Form):
    """``when`` of rules of which one fires."""

    any: tuple[Member, ...] = Field(min_length=1, description="Ids of rules of which one must fire.")


class NoneForm(Form):
    """``when`` of a rule that does not fire."""

    not_: str = Field(alias="not", description="Id of the rule that must not fire.")


@dataclass(frozen=True, slots=True)
class Composite(Following):
    """The condition of one rule. ``wanted`` says for each leader whether it must fire, or must not."""

    wanted: Mapping[str, bool]
    every: bool
    severity: Severity
    of: Scope = Scope.DEVICE

    @property
    def severities(self) -> tuple[Severity, ...]:
        return (self.severity,)

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"rules"}

    @property
    def title(self) -> Text:
        return Text("{rules}", "{rules}")

    @property
    def leaders(self) -> tuple[str, ...]:
        return tuple(self.wanted)

    @property
    def scope(self) -> Scope:
        return self.of

    @property
    def starts_heard(self) -> bool:
        return self.true(())

    def follower(self, rule: Rule, subject: Subject, devices: Mapping[str, Device]) -> CompositeSeries:  # noqa: ARG002
        return CompositeSeries(rule, subject, self)

    def true(self, firing: Sequence[str] | Mapping[str, Any]) -> bool:
        """What it says while these leaders fire."""
        fits = (wanted is (leader in firing) for leader, wanted in self.wanted.items())
        return all(fits) if self.every else any(fits)


class CompositeSeries(FollowingSeries):
    """One subject: for whom each leader fires, and since when. ``known``: one of its devices was heard."""

    __slots__ = ("condition", "firing", "known")

    own = ("firing", "known")

    def __init__(self, rule: Rule, subject: Subject, condition: Composite) -> None:
        super().__init__(rule, subject)
        self.condition = condition
        self.firing: dict[str, dict[str, Any]] = {}
        self.known = False

    @property
    def blank(self) -> bool:
        return not self.known

    def begin(self) -> None:
        self.known = True

    def led(self, leader: str, by: Subject, at: int, evidence: Evidence | None) -> None:
        self.known = True
        whom, name = self.firing.setdefault(leader, {}), name_of(by)
        if evidence is None:
            whom.pop(name, None)
        else:  # a severity that moved is no new beginning
            whom[name] = [whom[name][0] if name in whom else at, evidence.value]
        if not whom:
            del self.firing[leader]

    def holds(self) -> bool:
        return self.condition.true(self.firing)

    def evidence(self) -> Evidence:
        """``readings`` are the rules that fire, each with the device and the value that it fired on."""
        shown = [
            {"time": at, "rule": leader, **named(name), "value": value}
            for leader, whom in sorted(self.firing.items())
            for name, (at, value) in sorted(whom.items())
        ]
        details = {
            "rules": [name if wanted else f"not {name}" for name, wanted in self.condition.wanted.items()]
        }
        word = "all" if self.condition.every else "any"
        return Evidence(None, None, None, word, tuple(shown[:_MOST_SHOWN]), details)


class CompositeKind:
    """An entry of the table of kinds: ``all``, ``any`` or ``not``."""

    def __init__(self, key: str, form: type[Form]) -> None:
        self.key = key
        self.form = form

    def condition(self, form: Any, draft: Draft) -> Composite | None:
        no_levels(draft, self.key)
        members: Sequence[str | NotForm] = (form,) if self.key == "not" else getattr(form, self.key)
        wanted = {
            draft.leader(f"when.{self.key}", member if isinstance(member, str) else member.not_): isinstance(
                member, str
            )
            for member in members
        }
        if len(wanted) < len(members):
            draft.complain(f"when.{self.key}", "names a rule twice")
            return None
        return Composite(wanted, self.key != "any", draft.severity)


ALL = CompositeKind("all", AllForm)
ANY = CompositeKind("any", AnyForm)
NOT = CompositeKind("not", NoneForm)
