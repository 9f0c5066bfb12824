"""Time series: readings by identity, in DuckDB or InfluxDB behind one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.store.timeseries.protocol import TimeSeriesStore

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
    retention: int | None = None,
) -> TimeSeriesStore:
    """The store that the configuration's ``timeseries`` names; not opened yet.

    ``data`` is the folder of embedded stores; ``retention`` is in ms (None: for ever); url to token are
    InfluxDB's.

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
    )


def _duckdb(*, data: Path, retention: int | None, **_: Any) -> TimeSeriesStore:
    from services.store.timeseries.duckdb import DuckDBStore

    return DuckDBStore(data / FILE, retention=retention)


def _influxdb(
    *,
    url: str,
    org: str,
    bucket: str,
    token: str,
    retention: int | None,
    **_: Any,
) -> TimeSeriesStore:
    from services.store.timeseries.influxdb import InfluxDBStore

    return InfluxDBStore(url, org, bucket, token, retention=retention)


STORES: Mapping[str, Callable[..., TimeSeriesStore]] = {"duckdb": _duckdb, "influxdb": _influxdb}
