"""From a sensor's reading to its alert: crossings of a limit, and when their transitions are heard.

Twenty times a second a probe crosses its limit (or comes back). What is measured is the time from just before
its PUBLISH leaves to the moment its transition arrives at a subscriber, over the real broker both ways.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any, NamedTuple

import paho.mqtt.client as paho

from tests.bench import setting
from tests.bench.figures import Delays
from tests.support.smallcity import topic

EVERY = 0.05
_COUNT = 20
_PATIENCE = 5.0

DEVICES = setting.extra_devices("probe", _COUNT)
"""Rows of the sensors that cross their limit."""

RULE = """  - id: probe
    on: AirQualityObserved.co2
    where: {devices: ["probe-*"]}
    when: {above: 2000}
    title: {en: probe, th: probe}
"""


class Crossing(NamedTuple):
    """One crossing: when it was sent (steady clock, s), and its alert's delay; None if it never came."""

    sent: float
    delay: float | None


class Probe:
    """Publishes crossings, and hears of them."""

    def __init__(self, port: int) -> None:
        self._open: dict[tuple[str, str], float] = {}
        self._crossings: list[Crossing] = []
        self._turn = 0
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._heard
        self._client.on_socket_open = _no_delay
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("nakhon/v1/smallville/_alerts/#", qos=1)
        subscribed.wait(10)

    def play(self, seconds: float) -> None:
        """Cross the limit up and down, probe after probe."""
        started, first = time.perf_counter(), self._turn
        while time.perf_counter() - started < seconds:
            self._cross()
            time.sleep(max(0.0, started + (self._turn - first) * EVERY - time.perf_counter()))

    def close(self) -> list[Crossing]:
        """Every crossing in the order sent, once the last ones had time to be heard of."""
        deadline = time.perf_counter() + _PATIENCE
        while self._open and time.perf_counter() < deadline:
            time.sleep(0.05)
        self._client.disconnect()
        self._client.loop_stop()
        missing = [Crossing(sent, None) for sent in self._open.values()]
        return sorted([*self._crossings, *missing])

    def _cross(self) -> None:
        device, up = f"probe-{self._turn % _COUNT:02d}", self._turn // _COUNT % 2 == 0
        payload = json.dumps({"ts": time.time_ns() // 1_000_000, "values": {"co2": 3000 if up else 400}})
        change = device, "firing" if up else "resolved"
        if (unheard := self._open.pop(change, None)) is not None:
            self._crossings.append(Crossing(unheard, None))
        self._open[change] = time.perf_counter()
        self._client.publish(topic(device), payload, qos=1)
        self._turn += 1

    def _heard(self, _client: Any, _userdata: Any, message: Any) -> None:
        now = time.perf_counter()
        alert = json.loads(message.payload)
        sent = self._open.pop((alert["device"], alert["change"]), None)
        if sent is not None:
            self._crossings.append(Crossing(sent, now - sent))


def delays(crossings: list[Crossing], since: float = 0.0, until: float = float("inf")) -> Delays:
    """Those of the crossings sent in a span of time."""
    found = Delays()
    for crossing in crossings:
        if since <= crossing.sent < until:
            found.add(crossing.delay)
    return found


def _no_delay(_client: Any, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
