"""Readings that InfluxDB would keep for longer than their type is to be kept.

A bucket has one retention, the longest of all types, which the server enforces by itself. Types with a
shorter one are deleted through its delete API, which is worth doing rarely: every deletion is a note on disk
for each series, until the files are rewritten.
"""

from __future__ import annotations

from contextlib import suppress

from services.store.timeseries import annotated, flux
from services.store.timeseries.influxdb_link import Link, MissingBucketError
from services.store.timeseries.influxdb_notes import Notes
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.protocol import Selection
from services.store.timeseries.retention import Retention

_EVERY = 3_600_000


def longest(retention: Retention) -> int | None:
    """For how long (ms) the bucket has to keep what it gets; None: for ever."""
    if retention.default is None:
        return None
    return max(retention.default, *retention.types.values(), 0)


class Expiry:
    """Deletes the readings of ``source``, and what was aggregated of them in ``target``."""

    def __init__(
        self, source: Link, target: Link, notes: Notes, days: LocalDays, retention: Retention
    ) -> None:
        self._source, self._target, self._notes, self._days = source, target, notes, days
        self._retention, self._longest = retention, longest(retention)
        self._last: int | None = None

    async def tidy(self, now: int) -> None:
        """Delete what is too old as of ``now`` (ms); at most once an hour."""
        if self._last is not None and 0 <= now - self._last < _EVERY:
            return
        self._last = now
        for type_ in await self._types():
            kept = self._retention.of(type_)
            if kept is not None:
                await self._expire(type_, now - kept)

    async def _types(self) -> list[str]:
        """The types that the server does not see to."""
        await self._source.ready()
        ours = self._source.is_ours
        named = [type_ for type_, kept in self._retention.types.items() if kept != self._longest or not ours]
        if not ours or self._retention.default in (None, self._longest):
            # In somebody else's bucket only what is configured by name is ours to delete.
            return named
        answer = await self._source.query(flux.measurements(self._source.bucket))
        held = [type_ for (type_,) in annotated.cells(answer, "_value")]
        return named + [type_ for type_ in held if type_ not in self._retention.types]

    async def _expire(self, type_: str, before: int) -> None:
        old = Selection(flux.EARLIEST, before, types=(type_,))
        if flux.is_empty(old):
            return
        values = flux.source(self._source.bucket, old, own_fields=True)
        if not any(True for _ in annotated.cells(await self._source.query(flux.any_of(values)), "_time")):
            return
        await self._notes.expired(type_, before)
        predicate = f"_measurement={flux.text(type_)}"
        await self._source.delete(flux.EARLIEST, before, predicate)
        with suppress(MissingBucketError):
            await self._target.delete(flux.EARLIEST, self._days.end(before), predicate)
