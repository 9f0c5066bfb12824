"""Records on a PostgreSQL server."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from services.store.records.database import Database, Work, from_json, to_json

T = TypeVar("T")

_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 60.0


class PostgresDatabase(Database):
    """A pool of connections; one that broke while it was idle is replaced unnoticed."""

    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        self.where = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self._engine = create_async_engine(
            url,
            connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _STATEMENT_SECONDS},
            pool_pre_ping=True,
            pool_timeout=_STATEMENT_SECONDS,
            json_serializer=to_json,
            json_deserializer=from_json,
        )

    async def _read(self, work: Work[T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def _write(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()
