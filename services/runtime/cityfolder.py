"""Reads a city's folder from disk. What its files mean is :mod:`devices.city`'s."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from devices.city import CityDocuments, CityFolder, geometry_files, parse_city
from devices.documents import Document, Problem, ProblemsError


def read_city(path: Path) -> CityFolder:
    """The city in a folder. Files are named in problems as ``path`` names the folder.

    Blocking: call it before the event loop runs, or on a thread.

    Raises:
        ProblemsError: the folder or its city.yaml is missing, a file can't be read, or whatever is wrong in
            them, all together.
    """
    if not path.is_dir():
        why = "not a folder" if path.exists() else "no such folder"
        raise ProblemsError([Problem(str(path), 0, "", f"{why}; a city is a folder that holds city.yaml")])
    reader = _Reader(path)
    documents = reader.documents()
    try:
        folder = parse_city(documents) if documents else None
    except ProblemsError as error:
        raise ProblemsError([*reader.problems, *error.problems]) from None
    if reader.problems or folder is None:
        raise ProblemsError(reader.problems)
    return folder


LARGEST = 8 << 20
"""Bytes that one YAML file of a folder may have: thousands of rules."""

MOST_FILES = 5_000


def read_rules(path: Path) -> tuple[tuple[Document, ...], Document | None]:
    """The files under ``rules/`` of a city's folder, by name, and its holidays. Blocking.

    Raises:
        ProblemsError: a file can't be read.
    """
    reader = _Reader(path)
    documents = reader.all("rules")
    holidays = reader.optional("holidays.yaml")
    if reader.problems:
        raise ProblemsError(reader.problems)
    return documents, holidays


def yaml_files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Every ``*.yaml`` below a folder, by name, and what of it can't be looked into.

    Names that begin with a dot are left out: what editors keep beside a file, and where Kubernetes keeps the
    files of a mounted ConfigMap a second time.
    """
    problems: list[Problem] = []
    found: list[Path] = []

    def refused(error: OSError) -> None:
        problems.append(Problem(str(error.filename), 0, "", f"can't be read: {error.strerror}"))

    for root, folders, files in os.walk(folder, onerror=refused if folder.exists() else None):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in files if name.endswith(".yaml") and not name.startswith(".")]
        if len(found) > MOST_FILES:
            problems.append(Problem(str(folder), 0, "", f"holds more than {MOST_FILES} files"))
            break
    return sorted(found), problems


class _Reader:
    """Reads files of one folder, keeping the names of those that it could not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def documents(self) -> CityDocuments | None:
        """Everything that is there; None without a readable city.yaml."""
        city = self._document(self.folder / "city.yaml")
        if city is None:
            return None
        return CityDocuments(
            city,
            self._devices(),
            self.all("types"),
            self._zones(city),
            self.all("rules"),
            self.optional("kpis.yaml"),
            self.optional("holidays.yaml"),
            self.all("indices"),
            self.optional("alerting.yaml"),
            self.optional("status.yaml"),
        )

    def _devices(self) -> Document | None:
        table, listed = self.folder / "devices.csv", self.folder / "devices.yaml"
        if table.exists() and listed.exists():
            message = "stands beside devices.csv: keep one of them"
            self.problems.append(Problem(str(listed), 0, "", message))
        return self.optional("devices.csv") or self.optional("devices.yaml")

    def _zones(self, city: Document) -> dict[str, Document]:
        """Outlines that city.yaml names. What is not there is left out: city.yaml is to blame, by line."""
        found = {}
        for name in geometry_files(city):
            file = self.folder / name
            inside = file.resolve().is_relative_to(self.folder.resolve())
            if inside and file.is_file() and (document := self._document(file)):
                found[name] = document
        return found

    def optional(self, name: str) -> Document | None:
        """A file that need not be there."""
        file = self.folder / name
        return self._document(file) if file.exists() else None

    def all(self, name: str) -> tuple[Document, ...]:
        """The YAML files below a folder."""
        files, problems = yaml_files(self.folder / name)
        self.problems += problems
        return tuple(self._documents(file for file in files if self._bounded(file)))

    def _bounded(self, file: Path) -> bool:
        """Whether a file is of a size that a person writes; what can't be told shows when it is read."""
        size = file.stat().st_size if file.exists() else 0
        if size > LARGEST:
            message = f"has {size:,} bytes, more than the {LARGEST:,} that a file may have; split it"
            self.problems.append(Problem(str(file), 0, "", message))
        return size <= LARGEST

    def _documents(self, files: Iterable[Path]) -> Iterable[Document]:
        for file in files:
            if document := self._document(file):
                yield document

    def _document(self, file: Path) -> Document | None:
        try:
            return Document(str(file), file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            message = "is missing; a city is a folder that holds city.yaml"
        except UnicodeDecodeError as error:
            message = f"not UTF-8 (byte {error.start}); save the file as UTF-8"
        except OSError as error:
            message = f"can't be read: {error.strerror}"
        self.problems.append(Problem(str(file), 0, "", message))
        return None
