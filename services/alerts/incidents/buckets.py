"""Names by key, for very many keys of which most have one name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Generic, TypeVar

K = TypeVar("K")


class Buckets(Generic[K]):
    """Sets of names in the order in which they came. One that is alone is kept as it is, without a set."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[K, str | dict[str, None]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def get(self, key: K) -> Collection[str]:
        """The names under a key. It moves with the buckets."""
        found = self._found.get(key)
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else found.keys()

    def add(self, key: K, name: str) -> None:
        """Put a name under a key; one that is there stays where it is."""
        found = self._found.get(key)
        if found is None:
            self._found[key] = name
        elif not isinstance(found, str):
            found[name] = None
        elif found != name:
            self._found[key] = {found: None, name: None}

    def drop(self, key: K, name: str) -> None:
        """Take a name out; it need not be there."""
        found = self._found.get(key)
        if isinstance(found, dict):
            found.pop(name, None)
        if not found or found == name:
            self._found.pop(key, None)

    def as_sets(self) -> dict[K, frozenset[str]]:
        """All of it, without the order."""
        return {key: frozenset(self.get(key)) for key in self._found}
