"""What everything is compared with: a paho loop that takes messages, acknowledges them, and discards them."""

from __future__ import annotations

import asyncio
import json
import sys

import paho.mqtt.client as paho

from devices.broker import BrokerAddress
from devices.topics import SUBSCRIPTION
from simulators.load import LoadSpec, run_load_beside
from tests.bench import setting

CLIENT = "bare"


def open_session(port: int, client_id: str) -> None:
    """A persistent session of this client, for which the broker queues from now on."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)  # type: ignore[attr-defined]
    subscribed: list[int] = []
    client.on_connect = lambda c, *_: c.subscribe(SUBSCRIPTION, qos=1)
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect("127.0.0.1", port)
    while not subscribed:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)


async def bare_rate(port: int, readings: int) -> float:
    """Readings a second of the bare loop, its readings waiting in the broker already."""
    return await beside(_BARE, str(port), str(readings))


async def queue_and_drain(port: int, readings: int) -> float:
    """As :func:`bare_rate`, queueing the readings first; its session is gone afterwards."""
    await asyncio.to_thread(open_session, port, CLIENT)
    target = BrokerAddress("127.0.0.1", port)
    await run_load_beside(LoadSpec(target, setting.load_topics(), count=readings))
    rate = await bare_rate(port, readings)
    await asyncio.to_thread(_forget_session, port)
    return rate


def _forget_session(port: int) -> None:
    """Connect with a clean session once, or the broker would queue for it for good."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=CLIENT, clean_session=True)  # type: ignore[attr-defined]
    connected: list[int] = []
    client.on_connect = lambda *_: connected.append(1)
    client.connect("127.0.0.1", port)
    while not connected:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)


async def beside(code: str, *arguments: str) -> float:
    """Run a consumer in a Python process of its own; it prints its readings per second."""
    rate: float = json.loads((await said_beside(code, *arguments)).splitlines()[-1])
    return rate


async def said_beside(code: str, *arguments: str) -> bytes:
    """What a Python process of its own prints.

    Raises:
        RuntimeError: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError("a consumer failed; what it said stands above")
    return output


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
