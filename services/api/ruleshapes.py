"""The shapes of answers about rules: those in force, their files, and comparisons of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from devices.model import Domain
from services.api.shapes import PageOf, Scalar, SeverityName, Shape, Text, Time


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


class Rules(PageOf[Rule]):
    """Rules in force."""
