"""Rules that speak of other rules: whether those exist, and whom the alerts are about then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from devices.documents import Problem, ProblemsError, suggestion
from devices.spans import format_span
from rules.kinds.composite import Composite
from rules.kinds.interface import Following, PerSubject, Reference, Scope
from rules.kinds.sequence import Sequence as Ordered
from rules.ruleset import Rule

__all__ = ["Reference", "link"]


def link(rules: Mapping[str, Rule], references: Mapping[str, Sequence[Reference]]) -> dict[str, Rule]:
    """The rules in the same order, those that follow others told whom their alerts are about.

    ``references`` are by the id of the rule that makes them.

    Raises:
        ProblemsError: a rule names one that does not exist, itself, or one that waits for late readings as
            long as it does not.
    """
    problems = [
        problem
        for name, rule in rules.items()
        for reference in references.get(name, ())
        if (problem := _problem(rule, reference, rules)) is not None
    ]
    if problems:
        raise ProblemsError(problems)
    linked = dict(rules)
    for name in _order(rules, references):
        linked[name] = _scoped(rules[name], linked)
    return linked


def _problem(rule: Rule, reference: Reference, rules: Mapping[str, Rule]) -> Problem | None:
    leader = rules.get(reference.rule)
    if leader is None:
        return reference.problem(f"there is no rule {reference.rule}{suggestion(reference.rule, rules)}")
    if leader.lateness != rule.lateness:
        spans = f"{format_span(rule.lateness)} and {format_span(leader.lateness)}"
        return reference.problem(f"must wait for late readings as long as this rule does (lateness): {spans}")
    return None


def _order(rules: Mapping[str, Rule], references: Mapping[str, Sequence[Reference]]) -> list[str]:
    graph = {name: [reference.rule for reference in references.get(name, ())] for name in rules}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = error.args[1]
        first = next(r for r in references[circle[1]] if r.rule == circle[0])
        message = f"rules go round in a circle: {' → '.join(reversed(circle))}"
        raise ProblemsError([first.problem(message)]) from None


def _scoped(rule: Rule, linked: Mapping[str, Rule]) -> Rule:
    condition = rule.condition
    if not isinstance(condition, Composite | Ordered):
        return rule
    about_zone = any(_scope(linked[leader]) is not Scope.DEVICE for leader in condition.leaders)
    return replace(rule, condition=replace(condition, of=Scope.ZONE if about_zone else Scope.DEVICE))


def _scope(rule: Rule) -> Scope:
    condition = rule.condition
    return condition.scope if isinstance(condition, Following | PerSubject) else Scope.DEVICE
