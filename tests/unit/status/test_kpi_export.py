"""Values of indicators as CSV, Parquet and JSON: the same rows, told in full."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from services.status.kpis.export import COLUMNS, export
from tests.unit.status.kpicity import HOUR, START, device, own, reading, stage

KPIS = own("{share: {of: ClassroomAir, met: {co2: {above: 1000}}}}", target="50", coverage="0.01")


async def values(path: Path) -> list[Any]:
    """Of both zones: one has a value, the other has none."""
    async with stage(path, KPIS, [device("r", "ClassroomAir")]) as one:
        await one.write(
            [reading(START + n * HOUR, "r", "ClassroomAir", co2=2000.0 * (n < 6)) for n in range(24)]
        )
        return list(await one.service.kpis(kpi="own", zones=["*"], start=START, end=START + 1))


async def test_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    body = export(await values(tmp_path), "csv")
    assert body.startswith(b"\xef\xbb\xbf")
    north, south = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    assert tuple(north) == COLUMNS
    assert (north["kpi"], north["title_th"], north["zone"], north["value"], north["state"]) == (
        "own",
        "เอง",
        "north",
        "25.0",
        "missed",
    )
    assert (north["start"], north["verified"]) == ("2025-12-31T17:00:00.000Z", "false")
    assert (south["value"], south["state"]) == ("", "not_enough_data")
    assert south["reason_en"] == "no readings of ClassroomAir"


async def test_parquet_has_times_and_numbers(tmp_path: Path) -> None:
    rows = pq.read_table(io.BytesIO(export(await values(tmp_path), "parquet"))).to_pylist()
    assert [row["value"] for row in rows] == [25.0, None]
    assert rows[0]["start"] == datetime(2025, 12, 31, 17, tzinfo=UTC)
    assert tuple(rows[0]) == COLUMNS


async def test_json_is_the_documents(tmp_path: Path) -> None:
    found = await values(tmp_path)
    assert json.loads(export(found, "json")) == found


async def test_what_a_spreadsheet_would_compute_stays_text(tmp_path: Path) -> None:
    found = [dict(one) for one in await values(tmp_path)]
    found[0]["source"] = "=HYPERLINK(1)"
    body = export(found, "csv").decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(body)))["source"] == "'=HYPERLINK(1)"


def test_nothing_is_a_file_too() -> None:
    assert export([], "csv").decode("utf-8-sig").strip() == ",".join(COLUMNS)
    assert pq.read_table(io.BytesIO(export([], "parquet"))).num_rows == 0
    with pytest.raises(KeyError):
        export([], "xlsx")
