"""What the commands share: which city, which rules, and how mistakes in them are told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devices.documents import Document, Problem, ProblemsError
from services.cli.common import demo_city, print_json

if TYPE_CHECKING:
    from devices.city import CityFolder
    from rules.ruleset import RuleSet

RulesOption = Annotated[
    Path | None, typer.Option(help="Rule files: a folder, or one file. Otherwise the city's, with its packs.")
]
CityOption = Annotated[
    Path | None, typer.Option(help="Folder of the city; otherwise the current one, or the pilot.")
]


@dataclass(frozen=True, slots=True)
class Rules:
    """A set of rules, and the files it was read from: None for those of the city itself."""

    ruleset: RuleSet
    documents: tuple[Document, ...] | None = None


def default_city() -> Path:
    """The city of the current folder, or else the pilot city."""
    return Path() if Path("city.yaml").exists() else demo_city()


def read_rules(path: Path | None, folder: CityFolder) -> Rules:
    """The rules in a file or folder, or the city's own, with its packs.

    Raises:
        ProblemsError: all mistakes in them.
    """
    from rules.files import Context, parse_groups
    from services.runtime.cityrules import city_rules

    if path is None:
        return Rules(city_rules(folder))
    documents = read_documents(path)
    return Rules(parse_groups(documents, Context.of(folder)), tuple(documents))


def read_documents(path: Path) -> list[Document]:
    """The rule files in a folder, or the one file.

    Raises:
        ProblemsError: there is none, or one can't be read.
    """
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    documents, problems = [], []
    for file in files:
        try:
            documents.append(Document(str(file), file.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or error
            problems.append(Problem(str(file), 0, "", f"can't be read: {why}"))
    if not files:
        problems.append(Problem(str(path), 0, "", "there is no rule file (*.yaml) here"))
    if problems:
        raise ProblemsError(problems)
    return documents


def sound_rules(path: Path | None, folder: CityFolder, *, json: bool) -> RuleSet:
    """The rules; when there are mistakes they are told, and it ends with exit code 1."""
    try:
        return read_rules(path, folder).ruleset
    except ProblemsError as error:
        if json:
            print_json({"rules": 0, "problems": [problem_document(problem) for problem in error.problems]})
        else:
            sys.stderr.write(f"{error}\n{len(error.problems)} problem(s)\n")
        raise typer.Exit(1) from None


def problem_document(problem: Problem) -> dict[str, Any]:
    """A mistake, JSON-ready."""
    return {
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "value": problem.value,
        "message": problem.message,
        "allowed": problem.allowed,
    }
