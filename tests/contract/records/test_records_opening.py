"""Opening the records: schema, two at once, and what goes wrong."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.records import Records
from services.store.records.address import connect, database_url
from services.store.records.tables import metadata
from tests.contract.records.conftest import Place
from tests.fixtures.postgres import PostgresServer

OPEN_TWICE = """
import asyncio, sys
from pathlib import Path
from services.store.records import Records

async def main(url, data):
    records = await Records.open(url or None, Path(data))
    await records.settings.put("opened", True)
    await records.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_migrations_make_the_schema_that_the_code_works_with(place: Place) -> None:
    records = await place.open()
    await records.close()
    database = await asyncio.to_thread(connect, database_url(place.url, place.data))

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    found = await database.read(differences)
    await database.close()
    assert found == []


async def test_opening_again_keeps_what_is_there(place: Place) -> None:
    records = await place.open()
    await records.settings.put("answer", {"value": 42})
    await records.close()
    await records.close()
    records = await place.open()
    assert await records.settings.get("answer") == {"value": 42}
    assert await records.settings.get("question") is None
    await records.close()


@pytest.mark.parametrize("value", [0, 1.5, True, "12", "ก", [1, None], {"a": {}}])
async def test_settings_hold_any_json(place: Place, value: object) -> None:
    records = await place.open()
    await records.settings.put("key", value)
    found = await records.settings.get("key")
    await records.close()
    assert (found, type(found)) == (value, type(value))


async def test_processes_that_start_at_once_migrate_once(place: Place) -> None:
    command = [sys.executable, "-c", OPEN_TWICE, place.url or "", str(place.data)]
    processes = [
        await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE, cwd=Path.cwd())
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(*(process.communicate() for process in processes))
    assert [errors.decode() for _, errors in outcomes] == [""] * 4
    records = await place.open()
    assert await records.settings.get("opened") is True
    await records.close()


async def test_a_newer_schema_is_left_alone(place: Place) -> None:
    records = await place.open()
    await records.close()
    database = await asyncio.to_thread(connect, database_url(place.url, place.data))
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection: connection.execute(newer).close())
    await database.close()
    with pytest.raises(StoreRefusedError, match=r"schema 9999, this Nakhon knows up to \d{4}: run the newer"):
        await place.open()


async def test_the_sqlite_file_is_private_and_in_wal_mode(tmp_path: Path) -> None:
    records = await Records.open(None, tmp_path / "data")
    file = tmp_path / "data" / "records.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (records.kind, records.where) == ("sqlite", str(file))
    await records.close()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    database = await asyncio.to_thread(connect, database_url(None, tmp_path))
    asked = text("PRAGMA synchronous")
    synchronous = await database.write(lambda connection: connection.execute(asked).scalar_one())
    await database.close()
    assert synchronous == 2  # FULL


@pytest.mark.parametrize("url", ["mysql://city@db/nakhon", "records", "sqlite://"])
async def test_a_foreign_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError, match=r"records\.url must be postgresql://"):
        await Records.open(url, tmp_path)


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreRefusedError, match="damaged or no SQLite file"):
        await Records.open(None, tmp_path)


async def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    with pytest.raises(StoreRefusedError, match="make the data folder writable"):
        await Records.open(None, tmp_path / "data")


async def test_a_server_that_is_away_may_come_back(tmp_path: Path, asyncpg_reads_its_files: None) -> None:
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1/.*can't be reached"):
        await Records.open("postgresql://nakhon:secret@127.0.0.1:1/nakhon", tmp_path)


@pytest.mark.real
async def test_a_missing_database_says_what_to_do(
    postgres_server: PostgresServer, tmp_path: Path, asyncpg_reads_its_files: None
) -> None:
    url = postgres_server.url.rpartition("/")[0] + "/nowhere"
    with pytest.raises(StoreRefusedError, match=r'"nowhere" does not exist; create the database'):
        await Records.open(url, tmp_path)


@pytest.mark.real
async def test_messages_keep_the_password_to_themselves(postgres_url: str, tmp_path: Path) -> None:
    url = postgres_url.replace("postgres@", "postgres:hunter2@")
    records = await Records.open(url, tmp_path)
    assert "hunter2" not in records.where
    assert records.where.startswith("postgresql://postgres:***@")
    await records.close()


@pytest.mark.real
async def test_a_restarted_server_is_found_again(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    records = await Records.open(postgres_url, tmp_path)
    await records.settings.put("before", 1)
    await asyncio.to_thread(postgres_server.stop)
    try:
        with pytest.raises(StoreUnavailableError):
            await records.settings.put("meanwhile", 2)
        with pytest.raises(StoreUnavailableError):
            await records.ping()
    finally:
        await asyncio.to_thread(postgres_server.start)
    await records.ping()
    assert await records.settings.get("before") == 1
    assert await records.settings.get("meanwhile") is None
    await records.close()
