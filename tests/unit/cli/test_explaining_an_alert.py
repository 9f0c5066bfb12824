"""``nakhon rules explain`` on the records of a deployment where nothing runs, and what its text says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from devices.model import Domain, Text
from rules.model import Evidence, Severity, State, Subject, Transition
from services.alerts import AlertsService
from services.bus.memory import MemoryBus
from services.cli.common import RefusedError
from services.cli.rulework.explain import explain
from services.runtime.cityfolder import read_city
from services.runtime.clock import ManualClock
from services.runtime.lifecycle import StartupError
from services.store.records import Records
from tests.support.cityfiles import write_city

START = 1_767_546_000_000
DAY = 86_400_000
DETAILS = {"agg": "mean", "over": DAY, "from": START - DAY, "to": START, "count": 288, "coverage": 1.0}
EVIDENCE = Evidence(
    "pm25",
    81.2,
    75.0,
    "24h mean",
    ({"time": START, "value": 90.0}, {"time": START + 1, "value": 91}),
    DETAILS,
)


class Nobody:
    """No devices."""

    def get(self, device_id: str) -> None: ...

    def all(self) -> list[object]:
        return []


def step(state: State, after: int, **more: object) -> Transition:
    given = {
        "rule": "air/pm25-high",
        "rule_version": "sha256:" + "0" * 64,
        "domain": Domain.ENVIRONMENT,
        "subject": Subject("north", "aq-01"),
        "state": state,
        "severity": Severity.MAJOR,
        "at": START + after,
        "starts_at": START,
        "title": Text("PM2.5 high at aq-01", "ฝุ่น PM2.5 สูง aq-01"),
        "evidence": EVIDENCE,
        "taken": START,
        "received": START + 120,
    }
    return Transition(**given | more)  # type: ignore[arg-type]


async def _fill(data: Path, city: Path) -> list[str]:
    records = await Records.open(None, data)
    folder = await asyncio.to_thread(read_city, city)
    service = AlertsService(records, MemoryBus(), ManualClock(), folder.city, Nobody())  # type: ignore[arg-type]
    await service.start()
    other = step(State.FIRING, 0, starts_at=START + 40 * DAY)
    await service.apply([step(State.PENDING, 0), step(State.FIRING, 300_000), other])
    ids = [item["id"] for item in (await service.alerts(filters={}, limit=9, cursor=None)).items]
    await service.comment(ids[-1], by="somchai", note="a fire behind the school")
    await service.stop()
    await records.close()
    return sorted(ids)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    city = write_city(tmp_path / "city")
    (tmp_path / "data").mkdir()
    (tmp_path / "nakhon.yaml").write_text(f"city: {city}\ndata: {tmp_path / 'data'}\n")
    return tmp_path


@pytest.fixture
def ids(town: Path) -> list[str]:
    return asyncio.run(_fill(town / "data", town / "city"))


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(explain)
    return CliRunner().invoke(app, arguments)


def test_a_beginning_of_the_id_is_enough(town: Path, ids: list[str]) -> None:
    done = run(ids[0][:8], "--config", str(town / "nakhon.yaml"))
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[:2] == ["PM2.5 high at aq-01", "ฝุ่น PM2.5 สูง aq-01"]
    assert "  about    device aq-01, zone north" in lines
    assert any(line.startswith("  version  sha256:000000000000; in force now is sha256:") for line in lines)
    assert "  on: AirQualityObserved.pm25" in lines
    assert '  when: {"above":75,"clear_below":70}' in lines
    assert "  pm25: 24 h mean of 288 readings (coverage 100%) = 81.2 > 75 (major)" in lines
    assert "  pm25: ค่าเฉลี่ย ในช่วง 24 ชั่วโมง จาก 288 ค่า (ครอบคลุม 100%) = 81.2 > 75 (รุนแรง)" in lines
    window = "  window   after 2026-01-04 00:00 to 2026-01-05 00:00, 288 readings, coverage 100.0%"
    assert window in lines
    assert "  2026-01-05 00:00  90" in lines
    assert any(line.startswith("  2026-01-05 00:05  Fired as major: ") for line in lines)
    assert any(line.endswith("somchai wrote: “a fire behind the school”") for line in lines)
    assert "  delivered  –" in lines or any(line.startswith("  delivered  20") for line in lines)


def test_as_json(town: Path, ids: list[str]) -> None:
    done = run(ids[0], "--config", str(town / "nakhon.yaml"), "--json")
    said = json.loads(done.output)
    assert said["alert"]["id"] == ids[0]
    assert said["rule"]["id"] == "air/pm25-high"
    assert said["same_version"] is False
    assert said["explanation"]["en"].startswith("pm25: 24 h mean")
    assert said["alert"]["history"][-1]["note"] == "a fire behind the school"


def test_without_a_configuration_the_rules_in_force_are_not_known(town: Path, ids: list[str]) -> None:
    done = run(ids[0], "--data", str(town / "data"))
    assert done.exit_code == 0
    assert "in force" not in done.output
    said = json.loads(run(ids[0], "--data", str(town / "data"), "--json").output)
    assert (said["rule"], said["same_version"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "said"), [(" ", "which alert?"), ("ZZZZZZ", "no alert begins"), ("0" * 26, "no alert 0")]
)
def test_what_names_no_alert_is_told(town: Path, ids: list[str], name: str, said: str) -> None:
    assert len(ids) == 2
    done = run(name, "--data", str(town / "data"))
    assert isinstance(done.exception, StartupError)
    assert said in str(done.exception)


def test_a_beginning_of_several_asks_for_more(town: Path, ids: list[str]) -> None:
    shared = next(ids[0][:n] for n in range(25, 0, -1) if ids[1].startswith(ids[0][:n]))
    done = run(shared, "--data", str(town / "data"))
    assert "several alerts" in str(done.exception)
    assert all(name in str(done.exception) for name in ids)


class Running:
    """A Nakhon that runs, of which only its answers are looked at."""

    def __init__(self, alert: Mapping[str, Any], rules: Mapping[str, Any]) -> None:
        self.alert, self.rules = alert, rules
        self.ids = [f"01KF{number:022d}" for number in range(9, 0, -1)] + [alert["id"]]
        self.asked: list[str] = []

    def get(self, path: str, **parameters: str) -> Any:
        self.asked.append(path)
        if path == "alerts":
            start = int(parameters.get("cursor", 0))
            items = [{"id": name} for name in self.ids[start : start + 3]]
            return {"items": items, "next": str(start + 3) if start + 3 < len(self.ids) else None}
        if path == "session":
            return {"city": {"timezone": "UTC"}}
        if path.startswith("rules/"):
            if path.removeprefix("rules/") not in self.rules:
                raise RefusedError("http://here", {"detail": "no such rule"})
            return self.rules[path.removeprefix("rules/")]
        assert path == f"alerts/{self.alert['id']}"
        return self.alert


@pytest.fixture
def running(town: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch) -> Running:
    said = json.loads(run(ids[0], "--config", str(town / "nakhon.yaml"), "--json").output)
    found = Running(said["alert"], {})
    monkeypatch.setattr("services.cli.rulework.explain.find_server", lambda *_: found)
    return found


def test_a_nakhon_that_runs_is_asked(running: Running, ids: list[str]) -> None:
    done = run(ids[0][:10])
    assert done.exit_code == 0, done.output
    assert running.asked.count("alerts") == 4
    assert "  version  sha256:000000000000, which is no longer in force" in done.output.splitlines()
    assert "\n  2026-01-04 17:05  Fired as major: " in done.output


def test_it_is_asked_no_further_than_the_beginning_could_be(running: Running) -> None:
    assert isinstance(run("01KFZ").exception, StartupError)
    assert running.asked == ["alerts"]


def test_the_version_in_force_is_told(running: Running, ids: list[str]) -> None:
    rule = {"id": "air/pm25-high", "version": "sha256:" + "0" * 64, "on": None, "metric": None}
    running.rules = {"air/pm25-high": {**rule, "source": {"file": "rules/air.yaml", "line": 5}}}
    done = run(ids[0])
    assert "  version  sha256:000000000000, the one in force" in done.output.splitlines()
    assert "Rule in force (rules/air.yaml:5)" in done.output.splitlines()
