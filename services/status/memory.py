"""What outlives a restart: since when each status holds, and the accounts behind the objectives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class StatusMemory(Protocol):
    """A place for one JSON document, such as a setting of the records, and for a beat beside it.

    Every method may raise :class:`services.store.errors.StoreError`: the status goes on without it then.
    """

    async def load(self) -> Mapping[str, Any] | None:
        """What was saved last, with the last beat as ``beat``; None when nothing was."""

    async def save(self, state: Mapping[str, Any]) -> None:
        """Keep it, in place of what was saved before."""

    async def beat(self, at: int) -> None:
        """Up to this moment (ms) statuses were judged: what comes after a kill begins there."""


class NoMemory:
    """Forgets: every start begins anew."""

    async def load(self) -> Mapping[str, Any] | None:
        return None

    async def save(self, state: Mapping[str, Any]) -> None:
        """Nothing is kept."""

    async def beat(self, at: int) -> None:
        """Nothing is kept."""
