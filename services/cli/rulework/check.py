"""``nakhon rules check``: mistakes in rule files and what is odd about their rules, all at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devices.documents import Document, Problem, ProblemsError
from services.cli.alertwork.check import examined
from services.cli.common import Json, print_json
from services.cli.rulework.setting import (
    CityOption,
    RulesOption,
    default_city,
    problem_document,
    read_documents,
)

if TYPE_CHECKING:
    from devices.city import CityFolder
    from rules.linting import Findings
    from rules.ruleset import RuleSet

StrictOption = Annotated[bool, typer.Option("--strict", help="Warnings count as problems: exit code 1.")]


@dataclass(frozen=True, slots=True)
class _Examined:
    """How many sound rules and tests there are, what is odd about them, and the mistakes of the rest."""

    rules: int
    tests: int
    findings: Findings
    mistakes: Sequence[Problem]


def check(
    rules: RulesOption = None, city: CityOption = None, json: Json = False, strict: StrictOption = False
) -> None:
    """Look for mistakes, each with file and line. Exit code 1 for a problem; a warning alone is 0.

    Of a city its alerting.yaml is looked at, too, which names its rules, and its status.yaml and kpis.yaml.
    """
    from services.runtime.cityfolder import read_city

    folder = read_city(city or default_city())
    documents, problems = _documents(rules, folder)
    found = _examine(documents, folder, own=rules is None)
    problems = [*problems, *found.mistakes, *found.findings.problems]
    if rules is None:
        alerting = examined(folder)
        problems += (problem for problem in alerting.problems if problem not in problems)
        problems += _status_mistakes(folder)
        findings = replace(found.findings, warnings=(*found.findings.warnings, *alerting.warnings))
        found = replace(found, findings=findings)
    if json:
        _print_json(found, problems)
    else:
        _print_text(found, folder.city.id, problems)
    if problems or (strict and found.findings.warnings):
        raise typer.Exit(1)


def _status_mistakes(folder: CityFolder) -> Sequence[Problem]:
    """Those of status.yaml and kpis.yaml."""
    from services.status.kpis.reading import read_kpis
    from services.status.policy.model import read_status_policy

    problems: list[Problem] = []
    for read in (read_status_policy, read_kpis):
        try:
            read(folder)
        except ProblemsError as error:
            problems += error.problems
    return problems


def _documents(rules: Path | None, folder: CityFolder) -> tuple[Sequence[Document], list[Problem]]:
    if rules is None:
        return folder.rules, []
    try:
        return read_documents(rules), []
    except ProblemsError as error:
        return (), list(error.problems)


def _examine(documents: Sequence[Document], folder: CityFolder, *, own: bool) -> _Examined:
    """The rules of the documents, held against their city, its packs and the rules that it has in force.

    Where a file has a mistake the others are looked at all the same, so that all is told at once.
    ``own``: the documents are the city's, and the packs' rules are counted with them.
    """
    from rules.library import library
    from rules.linting import Findings, lint

    ruleset, mistakes = _sound(folder, documents)
    if ruleset is None:
        return _Examined(0, 0, Findings(), mistakes)
    broken = {problem.file for problem in mistakes}
    sound = [document for document in documents if document.name not in broken]
    in_force, _ = (ruleset, ()) if own else _sound(folder, folder.rules)
    findings = lint(
        ruleset,
        folder.city,
        folder.devices,
        folder.catalog,
        sound,
        library(folder.packs),
        in_force.rules if in_force is not None else None,
    )
    files = {document.name for document in sound}
    rules = [rule for rule in ruleset if own or rule.source.rpartition(":")[0] in files]
    tests = [test for test in ruleset.tests if own or test.file in files]
    return _Examined(len(rules), len(tests), findings, mistakes)


def _sound(folder: CityFolder, documents: Sequence[Document]) -> tuple[RuleSet | None, Sequence[Problem]]:
    """The rules of the documents and of the packs, and the mistakes of the files that had to be left out.

    None: what is left without those is no whole either.
    """
    from services.runtime.cityrules import city_rules

    try:
        return city_rules(replace(folder, rules=tuple(documents))), ()
    except ProblemsError as error:
        mistakes = error.problems
    broken = {problem.file for problem in mistakes}
    rest = tuple(document for document in documents if document.name not in broken)
    try:
        return city_rules(replace(folder, rules=rest)), mistakes
    except ProblemsError:
        return None, mistakes


def _print_json(found: _Examined, problems: Sequence[Problem]) -> None:
    told = {"problems": problems, "warnings": found.findings.warnings, "hints": found.findings.hints}
    documents = {key: [problem_document(one) for one in many] for key, many in told.items()}
    print_json({"rules": found.rules, **documents})


def _print_text(found: _Examined, city: str, problems: Sequence[Problem]) -> None:
    findings = found.findings
    for word, many in (("", problems), ("warning: ", findings.warnings), ("hint: ", findings.hints)):
        for one in sorted(many, key=lambda problem: (problem.file, problem.line)):
            sys.stderr.write(f"{word}{one}\n")
    counted = f"{found.rules} rules, {found.tests} tests, against the city {city}"
    counts = {
        "problem(s)": len(problems),
        "warning(s)": len(findings.warnings),
        "hint(s)": len(findings.hints),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    sys.stdout.write(f"{counted}: {said or 'no problems'}\n")
