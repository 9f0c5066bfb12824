"""Towns to do harm to. Two of them, one on DuckDB and one on InfluxDB, serve all tests of this folder that
can share one, with each kind of records; they are whole again before the next test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from services.runtime.broker import find_mosquitto
from tests.fixtures.mosquitto import missing
from tests.fixtures.postgres import _execute
from tests.support.process import until
from tests.support.town import Town


@pytest.fixture(scope="package")
def mosquitto_path() -> str:
    """Path of the real Mosquitto, for fixtures that many tests share."""
    program = find_mosquitto()
    if program is None:
        missing("Mosquitto", "Debian: apt install mosquitto")
    assert program is not None
    return program


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest) -> str:
    """Which kind of records a town has."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="package")
def databases(request: pytest.FixtureRequest, records: str) -> Iterator[Databases]:
    """Where towns with these records find an empty database."""
    if records == "sqlite":
        yield Databases(None)
        return
    made = Databases(request.getfixturevalue("postgres_server").url)
    yield made
    made.drop()


class Databases:
    """Makes databases, and drops them. For SQLite there is nothing to make: the address is None."""

    def __init__(self, server: str | None) -> None:
        self._server = server
        self._names: list[str] = []

    def make(self) -> str | None:
        """The address of a new one."""
        if self._server is None:
            return None
        self._names.append(f"nakhon_{uuid4().hex}")
        asyncio.run(_execute(self._server, f'CREATE DATABASE "{self._names[-1]}"'))
        return f"{self._server.rpartition('/')[0]}/{self._names[-1]}"

    def drop(self) -> None:
        """Drop all."""
        assert self._server is not None
        for name in self._names:
            asyncio.run(_execute(self._server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="package")
def folders(tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    """Makes folders for towns."""
    return tmp_path_factory


@pytest.fixture(scope="package")
def duckdb_town(folders: pytest.TempPathFactory, mosquitto_path: str, databases: Databases) -> Iterator[Town]:
    """Readings in DuckDB; keep-alive is short."""
    folder = folders.mktemp("duckdb-town")
    env = {"NAKHON_TEST_KEEPALIVE": "4"}
    with Town(
        folder / "town", mosquitto_path, records=databases.make(), module="tests.support.altered", env=env
    ) as town:
        yield town


@pytest.fixture(scope="package")
def influxdb_town(
    folders: pytest.TempPathFactory, mosquitto_path: str, databases: Databases
) -> Iterator[Town]:
    """Readings in an InfluxDB that can misbehave; from 1,000 readings on they wait for it on disk."""
    folder = folders.mktemp("influxdb-town")
    with Town(
        folder / "town",
        mosquitto_path,
        records=databases.make(),
        influx=True,
        settings="limits: {waiting: 1000}",
    ) as town:
        yield town


@pytest.fixture
def town(duckdb_town: Town) -> Iterator[Town]:
    """The town on DuckDB, whole before and after."""
    yield duckdb_town
    _make_whole(duckdb_town)


@pytest.fixture
def influx_town(influxdb_town: Town) -> Iterator[Town]:
    """The town on InfluxDB, whole before and after."""
    yield influxdb_town
    _make_whole(influxdb_town)


def _make_whole(town: Town) -> None:
    town.mend()
    if town.broker.altered:
        town.broker.stop()
    if not town.broker.running:
        town.broker.start()
    if town.nakhon.process_ended():
        town.nakhon.start()
    until(lambda: town.ready()[0], "the town is ready for the next test", 30)
