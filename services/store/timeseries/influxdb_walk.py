"""Reading InfluxDB in order, which it does not do by itself: it answers series by series.

So the time of a selection is walked in windows, each read whole and sorted here. A window grows and shrinks
with how much the last one held, and an empty stretch is left by asking where the next value is, so that no
window is ever much larger than what it is read for. Each series gives no more values of a window than the
readings that are wanted, which bounds a window that is denser than all before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace

from devices.model import Observation
from services.store.timeseries import annotated, flux
from services.store.timeseries.annotated import Table
from services.store.timeseries.merging import place
from services.store.timeseries.protocol import Identity, Selection

_FIRST_WINDOW = 15_000
_WIDER = 4


class Walk:
    """One walk through a selection, in the order of (time, device, type) or backwards."""

    def __init__(
        self,
        query: Callable[[str], Awaitable[list[Table]]],
        bucket: str,
        selection: Selection,
        *,
        after: Identity | None = None,
        newest_first: bool = False,
    ) -> None:
        self._query, self._bucket, self._backwards = query, bucket, newest_first
        self._rest = replace(selection, start=max(selection.start, 0), end=min(selection.end, flux.LATEST))
        self._after: tuple[int, str, str] | None = None
        self._window = _FIRST_WINDOW
        if after is not None:
            self._go_on_after((after.time, after.device, after.type))

    async def parts(self, size: int) -> AsyncGenerator[list[Observation], None]:
        """What there is, at most ``size`` readings at a time."""
        while self._rest.start < self._rest.end:
            part = self._part()
            found = await self._read(part, size)
            if len(found) > size:
                found = found[:size]
                self._go_on_after(place(found[-1]))
                self._window = max(1, self._window // 2)
            else:
                await self._leave(part, len(found), size)
            if found:
                yield found

    async def _read(self, part: Selection, size: int) -> list[Observation]:
        values = flux.source(self._bucket, part, own_fields=True)
        few = flux.last if self._backwards else flux.first
        answer = await self._query(few(values, size + 2))
        found = await asyncio.to_thread(annotated.observations, answer)
        if self._backwards:
            found.reverse()
        after = self._after
        if after is None:
            return found
        if self._backwards:
            return [one for one in found if place(one) < after]
        return [one for one in found if place(one) > after]

    def _part(self) -> Selection:
        if self._backwards:
            return replace(self._rest, start=max(self._rest.start, self._rest.end - self._window))
        return replace(self._rest, end=min(self._rest.end, self._rest.start + self._window))

    def _go_on_after(self, after: tuple[int, str, str]) -> None:
        self._after = after
        if self._backwards:
            self._rest = replace(self._rest, end=min(self._rest.end, after[0] + 1))
        else:
            self._rest = replace(self._rest, start=max(self._rest.start, after[0]))

    async def _leave(self, part: Selection, held: int, size: int) -> None:
        """Go on beyond a window that was read to its end."""
        if self._backwards:
            self._rest = replace(self._rest, end=part.start)
        else:
            self._rest = replace(self._rest, start=part.end)
        if held == 0:
            await self._skip()
        elif held < size // _WIDER:
            self._window *= _WIDER

    async def _skip(self) -> None:
        """Go to the next value, wherever it is."""
        if self._rest.start >= self._rest.end:
            return
        values = flux.source(self._bucket, self._rest, own_fields=False)
        answer = await self._query(flux.edge(values, newest_first=self._backwards))
        found = [annotated.milliseconds(time) for (time,) in annotated.cells(answer, "_time")]
        if not found:
            self._rest = replace(self._rest, end=self._rest.start)
        elif self._backwards:
            self._rest = replace(self._rest, end=found[0] + 1)
        else:
            self._rest = replace(self._rest, start=found[0])
