"""Hours and days that InfluxDB holds ahead: exact across processes, crashes and missing rights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
from influxdb_client import Authorization, Permission, PermissionResource
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.service.authorizations_service import AuthorizationsService
from influxdb_client.service.buckets_service import BucketsService

from services.store.timeseries import influxdb_link
from services.store.timeseries.annotated import Table
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.protocol import Aggregate, Bucket, TimeSeriesStore
from tests.contract.timeseries.model import DAY, START, InfluxDB, Model, everything, observation

pytestmark = pytest.mark.real

BANGKOK = "Asia/Bangkok"
LATER = START + 20 * DAY
HOUR = 3_600_000


class Steady:
    """A clock that nobody sets but the test."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def opened(real: InfluxDB, **options: object) -> AsyncIterator[InfluxDBStore]:
    store = InfluxDBStore(*real, timezone=BANGKOK, **{"settle": 0.0, **options})  # type: ignore[arg-type]
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def days(store: TimeSeriesStore) -> list[Bucket]:
    return await store.aggregate(everything(), every=DAY, agg=Aggregate.SUM, timezone=BANGKOK)


def readings(model: Model) -> list[Bucket]:
    return model.aggregate(everything(), every=DAY, agg=Aggregate.SUM, timezone=BANGKOK)


async def owner(store: InfluxDBStore) -> str:
    """Which process sums up."""
    standing = await store._notes.standing()
    assert standing is not None
    return standing.owner


def week(value: float = 1.0, device: str = "aq-01") -> Model:
    model = Model()
    model.write(observation(START + hour * HOUR, device, {"pm25": value}) for hour in range(7 * 24))
    return model


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that is asked."""
    queries: list[str] = []
    ask = influxdb_link.Link.query

    async def noted(self: influxdb_link.Link, query: str) -> list[Table]:
        queries.append(query)
        return await ask(self, query)

    monkeypatch.setattr(influxdb_link.Link, "query", noted)
    return queries


async def test_a_long_question_reads_no_readings_of_days_that_are_over(
    influxdb: InfluxDB, asked: list[str]
) -> None:
    async with opened(influxdb) as store:
        model = week()
        last = observation(START + 9 * DAY - 1)  # so that the last day is whole
        model.write([last])
        await store.write(list(model.held.values()), 1)
        await store.tidy(LATER)
        asked.clear()
        assert await days(store) == readings(model)
        summed = [query for query in asked if "fn: sum" in query and f'"{influxdb.bucket}")' in query]
        assert summed == []
        assert any(f'"{influxdb.bucket}-rollup")' in query and "sum" in query for query in asked)


async def test_what_another_process_writes_late_is_seen_and_summed_up_again(influxdb: InfluxDB) -> None:
    async with opened(influxdb) as one, opened(influxdb) as other:
        model = week()
        await one.write(list(model.held.values()), 1)
        await one.tidy(LATER)
        late = [
            observation(START + 26 * HOUR + 1, values={"pm25": 100.0}),
            observation(START + 3 * HOUR, values={"pm25": 50.0}),
            observation(START + 9 * DAY, "aq-02", {"pm25": 5.0}),
        ]
        for reading in late:
            await other.write([reading], 1)
            model.write([reading])
            assert await days(one) == await days(other) == readings(model)
        await one.tidy(LATER)
        assert await days(one) == await days(other) == readings(model)


async def test_a_process_that_dies_while_it_sums_up_loses_nothing(
    influxdb: InfluxDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(influxdb) as store:
        model = week()
        await store.write(list(model.held.values()), 1)
        await store.tidy(LATER)
        late = observation(START + 26 * HOUR, values={"pm25": 100.0})
        await store.write([late], 2)
        model.write([late])
        put = influxdb_link.Link.put
        left = 2  # the beat and the mark are written, the sums are not

        async def dies(self: influxdb_link.Link, lines: list[str]) -> None:
            nonlocal left
            if left == 0:
                raise OSError("killed")
            left -= 1
            await put(self, lines)

        with monkeypatch.context() as patch:
            patch.setattr(influxdb_link.Link, "put", dies)
            with pytest.raises(OSError, match="killed"):
                await store.tidy(LATER)
        assert await days(store) == readings(model)
    async with opened(influxdb) as again:
        assert await days(again) == readings(model)
        await again.tidy(LATER)
        assert await days(again) == readings(model)


async def test_one_process_at_a_time_sums_up_and_another_takes_over_when_it_is_gone(
    influxdb: InfluxDB,
) -> None:
    clock = Steady()
    async with (
        opened(influxdb, settle=90.0, steady=clock) as one,
        opened(influxdb, settle=90.0, steady=clock) as other,
    ):
        model = week()
        await one.write(list(model.held.values()), 1)

        async def rolled(store: InfluxDBStore) -> int:
            await store.tidy(LATER)
            standing = await store._notes.standing()
            return standing.rolled if standing else 0

        assert await rolled(one) == 0  # it is only announced
        clock.seconds += 60
        assert await rolled(one) == 0
        clock.seconds += 31
        assert await rolled(one) > 0
        for _ in range(3):
            await one.tidy(LATER)
            await other.tidy(LATER)
            clock.seconds += 91
        assert await owner(one) == one._tidier._name
        late = observation(START, values={"pm25": 9.0})
        await other.write([late], 2)
        model.write([late])
        assert await days(one) == readings(model)
        clock.seconds += 271  # the first is silent by now
        for _ in range(3):
            await other.tidy(LATER)
            clock.seconds += 100
        assert await owner(one) == other._tidier._name
        assert await days(one) == await days(other) == readings(model)


async def test_a_token_without_the_right_to_a_second_bucket_asks_the_readings(influxdb: InfluxDB) -> None:
    async with opened(influxdb) as owner:
        model = week()
        await owner.write(list(model.held.values()), 1)
    token = await _narrow_token(influxdb)
    async with opened(influxdb._replace(token=token)) as store:
        with structlog.testing.capture_logs() as logged:
            await store.tidy(LATER)
            await store.tidy(LATER)
        assert await days(store) == readings(model)
        await store.write([observation(START + 1)], 2)
    (line,) = [line for line in logged if line["log_level"] == "warning"]
    assert f"influx bucket create --org {influxdb.org} --name {influxdb.bucket}-rollup" in line["reason"]


async def _narrow_token(real: InfluxDB) -> str:
    """One that may read and write the one bucket."""
    async with InfluxDBClientAsync(real.url, real.token, real.org) as client:
        found = await BucketsService(client.api_client).get_buckets_async(org=real.org, name=real.bucket)
        (bucket,) = found.buckets
        permissions = [
            Permission(action, PermissionResource(id=bucket.id, type="buckets", org_id=bucket.org_id))
            for action in ("read", "write")
        ]
        made = await AuthorizationsService(client.api_client).post_authorizations_async(
            Authorization(org_id=bucket.org_id, permissions=permissions)
        )
        return str(made.token)


async def test_deleted_hours_and_days_are_worked_out_again(influxdb: InfluxDB) -> None:
    async with opened(influxdb) as store:
        model = week()
        await store.write(list(model.held.values()), 1)
        await store.tidy(LATER)
        async with InfluxDBClientAsync(influxdb.url, influxdb.token, influxdb.org) as client:
            buckets = BucketsService(client.api_client)
            name = f"{influxdb.bucket}-rollup"
            (found,) = (await buckets.get_buckets_async(org=influxdb.org, name=name)).buckets
            await buckets.delete_buckets_id_async(found.id)
        assert await days(store) == readings(model)
        late = observation(START, values={"pm25": 9.0})
        await store.write([late], 2)
        model.write([late])
        await store.tidy(LATER)
        assert await days(store) == readings(model)
