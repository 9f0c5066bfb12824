"""``nakhon rules``: check rule files, and run the tests that they carry."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devices.documents import Document, Problem, ProblemsError
from services.cli.common import Json, demo_city, print_json

if TYPE_CHECKING:
    from devices.city import CityFolder
    from rules.ruleset import RuleSet

RulesOption = Annotated[
    Path | None, typer.Option(help="Rule files: a folder, or one file. Otherwise the city's, with its packs.")
]
CityOption = Annotated[
    Path | None, typer.Option(help="Folder of the city; otherwise the current one, or the pilot.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Rules: check them and test them.", no_args_is_help=True)
    group.command("check")(check)
    group.command("test")(prove)
    app.add_typer(group, name="rules")


def check(rules: RulesOption = None, city: CityOption = None, json: Json = False) -> None:
    """Look for mistakes. Exit code 1 when there are any, each with file and line."""
    from services.runtime.cityfolder import read_city

    folder = read_city(city or _city())
    ruleset = _sound(rules, folder, json=json)
    if json:
        print_json({"rules": len(ruleset), "problems": []})
    else:
        counted = f"{len(ruleset)} rules, {len(ruleset.tests)} tests"
        sys.stdout.write(f"{counted}, against the city {folder.city.id}: no problems\n")


def prove(rules: RulesOption = None, city: CityOption = None, json: Json = False) -> None:
    """Run the tests in the rule files, under virtual time. Exit code 1 when one fails."""
    from rules.testing import run as run_tests
    from services.runtime.cityfolder import read_city

    folder = read_city(city or _city())
    results = run_tests(_sound(rules, folder, json=json), folder.catalog, folder.city, folder.devices)
    failed = [result for result in results if not result.passed]
    if json:
        print_json({"passed": len(results) - len(failed), "failed": [str(result) for result in failed]})
    else:
        for result in results:
            sys.stdout.write(f"{result}\n")
        sys.stdout.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    if failed:
        raise typer.Exit(1)


def _city() -> Path:
    """The city of the current folder, or else the pilot city."""
    return Path() if Path("city.yaml").exists() else demo_city()


def _sound(rules: Path | None, folder: CityFolder, *, json: bool) -> RuleSet:
    """The rules; when there are mistakes they are told, and it ends with exit code 1."""
    try:
        return _read(rules, folder)
    except ProblemsError as error:
        if json:
            print_json({"rules": 0, "problems": [_problem(problem) for problem in error.problems]})
        else:
            sys.stderr.write(f"{error}\n{len(error.problems)} problem(s)\n")
        raise typer.Exit(1) from None


def _read(rules: Path | None, folder: CityFolder) -> RuleSet:
    from rules.files import Context, parse_groups
    from services.app.modules import city_rules

    if rules is None:
        return city_rules(folder)
    return parse_groups(_documents(rules), Context(folder.catalog, folder.city))


def _documents(path: Path) -> list[Document]:
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    documents, problems = [], []
    for file in files:
        try:
            documents.append(Document(str(file), file.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), 0, "", f"can't be read: {error}"))
    if not files:
        problems.append(Problem(str(path), 0, "", "there is no rule file (*.yaml) here"))
    if problems:
        raise ProblemsError(problems)
    return documents


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "value": problem.value,
        "message": problem.message,
        "allowed": problem.allowed,
    }
