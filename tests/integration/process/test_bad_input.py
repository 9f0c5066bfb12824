"""Whatever is published, the sender learns what was wrong, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from services.runtime.broker import MosquittoBroker
from tests.integration.process.test_kill import token_of
from tests.support.cityfiles import write_city, write_config
from tests.support.process import Nakhon, until
from tests.support.smallcity import topic

pytestmark = pytest.mark.real

AQ = topic("aq-01")
FAR = {"ts": int(time.time() * 1000) + 86_400_000, "values": {"pm25": 5}}
BAD: dict[str, tuple[str, bytes, str]] = {
    "unknown device": (topic("ghost"), b'{"pm25": 5}', "unknown_device"),
    "wrong zone": (topic("aq-02"), b'{"pm25": 5}', "wrong_zone"),
    "malformed JSON": (topic("ac-01", domain="energy"), b'{"activePower": 5', "malformed_json"),
    "out of range": (AQ, b'{"pm25": -3}', "out_of_range"),
    "far future": (AQ, json.dumps(FAR).encode(), "future_time"),
    "5 MB": (AQ, b'{"pm25": 5, "x": "' + b"x" * 5_000_000 + b'"}', "too_large"),
    "binary noise": (AQ, os.urandom(500), "malformed_json"),
    "dots in a level": ("nakhon/v1/smallville/../environment/aq-01/telemetry", b'{"pm25": 5}', "bad_topic"),
    "no level at all": ("nakhon/v1", b'{"pm25": 5}', "bad_topic"),
    "empty": (AQ, b"", "malformed_json"),
    "deep": (AQ, b"[" * 100_000, "unsupported_payload"),
}


class Listener:
    """Publishes, and keeps the verdicts that come."""

    def __init__(self, broker: MosquittoBroker) -> None:
        self.verdicts: list[tuple[str, dict[str, Any]]] = []
        ready = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        self._client.on_message = lambda _c, _u, m: self.verdicts.append((m.topic, json.loads(m.payload)))
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._client.subscribe("nakhon/v1/smallville/+/+/+/verdict", qos=1)
        assert ready.wait(10)

    def publish(self, to: str, payload: bytes) -> None:
        self._client.publish(to, payload, qos=1).wait_for_publish(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def running(broker: MosquittoBroker, folder: Path) -> Iterator[tuple[Nakhon, Listener]]:
    city = write_city(folder / "city")
    config = write_config(
        folder / "nakhon.yaml", city, folder / "data", f"mqtt://{broker.host}:{broker.port}"
    )
    with Nakhon(folder / "data", ["run", "--config", str(config)]) as nakhon:
        nakhon.token = token_of(config)
        listener = Listener(broker)
        yield nakhon, listener
        listener.close()
        assert nakhon.stop() == 0
        assert "Traceback" not in nakhon.log()


async def test_each_mistake_has_its_verdict_and_its_entry(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    await asyncio.to_thread(_publish_everything_bad, mosquitto, tmp_path)


def _publish_everything_bad(broker: MosquittoBroker, folder: Path) -> None:
    with running(broker, folder) as (nakhon, listener):
        told = [code for *_, code in BAD.values() if code != "bad_topic"]
        expected = 0
        for to, payload, code in BAD.values():
            listener.publish(to, payload)
            expected += code != "bad_topic"
            # One sender hears at most one verdict a second; the next mistake waits for its turn.
            until(lambda so_far=expected: len(listener.verdicts) == so_far, "the verdict is in")
        listener.publish(AQ, b'{"pm25": 12.5}')
        until(lambda: nakhon.get("/api/v1/ledger")["stored"] == 1, "the good one is stored")

        entries = nakhon.all("/api/v1/quarantine")
        assert sorted(entry["code"] for entry in entries) == sorted(code for *_, code in BAD.values())
        assert all(entry["expected"] for entry in entries)
        large = next(entry for entry in entries if entry["code"] == "too_large")
        assert large["payload_size"] == len(BAD["5 MB"][1])

        assert [verdict["rejected"][0]["code"] for _, verdict in listener.verdicts] == told
        assert all(to.endswith("/verdict") and verdict["accepted"] == 0 for to, verdict in listener.verdicts)

        ledger = nakhon.get("/api/v1/ledger")
        assert (ledger["quarantined"], ledger["pending"]) == (len(BAD), 0)
        assert ledger["domains"]["unknown"]["quarantined"] == 2
        values = nakhon.get("/api/v1/observations/latest?device=aq-01")["items"][0]["values"]
        assert values == {"pm25": 12.5}


async def test_a_persistent_bad_sender_leaves_another_one_untouched(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    await asyncio.to_thread(_flood, mosquitto, tmp_path)


def _flood(broker: MosquittoBroker, folder: Path) -> None:
    with running(broker, folder) as (nakhon, listener):
        for number in range(3_000):
            listener._client.publish(AQ, b'{"pm25": -%d}' % (number + 1), qos=1)
        listener.publish(topic("ac-01", domain="energy"), b'{"activePower": 5}')
        until(lambda: nakhon.get("/api/v1/ledger")["received"] == 3_001, "all are in")
        until(lambda: nakhon.get("/api/v1/ledger")["pending"] == 0, "all are settled")
        assert nakhon.get("/api/v1/ledger?device=ac-01")["stored"] == 1
        until(lambda: sum(1 + v.get("coalesced", 0) for _, v in listener.verdicts) == 3_000, "all are told")
        assert len(listener.verdicts) < 60
