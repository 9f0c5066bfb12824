"""kill -9 while statuses are judged: what the broker kept puts history right; what nobody sent is unknown."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from services.runtime.broker import MosquittoBroker
from tests.integration.process.test_kill import token_of
from tests.support.cityfiles import write_city, write_config
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real

DEVICES = [f"aq-{number:02d}" for number in range(1, 5)]
LISTED = "id,type,zone,interval\n" + "".join(f"{name},AirQualityObserved,north,4s\n" for name in DEVICES)
DOWN = 20.0
"""Seconds for which nobody hears: longer than a device may be silent."""

PATIENCE = 60.0
"""Seconds: what comes late is gathered for up to a minute before it is looked at again."""


@dataclass
class Speaker:
    """Sensors that measure every second while they are awake."""

    broker: MosquittoBroker
    awake: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        client.connect(self.broker.host, self.broker.port)
        client.loop_start()
        while not self.over.wait(1.0):
            now = int(time.time() * 1000)
            for device in DEVICES if self.awake.is_set() else ():
                topic = f"nakhon/v1/smallville/north/environment/{device}/telemetry"
                client.publish(topic, json.dumps({"ts": now, "values": {"pm25": 12}}), qos=1)
        client.disconnect()
        client.loop_stop()


@contextmanager
def speaking(broker: MosquittoBroker) -> Iterator[Speaker]:
    speaker = Speaker(broker)
    thread = threading.Thread(target=speaker.run, daemon=True)
    speaker.awake.set()
    thread.start()
    try:
        yield speaker
    finally:
        speaker.over.set()
        thread.join(10)


async def test_history_over_kills(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    await asyncio.to_thread(_kill_while_judging, mosquitto, tmp_path, None)


async def test_history_over_kills_with_postgresql(
    mosquitto: MosquittoBroker, tmp_path: Path, postgres_url: str
) -> None:
    await asyncio.to_thread(_kill_while_judging, mosquitto, tmp_path, postgres_url)


def _kill_while_judging(mosquitto: MosquittoBroker, folder: Path, url: str | None) -> None:
    city = write_city(folder / "city", devices=LISTED, rules="")
    (city / "rules" / "air.yaml").unlink()
    more = "" if url is None else f"records: {{url: '{url}'}}"
    broker = f"mqtt://{mosquitto.host}:{mosquitto.port}"
    config = write_config(folder / "nakhon.yaml", city, folder / "data", broker, more)
    with speaking(mosquitto) as speaker, Nakhon(folder / "data", ["run", "--config", str(config)]) as nakhon:
        nakhon.token = token_of(config)
        until(lambda: _status(nakhon) == "operational", "the service is operational")
        first = _since(nakhon)

        time.sleep(8)

        # The broker keeps what the sensors send meanwhile.
        nakhon.kill()
        time.sleep(DOWN)
        nakhon.start()
        until(lambda: len(_statuses(nakhon)) > 2, "it is not known what was meanwhile", PATIENCE)
        until(lambda: _statuses(nakhon) == ["unknown", "operational"], "history is put right", PATIENCE)
        until(lambda: _since(nakhon) <= first, "and so does whoever looks now", PATIENCE)

        # Nobody sends anything meanwhile.
        speaker.awake.clear()
        time.sleep(8)
        nakhon.kill()
        time.sleep(DOWN)
        speaker.awake.set()
        nakhon.start()
        until(lambda: _status(nakhon) == "operational", "the service is operational again")
        gap = ["unknown", "operational", "unknown", "operational"]
        until(lambda: _statuses(nakhon) == gap, "history tells of the gap", PATIENCE)
        unknown = [change for change in _history(nakhon) if change["status"] == "unknown"]
        assert {change["counted"] for change in unknown} == {False}
        (down,) = [change for change in unknown if change["rule"] == "deaf"]
        assert "because Nakhon did not run" in down["reason"]["en"]
        assert _service(nakhon)["objective"]["attained"] == 1.0
        assert nakhon.stop() == 0
        assert "Traceback" not in nakhon.log()


def _service(nakhon: Nakhon) -> Any:
    return nakhon.get("/api/v1/services/air-quality")


def _status(nakhon: Nakhon) -> str:
    return str(_service(nakhon)["status"])


def _since(nakhon: Nakhon) -> str:
    return str(_service(nakhon)["since"])


def _history(nakhon: Nakhon) -> list[dict[str, Any]]:
    """What is known by now, oldest first."""
    return list(reversed(nakhon.get("/api/v1/services/air-quality/history?limit=100")["items"]))


def _statuses(nakhon: Nakhon) -> list[str]:
    """One after the other, whatever the reasons."""
    return [status for status, _ in groupby(change["status"] for change in _history(nakhon))]
