"""The catalogue of observation types: a folder per domain, a YAML file per type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Self

from devices.documents import Document, Problem, ProblemsError, parse
from devices.model import Domain
from devices.typefile import parse_type
from devices.types import ObservationType


class Catalog(Mapping[str, ObservationType]):
    """Observation types by name. It never changes: :meth:`extended` gives another."""

    __slots__ = ("_types",)

    def __init__(self, types: Iterable[ObservationType] = ()) -> None:
        self._types = {observation_type.name: observation_type for observation_type in types}

    def __getitem__(self, name: str) -> ObservationType:
        return self._types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    @classmethod
    def builtin(cls) -> Self:
        """The types that Nakhon brings along, read from the package. Keep the answer: it is not cached."""
        return cls(parse_type(document) for document in builtin_documents())

    def extended(self, documents: Iterable[Document]) -> Catalog:
        """This catalogue and a city's own types.

        Raises:
            ProblemsError: all mistakes in all files, among them a type that stands in two of them, and one
                that replaces a newer version of itself.
        """
        types = dict(self._types)
        first: dict[str, str] = {}
        problems: list[Problem] = []
        for document in documents:
            try:
                own = parse_type(document)
            except ProblemsError as error:
                problems += error.problems
                continue
            if own.name in first:
                message = f"{own.name} is described in {first[own.name]} already"
                problems.append(parse(document).problem(("name",), message, value=own.name))
            elif (replaced := self.get(own.name)) and own.version < replaced.version:
                message = f"{own.contract} would replace the newer {replaced.contract}"
                problems.append(
                    parse(document).problem(
                        ("version",), message, value=own.version, allowed=f"{replaced.version} or more"
                    )
                )
            first.setdefault(own.name, document.name)
            types[own.name] = own
        if problems:
            raise ProblemsError(problems)
        return Catalog(types.values())


def builtin_documents() -> Iterator[Document]:
    """The catalogue's files, domain by domain, by name."""
    root = resources.files(__name__)
    for domain in Domain:
        for file in sorted(root.joinpath(domain.value).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".yaml"):
                yield Document(f"catalog/{domain}/{file.name}", file.read_text(encoding="utf-8"))
