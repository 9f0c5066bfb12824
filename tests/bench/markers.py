"""From a PUBLISH to the moment at which a query of the store shows the reading."""

from __future__ import annotations

import json
import time
from typing import Any

import paho.mqtt.client as paho

from tests.bench import setting
from tests.bench.figures import Delays
from tests.bench.rig import Rig
from tests.support.smallcity import topic

COUNT = 20
DEVICES = setting.extra_devices("marker", COUNT)
"""Rows of the sensors that carry markers."""

_PAUSE = 0.002
_PATIENCE = 20.0


def publish_to_readable(rig: Rig, seconds: float, *, every: float = 0.2) -> Delays:
    """Publish a marker ``every`` so often, and ask the API for exactly that reading until it is there.

    The delay contains the query's own time. One that does not show within 20 s counts as missing.
    """
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
    client.on_socket_open = _no_delay
    client.connect("127.0.0.1", rig.port)
    client.loop_start()
    delays = Delays()
    api = rig.api()
    started = time.perf_counter()
    turn = 0
    while (now := time.perf_counter()) - started < seconds:
        delays.add(_one(client, api, turn))
        turn += 1
        time.sleep(max(0.0, now + every - time.perf_counter()))
    client.disconnect()
    client.loop_stop()
    return delays


def _one(client: Any, api: Any, turn: int) -> float | None:
    device, moment = f"marker-{turn % COUNT:02d}", time.time_ns() // 1_000_000
    payload = json.dumps({"ts": moment, "values": {"pm25": 1.0}})
    path = f"/api/v1/observations?device={device}&start={moment}&end={moment + 1}"
    started = time.perf_counter()
    client.publish(topic(device), payload, qos=1)
    while time.perf_counter() - started < _PATIENCE:
        found = api.get(path)
        if found is not None and found["items"]:
            return time.perf_counter() - started
        time.sleep(_PAUSE)
    return None


def _no_delay(_client: Any, _userdata: Any, sock: Any) -> None:
    import socket

    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
