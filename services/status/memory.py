"""What outlives a restart: since when each status holds, and the accounts behind the objectives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class StatusMemory(Protocol):
    """A place for one JSON document, such as a setting of the records.

    Both methods may raise :class:`services.store.errors.StoreError`: the status goes on without it then.
    """

    async def load(self) -> Mapping[str, Any] | None:
        """What was saved last; None when nothing was."""

    async def save(self, state: Mapping[str, Any]) -> None:
        """Keep it, in place of what was saved before."""


class NoMemory:
    """Forgets: every start begins anew."""

    async def load(self) -> Mapping[str, Any] | None:
        return None

    async def save(self, state: Mapping[str, Any]) -> None:
        """Nothing is kept."""
