"""Derived metrics on their whole way: from a reading over MQTT into each store, and out of it by name."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient

from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real

HOT = {"temperature": 38.0, "relativeHumidity": 0.6}
MILD = {"temperature": 24.0, "relativeHumidity": 0.5}
RULES = """
group: heat
domain: environment
rules:
  - {id: danger, on: AirQualityObserved.heatIndex, when: {above: 42}}
"""


@contextmanager
def influxdb() -> Iterator[tuple[str, dict[str, str]]]:
    """Settings and secrets for a bucket of a real InfluxDB, which is deleted afterwards."""
    needed = ("NAKHON_TEST_INFLUX_URL", "NAKHON_TEST_INFLUX_ORG", "NAKHON_TEST_INFLUX_TOKEN")
    if missing := [name for name in needed if not os.environ.get(name)]:
        pytest.skip(f"INFLUXDB IS NOT TESTED: set {', '.join(missing)} to those of a running InfluxDB 2")
    url, org, token = (os.environ[name] for name in needed)
    bucket = f"nakhon-test-{uuid.uuid4().hex}"
    settings = f"timeseries: {{kind: influxdb, url: '{url}', org: {org}, bucket: {bucket}}}"
    yield settings, {"NAKHON_TIMESERIES__TOKEN": token}
    with InfluxDBClient(url, token, org=org) as client:
        buckets = client.buckets_api()
        if (made := buckets.find_bucket_by_name(bucket)) is not None:
            buckets.delete_bucket(made)


@pytest.fixture(params=["duckdb", "influxdb"])
def town(request: pytest.FixtureRequest, mosquitto_program: str, tmp_path: Path) -> Iterator[Town]:
    folder, where = tmp_path / "town", influxdb() if request.param == "influxdb" else nullcontext(("", {}))
    with (
        where as (settings, env),
        Town(folder, mosquitto_program, rules=RULES, settings=settings, env=env) as made,
    ):
        yield made


def test_stored_shown_when_named_and_watched_by_rules(town: Town) -> None:
    with town.auditor(2) as auditor:
        sensor = auditor.sensors[0]
        for values in (MILD, HOT):
            auditor.publish(sensor, values=values)
        until(lambda: town.nakhon.all("/api/v1/alerts?rule=heat/danger"), "the rule fires")
        assert [one["values"] for one in rows(town, sensor.id)] == [MILD, HOT], "hidden when not named"
        mild, hot = (one["values"]["heatIndex"] for one in rows(town, sensor.id, "&metric=heatIndex"))
        assert mild < 27 < 42 < hot
        levels = [one["values"] for one in rows(town, sensor.id, "&metric=heatLevel,temperature")]
        assert levels == [{"temperature": 24.0, "heatLevel": 0.0}, {"temperature": 38.0, "heatLevel": 4.0}]
        days = rows(town, sensor.id, "&metric=heatIndex&every=1d&agg=max")
        assert (max(day["value"] for day in days), sum(day["count"] for day in days)) == (hot, 2)


def rows(town: Town, device: str, more: str = "") -> list[dict[str, Any]]:
    """What the store has of a device."""
    until(lambda: town.nakhon.get(f"/api/v1/ledger?device={device}")["pending"] == 0, "all is stored")
    found: list[dict[str, Any]] = town.nakhon.all(f"/api/v1/observations?device={device}{more}")
    return found
