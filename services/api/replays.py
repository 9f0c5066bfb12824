"""Which entries of the quarantine are being replayed, or were accepted and are not marked yet."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError

_MOST = 100_000


class Replays:
    """One for each application. An entry is marked once its reading is stored, which may take a while."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._accepted: OrderedDict[str, int] = OrderedDict()

    @contextmanager
    def claimed(self, entry_id: str) -> Iterator[None]:
        """Nobody else replays the entry meanwhile.

        Raises:
            ConflictError: somebody else does, or did.
        """
        if (at := self._accepted.get(entry_id)) is not None:
            raise done_already(entry_id, at)
        if entry_id in self._under_way:
            raise ConflictError(f"the entry {entry_id} is being replayed at this moment")
        self._under_way.add(entry_id)
        try:
            yield
        finally:
            self._under_way.discard(entry_id)

    def accepted(self, entry_id: str, at: int) -> None:
        """The entry was accepted at ``at`` (ms)."""
        self._accepted[entry_id] = at
        while len(self._accepted) > _MOST:
            self._accepted.popitem(last=False)


def done_already(entry_id: str, at: int) -> ConflictError:
    """The entry was replayed before, at ``at`` (ms)."""
    return ConflictError(f"the entry {entry_id} was replayed already, at {rfc3339(at)}")
