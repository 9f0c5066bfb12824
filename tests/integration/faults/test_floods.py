"""One device, or many that nobody knows, send far more than their share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import paho.mqtt.client as paho
import pytest

from tests.support.auditor import Sensor
from tests.support.smallcity import topic
from tests.support.town import Town

pytestmark = pytest.mark.real

FLOOD = 15_000


class Flood(threading.Thread):
    """Publishes ``count`` messages as fast as the broker takes them, on a connection of its own."""

    def __init__(self, town: Town, count: int, message: Callable[[int], tuple[str, bytes]]) -> None:
        super().__init__(name="flood", daemon=True)
        self._count, self._message = count, message
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        self._client.max_inflight_messages_set(2_000)
        self._client.connect(town.broker.host, town.broker.port)
        self.begun = threading.Event()

    def run(self) -> None:
        self._client.loop_start()
        last = None
        for number in range(self._count):
            last = self._client.publish(*self._message(number), qos=1)
            if number == self._count // 5:
                self.begun.set()
        assert last is not None
        last.wait_for_publish(60)
        self._client.disconnect()
        self._client.loop_stop()


def test_one_device_floods_the_others_do_not_notice(town: Town) -> None:
    with town.auditor(21) as auditor:
        noisy = auditor.sensors.pop()
        before = auditor.alarm(auditor.sensors[0])
        flood = Flood(town, FLOOD, lambda n: (noisy.topic, b'{"%s": %d}' % (noisy.metric.encode(), n % 70)))
        auditor.beside(noisy, FLOOD)
        flood.start()
        flood.begun.wait(30)
        auditor.stream(300, over=0.5)
        during = auditor.alarm(auditor.sensors[2])
        flood.join(60)
        auditor.audit()
        print(f"sensor to alert: {before * 1000:.0f} ms, in the flood {during * 1000:.0f} ms")
        account = town.nakhon.get(f"/api/v1/ledger?device={noisy.id}")
        assert account["received"] == FLOOD, "what is shed is counted, too"


def test_devices_that_nobody_knows(town: Town) -> None:
    with town.auditor(10) as auditor:
        count = 5_000
        ghosts = [f"ghost-{number:05d}" for number in range(count)]
        flood = Flood(town, count, lambda n: (topic(ghosts[n]), b'{"pm25": 5}'))
        stranger = Sensor("ghost", topic("ghost"), "", "", "environment")
        auditor.beside(stranger, count)
        flood.start()
        flood.begun.wait(30)
        auditor.stream(200, over=0.3)
        auditor.alarm(auditor.sensors[0])
        flood.join(60)
        found = auditor.audit()
        assert found.ledger["quarantined"] == count
        kept = town.nakhon.get("/api/v1/quarantine?code=unknown_device&limit=1")
        assert kept["items"]


def test_noise_of_one_device_is_refused_and_told(town: Town) -> None:
    with town.auditor(6) as auditor:
        bad, *_ = auditor.sensors
        noise = [b"\xff\xfe\x00", b"{", b"[[[[", b'{"pm25": NaN}', json.dumps({bad.metric: "x"}).encode()]
        codes = [
            "malformed_json",
            "malformed_json",
            "malformed_json",
            "malformed_json",
            "wrong_type",
        ]
        for _ in range(50):
            for payload, code in zip(noise, codes, strict=True):
                auditor.raw(bad.topic, payload, code, bad)
            for sensor in auditor.sensors:
                auditor.publish(sensor)
        auditor.audit()
        told = [verdict for device, verdict in auditor.verdicts if device == bad.id]
        assert told
