"""From a sensor's reading to its alert: publish to announcement, beside a steady stream of other readings.

Twenty times a second a probe crosses its limit (or comes back). What is measured is the time from just before
its PUBLISH leaves to the moment its transition arrives at a subscriber, over the real broker both ways.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from devices.broker import BrokerAddress
from services.runtime.broker import MosquittoBroker
from simulators.load import LoadSpec, run_load_beside
from tests.bench import setting
from tests.support.process import Nakhon
from tests.support.smallcity import topic

Tell = Callable[[str], None]
PROBES = 20
_EVERY = 0.05
_RULE = """  - id: probe
    on: AirQualityObserved.co2
    where: {devices: ["probe-*"]}
    when: {above: 2000}
    title: {en: probe, th: probe}
"""


async def run(program: str, folder: Path, rate: float, seconds: float, tell: Tell) -> dict[str, Any]:
    """Measure for ``seconds`` at ``rate`` messages a second."""
    broker = MosquittoBroker(program, folder / "latency-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        return await asyncio.to_thread(_measure, broker, folder, rate, seconds, tell)
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, rate: float, seconds: float, tell: Tell
) -> dict[str, Any]:
    devices = "".join(f"probe-{n:02d},AirQualityObserved,north,1m\n" for n in range(PROBES))
    config = setting.write_setting(
        folder / "latency",
        f"mqtt://{broker.host}:{broker.port}",
        rules=setting.rules_text(_RULE),
        devices=devices,
    )
    spec = LoadSpec(
        BrokerAddress(broker.host, broker.port), setting.load_topics(), rate=rate, seconds=seconds + 2
    )
    with Nakhon(folder / "latency" / "data", ["run", "--config", str(config)]):
        probe = _Probe(broker.port)
        tell(f"{rate:,.0f} messages/s for {seconds:.0f} s, and {1 / _EVERY:.0f} alerts/s ...")
        load = threading.Thread(target=lambda: asyncio.run(run_load_beside(spec)))
        load.start()
        time.sleep(1)
        probe.play(seconds)
        load.join()
        delays = probe.close()
    delays.sort()
    p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99) - 1]
    tell(f"  sensor to alert: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, {len(delays)} alerts")
    return {"rate": rate, "alerts": len(delays), "missing": probe.missing, "p50": p50, "p99": p99}


class _Probe:
    """Publishes crossings, and hears of them."""

    def __init__(self, port: int) -> None:
        self._sent: dict[tuple[str, str], float] = {}
        self._delays: list[float] = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._heard
        self._client.on_socket_open = lambda _c, _u, sock: sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("nakhon/v1/smallville/_alerts/#", qos=1)
        subscribed.wait(10)
        self.missing = 0

    def play(self, seconds: float) -> None:
        """Cross the limit up and down, probe after probe."""
        started = time.perf_counter()
        turn = 0
        while time.perf_counter() - started < seconds:
            device, up = f"probe-{turn % PROBES:02d}", turn // PROBES % 2 == 0
            payload = json.dumps({"ts": time.time_ns() // 1_000_000, "values": {"co2": 3000 if up else 400}})
            self._sent[device, "firing" if up else "resolved"] = time.perf_counter()
            self._client.publish(topic(device), payload, qos=1)
            turn += 1
            time.sleep(max(0.0, started + turn * _EVERY - time.perf_counter()))

    def close(self) -> list[float]:
        """Every delay, once the last ones are in."""
        time.sleep(1)
        self._client.disconnect()
        self._client.loop_stop()
        self.missing = len(self._sent)
        if not self._delays:
            sys.exit("no alert arrived; is something else wrong?")
        return self._delays

    def _heard(self, _client: Any, _userdata: Any, message: Any) -> None:
        now = time.perf_counter()
        alert = json.loads(message.payload)
        sent = self._sent.pop((alert["device"], alert["change"]), None)
        if sent is not None:
            self._delays.append(now - sent)
