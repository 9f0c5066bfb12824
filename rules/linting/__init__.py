"""Mistakes that no rule shows by itself: rules held against each other, their city and its devices.

Reading a file (:mod:`rules.files`) finds what is wrong with one entry, and refuses it. What is found here is
of sound rules, which would run: most of it a warning. Each finding is one function and one line of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devices.documents import Document, Problem
from devices.model import City, Device
from devices.types import ObservationType
from rules.linting import limits, overlaps, reach, references, timing, wording
from rules.linting.report import Finding, Findings, Weight
from rules.linting.surroundings import Surroundings
from rules.linting.written import Written, written
from rules.ruleset import Rule, RuleSet

__all__ = ["FINDINGS", "Finding", "Findings", "Weight", "lint"]

FINDINGS: tuple[Finding, ...] = (
    Finding("impossible limit", Weight.PROBLEM, limits.impossible),
    Finding("schedule never opens", Weight.PROBLEM, timing.never_open),
    Finding("unknown rival", Weight.PROBLEM, references.unknown_rival),
    Finding("improbable limit", Weight.WARNING, limits.improbable),
    Finding("other unit", Weight.WARNING, limits.other_unit),
    Finding("limit on a counter", Weight.WARNING, limits.rising_counter),
    Finding("exact number", Weight.WARNING, limits.exact_number),
    Finding("idle severity", Weight.WARNING, limits.idle_severity),
    Finding("quick for", Weight.WARNING, timing.quick_for),
    Finding("quick keep_firing_for", Weight.WARNING, timing.quick_keep),
    Finding("hasty absence", Weight.WARNING, timing.hasty_absence),
    Finding("short span", Weight.WARNING, timing.short_span),
    Finding("nobody", Weight.WARNING, reach.nobody),
    Finding("small quorum", Weight.WARNING, reach.small_quorum),
    Finding("lonely deviation", Weight.WARNING, reach.lonely_deviation),
    Finding("no location", Weight.WARNING, reach.without_location),
    Finding("said twice", Weight.WARNING, overlaps.same_said_twice),
    Finding("one language", Weight.WARNING, wording.one_language),
    Finding("no advice", Weight.HINT, wording.no_advice),
    Finding("untested", Weight.HINT, wording.untested),
)
"""Everything that is looked for."""


def lint(
    ruleset: RuleSet,
    city: City,
    devices: Sequence[Device],
    catalog: Mapping[str, ObservationType],
    documents: Iterable[Document],
    others: Iterable[Document] = (),
    in_force: Mapping[str, Rule] | None = None,
) -> Findings:
    """What is odd about the rules of ``documents``, each with its file and line.

    Args:
        ruleset: the rules that the documents hold, and beside them those in force that they are held against.
        city: the city that they are for.
        devices: its devices; none leaves out what would need them.
        catalog: its observation types.
        documents: the files whose rules are looked at.
        others: the files of the other rules of the set, such as those of packs. Nothing is told of them.
        in_force: the rules of the city by id, where the set is not the city's own.
    """
    rules = written(ruleset, documents, others)
    around = Surroundings(city, devices, catalog, rules, ruleset.tests, in_force or {})
    own = [rule for rule in rules if rule.own]
    return Findings(*(tuple(_found(own, around, weight)) for weight in Weight))


def _found(rules: Iterable[Written], around: Surroundings, weight: Weight) -> Iterable[Problem]:
    findings = [finding for finding in FINDINGS if finding.weight is weight]
    for rule in rules:
        for finding in findings:
            for said in finding.look(rule, around):
                yield rule.problem(said.at, said.message, said.value, said.allowed)
