"""kill -9 in the middle of a stream, several times: every reading is in the store once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.broker import BrokerAddress
from services.runtime.broker import MosquittoBroker
from simulators.load import LoadReport, LoadSpec, run_load
from tests.support.cityfiles import many_devices, write_city, write_config
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real

READINGS = 100_000
DEVICES = 200
KILLS = 4


def token_of(config: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "services.cli",
        "tokens",
        "add",
        "--role",
        "admin",
        "--config",
        str(config),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    return done.stdout.strip()


def publish(broker: MosquittoBroker, *, rate: float, count: int) -> LoadReport:
    topics = [
        f"nakhon/v1/smallville/north/environment/load-{number:06d}/telemetry"
        for number in range(1, DEVICES + 1)
    ]
    return run_load(LoadSpec(BrokerAddress(broker.host, broker.port), topics, rate=rate, count=count))


async def test_every_reading_is_stored_once_over_several_kills(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(_kill_and_count, mosquitto, tmp_path)


def _kill_and_count(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    city = write_city(tmp_path / "city", devices=many_devices(DEVICES))
    data = tmp_path / "data"
    config = write_config(tmp_path / "nakhon.yaml", city, data, f"mqtt://{mosquitto.host}:{mosquitto.port}")
    nakhon = Nakhon(data, ["run", "--config", str(config)], env={"NAKHON_MQTT__CLIENT_ID": "kill-test"})
    with nakhon, ThreadPoolExecutor(1) as pool:
        nakhon.token = token_of(config)
        sending = pool.submit(publish, mosquitto, rate=8_000, count=READINGS)
        for number in range(1, KILLS + 1):
            goal = READINGS * number // (KILLS + 2)
            until(lambda goal=goal: nakhon.get("/api/v1/ledger")["received"] >= goal, f"{goal} are in")
            nakhon.kill()
            nakhon.start()
        report = sending.result(60)
        assert (report.acknowledged, report.error) == (READINGS, None)
        until(lambda: settled(nakhon), "all is settled")
        ledger = nakhon.get("/api/v1/ledger")
        assert ledger["stored"] == READINGS, ledger
        assert ledger["quarantined"] == 0
        assert ledger["received"] == ledger["stored"] + ledger["duplicate"]
        found = nakhon.all("/api/v1/observations?type=AirQualityObserved&start=2020-01-01T00:00:00Z")
        identities = Counter((row["device"], row["time"]) for row in found)
        assert len(found) == len(identities) == READINGS
        assert nakhon.stop() == 0
        assert "Traceback" not in nakhon.log()


def settled(nakhon: Nakhon) -> bool:
    ledger = nakhon.get("/api/v1/ledger")
    return bool(ledger["stored"] >= READINGS and ledger["pending"] == 0)


SILENT_AFTER = 4.0
RULES = """
group: air
domain: environment
rules:
  - id: silent
    on: AirQualityObserved
    when: {absent: {after: 4s, of: device}}
    title: {en: "{device} is silent", th: "{device} ไม่ส่งข้อมูล"}
"""


async def test_being_down_is_not_taken_for_the_silence_of_devices(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(_be_down, mosquitto, tmp_path)


def _be_down(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    """Down for longer than the rule allows a device to be silent; then some speak again, and one does not."""
    city = write_city(tmp_path / "city", devices=many_devices(3), rules=RULES)
    config = write_config(
        tmp_path / "nakhon.yaml", city, tmp_path / "data", f"mqtt://{mosquitto.host}:{mosquitto.port}"
    )
    with Nakhon(tmp_path / "data", ["run", "--config", str(config)]) as nakhon:
        nakhon.token = token_of(config)
        _speak(mosquitto, 1, 2, 3)
        until(lambda: nakhon.get("/api/v1/ledger")["stored"] == 3, "all have spoken")
        state = tmp_path / "data" / "state"
        until(state.exists, "its state is saved")
        nakhon.kill()
        before = state.stat().st_mtime_ns
        until(after(SILENT_AFTER + 2), "it was down for longer than the rule allows")
        nakhon.start()
        until(lambda: _beat(mosquitto, nakhon), "the third is reported silent")
        silent = [alert["device"] for alert in nakhon.all("/api/v1/alerts?rule=air/silent")]
        assert silent == ["load-000003"], "only the one that stayed silent while it could be heard"
        until(lambda: state.stat().st_mtime_ns > before, "its state is saved again while it runs")


def after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _beat(mosquitto: MosquittoBroker, nakhon: Nakhon) -> bool:
    _speak(mosquitto, 1, 2)
    return bool(nakhon.all("/api/v1/alerts?state=firing"))


def _speak(mosquitto: MosquittoBroker, *numbers: int) -> None:
    topics = [f"nakhon/v1/smallville/north/environment/load-{number:06d}/telemetry" for number in numbers]
    run_load(LoadSpec(BrokerAddress(mosquitto.host, mosquitto.port), topics, count=len(topics)))
