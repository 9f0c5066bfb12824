"""``nakhon rules backtest`` and ``diff`` on what a deployment has stored, while it runs and afterwards."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from services.runtime.clock import rfc3339
from tests.support.cityfiles import write_city
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real

MINUTE = 60_000
RULES = """
group: mine
domain: environment
rules:
  - {id: high, on: AirQualityObserved.pm25, when: {above: 40}, for: 5m}
"""
LATER = RULES.replace("for: 5m", "for: 7m")


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "rules", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[3])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def answer(*arguments: str, code: int = 0) -> Any:
    done = call(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def send(run: dict[str, Any], readings: list[dict[str, Any]]) -> None:
    request = urllib.request.Request(
        f"{run['http']}/api/v1/telemetry?device=aq-01",
        data=json.dumps(readings).encode(),
        headers={"Authorization": f"Bearer {run['token']}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.loads(response.read())["accepted"] == len(readings)


async def test_history_is_played_there_and_here_alike(mosquitto_program: str, tmp_path: Path) -> None:
    await asyncio.to_thread(_play_there_and_here, tmp_path)


def _play_there_and_here(folder: Path) -> None:
    city, data = write_city(folder / "city"), folder / "data"
    rules, later = folder / "rules.yaml", folder / "later.yaml"
    rules.write_text(RULES)
    later.write_text(LATER)
    start = (time.time_ns() // 1_000_000 - 3 * 3_600_000) // MINUTE * MINUTE
    values = [60 if 10 <= minute < 30 else 10 for minute in range(60)]
    span = ("--from", rfc3339(start), "--to", rfc3339(start + 90 * MINUTE), "--city", str(city))
    asked = ("backtest", "--rules", str(rules), *span, "--data-dir", str(data))
    options = ["--city", str(city), "--http", "0", "--mqtt", "0", "--data", str(data), "--no-simulate"]
    with Nakhon(data, ["demo", *options]) as demo:
        run = demo.run_file()
        assert run is not None
        send(run, [{"ts": start + n * MINUTE, "values": {"pm25": v}} for n, v in enumerate(values)])
        until(lambda: demo.get("/api/v1/ledger")["stored"] == 60, "all is stored")
        page = folder / "there.html"
        there = answer(*asked, "--html", str(page))
        assert "<polyline" in page.read_text()
        differing = answer(
            "diff", "--rules", str(later), "--against", str(rules), *span, "--data-dir", str(data), code=1
        )
        assert [one["what"] for one in differing["compared"][0]["changed"]] == [["fired_at"]]
        assert demo.stop() == 0
    here = answer(*asked)
    for found in (there, here):
        assert (found["readings"], found["refused"]) == (60, 0)
        assert (found["from"], found["to"]) == (rfc3339(start), rfc3339(start + 90 * MINUTE))
        [alert] = found["alerts"]
        assert alert["starts_at"] == rfc3339(start + 10 * MINUTE)
        assert alert["fired_at"] == rfc3339(start + 15 * MINUTE)
        assert alert["ends_at"] == rfc3339(start + 30 * MINUTE)
    assert there["alerts"] == here["alerts"]
    assert there["compared"] == here["compared"]
    assert call(*asked[:3], "--from", "2020-01-01", "--to", "2020-01-02", *asked[-4:]).returncode == 1
    other = call(*asked[:7], "--data-dir", str(data))
    assert other.returncode == 2
    assert "are of the city smallville, not of bangkok-pilot" in other.stderr
