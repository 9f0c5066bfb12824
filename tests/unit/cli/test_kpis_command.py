"""``nakhon kpis``: what is asked of a running Nakhon, and how its answer is told and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from services.cli import build, kpis
from tests.unit.cli.alertsthere import There


def value(**more: Any) -> dict[str, Any]:
    """A value as the API tells it."""
    given: dict[str, Any] = {
        "id": "classroom-air",
        "domain": "people",
        "title": {"en": "Classroom air", "th": "อากาศในห้องเรียน"},
        "formula": {"en": "f", "th": "ส"},
        "unit": "%",
        "direction": "up",
        "target": 90.0,
        "band": None,
        "source": "test",
        "verified": False,
        "zone": None,
        "period": {"kind": "month", "start": "2026-09-30T17:00:00.000Z", "end": "2026-10-31T17:00:00.000Z"},
        "value": 93.256,
        "state": "met",
        "coverage": 0.98,
        "samples": 4_000,
        "previous": 91.0,
        "trend": "better",
        "reason": None,
    }
    return given | more


NONE = value(
    id="class-attendance",
    value=None,
    state="not_enough_data",
    coverage=0.1,
    trend=None,
    reason={"en": "10.0% of the expected readings are there, 50% are needed", "th": "ข้อมูลไม่พอ"},
)
BAND = value(
    id="parking-occupancy",
    domain="mobility",
    direction="band",
    target=None,
    band=[60, 85],
    state="out_of_band",
)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> There:
    there = There({"kpis": {"items": [BAND, value(), NONE], "next": None}})
    monkeypatch.setattr(kpis, "server", lambda *_: there)
    return there


def nakhon(*options: str) -> Result:
    return CliRunner().invoke(build(), ["kpis", *options])


def test_a_table_by_domain(running: There) -> None:
    result = nakhon()
    assert result.exit_code == 0
    little = "10.0% of the expected readings are there, 50% are needed"
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "mobility",
        "parking-occupancy 93.26 % 60 to 85 OUT OF BAND better 98% Classroom air",
        "people",
        "classroom-air 93.26 % ≥ 90 met better 98% Classroom air",
        f"class-attendance – ≥ 90 not enough data 10% Classroom air: {little}",
    ]
    assert running.asked == [("GET", "kpis", {"period": "month"})]


def test_in_thai(running: There) -> None:
    assert "อากาศในห้องเรียน: ข้อมูลไม่พอ" in nakhon("--lang", "th").stdout


def test_what_is_asked(running: There) -> None:
    asked = ("--period", "day", "--start", "2026-10-01", "--end", "2026-11", "--kpi", "classroom-air")
    nakhon(*asked, "--zone", "samyan", "--zone", "yothi", "--domain", "people")
    common = {
        "period": "day",
        "start": "2026-10-01T10:30:00Z",
        "end": "2026-11-15T10:30:00Z",
        "kpi": "classroom-air",
        "domain": "people",
    }
    assert [body for _, _, body in running.asked] == [
        {**common, "zone": zone} for zone in ("samyan", "yothi")
    ]


@pytest.mark.usefixtures("running")
def test_json_is_one_document() -> None:
    assert json.loads(nakhon("--json").stdout) == [BAND, value(), NONE]


@pytest.mark.usefixtures("running")
def test_files(tmp_path: Path) -> None:
    csv, parquet = tmp_path / "kpis.csv", tmp_path / "kpis.parquet"
    assert nakhon("--format", "csv", "--out", str(csv)).stdout == ""
    assert len(csv.read_text(encoding="utf-8-sig").splitlines()) == 4
    assert nakhon("--format", "parquet", "--out", str(parquet)).exit_code == 0
    assert pq.read_table(parquet).num_rows == 3
    assert nakhon("--format", "csv").stdout.startswith("kpi,domain,")


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--period", "decade"], "one of day, week, month, quarter, year"),
        (["--format", "xlsx"], "one of text, csv, json, parquet"),
        (["--lang", "fr"], "one of en, th"),
        (["--format", "parquet"], "name it with --out"),
        (["--format", "csv", "--out", "/no/such/folder/kpis.csv"], "can't be written"),
    ],
)
def test_what_can_not_be_done(options: list[str], said: str) -> None:
    result = nakhon(*options)
    assert result.exit_code == 2
    assert said in result.stderr
