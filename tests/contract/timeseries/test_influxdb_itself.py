"""What only a real InfluxDB 2 can show: its buckets, tokens and refusals."""

from __future__ import annotations

import asyncio
import time

import pytest
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.service.buckets_service import BucketsService

from services.store.errors import StoreRefusedError
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.protocol import PartialWriteError
from services.store.timeseries.retention import Retention
from tests.contract.timeseries.model import DAY, START, InfluxDB, everything, observation

pytestmark = pytest.mark.real


async def retention(real: InfluxDB) -> list[int]:
    """Seconds for which each bucket of that name keeps what it gets."""
    async with InfluxDBClientAsync(real.url, real.token, real.org) as client:
        found = await BucketsService(client.api_client).get_buckets_async(org=real.org, name=real.bucket)
        return [bucket.retention_rules[0].every_seconds for bucket in found.buckets]


async def test_stores_that_open_together_make_one_bucket_with_its_retention(
    influxdb: InfluxDB,
) -> None:
    stores = [InfluxDBStore(*influxdb, retention=Retention(30 * DAY)) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert await retention(influxdb) == [30 * DAY // 1000]
    later = InfluxDBStore(*influxdb, retention=Retention(30 * DAY, {"Slow": 60 * DAY}))
    await later.open()
    assert await retention(influxdb) == [60 * DAY // 1000]
    await asyncio.gather(*(store.close() for store in [*stores, later]))


async def test_several_processes_may_share_it(influxdb: InfluxDB) -> None:
    one, other = InfluxDBStore(*influxdb), InfluxDBStore(*influxdb)
    await one.open()
    await other.open()
    await one.write([observation(values={"pm25": 1.0})], 1)
    await other.write([observation(values={"pm10": 2.0})], 1)
    assert await one.readings(everything(), limit=9) == [observation(values={"pm10": 2.0, "pm25": 1.0})]
    assert one.shareable
    await one.close()
    await other.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"token": "wrong"}, "does not know the token"), ({"org": "nobody"}, "timeseries.org")],
)
async def test_a_wrong_token_or_organisation_is_refused(
    influxdb: InfluxDB, change: dict[str, str], words: str
) -> None:
    with pytest.raises(StoreRefusedError, match=words):
        await InfluxDBStore(*influxdb._replace(**change)).open()


async def test_a_reading_older_than_retention_is_named_and_the_rest_is_written(influxdb: InfluxDB) -> None:
    store = InfluxDBStore(*influxdb, retention=Retention(DAY))
    await store.open()
    now = time.time_ns() // 1_000_000
    old, new = observation(now - 9 * DAY), [observation(now - number) for number in range(20)]
    with pytest.raises(PartialWriteError, match="retention policy") as caught:
        await store.write([*new[:3], old, *new[3:]], 1)
    assert [one for one, _ in caught.value.refused] == [old]
    assert await store.readings(everything(), limit=99) == new[::-1]
    await store.close()


async def test_a_text_in_place_of_a_number_is_named_with_the_server_s_reason(influxdb: InfluxDB) -> None:
    store = InfluxDBStore(*influxdb)
    await store.open()
    batch = [observation(START + number) for number in range(30)]
    batch[17] = observation(START + 17, values={"pm25": "high"})
    await store.write(batch[:10], 1)
    with pytest.raises(PartialWriteError, match="field type conflict") as caught:
        await store.write(batch, 2)
    assert [one for one, _ in caught.value.refused] == [batch[17]]
    assert await store.count() == 29
    await store.close()


async def test_a_bucket_that_was_deleted_is_made_again(influxdb: InfluxDB) -> None:
    store = InfluxDBStore(*influxdb)
    await store.open()
    await store.write([observation(START)], 1)
    async with InfluxDBClientAsync(influxdb.url, influxdb.token, influxdb.org) as client:
        buckets = BucketsService(client.api_client)
        (found,) = (await buckets.get_buckets_async(org=influxdb.org, name=influxdb.bucket)).buckets
        await buckets.delete_buckets_id_async(found.id)
    await store.write([observation(START + 1)], 2)
    assert await store.readings(everything(), limit=9) == [observation(START + 1)]
    await store.close()
