"""The rule files of a city, and its holidays, as they lie on disk: whether they moved, and what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from devices.city import CityFolder
from devices.documents import Problem, ProblemsError
from devices.holidays import HolidayList, parse_holidays
from services.runtime.cityfolder import read_rules, yaml_files

Signature: TypeAlias = tuple[tuple[str, ...], ...]
"""What of the files changes whenever somebody writes one, without reading them."""

HOLIDAYS = "holidays.yaml"

_TRIES = 3


def look(path: Path) -> Signature:
    """The signature of a city's rules. Blocking; what can't be looked at is part of it."""
    files, problems = yaml_files(path / "rules")
    there = str((path / "rules").is_dir())
    stamps = (_stamp(file) for file in (path / HOLIDAYS, *files))
    return ((there,), *stamps, *((str(problem),) for problem in problems))


def _stamp(file: Path) -> tuple[str, ...]:
    try:
        found = file.stat()
    except OSError as error:
        return (str(file), str(error.strerror))
    return tuple(map(str, (file, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)))


def take(path: Path, folder: CityFolder) -> CityFolder:
    """``folder`` with the rules and holidays that now lie in it on disk. Blocking.

    A city that never had a folder for its rules has none; one that had must not lose them all by its absence.

    Raises:
        ProblemsError: they can't be read, or are written while one reads them.
    """
    if folder.rules and not (path / "rules").is_dir():
        message = "is not there; keep the folder, empty when the city has no rules of its own"
        raise ProblemsError([Problem(str(path / "rules"), 0, "", message)])
    for _ in range(_TRIES):
        before = look(path)
        documents, holidays = read_rules(path)
        if look(path) == before:
            return replace(folder, rules=documents, holidays=parse_holidays(holidays) if holidays else None)
    message = "is written to again and again; reload once it is at rest"
    raise ProblemsError([Problem(str(path / "rules"), 0, "", message)])


def digest(folder: CityFolder) -> str:
    """``sha256:`` and the digest of what the rule files say, of their names, and of the city's holidays."""
    found = hashlib.sha256()
    texts = [text for document in folder.rules for text in (document.name, document.text)]
    for text in (*texts, *_holidays(folder.holidays)):
        data = text.encode()
        found.update(len(data).to_bytes(8, "big") + data)
    return f"sha256:{found.hexdigest()}"


def _holidays(holidays: HolidayList | None) -> list[str]:
    if holidays is None:
        return []
    return [repr(holidays.extends), *map(str, sorted(holidays.without)), *map(repr, holidays.holidays)]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells files and mistakes as the API does: by the name that they have in the city's folder."""

    path: Path

    def name(self, file: str) -> str:
        """``rules/air.yaml``; what lies elsewhere keeps its name."""
        try:
            return Path(file).relative_to(self.path).as_posix()
        except ValueError:
            return file

    def problem(self, problem: Problem) -> Problem:
        """A mistake, with that name."""
        return replace(problem, file=self.name(problem.file))


def told(problem: Problem) -> Mapping[str, Any]:
    """A mistake, JSON-ready."""
    plain = isinstance(problem.value, str | int | float | bool)
    return {
        "file": problem.file,
        "line": problem.line or None,
        "key": problem.key,
        "value": problem.value if plain else None,
        "message": problem.message,
        "allowed": problem.allowed,
    }
