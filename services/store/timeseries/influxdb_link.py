"""The connection to an InfluxDB, and the bucket on it that is found or made when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import aiohttp
import structlog
from influxdb_client import WritePrecision
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException

from services.runtime.clock import rfc3339
from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.timeseries import annotated, influxdb_sending, influxdb_setup
from services.store.timeseries.annotated import Table
from services.store.timeseries.influxdb_errors import store_error, told_plainly
from services.store.timeseries.influxdb_sending import Batch, Refused

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

_MANY = 65_536
_NOT_FOUND = 404


class MissingBucketError(StoreRefusedError):
    """There is no such bucket, or the token may not read it."""


class Link:
    """Questions and writes about one bucket. ``retention`` in ms, None for ever; ``timeout`` in seconds.

    A bucket that is missing is made when it is first needed, also when it is deleted while this runs; unless
    ``lazy``: then only by :meth:`make`, and everything else raises :class:`MissingBucketError`.
    """

    def __init__(
        self,
        url: str,
        org: str,
        bucket: str,
        token: str,
        *,
        retention: int | None,
        timeout: float,
        lazy: bool = False,
    ) -> None:
        self.url, self.org, self.bucket = url.rstrip("/"), org, bucket
        self.is_ours = False
        """Whether Nakhon made the bucket, as far as is known yet."""
        self._token, self._retention, self._lazy = token, retention, lazy
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 10))
        self._client: InfluxDBClientAsync | None = None
        self._has_bucket = False
        self._lost = False

    @property
    def is_open(self) -> bool:
        """Whether :meth:`open` was called."""
        return self._client is not None

    def open(self) -> None:
        """Make the connection's object; nothing is asked yet."""
        if self._client is None:
            self._client = InfluxDBClientAsync(self.url, self._token, self.org, timeout=self._timeout)

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        self._has_bucket = False
        if client is not None:
            await client.close()

    async def ready(self) -> InfluxDBClientAsync:
        """The connection, once the bucket is known to be there.

        Raises:
            StoreUnavailableError: nobody answers.
            StoreRefusedError: the token, the organisation or the bucket is wrong.
        """
        client = self._client
        if client is None:
            raise StoreUnavailableError(f"InfluxDB at {self.url} is not open")
        if not self._has_bucket and not self._lazy:
            await self._find_or_make(client)
        return client

    async def make(self) -> None:
        """Make the bucket if it is missing.

        Raises:
            StoreRefusedError: the token may not.
        """
        await self._find_or_make(await self.ready())

    async def _find_or_make(self, client: InfluxDBClientAsync) -> None:
        with told_plainly(self.url, self.org, self.bucket):
            self.is_ours = await influxdb_setup.ensure(client, self.org, self.bucket, self._retention)
        self._has_bucket = True
        if self._lost:
            log.warning("the bucket was deleted while Nakhon ran; there is one again", bucket=self.bucket)
            self._lost = False

    async def ping(self) -> None:
        """Return when the server answers this token about its bucket."""
        client = await self.ready()
        with told_plainly(self.url, self.org, self.bucket):
            await influxdb_setup.find(client, self.org, self.bucket)

    async def query(self, query: str) -> list[Table]:
        """The tables that a query answers with."""
        answer = await self._ask(lambda client: client.query_api().query_raw(query))
        if len(answer) < _MANY:
            return annotated.tables(answer)
        return await asyncio.to_thread(annotated.tables, answer)

    async def send(self, batch: Batch) -> Refused:
        """Write a batch; see :func:`services.store.timeseries.influxdb_sending.send`."""
        return await self._ask(
            lambda client: influxdb_sending.send(client.write_api(), self.org, self.bucket, batch)
        )

    async def put(self, lines: Iterable[str]) -> None:
        """Write lines that are known to be right."""
        body = "\n".join(lines).encode()
        await self._ask(
            lambda client: client.write_api().write(self.bucket, self.org, body, WritePrecision.MS)
        )

    async def delete(self, start: int, stop: int, predicate: str) -> None:
        """Delete what lies in [start, stop) (ms) and fits the predicate, in InfluxDB's language for it."""
        first, last = rfc3339(start), rfc3339(stop - 1)  # the server's stop is inclusive
        await self._ask(
            lambda client: client.delete_api().delete(first, last, predicate, self.bucket, self.org)
        )

    async def _ask(self, question: Callable[[InfluxDBClientAsync], Awaitable[Answer]]) -> Answer:
        """The answer, asked for once more when the bucket had to be made again."""
        client = await self.ready()
        with told_plainly(self.url, self.org, self.bucket):
            try:
                return await question(client)
            except ApiException as error:
                if error.status != _NOT_FOUND or b"bucket" not in (error.body or b""):
                    raise
                if self._lazy:
                    raise MissingBucketError(
                        str(store_error(error, self.url, self.org, self.bucket))
                    ) from error
        self._has_bucket, self._lost = False, True
        client = await self.ready()
        with told_plainly(self.url, self.org, self.bucket):
            return await question(client)
