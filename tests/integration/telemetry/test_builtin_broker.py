"""amqtt within the process: enough for a demo on a machine without Mosquitto."""

from __future__ import annotations

import asyncio
import logging

import paho.mqtt.client as paho
import pytest

from devices.broker import BrokerAddress
from services.runtime.broker import AmqttBroker
from services.runtime.lifecycle import StartupError
from services.telemetry.mqtt import Subscriber


@pytest.fixture(autouse=True)
def quiet() -> None:
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.ERROR)


async def test_a_reading_passes_through_and_is_acknowledged() -> None:
    broker = AmqttBroker(host="127.0.0.1", port=0)
    await broker.start()
    heard: asyncio.Queue[tuple[bytes, int]] = asyncio.Queue()
    ready = asyncio.Event()
    client = Subscriber(
        BrokerAddress("127.0.0.1", broker.port),
        client_id="nakhon",
        received=lambda _topic, payload, _retained, mid: heard.put_nowait((payload, mid)),
    )
    client.on_connect = lambda c, *_: c.subscribe("nakhon/v1/#", qos=1)
    client.on_subscribe = lambda *_: ready.set()
    await client.open_connection()
    async with asyncio.timeout(10):
        await ready.wait()
        await asyncio.to_thread(_publish, broker.port)
        payload, mid = await heard.get()
    assert payload == b"reading"
    assert client.acknowledge([mid], client.generation)
    gone = asyncio.Event()
    client.on_disconnect = lambda *_: gone.set()
    client.shut()
    async with asyncio.timeout(10):
        await gone.wait()
    await broker.stop()


def _publish(port: int) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish("nakhon/v1/a", b"reading", qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


async def test_a_taken_port_is_told_in_words() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(StartupError, match=str(port)):
        await AmqttBroker(host="127.0.0.1", port=port).start()
    server.close()
    await server.wait_closed()
