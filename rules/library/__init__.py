"""Rule packs that Nakhon brings along: a folder per domain, a YAML file per group, its tests in it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

from devices.documents import Document, suggestion
from devices.model import Domain

PACKS: tuple[str, ...] = tuple(domain.value for domain in Domain)
"""The names of the packs: the seven domains."""


class UnknownPackError(LookupError):
    """There is no pack of that name. The text says which there are."""


def library(names: Iterable[str] = PACKS) -> list[Document]:
    """The rule files of the packs, in the order of their names; all packs when none are named.

    Raises:
        UnknownPackError: one of the names is no pack.
    """
    return [document for name in names for document in _pack(name)]


def _pack(name: str) -> list[Document]:
    if name not in PACKS:
        have = ", ".join(PACKS)
        raise UnknownPackError(f"there is no rule pack {name}{suggestion(name, PACKS)}; there are {have}")
    folder = resources.files(__name__).joinpath(name)
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [
        Document(f"library/{name}/{file.name}", file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".yaml")
    ]
