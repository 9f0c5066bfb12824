"""What the benchmarks stand on: a city of 1,000 sensors and 200 rules, three of which apply to a reading."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from influxdb_client import InfluxDBClient

from tests.support.cityfiles import many_devices, write_city, write_config
from tests.support.smallcity import topic

DEVICES = 1_000
RULES = 200
APPLY = 3
# Limits that a reading of the load never passes: what is measured is the looking, not the alerting.
_LIMITS: Mapping[str, float] = {"pm25": 990, "temperature": 59, "relativeHumidity": 0.9999}


def rules_text(extra: str = "") -> str:
    """200 threshold rules on the load's type: three for its zone, the others for the other zone."""
    lines = ["group: bench", "domain: environment", "rules:"]
    for number in range(RULES):
        metric = list(_LIMITS)[number % len(_LIMITS)]
        zone = "north" if number < APPLY else "south"
        lines.append(
            f"  - {{id: r{number}, on: AirQualityObserved.{metric}, where: {{zones: [{zone}]}}, "
            f"when: {{above: {_LIMITS[metric]}}}, title: {{en: r, th: r}}}}"
        )
    return "\n".join(lines) + "\n" + extra


def write_setting(
    folder: Path,
    broker: str,
    *,
    rules: str,
    devices: str = "",
    more: str = "",
    client_id: str = "nakhon",
    count: int = DEVICES,
) -> Path:
    """City and configuration in ``folder``; the configuration's path."""
    folder.mkdir()
    city = write_city(folder / "city", devices=many_devices(count) + devices, rules=rules)
    return write_config(folder / "nakhon.yaml", city, folder / "data", broker, more, client_id=client_id)


def load_topics(count: int = DEVICES, *, first: int = 1) -> list[str]:
    """Where the load publishes: ``count`` sensors from number ``first`` on."""
    return [topic(f"load-{number:06d}") for number in range(first, first + count)]


def extra_devices(prefix: str, count: int) -> str:
    """Rows of further sensors, ``prefix-00`` and so on."""
    return "".join(f"{prefix}-{number:02d},AirQualityObserved,north,1m\n" for number in range(count))


SIZED = "limits: {device_rate: 1000, zone_rate: 1000000, zone_burst: 10000000}\n"
"""Limits of a city that expects what a benchmark sends. The limiter works, and lets all of it through."""


def bucket() -> str:
    """The bucket of this run in InfluxDB."""
    return f"nakhon-bench-{os.getpid()}"


def stores() -> dict[str, str]:
    """The stores there are, each with its part of the configuration."""
    found = {"duckdb": ""}
    if url := os.environ.get("NAKHON_TEST_INFLUX_URL"):
        org = os.environ["NAKHON_TEST_INFLUX_ORG"]
        found["influxdb"] = f"timeseries: {{kind: influxdb, url: '{url}', org: {org}, bucket: {bucket()}}}\n"
        os.environ["NAKHON_TIMESERIES__TOKEN"] = os.environ["NAKHON_TEST_INFLUX_TOKEN"]
    return found


def drop_bucket() -> None:
    """Leave nothing in InfluxDB."""
    if url := os.environ.get("NAKHON_TEST_INFLUX_URL"):
        token, org = os.environ["NAKHON_TEST_INFLUX_TOKEN"], os.environ["NAKHON_TEST_INFLUX_ORG"]
        with InfluxDBClient(url, token, org=org) as client:
            buckets = client.buckets_api()
            if (found := buckets.find_bucket_by_name(bucket())) is not None:
                buckets.delete_bucket(found)
