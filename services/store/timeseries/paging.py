"""Walking through all readings in bounded memory, over windows that follow how dense they lie."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Protocol

from devices.model import Observation
from services.store.timeseries.merging import identity
from services.store.timeseries.protocol import Identity, Selection

_FIRST_WINDOW = 3_600_000
_NARROWEST = 1_000


class _Readings(Protocol):
    def __call__(
        self, selection: Selection, *, limit: int, after: Identity | None = None
    ) -> Awaitable[list[Observation]]: ...


async def replay(readings: _Readings, selection: Selection, batch: int) -> AsyncIterator[list[Observation]]:
    """All readings of a selection in order of (time, device, type), at most ``batch`` at a time.

    Each question covers a window of time only: narrower after a full page, wider after one that left room,
    so that neither a dense minute nor an empty year costs much.
    """
    window, start = _FIRST_WINDOW, selection.start
    after: Identity | None = None
    while start < selection.end:
        part = replace(selection, start=start, end=min(selection.end, start + window))
        page = await readings(part, limit=batch, after=after)
        if page:
            yield page
        if len(page) == batch:
            after, start = identity(page[-1]), page[-1].time
            window = max(_NARROWEST, window // 2)
        else:
            after, start = None, part.end
            window *= 2
