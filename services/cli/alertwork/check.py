"""``nakhon alerts check``: mistakes in ``alerting.yaml`` and what is odd about it, all at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from devices.documents import Problem, ProblemsError
from services.cli.common import ConfigOption, Json, print_json
from services.cli.rulework.setting import CityOption, default_city, problem_document

if TYPE_CHECKING:
    from devices.city import CityFolder
    from services.alerts.policy.files import Examined
    from services.runtime.notifyconfig import Notify

StrictOption = Annotated[bool, typer.Option("--strict", help="Warnings count as problems: exit code 1.")]


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command()(check)


def check(
    city: CityOption = None, config: ConfigOption = None, json: Json = False, strict: StrictOption = False
) -> None:
    """Look for mistakes in alerting.yaml, each with file and line; with --config also whether its receivers
    can be reached. Exit code 1 for a problem; a warning alone is 0."""
    from services.runtime.cityfolder import read_city
    from services.runtime.config import read_config

    settings = read_config(config) if config else None
    folder = read_city(city or (settings.city if settings else default_city()))
    found = examined(folder, settings.notify if settings else None)
    if json:
        told = {"problems": found.problems, "warnings": found.warnings, "hints": found.hints}
        routes = len(found.policy.routes) if found.policy else 0
        print_json(
            {"routes": routes, **{name: list(map(problem_document, many)) for name, many in told.items()}}
        )
    else:
        _print(found, folder)
    if found.problems or (strict and found.warnings):
        raise typer.Exit(1)


def examined(folder: CityFolder, notify: Notify | None = None) -> Examined:
    """What there is to say about the ``alerting.yaml`` of a city."""
    from rules.context import Context
    from services.alerts.policy.files import examine
    from services.alerts.policy.reaching import unreached_problems
    from services.runtime.cityrules import city_rules

    problems: tuple[Problem, ...] = ()
    try:
        rules = set(city_rules(folder).rules)
    except ProblemsError as error:
        rules, problems = None, tuple(error.problems)
    found = examine(folder.alerting, Context.of(folder), rules, folder.devices)
    if notify is not None and found.policy is not None:
        problems += tuple(unreached_problems(folder.alerting, found.policy, notify))
    return replace(found, problems=(*found.problems, *problems))


def _print(found: Examined, folder: CityFolder) -> None:
    for word, many in (("", found.problems), ("warning: ", found.warnings), ("hint: ", found.hints)):
        for one in sorted(many, key=lambda problem: (problem.file, problem.line)):
            sys.stderr.write(f"{word}{one}\n")
    sys.stdout.write(f"{_counted(found, folder)}: {_said(found)}\n")


def _counted(found: Examined, folder: CityFolder) -> str:
    if folder.alerting is None:
        return f"the city {folder.city.id} has no alerting.yaml; only the console tells of its alerts"
    policy = found.policy
    if policy is None:
        return f"alerting.yaml of the city {folder.city.id}"
    return f"{len(policy.routes)} routes, {len(policy.receivers)} receivers of the city {folder.city.id}"


def _said(found: Examined) -> str:
    counts = {
        "problem(s)": len(found.problems),
        "warning(s)": len(found.warnings),
        "hint(s)": len(found.hints),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no problems"
