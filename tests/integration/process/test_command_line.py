"""The command line beside a running demo, as people and scripts use it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cityfiles import write_city
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def said(*arguments: str) -> str:
    done = call(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_demo_and_everything_that_speaks_to_it(mosquitto_program: str, tmp_path: Path) -> None:
    await asyncio.to_thread(_speak_to_a_demo, tmp_path)


def _speak_to_a_demo(folder: Path) -> None:
    city = write_city(folder / "city")
    data = folder / "data"
    options = ["--city", str(city), "--http", "0", "--mqtt", "0", "--data", str(data), "--no-simulate"]
    with Nakhon(data, ["demo", *options]) as demo:
        here = ("--data", str(data))
        run = demo.run_file()
        assert run is not None
        assert set(run) == {"pid", "http", "mqtt", "token", "login"}
        assert run["login"].startswith(f"{run['http']}/login/")

        topic = said("devices", "add", "aq-03", "--type", "AirQualityObserved", "--zone", "south", *here)
        assert topic.strip() == "nakhon/v1/smallville/south/environment/aq-03/telemetry"
        _import(folder, here)
        listed: list[dict[str, Any]] = json.loads(said("devices", "list", "--json", *here))
        assert {"aq-01", "aq-03", "foot-01"} <= {device["id"] for device in listed}

        statuses = json.loads(said("status", "--json", *here))
        assert [domain["domain"] for domain in statuses][:2] == ["environment", "mobility"]
        assert {domain["status"] for domain in statuses} == {"unknown"}
        assert said("alerts", *here).strip() == "0 firing"

        token = said("tokens", "add", "--role", "viewer", "--name", "screen", *here).strip()
        assert token.startswith("nkn_")
        assert "\n" not in token
        demo.token = token
        assert len(demo.get("/api/v1/domains")["items"]) == 7
        tokens = json.loads(said("tokens", "list", "--json", *here))
        screen = next(entry for entry in tokens if entry["name"] == "screen")
        said("tokens", "revoke", screen["id"], *here)
        assert call("devices", "list", "--http", run["http"], "--token", "wrong").returncode == 2
        assert call("tokens", "add", "--role", "king", *here).returncode == 2

        said("devices", "disable", "aq-03", *here)
        until(lambda: not _device(here, "aq-03")["enabled"], "the demo follows")
        assert demo.stop() == 0
    assert not (data / "run.json").exists()
    assert "Traceback" not in demo.log()


def _import(folder: Path, here: tuple[str, str]) -> None:
    file = folder / "more.csv"
    file.write_text("id,type,zone\nfoot-01,Footfall,north\nfoot-02,Footfal,nowhere\n")
    refused = call("devices", "import", str(file), *here)
    assert refused.returncode == 2
    assert "more.csv:3: zone: there is no 'nowhere'" in refused.stderr
    assert "did you mean Footfall?" in refused.stderr
    file.write_text("id,type,zone\nfoot-01,Footfall,north\n")
    assert said("devices", "import", str(file), *here) == "1 devices are registered\n"


def _device(here: tuple[str, str], name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said("devices", "show", name, "--json", *here))
    return found


@pytest.mark.parametrize(
    "name", ["openapi", "asyncapi", "city", "devices", "type", "rules", "scenario", "Streetlight"]
)
def test_every_schema_is_one_json_document(name: str) -> None:
    assert isinstance(json.loads(said("schema", name)), dict)


def test_an_unknown_schema_says_which_there_are() -> None:
    done = call("schema", "Streetlamp")
    assert done.returncode == 2
    assert "did you mean Streetlight?" in done.stderr


def test_the_pilot_citys_rules_pass_their_check_and_their_tests() -> None:
    assert "no problems" in said("rules", "check")
    assert json.loads(said("rules", "test", "--json"))["failed"] == []


def test_a_rule_file_with_mistakes_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("group: g\ndomain: environment\nrules: [{id: r, when: {abov: 1}}]\n")
    done = call("rules", "check", "--rules", str(tmp_path), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0]["line"] == 3


def test_nothing_runs_there(tmp_path: Path) -> None:
    done = call("status", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "nothing runs" in done.stderr


def test_load_needs_to_know_how_much() -> None:
    assert call("load").returncode == 2
    assert "no broker answers" in call("load", "--max", "--mqtt", "mqtt://127.0.0.1:1").stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_ends_cleanly_when_told_to(
    mosquitto_program: str, tmp_path: Path, end: signal.Signals
) -> None:
    data = tmp_path / "data"
    with Nakhon(data, ["demo", "--http", "0", "--mqtt", "0", "--data", str(data)]) as demo:
        assert demo.process is not None
        demo.process.send_signal(end)
        assert demo.process.wait(30) == 0
    assert "Traceback" not in demo.log()
