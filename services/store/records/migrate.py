"""Bring the records database to the schema of this code, before anything else touches it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text

from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.records.address import connect
from services.store.records.database import Database
from services.store.records.sqlite import BUSY_SECONDS

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6E616B686F6E  # "nakhon"
_ONE_AT_A_TIME = threading.Lock()  # Alembic's `op`, which migrations are written in, is one per process


async def migrate(url: URL) -> None:
    """Apply the migrations that are missing. Several processes may do it at once: one works, others wait.

    It runs on a thread of its own, since Alembic reads its files as it goes.

    Raises:
        StoreUnavailableError: the database is away.
        StoreRefusedError: it lets nobody in, or was written by a newer Nakhon.
    """
    await asyncio.to_thread(_migrate, url)


def _migrate(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        _prepare_file(Path(url.database or ""))
    with _ONE_AT_A_TIME:
        script = ScriptDirectory(str(_FOLDER))
        known = [revision.revision for revision in script.walk_revisions()]
        asyncio.run(_apply(connect(url), script, known))


async def _apply(database: Database, script: ScriptDirectory, known: list[str]) -> None:
    try:
        await database.write(lambda connection: _upgrade(connection, script, known, database.where))
    finally:
        await database.close()


def _upgrade(connection: Connection, script: ScriptDirectory, known: list[str], where: str) -> None:
    def missing(present: tuple[str, ...], _context: MigrationContext) -> Iterable[MigrationStep]:
        steps = [
            MigrationStep.upgrade_from_script(script.revision_map, revision)
            for revision in script.iterate_revisions("head", present or "base")
        ]
        return reversed(steps)

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    context = MigrationContext.configure(connection, opts={"fn": missing, "transactional_ddl": True})
    newer = set(context.get_current_heads()) - set(known)
    if newer:
        raise StoreRefusedError(
            f"the records database {where} has schema {', '.join(sorted(newer))}, this Nakhon knows up to "
            f"{known[0]}: run the newer version that wrote it, or restore a backup made before"
        )
    with Operations.context(context):
        context.run_migrations()


def _prepare_file(path: Path) -> None:
    """Make the SQLite file, readable by its owner only, and put it into WAL mode (which it keeps)."""
    with _file_problems(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with _file_problems(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            _enter_wal(connection)
        finally:
            connection.close()


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Change the mode; while another process does the same, SQLite refuses at once instead of waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def _file_problems(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreRefusedError(
            f"the records file {path} can't be written: {error.strerror}; make the data folder writable for "
            "this user, or choose another one (data: in nakhon.yaml, --data)"
        ) from error
    except sqlite3.OperationalError as error:
        text = f"the records file {path}: {error}; another process may hold it"
        raise StoreUnavailableError(text) from error
    except sqlite3.DatabaseError as error:
        raise StoreRefusedError(
            f"the records file {path} is damaged or no SQLite file: {error}; move it away or restore a backup"
        ) from error
