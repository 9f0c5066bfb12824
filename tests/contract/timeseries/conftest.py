"""Both time-series stores, each on data of its own for every test."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.service.buckets_service import BucketsService

from services.store.timeseries.duckdb import DuckDBStore
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.protocol import TimeSeriesStore
from tests.contract.timeseries.model import InfluxDB, Maker

_NEEDED = ("NAKHON_TEST_INFLUX_URL", "NAKHON_TEST_INFLUX_TOKEN", "NAKHON_TEST_INFLUX_ORG")


@pytest.fixture
async def influxdb() -> AsyncIterator[InfluxDB]:
    """A real InfluxDB 2, and the name of a bucket that is deleted afterwards if it was made."""
    if missing := [name for name in _NEEDED if not os.environ.get(name)]:
        pytest.skip(f"INFLUXDB IS NOT TESTED: set {', '.join(missing)} to those of a running InfluxDB 2")
    url, token, org = (os.environ[name] for name in _NEEDED)
    real = InfluxDB(url, org, f"nakhon-test-{uuid.uuid4().hex}", token)
    yield real
    async with InfluxDBClientAsync(url, token, org) as client:
        buckets = BucketsService(client.api_client)
        made = (await buckets.get_buckets_async(org=org, limit=100)).buckets
        for found in [bucket for bucket in made if bucket.name.startswith(real.bucket)]:
            await buckets.delete_buckets_id_async(found.id)


@pytest.fixture(params=["duckdb", pytest.param("influxdb", marks=pytest.mark.real)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Maker:
    """Makes stores that are not open yet, every one on the same data; settings are those of both kinds."""
    if request.param == "duckdb":
        return partial(DuckDBStore, tmp_path / "timeseries.duckdb")
    return partial(InfluxDBStore, *request.getfixturevalue("influxdb"), settle=0)


@pytest.fixture
async def store(make: Maker) -> AsyncIterator[TimeSeriesStore]:
    """An open store without readings."""
    one = make()
    await one.open()
    yield one
    await one.close()
