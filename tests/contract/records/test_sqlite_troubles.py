"""What an SQLite file can suffer, and what its owner is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from services.store.errors import StoreUnavailableError
from services.store.records import Records
from services.store.records.tables import settings


async def test_a_writer_of_another_process_is_waited_for_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.store.records.sqlite.BUSY_SECONDS", 0.05)
    records = await Records.open(None, tmp_path)
    await records.settings.put("before", 1)
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="another process holds it"):
        await records.settings.put("meanwhile", 2)
    assert await records.settings.get("before") == 1  # who reads waits for nobody
    other.execute("ROLLBACK")
    other.close()
    await records.settings.put("after", 3)
    assert await records.settings.get("meanwhile") is None
    await records.close()


async def test_a_full_disk_is_told_and_undoes_the_batch(tmp_path: Path) -> None:
    records = await Records.open(None, tmp_path)

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.execute(insert(settings), {"key": "big", "value": "x" * 1_000_000})

    with pytest.raises(StoreUnavailableError, match="make room on its disk"):
        await records._database.write(fill)
    assert await records.settings.get("big") is None
    await records.close()
