"""How fast queued readings are taken in: by C, by a bare paho loop, by the whole journey into each store.

200,000 readings wait in the broker, once for each consumer, in persistent sessions. Each consumer's clock
runs from its connecting to its last message; the journey's until the last one is stored.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from devices.broker import BrokerAddress
from devices.topics import SUBSCRIPTION
from services.runtime.broker import MosquittoBroker
from simulators.load import LoadSpec, run_load_beside
from tests.bench import setting

Tell = Callable[[str], None]


async def run(program: str, folder: Path, readings: int, tell: Tell) -> dict[str, Any]:
    """Queue, drain with every consumer, compare with the bare loop."""
    broker = MosquittoBroker(program, folder / "drain-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        stores = _stores()
        journeys = {name: f"bench-{name}" for name in stores}
        for client_id in ["sub", "bare", *(f"{name}-smallville" for name in journeys.values())]:
            await asyncio.to_thread(_open_session, broker.port, client_id)
        tell(f"queueing {readings:,} readings for {2 + len(stores)} consumers ...")
        target = BrokerAddress(broker.host, broker.port)
        await run_load_beside(LoadSpec(target, setting.load_topics(), count=readings))
        rates = {"mosquitto_sub": await _mosquitto_sub(broker.port, readings)}
        rates["bare paho loop"] = await _beside(_BARE, str(broker.port), str(readings))
        for name, more in stores.items():
            config = setting.write_setting(
                folder / f"drain-{name}",
                f"mqtt://{broker.host}:{broker.port}",
                rules=setting.rules_text(),
                more=more,
                client_id=journeys[name],
            )
            rates[f"journey into {name}"] = await _beside(_JOURNEY, str(config), str(readings))
    finally:
        await broker.stop()
    bare = rates["bare paho loop"]
    for name, rate in rates.items():
        tell(f"  {name:<24} {rate:>10,.0f} readings/s   {rate / bare:5.2f} of the bare loop")
    return {"readings": readings, "rates": rates, "ratios": {name: r / bare for name, r in rates.items()}}


def _stores() -> dict[str, str]:
    """The stores there are, each with its part of the configuration."""
    stores = {"duckdb": ""}
    if url := os.environ.get("NAKHON_TEST_INFLUX_URL"):
        org = os.environ["NAKHON_TEST_INFLUX_ORG"]
        bucket = f"nakhon-bench-{os.getpid()}"
        stores["influxdb"] = f"timeseries: {{kind: influxdb, url: '{url}', org: {org}, bucket: {bucket}}}\n"
        os.environ["NAKHON_TIMESERIES__TOKEN"] = os.environ["NAKHON_TEST_INFLUX_TOKEN"]
    return stores


def _open_session(port: int, client_id: str) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)  # type: ignore[attr-defined]
    subscribed: list[int] = []
    client.on_connect = lambda c, *_: c.subscribe(SUBSCRIPTION, qos=1)
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect("127.0.0.1", port)
    while not subscribed:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)


async def _mosquitto_sub(port: int, readings: int) -> float:
    started = time.perf_counter()
    arguments = f"-q 1 -c -i sub -p {port} -t {SUBSCRIPTION} -C {readings}".split()
    process = await asyncio.create_subprocess_exec(
        "mosquitto_sub", *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()
    return readings / (time.perf_counter() - started)


async def _beside(code: str, *arguments: str) -> float:
    """Run a consumer in a Python process of its own; it prints its readings per second."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError("a consumer failed; what it said stands above")
    rate: float = json.loads(output.splitlines()[-1])
    return rate


_BARE = """
import json, sys, time
import paho.mqtt.client as paho

port, readings = int(sys.argv[1]), int(sys.argv[2])
client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bare", clean_session=False, manual_ack=True)
taken = 0

def take(client, _userdata, message):
    global taken
    taken += 1
    client.ack(message.mid, message.qos)
    if taken == readings:
        client.disconnect()

client.on_message = take
started = time.perf_counter()
client.connect("127.0.0.1", port)
client.loop_forever()
print(json.dumps(readings / (time.perf_counter() - started)))
"""

_JOURNEY = """
import asyncio, sys
from pathlib import Path
from tests.bench.journey import drain

asyncio.run(drain(Path(sys.argv[1]), int(sys.argv[2])))
"""
