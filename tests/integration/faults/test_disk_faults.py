"""The disk of the data folder is full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.faults.conftest import Databases
from tests.support.process import until
from tests.support.smalldisk import SmallDisk
from tests.support.town import Town

pytestmark = pytest.mark.real


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "disk", 64) as disk:
        yield disk


@pytest.fixture
def small_town(
    disk: SmallDisk,
    mosquitto_path: str,
    databases: Databases,
    tmp_path: Path,
    asyncpg_reads_its_files: None,
) -> Iterator[Town]:
    data = disk.path / "data"
    with Town(tmp_path / "town", mosquitto_path, records=databases.make(), data=data) as town:
        yield town


def test_full_disk_nothing_is_acknowledged_until_there_is_room(small_town: Town, disk: SmallDisk) -> None:
    with small_town.auditor() as auditor:
        auditor.stream(200)
        auditor.received()
        auditor.settled()
        disk.fill()
        auditor.stream(300)
        until(lambda: not small_town.ready()[0], "it is no longer ready")
        assert any("No space left" in reason for reason in small_town.ready()[1])
        assert auditor.moved()["received"] <= 300, "the broker keeps what could not be journaled"
        disk.empty()
        small_town.until_ready()
        auditor.stream(100)
        auditor.audit(redelivered=True)


def test_kill_9_with_a_full_disk(small_town: Town, disk: SmallDisk) -> None:
    with small_town.auditor() as auditor:
        auditor.stream(200)
        auditor.received()
        disk.fill()
        auditor.stream(200)
        until(lambda: not small_town.ready()[0], "it is no longer ready")
        small_town.nakhon.kill()
        disk.empty()
        small_town.nakhon.start()
        auditor.audit(redelivered=True)
