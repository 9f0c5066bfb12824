"""docs/first-reading.md, gone through as it stands there, beside a demo: its commands, then its program."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.mosquitto import missing
from tests.support.process import Nakhon, until
from tests.unit.docs.pages import ROOT, Example, examples

pytestmark = pytest.mark.real

PAGE = "docs/first-reading.md"
TELEMETRY = "nakhon/v1/bangkok-pilot/samyan/environment/aq-01/telemetry"


async def test_the_first_reading_is_accepted(mosquitto_program: str, tmp_path: Path) -> None:
    await asyncio.to_thread(_go_through, tmp_path)


def _go_through(folder: Path) -> None:
    data = folder / ".nakhon"  # where the commands look for it
    with Nakhon(data, ["demo", "--http", "0", "--mqtt", "0", "--data", str(data), "--no-simulate"]) as demo:
        run = demo.run_file()
        assert run is not None
        port = run["mqtt"].rpartition(":")[2]
        env = _environment(folder, port)
        said, heard = _commands(folder, env)
        _told(said, heard)
        until(lambda: demo.get("/api/v1/ledger?device=aq-01")["pending"] == 0, "nothing is pending")
        assert _ledger(demo) == (2, 1, 1)
        _the_program(folder, env, port)
        until(lambda: demo.get("/api/v1/ledger?device=aq-01")["received"] == 4, "both are received")
        until(lambda: demo.get("/api/v1/ledger?device=aq-01")["pending"] == 0, "nothing is pending")
        assert _ledger(demo) == (4, 2, 2)
        stored = demo.get("/api/v1/observations?device=aq-01")["items"]
        assert [reading["values"] for reading in stored] == [
            {"pm25": 12.5},
            {"pm25": 12.5, "temperature": 31.2},
        ]
        until(lambda: demo.get("/api/v1/devices/aq-01")["online"] is False, "its goodbye is heard")


def _ledger(demo: Nakhon) -> tuple[int, int, int]:
    ledger = demo.get("/api/v1/ledger?device=aq-01")
    return ledger["received"], ledger["stored"], ledger["quarantined"]


def _environment(folder: Path, port: str) -> dict[str, str]:
    """The commands of the page by their names, on the port that this demo has."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("mosquitto_pub", "mosquitto_sub"):
        real = Path("/usr/bin") / name
        if not real.exists():
            missing(name, "Debian: apt install mosquitto-clients")
        # Told as it comes: into a pipe, the C library would hold it back.
        _program(programs / name, f'exec stdbuf -oL {real} -p {port} "$@"')
    python = f"PYTHONPATH={ROOT} exec {sys.executable}"
    _program(programs / "nakhon", f'{python} -m services.cli "$@"')
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def _commands(folder: Path, env: dict[str, str]) -> tuple[list[str], list[Any]]:
    """What each block of commands says, and the verdicts heard."""
    blocks = [e for e in examples() if e.page == PAGE and e.language == "sh" and "make run" not in e.text]
    said = []
    listening: subprocess.Popen[str] | None = None
    for block in blocks:
        if "listens" in block.marks:
            listening = _listen(block, folder, env)
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", block.text], cwd=folder, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == ("fails" in block.marks), (block, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        said.append(done.stdout + done.stderr)
    assert listening is not None
    assert listening.stdout is not None
    heard = (line for line in listening.stdout if line.startswith("nakhon/"))
    verdicts = [next(heard).partition(" ") for _ in range(2)]
    listening.terminate()
    listening.wait(10)
    listening.stdout.close()
    assert {topic for topic, _, _ in verdicts} == {TELEMETRY.replace("telemetry", "verdict")}
    return said, [json.loads(payload) for _, _, payload in verdicts]


def _listen(block: Example, folder: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """Begin to listen; back when the broker has taken the subscription."""
    command = block.text.replace("mosquitto_sub", "exec mosquitto_sub -d", 1)
    listening = subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )
    assert listening.stdout is not None
    while not listening.stdout.readline().startswith("Subscribed"):
        assert listening.poll() is None
    return listening


def _told(said: list[str], heard: list[Any]) -> None:
    schema, good, bad, _, books, topic, nothing = said
    assert "AirQualityObserved@1" in schema
    assert good.strip() == "the one reading would be accepted"
    assert "out_of_range: pm25 is -3; expected 0 to 1000 µg/m³" in bad
    assert "did you mean temperature?" in bad
    assert (heard[0]["accepted"], heard[0]["rejected"]) == (1, [])
    (refusal,) = heard[1]["rejected"]
    assert (heard[1]["accepted"], refusal["code"], refusal["path"]) == (0, "out_of_range", "pm25")
    assert "stored=1, duplicate=0, quarantined=1" in books
    assert topic.strip() == "nakhon/v1/bangkok-pilot/samyan/environment/roof-01/telemetry"
    assert "nothing came on nakhon/v1/+/+/+/roof-01/#" in nothing


def _the_program(folder: Path, env: dict[str, str], port: str) -> None:
    program = folder / "sensor.py"
    (text,) = [e.text for e in examples() if e.marks.get("file") == program.name]
    program.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program), "127.0.0.1", port], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert (good["accepted"], good["rejected"]) == (1, [])
    (refusal,) = bad["rejected"]
    assert (bad["accepted"], refusal["code"], refusal["path"]) == (0, "out_of_range", "values.pm25")
