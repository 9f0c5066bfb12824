"""A database of the first schema with refused readings in it, brought to the present one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.store.records import Records, migrate
from services.store.records.address import connect, database_url
from services.store.records.database import Database
from services.store.records.quarantine import QuarantineFilter
from services.store.records.quarantine_entry import BY_STORE
from services.store.records.tables import metadata
from services.store.records.ulid import ulid
from tests.contract.records.conftest import Place

NOW = 1_767_546_000_000
INSERT = text(
    "INSERT INTO quarantine (id, received, topic, device, code, path, value, expected, contract, payload, "
    "payload_size) VALUES (:id, :received, :topic, :device, :code, :path, :value, :expected, :contract, "
    ":payload, :payload_size)"
)


def row(position: int, index: int, payload: bytes, **fields: Any) -> dict[str, Any]:
    return {
        "id": ulid(NOW + position, position << 20 | index),
        "received": NOW + position,
        "topic": "a/b",
        "device": "aq-01",
        "code": "out_of_range",
        "path": f"[{index}].pm25",
        "value": "-3",
        "expected": "0 to 1000",
        "contract": "AirQualityObserved@1",
        "payload": payload,
        "payload_size": len(payload),
    } | fields


OLD = [
    *(row(1, index, b'[{"pm25": -3}]') for index in range(3)),
    row(2, 0, b"\xff\x00", path=None, device=None, code="malformed_json", contract=None, value=None),
    row(3, BY_STORE, b'{"a": 1}', topic=""),
    row(3, BY_STORE + 1, b'{"a": 2}', topic="", payload_size=9_000),
]


@pytest.fixture
async def old(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A database as the first version left it."""
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "ScriptDirectory", FirstOnly)
        await migrate.migrate(database_url(place.url, place.data))
    database = await connected(place)
    await database.write(lambda connection: connection.execute(INSERT, OLD).close())
    await database.close()
    return place


class FirstOnly(ScriptDirectory):
    """The migrations as they were."""

    def iterate_revisions(self, upper: Any, lower: Any, **more: Any) -> Any:
        return super().iterate_revisions("0001" if upper == "head" else upper, lower, **more)


async def connected(place: Place) -> Database:
    return await asyncio.to_thread(connect, database_url(place.url, place.data))


async def test_all_that_was_there_is_there(old: Place) -> None:
    records = await old.open()
    found, _ = await records.quarantine.page(limit=10, oldest_first=True)
    await records.close()
    assert [refused.id for refused in found] == [one["id"] for one in OLD]
    assert [refused.payload for refused in found] == [one["payload"] for one in OLD]
    assert [refused.index for refused in found] == [0, 1, 2, 0, 0, 0]
    assert [refused.complete for refused in found] == [True] * 5 + [False]
    assert {(refused.body["more"], refused.body["replayed"]) for refused in found} == {(0, None)}
    assert (found[0].body["path"], found[0].body["value"]) == ("[0].pm25", -3)


async def test_it_is_grouped_and_found(old: Place) -> None:
    records = await old.open()
    groups, _ = await records.quarantine.causes(limit=10)
    found, _ = await records.quarantine.page(limit=10, where=QuarantineFilter(paths=["pm25"]))
    await upgraded_entries_can_be_marked(records)
    await records.close()
    assert [(group.body["code"], group.body["path"], group.body["count"]) for group in groups] == [
        ("out_of_range", "[].pm25", 5),
        ("malformed_json", None, 1),
    ]
    assert len(found) == 5


async def upgraded_entries_can_be_marked(records: Records) -> None:
    await records.quarantine.mark_replayed([OLD[0]["id"]], NOW)
    found = await records.quarantine.get(OLD[0]["id"])
    assert found is not None
    assert found.replayed == NOW


async def test_its_schema_is_that_of_a_new_one(old: Place) -> None:
    await (await old.open()).close()

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    def rows(connection: Connection) -> Any:
        return connection.execute(text("SELECT count(*) FROM quarantine_payloads")).scalar_one()

    database = await connected(old)
    found, payloads = await database.read(differences), await database.read(rows)
    await database.close()
    assert found == []
    assert payloads == 4  # once for each message
