"""kill -9 again and again while alerts fire, end and are told: each step is heard, under one key."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from services.runtime.broker import MosquittoBroker
from tests.integration.process.test_kill import token_of
from tests.support.cityfiles import many_devices, write_city, write_config
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real

DEVICES = 60
ROUNDS = 6
KILLS = 5

RULES = """
group: air
domain: environment
rules:
  - id: pm25-high
    on: AirQualityObserved.pm25
    when: {above: 75, clear_below: 70}
    severity: major
    title: {en: "PM2.5 high at {device}", th: "ฝุ่น PM2.5 สูง {device}"}
"""

ALERTING = """
receivers: {duty-officer: {en: Duty officer, th: เจ้าหน้าที่เวร}}
routes:
  - id: all
    notify: [duty-officer]
    group: {by: [alert], wait: 0s, interval: 0s}
    repeat: 0
"""


@dataclass
class Heard:
    """What the receiver's server got, also what it got again."""

    url: str = ""
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def steps(self) -> dict[tuple[str, str], set[str]]:
        """The keys under which each (alert, state) was told."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key, body in self.messages:
            for alert in body["alerts"]:
                found[alert["id"], alert["state"]].add(key)
        return found


@contextmanager
def receiver() -> Iterator[Heard]:
    """A server that takes everything, sometimes slowly: kills fall between its hearing and Nakhon's."""
    heard, slow = Heard(), random.Random(7)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.messages.append((self.headers["Idempotency-Key"], body))
            time.sleep(slow.choice([0, 0, 0, 0.02]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()


def speak(broker: MosquittoBroker, value: float) -> None:
    """Every device measures this, once."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
    client.connect(broker.host, broker.port)
    client.loop_start()
    sent = [
        client.publish(
            f"nakhon/v1/smallville/north/environment/load-{number:06d}/telemetry",
            json.dumps({"ts": int(time.time() * 1000), "values": {"pm25": value}}),
            qos=1,
        )
        for number in range(1, DEVICES + 1)
    ]
    for one in sent:
        one.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


async def test_no_step_is_lost_and_none_is_told_under_two_keys(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(_kill_while_telling, mosquitto, tmp_path, None)


async def test_nor_with_postgresql(mosquitto: MosquittoBroker, tmp_path: Path, postgres_url: str) -> None:
    await asyncio.to_thread(_kill_while_telling, mosquitto, tmp_path, postgres_url)


def _kill_while_telling(mosquitto: MosquittoBroker, folder: Path, url: str | None) -> None:
    city = write_city(folder / "city", devices=many_devices(DEVICES), rules=RULES)
    (city / "alerting.yaml").write_text(ALERTING)
    config = write_config(
        folder / "nakhon.yaml", city, folder / "data", f"mqtt://{mosquitto.host}:{mosquitto.port}"
    )
    with receiver() as heard:
        _configure(config, heard, url)
        with Nakhon(folder / "data", ["run", "--config", str(config)]) as nakhon:
            nakhon.token = token_of(config)
            chance, kills = random.Random(11), 0
            for round_ in range(ROUNDS):
                speak(mosquitto, 120 if round_ % 2 == 0 else 20)
                before = len(heard.messages)
                if kills < KILLS:
                    goal = before + chance.randrange(1, DEVICES)
                    until(lambda goal=goal: len(heard.messages) >= goal, "some of it was told")
                    nakhon.kill()
                    kills += 1
                    nakhon.start()
                until(lambda done=round_: _told(heard, done), f"all of round {round_} was told")
            alerts = nakhon.all("/api/v1/alerts?state=resolved")
            assert len(alerts) == DEVICES * ROUNDS // 2
            _judge(heard, {alert["id"] for alert in alerts})
            (told,) = nakhon.get("/api/v1/receivers")["items"]
            until(lambda: _delivered(nakhon) == DEVICES * ROUNDS, "all is marked as delivered")
            assert told["channels"][0]["failed"] == 0
            assert nakhon.stop() == 0
            assert "Traceback" not in nakhon.log()


def _configure(config: Path, heard: Heard, url: str | None) -> None:
    text = config.read_text()
    if url is not None:
        text += f"records: {{url: '{url}'}}\n"
    text += (
        "notify:\n  language: en\n  retry: {first: 200ms, most: 1s}\n  receivers:\n"
        f"    duty-officer: {{channels: [{{kind: webhook, url: '{heard.url}'}}]}}\n"
    )
    config.write_text(text)


def _told(heard: Heard, round_: int) -> bool:
    """Whether all steps up to this round have been heard."""
    steps = heard.steps()
    fired = sum(1 for _, state in steps if state == "firing")
    ended = sum(1 for _, state in steps if state == "resolved")
    return fired >= DEVICES * (round_ // 2 + 1) and ended >= DEVICES * ((round_ + 1) // 2)


def _judge(heard: Heard, alerts: set[str]) -> None:
    steps = heard.steps()
    assert {alert for alert, state in steps if state == "firing"} == alerts
    assert {alert for alert, state in steps if state == "resolved"} == alerts
    assert [(step, keys) for step, keys in steps.items() if len(keys) > 1] == []
    first: dict[str, dict[str, Any]] = {}
    for key, body in heard.messages:
        assert first.setdefault(key, body) == body, "what comes again says the same"


def _delivered(nakhon: Nakhon) -> int:
    (found,) = nakhon.get("/api/v1/receivers")["items"]
    return int(found["channels"][0]["delivered"])
