"""Records in an SQLite file: durable at every commit, open to several processes at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from services.store.records.database import Database, Work, from_json, to_json

T = TypeVar("T")

BUSY_SECONDS = 10.0
"""How long a writer waits for one of another process."""

_READERS = 3
_WRITES = "nakhon_write"


class SqliteDatabase(Database):
    """One writer at a time, on a thread where the others queue up; readers beside it on threads of theirs."""

    kind = "sqlite"

    def __init__(self, url: URL) -> None:
        """Looks at the disk: make it on a thread."""
        self.where = url.database or ""
        self._engine = create_engine(
            url,
            connect_args={
                "timeout": BUSY_SECONDS,
                "isolation_level": None,
            },  # None: transactions are begun here
            json_serializer=to_json,
            json_deserializer=from_json,
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = ThreadPoolExecutor(1, "records-write")
        self._readers = ThreadPoolExecutor(_READERS, "records-read")

    async def _read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, work, False)

    async def _write(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._run, work, True)

    def _run(self, work: Work[T], writes: bool) -> T:
        with self._engine.connect() as connection:
            connection.execution_options(**{_WRITES: writes})
            with connection.begin():
                return work(connection)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()


def _prepare(connection: DBAPIConnection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")  # in WAL mode the default loses the last commits with the power
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once: one that is asked for later can't wait for its turn, it fails."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
