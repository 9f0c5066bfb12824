"""What is kept beside pre-aggregated hours and days: how far they go, and what was written too late for them.

One point says how far: ``announced``, the midnight up to which days may be summarised by now; ``rolled``, up
to which they are; and who does it. Whoever writes readings of days before ``announced`` marks (type, device,
day) as late once they are stored and before the write is over. Whoever summarises takes the mark away before
it reads, so that a reading is either in what it reads or is marked again.

A process learns of an announcement within a third of the ``settle`` span, and no day is summarised before a
whole one has passed since it was announced: days that nobody knows to be announced are not summarised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from devices.model import Observation
from services.store.timeseries import annotated, flux_rollup
from services.store.timeseries.influxdb_link import Link, MissingBucketError
from services.store.timeseries.lineprotocol import series
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.protocol import Selection

_TIME = itemgetter(0)
_AT_ONCE = 5_000


class Standing(NamedTuple):
    """How far pre-aggregation is (ms, 0 for not at all), and which process (a random name) does it."""

    announced: int = 0
    rolled: int = 0
    timezone: str = ""
    """Whose days they are."""
    owner: str = ""
    beat: int = 0
    """Changes while the owner is at it."""
    expired: Mapping[str, int] = MappingProxyType({})
    """Before when readings of a type are deleted."""


class Mark(NamedTuple):
    """Readings of a device and a local day (its start, ms) were written after the day was announced."""

    type: str
    device: str
    day: int


class Notes:
    """The notes in the bucket of pre-aggregated values. ``settle`` in seconds, as ``steady`` counts them."""

    def __init__(
        self, link: Link, days: LocalDays, settle: float, steady: Callable[[], float] | None = None
    ) -> None:
        self._link, self._days, self.settle = link, days, settle
        self._steady = steady
        self._announced = 0
        self._asked: float | None = None

    def steady(self) -> float:
        """Seconds on a clock that nobody sets."""
        return asyncio.get_running_loop().time() if self._steady is None else self._steady()

    async def standing(self) -> Standing | None:
        """How far pre-aggregation is; None when there is no bucket for it."""
        asked = self.steady()
        try:
            answer = await self._link.query(flux_rollup.notes(self._link.bucket))
        except MissingBucketError:
            found = None
        else:
            found = _standing(annotated.cells(answer, "_measurement", "_field", "_value"))
        self._announced, self._asked = found.announced if found else 0, asked
        return found

    async def save(self, **fields: int | str) -> None:
        """Change some of the fields of :class:`Standing`."""
        cells = ",".join(
            f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}i"
            for name, value in fields.items()
        )
        await self._link.put([f"{flux_rollup.NOTES} {cells} {flux_rollup.NOTED_AT}"])
        announced = fields.get(flux_rollup.ANNOUNCED)
        if isinstance(announced, int):
            self._announced = announced

    async def written(self, observations: Sequence[Observation]) -> None:
        """Mark what of these, which are stored by now, belongs to days that were announced before."""
        if self._asked is None or self.steady() - self._asked > self.settle / 3:
            await self.standing()
        if min(map(_TIME, observations)) >= self._announced:
            return
        start = self._days.start
        late = {Mark(one[3], one[1], start(one[0])) for one in observations if one[0] < self._announced}
        try:
            await self.mark(late, late=1)
        except MissingBucketError:
            self._announced = 0  # what was pre-aggregated is gone with the bucket

    async def expired(self, type_: str, before: int) -> None:
        """Note before when readings of a type are deleted, if there is a bucket for notes."""
        line = f"{series(type_)} {flux_rollup.EXPIRED}={before}i {flux_rollup.NOTED_AT}"
        with suppress(MissingBucketError):
            await self._link.put([line])

    async def mark(self, marks: Iterable[Mark], **fields: int) -> None:
        """Set fields of these marks."""
        cells = ",".join(f"{name}={value}i" for name, value in fields.items())
        lines = [f"{series(type_, device=device)} {cells} {day}" for type_, device, day in marks]
        for at in range(0, len(lines), _AT_ONCE):
            await self._link.put(lines[at : at + _AT_ONCE])

    async def marks(self, selection: Selection, *, most: int) -> set[Mark]:
        """Marks that stand, of each device at most so many."""
        answer = await self._link.query(flux_rollup.late(self._link.bucket, selection, most=most))
        return {
            Mark(type_, device, annotated.milliseconds(time))
            for type_, device, time in annotated.cells(answer, "_measurement", "device", "_time")
        }

    async def late_days(self, selection: Selection) -> set[int]:
        """The days (their starts) of a selection that have such marks."""
        answer = await self._link.query(flux_rollup.late_days(self._link.bucket, selection))
        return {annotated.milliseconds(time) for (time,) in annotated.cells(answer, "_time")}


def _standing(cells: Iterable[tuple[str, ...]]) -> Standing:
    fields: dict[str, str] = {}
    expired: dict[str, int] = {}
    for measurement, field, value in cells:
        if field == flux_rollup.EXPIRED:
            expired[measurement] = int(value)
        else:
            fields[field] = value
    return Standing(
        int(fields.get(flux_rollup.ANNOUNCED, 0)),
        int(fields.get(flux_rollup.ROLLED, 0)),
        fields.get(flux_rollup.TIMEZONE, ""),
        fields.get(flux_rollup.OWNER, ""),
        int(fields.get(flux_rollup.BEAT, 0)),
        expired,
    )
