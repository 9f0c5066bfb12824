"""The store that a configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.store.timeseries import STORES, make_store
from services.store.timeseries.retention import Retention


def test_every_kind_is_made_closed_and_by_its_name(tmp_path: Path) -> None:
    for kind in STORES:
        store = make_store(
            kind,
            data=tmp_path,
            url="http://127.0.0.1:8086/",
            org="city",
            bucket="nakhon",
            token="secret",
            retention=Retention(86_400_000),
        )
        assert store.name == kind
        assert store.shareable == (kind == "influxdb")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_no_kind(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        make_store("rrd", data=tmp_path)
