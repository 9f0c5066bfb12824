"""Where the records are: a file in the data folder, or a server's address."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from services.store.errors import StoreRefusedError
from services.store.records.database import Database
from services.store.records.postgres import PostgresDatabase
from services.store.records.sqlite import SqliteDatabase

FILE_NAME = "records.db"


def database_url(url: str | None, data: Path) -> URL:
    """The address to connect to: ``url``, or the SQLite file in the data folder.

    Raises:
        StoreRefusedError: neither a PostgreSQL nor an SQLite address.
    """
    if url is None:
        return URL.create("sqlite", database=str(data / FILE_NAME))
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _bad_url() from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme in {"postgresql", "postgres"}:
        return _with_ssl(parsed.set(drivername="postgresql+asyncpg"))
    if scheme == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite")
    raise _bad_url()


def connect(url: URL) -> Database:
    """The database at an address of :func:`database_url`. Looks at the disk: call it on a thread."""
    return SqliteDatabase(url) if url.get_backend_name() == "sqlite" else PostgresDatabase(url)


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
