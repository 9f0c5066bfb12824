"""Readings in InfluxDB 2 (line protocol in, Flux out), for a city on one machine or InfluxDB Cloud.

A measurement is an observation type; tags are the device and the zone, fields the metrics. A point is a
reading's identity, so writing it again changes nothing, and no position is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Self, TypeAlias

import aiohttp
from influxdb_client import WritePrecision
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.rest import ApiException

from devices.model import Observation, Values
from services.store.errors import StoreUnavailableError
from services.store.timeseries import annotated, flux, influxdb_setup
from services.store.timeseries.annotated import Table
from services.store.timeseries.grid import Piece, pieces, within
from services.store.timeseries.influxdb_errors import reason, told_plainly
from services.store.timeseries.influxdb_walk import Walk
from services.store.timeseries.lineprotocol import Encoder, UnwritableError
from services.store.timeseries.merging import identity, place
from services.store.timeseries.protocol import Aggregate, Bucket, Identity, PartialWriteError, Selection
from services.store.timeseries.spans import spans

Refused: TypeAlias = list[tuple[Observation, str]]

_SPLIT = (400, 413, 422)
_MOST_DEVICES = 500
_MANY = 65_536
_MANY_PIECES = 8


class _Batch(NamedTuple):
    """Observations, the line of each, and all lines as they are sent."""

    observations: Sequence[Observation]
    lines: Sequence[str]
    body: bytes

    @classmethod
    def of(cls, observations: Sequence[Observation], lines: Sequence[str]) -> Self:
        return cls(observations, lines, "\n".join(lines).encode())

    def halves(self) -> tuple[Self, Self]:
        half = len(self.lines) // 2
        return (
            self.of(self.observations[:half], self.lines[:half]),
            self.of(self.observations[half:], self.lines[half:]),
        )


class InfluxDBStore:
    """:class:`~services.store.timeseries.protocol.TimeSeriesStore` on a bucket of InfluxDB 2.

    A bucket that is missing is made, with ``retention`` (ms; None: for ever). ``timeout`` (seconds) bounds
    every question and every write.
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
        retention: int | None = None,
        timeout: float = 60,
    ) -> None:
        self.url, self.org, self.bucket = url.rstrip("/"), org, bucket
        self._token, self._retention = token, retention
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 10))
        self._client: InfluxDBClientAsync | None = None
        self._has_bucket = False
        self._encoder = Encoder()

    async def open(self) -> None:
        """Connect, and make the bucket when it is missing.

        Raises:
            StoreUnavailableError: nobody answers there yet; every later call tries again.
            StoreRefusedError: the token or the organisation is wrong.
        """
        if self._client is not None:
            return
        self._client = InfluxDBClientAsync(self.url, self._token, self.org, timeout=self._timeout)
        try:
            await self._ready()
        except StoreUnavailableError:
            raise
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        self._has_bucket = False
        if client is not None:
            await client.close()

    async def ping(self) -> None:
        """Return when the server answers this token about its bucket."""
        client = await self._ready()
        with self._plainly():
            await influxdb_setup.find(client, self.org, self.bucket)

    async def written(self) -> int | None:
        """None: InfluxDB keeps no position with its data, and needs none."""
        return None

    async def write(self, observations: Sequence[Observation], position: int) -> None:  # noqa: ARG002
        """Write a batch; what the server refuses is found by halving, and the rest is written."""
        batch, refused = await asyncio.to_thread(self._encoded, observations)
        if batch.lines:
            client = await self._ready()
            with self._plainly():
                refused += await self._send(client.write_api(), batch)
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
        walk = Walk(self._query, self.bucket, selection, after=after, newest_first=newest_first)
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
        grid = await asyncio.to_thread(pieces, selection.start, selection.end, every, timezone)
        if len(grid) > _MANY_PIECES:
            grid = pieces(*await self._extent(selection), every, timezone)
        if flux.is_empty(selection):
            return []
        chosen = (selection, []) if agg is Aggregate.COUNT else await self._numbers_of(selection)
        if chosen is None:
            return []
        found: list[Bucket] = []
        for piece in grid:
            part = within(chosen[0], piece)
            values = flux.source(self.bucket, part, own_fields=False, without=chosen[1])
            found += await self._buckets(values, piece, agg, by_zone)
        return found

    async def latest(self, selection: Selection) -> list[Observation]:
        """The newest reading of each (device, type)."""
        if flux.is_empty(selection):
            return []
        values = flux.source(self.bucket, selection, own_fields=True)
        ends = await asyncio.to_thread(annotated.observations, await self._query(flux.newest(values)))
        newest = {(one.device, one.type): one for one in ends}
        if selection.metrics:
            # Location and number are asked for by themselves: their own last may belong to a later reading.
            exact = await self._stored({identity(one) for one in newest.values()}, selection.metrics)
            return sorted(exact.values(), key=place)
        return sorted(newest.values(), key=place)

    def replay(self, selection: Selection, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        """All readings of the selection in order, in batches."""
        return Walk(self._query, self.bucket, selection).parts(batch)

    async def count(self) -> int:
        """How many readings are stored. InfluxDB reads everything for it."""
        everything = flux.source(self.bucket, Selection(flux.EARLIEST, flux.LATEST), own_fields=False)
        answer = await self._query(flux.count(everything))
        return sum(int(held) for (held,) in annotated.cells(answer, "_field"))

    async def _ready(self) -> InfluxDBClientAsync:
        """The connection, once the bucket is known to be there."""
        client = self._client
        if client is None:
            raise StoreUnavailableError(f"InfluxDB at {self.url} is not open")
        if not self._has_bucket:
            with self._plainly():
                await influxdb_setup.ensure(client, self.org, self.bucket, self._retention)
            self._has_bucket = True
        return client

    def _plainly(self) -> AbstractContextManager[None]:
        return told_plainly(self.url, self.org, self.bucket)

    async def _query(self, query: str) -> list[Table]:
        client = await self._ready()
        with self._plainly():
            answer = await client.query_api().query_raw(query)
        if len(answer) < _MANY:
            return annotated.tables(answer)
        return await asyncio.to_thread(annotated.tables, answer)

    def _encoded(self, observations: Sequence[Observation]) -> tuple[_Batch, Refused]:
        try:
            return _Batch.of(*self._encoder.encode(observations)), []
        except (UnwritableError, UnicodeError):
            return self._sifted(observations)

    def _sifted(self, observations: Sequence[Observation]) -> tuple[_Batch, Refused]:
        kept: list[Observation] = []
        refused: Refused = []
        for one in observations:
            try:
                _Batch.of(*self._encoder.encode([one]))
                kept.append(one)
            except (UnwritableError, UnicodeError) as error:
                refused.append((one, str(error)))
        return _Batch.of(*self._encoder.encode(kept)), refused

    async def _send(self, api: WriteApiAsync, batch: _Batch) -> Refused:
        """Write lines; those that the server refuses are found by halving, down to single ones."""
        try:
            await api.write(self.bucket, self.org, batch.body, WritePrecision.MS)
        except ApiException as error:
            if error.status not in _SPLIT:
                raise
            if len(batch.lines) == 1:
                return [(batch.observations[0], reason(error))]
            return [one for half in batch.halves() for one in await self._send(api, half)]
        return []

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
                answer = await self._query(flux.source(self.bucket, part, own_fields=True))
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
        answer = await self._query(flux.kinds(flux.source(self.bucket, selection, own_fields=False)))
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
            answer = await self._query(flux.edge(values, newest_first=newest_first))
            edges += [annotated.milliseconds(time) for (time,) in annotated.cells(answer, "_time")]
        return (edges[0], edges[-1] + 1) if edges else (selection.start, selection.start)

    async def _buckets(self, values: str, piece: Piece, agg: Aggregate, by_zone: bool) -> list[Bucket]:
        answer = await self._query(flux.aggregate(values, piece, agg, by_zone=by_zone))
        return await asyncio.to_thread(annotated.buckets, answer, piece, agg, by_zone=by_zone)
