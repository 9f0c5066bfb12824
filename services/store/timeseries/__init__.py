"""Time series: readings by identity, in DuckDB or InfluxDB behind one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.store.timeseries.protocol import TimeSeriesStore
from services.store.timeseries.retention import FOR_EVER, Retention

FILE = "timeseries.duckdb"
"""Name of the embedded store's file in the data folder."""


def make_store(
    kind: str,
    *,
    data: Path,
    url: str | None = None,
    org: str | None = None,
    bucket: str | None = None,
    token: str | None = None,
    retention: Retention = FOR_EVER,
    timezone: str = "UTC",
) -> TimeSeriesStore:
    """The store that the configuration's ``timeseries`` names; not opened yet.

    ``data`` is the folder of embedded stores; ``timezone`` that of the days which are aggregated before
    anybody asks; url to token are InfluxDB's.

    Raises:
        KeyError: no such kind; :data:`STORES` has them all.
    """
    return STORES[kind](
        data=data,
        url=url,
        org=org,
        bucket=bucket,
        token=token,
        retention=retention,
        timezone=timezone,
    )


def _duckdb(*, data: Path, retention: Retention, timezone: str, **_: Any) -> TimeSeriesStore:
    from services.store.timeseries.duckdb import DuckDBStore

    return DuckDBStore(data / FILE, retention=retention, timezone=timezone)


def _influxdb(
    *,
    url: str,
    org: str,
    bucket: str,
    token: str,
    retention: Retention,
    timezone: str,
    **_: Any,
) -> TimeSeriesStore:
    from services.store.timeseries.influxdb import InfluxDBStore

    return InfluxDBStore(url, org, bucket, token, retention=retention, timezone=timezone)


STORES: Mapping[str, Callable[..., TimeSeriesStore]] = {"duckdb": _duckdb, "influxdb": _influxdb}
