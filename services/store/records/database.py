"""One connection pool to the records database, and its two kinds of transaction: reading and writing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.store.errors import StoreRefusedError
from services.store.records.failures import told_plainly
from services.store.records.whole import uninterrupted

FILE_NAME = "records.db"
BUSY_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 60.0
_WRITES = "nakhon_write"


def database_url(url: str | None, data: Path) -> URL:
    """The address to connect to: ``url``, or the SQLite file in the data folder.

    Raises:
        StoreRefusedError: neither a PostgreSQL nor an SQLite address.
    """
    if url is None:
        return URL.create("sqlite+aiosqlite", database=str(data / FILE_NAME))
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _bad_url() from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme in {"postgresql", "postgres"}:
        return _with_ssl(parsed.set(drivername="postgresql+asyncpg"))
    if scheme == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite+aiosqlite")
    raise _bad_url()


def _with_ssl(url: URL) -> URL:
    """libpq's ``sslmode`` under the name that asyncpg knows."""
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def _bad_url() -> StoreRefusedError:
    return StoreRefusedError(
        "records.url must be postgresql://user:password@host/database, or be left out: then it is a file in "
        "the data folder"
    )


def make_engine(url: URL) -> AsyncEngine:
    """A pool for this address. Nothing is connected yet."""
    lite = url.get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        connect_args=_sqlite_arguments() if lite else _postgres_arguments(),
        pool_pre_ping=not lite,
        pool_timeout=_STATEMENT_SECONDS,
        json_serializer=_to_json,
        json_deserializer=_from_json,
    )
    if lite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _sqlite_arguments() -> dict[str, Any]:
    return {"timeout": BUSY_SECONDS, "isolation_level": None}  # None: the driver begins no transaction itself


def _postgres_arguments() -> dict[str, Any]:
    return {"timeout": _CONNECT_SECONDS, "command_timeout": _STATEMENT_SECONDS}


def _to_json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _from_json(text: Any) -> Any:
    """SQLite hands a JSON document that is a bare number back as a number."""
    return orjson.loads(text) if isinstance(text, str | bytes) else text


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")  # in WAL mode the default loses the last commits with the power
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: one that is asked for later can't wait for its turn, it fails."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _where(url: URL) -> str:
    """The database's name for messages, without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


class Database:
    """The pool, its transactions, and the few statements that the two databases spell differently."""

    def __init__(self, url: URL) -> None:
        self.kind = url.get_backend_name()
        self.where = _where(url)
        self._engine = make_engine(url)
        self._turn = asyncio.Lock() if self.kind == "sqlite" else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements see one state of the database (SQLite) or the newest (PostgreSQL).

        Raises:
            StoreUnavailableError: the database is away.
            StoreRefusedError: it does not let us in.
        """
        with told_plainly(self.where):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed, durably, when the block ends, rolled back when it raises.

        On SQLite writers of this process queue up here, which is fair; those of other processes are
        waited for by SQLite itself, for up to :data:`BUSY_SECONDS`.

        Raises: as :meth:`read`.
        """
        if self._turn is None:
            async with self._transaction() as connection:
                yield connection
            return
        async with self._turn, self._transaction() as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with told_plainly(self.where):
            async with self._engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that knows ``ON CONFLICT``, in the dialect of this database."""
        return sqlite.insert(table) if self.kind == "sqlite" else postgresql.insert(table)

    def upsert(self, table: Table, *, keep: Sequence[str] = ()) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that replaces the row with the same primary key, columns of ``keep`` excepted."""
        statement = self.insert(table)
        keys = [column.name for column in table.primary_key]
        values = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys and column.name not in keep
        }
        return statement.on_conflict_do_update(index_elements=keys, set_=values)

    @uninterrupted
    async def ping(self) -> None:
        """Return when the database answers. Raises: as :meth:`read`."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Let every connection go. A second call does nothing."""
        await self._engine.dispose()
