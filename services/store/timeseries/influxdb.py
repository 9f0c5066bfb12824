"""Readings in InfluxDB 2 (line protocol in, Flux out), for a city on one machine or InfluxDB Cloud.

A measurement is an observation type; tags are the device and the zone, fields the metrics. A point is a
reading's identity, so writing it again changes nothing, and no position is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import islice

from devices.model import Observation, Values
from services.store.errors import StoreUnavailableError
from services.store.timeseries import annotated, flux
from services.store.timeseries.grid import DAY, Piece, pieces, within
from services.store.timeseries.influxdb_expiry import Expiry, longest
from services.store.timeseries.influxdb_link import Link
from services.store.timeseries.influxdb_notes import Notes
from services.store.timeseries.influxdb_rollup import AmbiguousError, Kind, Part, Rollup, one_each
from services.store.timeseries.influxdb_sending import encoded
from services.store.timeseries.influxdb_tidying import Tidier
from services.store.timeseries.influxdb_walk import Walk
from services.store.timeseries.lineprotocol import Encoder
from services.store.timeseries.localdays import LocalDays
from services.store.timeseries.merging import identity, place
from services.store.timeseries.protocol import (
    Aggregate,
    Bucket,
    Identity,
    PartialWriteError,
    Selection,
    is_number,
)
from services.store.timeseries.retention import FOR_EVER, Retention
from services.store.timeseries.spans import spans
from services.store.timeseries.tallying import Counting, Quantiles, Tallied, Tally, quantiles_of

_MOST_DEVICES = 500
_LONG = 3 * 366 * DAY
"""A longer selection is first narrowed to what has readings: the grid is made day by day."""
_SETTLE = 90.0
_MARGIN = 2 * DAY


class InfluxDBStore:
    """:class:`~services.store.timeseries.protocol.TimeSeriesStore` on a bucket of InfluxDB 2.

    A bucket that is missing is made, with the longest ``retention``; so is, by :meth:`tidy`, a second one
    beside it, named ``…-rollup``, for hours and days that are aggregated ahead, days being those of
    ``timezone``. ``timeout`` (seconds) bounds every question and every write. ``settle`` (seconds, more than
    ``timeout``) is how long other processes are given to hear of days that will be aggregated; 0 when there
    are none. ``steady`` counts these seconds, in place of the event loop.
    """

    name = "influxdb"
    shareable = True

    def __init__(
        self,
        url: str,
        org: str,
        bucket: str,
        token: str,
        *,
        retention: Retention = FOR_EVER,
        timezone: str = "UTC",
        timeout: float = 60,
        settle: float = _SETTLE,
        steady: Callable[[], float] | None = None,
    ) -> None:
        self.url, self.org, self.bucket = url.rstrip("/"), org, bucket
        kept, days = longest(retention), LocalDays(timezone)
        self._days = days
        self._link = Link(url, org, bucket, token, retention=kept, timeout=timeout)
        # A day's aggregates stand at its start, and must outlive the last of its readings.
        kept = None if kept is None else kept + _MARGIN
        beside = Link(url, org, f"{bucket}-rollup", token, retention=kept, timeout=timeout, lazy=True)
        self._beside = beside
        self._notes = Notes(beside, days, settle, steady)
        self._rollup = Rollup(beside, self._notes, days)
        self._tidier = Tidier(self._link, beside, self._notes, days)
        self._expiry = Expiry(self._link, beside, self._notes, days, retention)
        self._encoder = Encoder()

    async def open(self) -> None:
        """Connect, and make the bucket when it is missing.

        Raises:
            StoreUnavailableError: nobody answers there yet; every later call tries again.
            StoreRefusedError: the token or the organisation is wrong.
        """
        if self._link.is_open:
            return
        await asyncio.to_thread(self._days.load)
        self._link.open()
        self._beside.open()
        try:
            await self._link.ready()
        except StoreUnavailableError:
            raise
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        if self._link.is_open:
            await self._tidier.close()
        await self._link.close()
        await self._beside.close()

    async def ping(self) -> None:
        """Return when the server answers this token about its bucket."""
        await self._link.ping()

    async def written(self) -> int | None:
        """None: InfluxDB keeps no position with its data, and needs none."""
        return None

    async def write(self, observations: Sequence[Observation], position: int) -> None:  # noqa: ARG002
        """Write a batch; what the server refuses of it is found, and the rest is written."""
        batch, refused = await asyncio.to_thread(encoded, self._encoder, observations)
        if batch.lines:
            refused += await self._link.send(batch)
            await self._notes.written(batch.observations)
        if refused:
            raise PartialWriteError(refused)

    async def existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Values]:
        """The values stored under these identities."""
        found = await self._stored(set(identities))
        return {key: one.values for key, one in found.items()}

    async def readings(
        self, selection: Selection, *, limit: int, after: Identity | None = None, newest_first: bool = False
    ) -> list[Observation]:
        """One page of readings by (time, device, type)."""
        found: list[Observation] = []
        walk = Walk(self._link.query, self.bucket, selection, after=after, newest_first=newest_first)
        async with aclosing(walk.parts(limit)) as parts:
            async for part in parts:
                found += part
                if len(found) >= limit:
                    break
        return found[:limit]

    async def aggregate(
        self, selection: Selection, *, every: int, agg: Aggregate, timezone: str, by_zone: bool = False
    ) -> list[Bucket]:
        """Numbers per bucket, device or zone, and metric."""
        pieces(0, 0, every, timezone)  # tells of what can't be asked
        if flux.is_empty(selection):
            return []
        if selection.end - selection.start > _LONG:
            start, end = await self._extent(selection)
            selection = replace(selection, start=start, end=end)
        grid = await asyncio.to_thread(pieces, selection.start, selection.end, every, timezone)
        if not grid:
            return []
        asked = Aggregate.SUM if agg is Aggregate.MEAN else agg
        kind = Kind(every, timezone, agg, by_zone)
        parts = await self._rollup.parts(selection, grid, kind)
        try:
            found = await self._parts(parts, grid, asked, by_zone)
        except AmbiguousError:
            found = await self._parts([Part(selection, None)], grid, asked, by_zone)
        return await asyncio.to_thread(one_each, found, agg)

    async def tally(self, selection: Selection, tally: Tally, *, timezone: str) -> list[Tallied]:
        """How many readings satisfy conditions, by day, zone and, when asked for, device."""
        wanted = replace(selection, metrics=tally.metrics)
        grid = await asyncio.to_thread(pieces, wanted.start, wanted.end, DAY, timezone)
        counting = [(piece, Counting(tally, piece.bucket)) for piece in grid]
        for piece, counted in counting:
            part = within(wanted, piece)
            for first, last in tally.within or ((part.start, part.end),):
                span = replace(part, start=max(part.start, first), end=min(part.end, last))
                async for readings in self.replay(span):
                    await asyncio.to_thread(counted.take, readings)
        return [row for _, counted in counting for row in counted.found()]

    async def quantiles(self, selection: Selection, shares: Sequence[float]) -> list[Quantiles]:
        """Values below which these shares lie, of all readings and of each zone's."""
        by_zone: dict[str, list[float]] = {}
        (metric,) = selection.metrics
        async for readings in self.replay(selection):
            for one in readings:
                if is_number(number := one.values[metric]):
                    by_zone.setdefault(one.zone, []).append(float(number))
        return await asyncio.to_thread(quantiles_of, by_zone, shares)

    async def latest(self, selection: Selection) -> list[Observation]:
        """The newest reading of each (device, type)."""
        if flux.is_empty(selection):
            return []
        values = flux.source(self.bucket, selection, own_fields=True)
        ends = await asyncio.to_thread(annotated.observations, await self._link.query(flux.newest(values)))
        newest = {(one.device, one.type): one for one in ends}
        if selection.metrics:
            # Location and number are asked for by themselves: their own last may belong to a later reading.
            exact = await self._stored({identity(one) for one in newest.values()}, selection.metrics)
            return sorted(exact.values(), key=place)
        return sorted(newest.values(), key=place)

    async def tidy(self, now: int) -> None:
        """Delete readings that are past their retention, and aggregate days that are over."""
        await self._expiry.tidy(now)
        await self._tidier.tidy(now)

    def replay(self, selection: Selection, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        """All readings of the selection in order, in batches."""
        return Walk(self._link.query, self.bucket, selection).parts(batch)

    async def count(self) -> int:
        """How many readings are stored. InfluxDB reads everything for it."""
        everything = flux.source(self.bucket, Selection(flux.EARLIEST, flux.LATEST), own_fields=False)
        answer = await self._link.query(flux.count(everything))
        return sum(int(held) for (held,) in annotated.cells(answer, "_field"))

    async def _stored(
        self, asked: Collection[Identity], metrics: tuple[str, ...] = ()
    ) -> dict[Identity, Observation]:
        found: dict[Identity, Observation] = {}
        for first, last in spans(one.time for one in asked):
            wanted = [one for one in asked if first <= one.time <= last]
            types = tuple(sorted({one.type for one in wanted}))
            devices = iter(sorted({one.device for one in wanted}))
            while some := tuple(islice(devices, _MOST_DEVICES)):
                part = Selection(first, last + 1, some, (), types, metrics)
                answer = await self._link.query(flux.source(self.bucket, part, own_fields=True))
                readings = await asyncio.to_thread(annotated.observations, answer)
                held = {identity(one): one for one in readings}
                found.update((key, held[key]) for key in wanted if key in held)
        return found

    async def _numbers_of(self, selection: Selection) -> tuple[Selection, list[tuple[str, str]]] | None:
        """The selection with those of its metrics and types that are numbers somewhere, and the (type,
        metric) among these that are not. None when there are no numbers.

        Asked first, because InfluxDB 2.8 never lets go of the files that a sum of texts has read: the query
        fails, and when such a file is to be deleted, by retention too, all writing stops until a restart.
        """
        answer = await self._link.query(flux.kinds(flux.source(self.bucket, selection, own_fields=False)))
        every = set(annotated.cells(answer, "_measurement", "_field"))
        numbers = set(annotated.cells(annotated.numeric(answer), "_measurement", "_field"))
        if not numbers:
            return None
        types, metrics = ({pair[part] for pair in numbers} for part in (0, 1))
        others = sorted((type_, metric) for type_, metric in every - numbers if metric in metrics)
        return replace(selection, types=tuple(sorted(types)), metrics=tuple(sorted(metrics))), others

    async def _extent(self, selection: Selection) -> tuple[int, int]:
        """The span [start, end) of a selection in which there are readings at all."""
        values = flux.source(self.bucket, selection, own_fields=False)
        edges = []
        for newest_first in (False, True):
            answer = await self._link.query(flux.edge(values, newest_first=newest_first))
            edges += [annotated.milliseconds(time) for (time,) in annotated.cells(answer, "_time")]
        return (edges[0], edges[-1] + 1) if edges else (selection.start, selection.start)

    async def _parts(
        self, parts: Iterable[Part], grid: Sequence[Piece], agg: Aggregate, by_zone: bool
    ) -> list[Bucket]:
        """The buckets of each part in order; one that a part ends in the midst of comes for both."""
        found: list[Bucket] = []
        for part in parts:
            if part.level is None:
                found += await self._from_readings(part.selection, grid, agg, by_zone)
            else:
                for piece in _overlapping(grid, part.selection):
                    inside = part._replace(selection=within(part.selection, piece))
                    found += await self._rollup.buckets(inside, piece, agg, by_zone=by_zone)
        return found

    async def _from_readings(
        self, selection: Selection, grid: Sequence[Piece], agg: Aggregate, by_zone: bool
    ) -> list[Bucket]:
        chosen = (selection, []) if agg is Aggregate.COUNT else await self._numbers_of(selection)
        if chosen is None:
            return []
        found: list[Bucket] = []
        for piece in _overlapping(grid, selection):
            part = within(chosen[0], piece)
            values = flux.source(self.bucket, part, own_fields=False, without=chosen[1])
            answer = await self._link.query(flux.aggregate(values, piece, agg, by_zone=by_zone))
            found += await asyncio.to_thread(annotated.buckets, answer, piece, agg, by_zone=by_zone)
        return found


def _overlapping(grid: Iterable[Piece], selection: Selection) -> Iterator[Piece]:
    return (piece for piece in grid if piece.start < selection.end and selection.start < piece.end)
