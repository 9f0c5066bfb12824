"""A description as it is served: made once, when somebody first asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any


class Description:
    """Holds what ``make`` gives. It takes a fifth of a second, hence the thread, and not at the start."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make
        self._made: Mapping[str, Any] | None = None

    async def get(self) -> Mapping[str, Any]:
        """The document."""
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)
        return self._made
