"""The records database: one way to read and one to write, on SQLite and on PostgreSQL.

What is done in a transaction is written once, as a plain function of a connection. On SQLite it runs on a
thread, whole, which takes one hop where a driver that is asynchronous statement by statement takes dozens;
on PostgreSQL it runs on the event loop, each statement awaited under it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Executable, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from services.store.records.failures import told_plainly
from services.store.records.whole import uninterrupted

T = TypeVar("T")
_CHUNK = 2_000
Work = Callable[[Connection], T]
"""What is done in one transaction. It hands out nothing that still needs the connection."""


class Database(ABC):
    """A database, its transactions, and the few statements that the two kinds spell differently.

    Every method may raise :class:`~services.store.errors.StoreUnavailableError` (the database is away) or
    :class:`~services.store.errors.StoreRefusedError` (it does not let us in). A caller that is cancelled
    learns of it when the transaction has ended, whole.
    """

    kind: str
    """``sqlite`` or ``postgresql``."""

    where: str
    """Its name for messages, without its password."""

    @uninterrupted
    async def read(self, work: Work[T]) -> T:
        """What ``work`` answers. It sees one state of the database (SQLite), or the newest (PostgreSQL)."""
        with told_plainly(self.where):
            return await self._read(work)

    @uninterrupted
    async def write(self, work: Work[T]) -> T:
        """What ``work`` answers, once all that it did is committed, durably; if it raises, nothing is."""
        with told_plainly(self.where):
            return await self._write(work)

    async def ping(self) -> None:
        """Return when the database answers."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    @abstractmethod
    async def close(self) -> None:
        """Let every connection go. A second call does nothing."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _write(self, work: Work[T]) -> T: ...

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


def run_many(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement once for each row; not at all for none."""
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, rows[start : start + _CHUNK])


def to_json(value: object) -> str:
    """How JSON columns are written."""
    return orjson.dumps(value).decode()


def from_json(stored: Any) -> Any:
    """How JSON columns are read. SQLite hands a document that is a bare number back as a number."""
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored
