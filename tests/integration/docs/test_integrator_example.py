"""The program of docs/integrator.md, run as it stands there against a real broker and a running Nakhon."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.broker import MosquittoBroker
from tests.support.cityfiles import write_config
from tests.support.process import Nakhon, until
from tests.unit.docs.pages import ROOT, examples

pytestmark = pytest.mark.real

PILOT = ROOT / "deploy" / "cities" / "bangkok-pilot"


async def test_the_program_is_answered_and_its_readings_count(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(_run_the_program, mosquitto, tmp_path)


def _run_the_program(mosquitto: MosquittoBroker, folder: Path) -> None:
    program = folder / "sensor.py"
    (text,) = [e.text for e in examples() if e.marks.get("file") == program.name]
    program.write_text(text, encoding="utf-8")
    data = folder / "data"
    config = write_config(folder / "nakhon.yaml", PILOT, data, f"mqtt://{mosquitto.host}:{mosquitto.port}")
    with Nakhon(data, ["run", "--config", str(config)]) as nakhon:
        nakhon.token = _command("tokens", "add", "--role", "viewer", "--config", str(config)).strip()
        done = _python(str(program), mosquitto.host, str(mosquitto.port))
        good, bad = (json.loads(line) for line in done.splitlines())
        assert (good["accepted"], good["rejected"]) == (1, [])
        (refusal,) = bad["rejected"]
        assert (bad["accepted"], refusal["code"], refusal["path"]) == (0, "out_of_range", "values.pm25")
        until(lambda: nakhon.get("/api/v1/ledger?device=aq-01")["pending"] == 0, "nothing is pending")
        ledger = nakhon.get("/api/v1/ledger?device=aq-01")
        assert (ledger["received"], ledger["stored"], ledger["quarantined"]) == (2, 1, 1)
        (stored,) = nakhon.get("/api/v1/observations?device=aq-01")["items"]
        assert stored["values"] == {"pm25": 12.5, "temperature": 31.2}
        until(lambda: nakhon.get("/api/v1/devices/aq-01")["online"] is False, "its goodbye is heard")


def _python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _command(*arguments: str) -> str:
    return _python("-m", "services.cli", *arguments)
