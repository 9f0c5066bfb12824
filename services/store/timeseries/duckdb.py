"""Readings in one DuckDB file, for a city on one machine and one process.

Everything that writes runs on one thread of the store's own, questions on two others, so that a long one
holds up no write. Hours and days are worked out like questions, and only put into the file like writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import duckdb

from devices.model import Observation, Values
from services.store.errors import StoreUnavailableError
from services.store.timeseries import duckdb_queries as queries
from services.store.timeseries.duckdb_aggregates import Question, aggregate
from services.store.timeseries.duckdb_errors import invalidated, told_plainly
from services.store.timeseries.duckdb_file import DuckDBFile
from services.store.timeseries.duckdb_tallies import TallyQuestion, quantiles
from services.store.timeseries.duckdb_tallies import tally as tally_of
from services.store.timeseries.duckdb_tidying import Moment, Step, Tidier
from services.store.timeseries.hours import Hours
from services.store.timeseries.merging import identity
from services.store.timeseries.paging import replay
from services.store.timeseries.protocol import Aggregate, Bucket, Identity, PartialWriteError, Selection
from services.store.timeseries.retention import FOR_EVER, Retention
from services.store.timeseries.tallying import Quantiles, Tallied, Tally

Answer = TypeVar("Answer")
Ask: TypeAlias = Callable[[duckdb.DuckDBPyConnection, queries.Known], Answer]


_STEPS = 80
"""Each call of ``tidy`` ends after as many steps: some 4 million readings to catch up with."""


class DuckDBStore:
    """:class:`~services.store.timeseries.protocol.TimeSeriesStore` on the file ``path``.

    Readings past their ``retention`` are let go when the store is told to :meth:`tidy`; the days that it
    works out then are those of ``timezone``. ``memory`` bounds what DuckDB uses, ``checkpoint`` is the size
    of its log at which it is worked into the file, which holds up writing for that moment. Both as DuckDB
    writes sizes.
    """

    name = "duckdb"
    shareable = False

    def __init__(
        self,
        path: Path,
        *,
        retention: Retention = FOR_EVER,
        timezone: str = "UTC",
        memory: str = "256MiB",
        checkpoint: str = "16MiB",
    ) -> None:
        self.path = path
        self._opener = partial(DuckDBFile, path, memory=memory, checkpoint=checkpoint)
        self._hours = Hours(timezone)
        self._tidier = Tidier(self._hours, retention)
        self._tidying = asyncio.Lock()
        self._file: DuckDBFile | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Open the file, making it when it is missing.

        Raises:
            StoreUnavailableError: there is no room for it; every later call tries again.
            StoreRefusedError: another process holds it, it is damaged, or it may not be written.
        """
        if self._writer is not None:
            return
        self._writer = ThreadPoolExecutor(1, "duckdb-writer")
        self._readers = ThreadPoolExecutor(2, "duckdb-reader")
        try:
            await self._write(self._opened)
        except StoreUnavailableError:
            raise
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what runs and let go of the file."""
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        if writer is None or readers is None:
            return
        await asyncio.to_thread(readers.shutdown)
        await asyncio.get_running_loop().run_in_executor(writer, self._shut)
        await asyncio.to_thread(writer.shutdown)

    async def ping(self) -> None:
        """Return when the file is open and answers."""
        await self._write(lambda: self._opened().connection.execute("SELECT 1").fetchone())

    async def written(self) -> int | None:
        """The position of the last batch in the file, -1 when there is none yet."""
        return await self._write(lambda: self._opened().written)

    async def write(self, observations: Sequence[Observation], position: int) -> None:
        """Append a batch and its position in one transaction, synced to disk."""
        refused = await self._write(lambda: self._opened().write(observations, position))
        if refused:
            raise PartialWriteError(refused)

    async def existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Values]:
        """The values stored under these identities."""
        asked = set(identities)
        found = await self._read(lambda cursor, known: list(queries.existing(cursor, known, asked)))
        return {identity(one): one.values for one in found}

    async def readings(
        self, selection: Selection, *, limit: int, after: Identity | None = None, newest_first: bool = False
    ) -> list[Observation]:
        """One page of readings by (time, device, type)."""

        def ask(cursor: duckdb.DuckDBPyConnection, known: queries.Known) -> list[Observation]:
            return queries.readings(
                cursor, known, selection, limit=limit, after=after, newest_first=newest_first
            )

        return await self._read(ask)

    async def aggregate(
        self, selection: Selection, *, every: int, agg: Aggregate, timezone: str, by_zone: bool = False
    ) -> list[Bucket]:
        """Numbers per bucket, device or zone, and metric."""

        question = Question(selection, every, agg, timezone, by_zone)
        return await self._read(lambda cursor, known: aggregate(cursor, known, question, self._hours))

    async def tally(self, selection: Selection, tally: Tally, *, timezone: str) -> list[Tallied]:
        """How many readings satisfy conditions, by day, zone and, when asked for, device."""
        question = TallyQuestion(selection, tally, timezone)
        return await self._read(lambda cursor, known: tally_of(cursor, known, question, self._hours))

    async def quantiles(self, selection: Selection, shares: Sequence[float]) -> list[Quantiles]:
        """Values below which these shares lie, of all readings and of each zone's."""
        return await self._read(
            lambda cursor, known: quantiles(cursor, known, selection, shares, self._hours)
        )

    async def latest(self, selection: Selection) -> list[Observation]:
        """The newest reading of each (device, type)."""
        return await self._read(lambda cursor, known: queries.latest(cursor, known, selection))

    def replay(self, selection: Selection, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        """All readings of the selection in order, in batches."""
        return replay(self.readings, selection, batch)

    async def count(self) -> int:
        """How many readings are stored."""
        return await self._read(lambda cursor, _: queries.count(cursor))

    async def tidy(self, now: int) -> None:
        """Let go of old readings and work out hours and days, for some steps, writing in between.

        Readings go by the whole hour, up to an hour after their retention has passed.
        """
        async with self._tidying:
            moment = Moment(now, await self._write(lambda: self._opened().written))
            for _ in range(_STEPS):
                step = await self._read(lambda cursor, known: self._tidier.next(cursor, known, moment))
                if step is None:
                    return
                await self._write(partial(self._carry_out, step))

    def _opened(self) -> DuckDBFile:
        """The file, opened again when a failure made it useless. On the writer's thread."""
        if self._file is None:
            self._file = self._opener()
        return self._file

    def _carry_out(self, step: Step) -> None:
        self._opened().carry_out(step)

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _write(self, work: Callable[[], Answer]) -> Answer:
        if self._writer is None:
            raise StoreUnavailableError(f"{self.path} is not open")
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._guarded, work)

    def _guarded(self, work: Callable[[], Answer]) -> Answer:
        """Run on the writer's thread; after a failure what is known of the file is learnt anew."""
        with told_plainly(self.path):
            try:
                return work()
            except duckdb.Error as error:
                self._recover(error)
                raise

    def _recover(self, error: duckdb.Error) -> None:
        file = self._file
        if file is None:
            return
        if not invalidated(error):
            with suppress(duckdb.Error):
                file.recover()
                return
        self._shut()

    async def _read(self, ask: Ask[Answer]) -> Answer:
        if self._readers is None:
            raise StoreUnavailableError(f"{self.path} is not open")
        file = self._file
        if file is None:
            file = await self._write(self._opened)
        loop = asyncio.get_running_loop()
        with told_plainly(self.path):
            try:
                return await loop.run_in_executor(self._readers, partial(_asked, file, ask))
            except duckdb.Error as error:
                if invalidated(error) and self._file is file:
                    await self._write(self._shut)
                raise


def _asked(file: DuckDBFile, ask: Ask[Answer]) -> Answer:
    with file.connection.cursor() as cursor:
        return ask(cursor, file.known)
