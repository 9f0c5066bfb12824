"""Both time-series stores, each on data of its own for every test."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.service.buckets_service import BucketsService

from services.store.timeseries.duckdb import DuckDBStore
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.protocol import TimeSeriesStore
from tests.contract.timeseries.model import Maker

_NEEDED = ("NAKHON_TEST_INFLUX_URL", "NAKHON_TEST_INFLUX_TOKEN", "NAKHON_TEST_INFLUX_ORG")


@pytest.fixture(params=["duckdb", pytest.param("influxdb", marks=pytest.mark.real)])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Maker]:
    """Makes stores that are not open yet, every one on the same data."""
    if request.param == "duckdb":
        yield lambda: DuckDBStore(tmp_path / "timeseries.duckdb")
        return
    if missing := [name for name in _NEEDED if not os.environ.get(name)]:
        pytest.skip(f"INFLUXDB IS NOT TESTED: set {', '.join(missing)} to those of a running InfluxDB 2")
    url, token, org = (os.environ[name] for name in _NEEDED)
    bucket = f"nakhon-test-{uuid.uuid4().hex}"
    yield lambda: InfluxDBStore(url, org, bucket, token)
    await _delete(url, token, org, bucket)


@pytest.fixture
async def store(make: Maker) -> AsyncIterator[TimeSeriesStore]:
    """An open store without readings."""
    one = make()
    await one.open()
    yield one
    await one.close()


async def _delete(url: str, token: str, org: str, bucket: str) -> None:
    async with InfluxDBClientAsync(url, token, org) as client:
        buckets = BucketsService(client.api_client)
        for found in (await buckets.get_buckets_async(org=org, name=bucket)).buckets:
            await buckets.delete_buckets_id_async(found.id)
