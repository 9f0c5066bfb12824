"""The outlet on a real broker: what it says was told is with the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from devices.broker import BrokerAddress
from services.bus.memory import MemoryBus
from services.bus.protocol import ServiceChanged
from services.runtime.broker import MosquittoBroker
from services.telemetry.mqtt import Subscriber
from services.telemetry.outlet import Outlet

pytestmark = pytest.mark.real

TOPIC = "nakhon/v1/bangkok-pilot/_heartbeat"


@asynccontextmanager
async def outlet(
    broker: MosquittoBroker, bus: MemoryBus | None = None, services: Sequence[Mapping[str, Any]] = ()
) -> AsyncIterator[Outlet]:
    address = BrokerAddress(broker.host, broker.port)
    made = Outlet(
        address,
        client_id="out",
        city="bangkok-pilot",
        bus=bus or MemoryBus(),
        statuses=lambda: (),
        services=lambda: services,
    )
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.close()


async def told(made: Outlet, payload: bytes, *, retain: bool = False, topic: str = TOPIC) -> None:
    for _ in range(500):
        if await made.tell(topic, payload, retain=retain):
            return
        await asyncio.sleep(0.02)
    pytest.fail("the outlet did not connect")


async def test_what_was_told_is_with_the_broker(mosquitto: MosquittoBroker) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    async with outlet(mosquitto) as made:
        await told(made, b"alive", retain=True)
        client = Subscriber(
            address, client_id="in", received=lambda _topic, payload, _r, _mid: heard.put_nowait(payload)
        )
        client.on_connect = lambda c, *_: c.subscribe("nakhon/#", qos=1)
        await client.open_connection()
        async with asyncio.timeout(10):
            assert await heard.get() == b"alive", "retained"
        await told(made, b"again")
        async with asyncio.timeout(10):
            assert await heard.get() == b"again"
        client.shut()
        await asyncio.sleep(0)


async def test_without_a_broker_nothing_was_told(mosquitto: MosquittoBroker) -> None:
    async with outlet(mosquitto) as made:
        await told(made, b"alive")
        await mosquitto.stop()
        for _ in range(500):
            if not await made.tell(TOPIC, b"gone"):
                assert made.hearing_since() is None
                return
            await asyncio.sleep(0.02)
    pytest.fail("the outlet says that a broker which is gone has it")


async def test_services_are_told_as_they_stand_and_as_they_change(mosquitto: MosquittoBroker) -> None:
    heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
    bus = MemoryBus()
    async with outlet(mosquitto, bus, [{"id": "air-quality", "status": "unknown"}]) as made:
        await told(made, b"connected")
        made.listen("nakhon/v1/+/_services/#", lambda *said: heard.put_nowait(said))
        topic = "nakhon/v1/bangkok-pilot/_services/air-quality"
        async with asyncio.timeout(10):
            name, payload, retained = await heard.get()
            assert (name, orjson.loads(payload)["status"], retained) == (topic, "unknown", True)
            bus.publish(ServiceChanged({"id": "air-quality", "status": "operational"}))
            name, payload, retained = await heard.get()
            assert (name, orjson.loads(payload)["status"], retained) == (topic, "operational", False)


async def test_whoever_listens_hears_after_a_reconnect_too(mosquitto: MosquittoBroker) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    async with outlet(mosquitto) as made:
        stop = made.listen("outside/+", lambda _topic, payload, _retained: heard.put_nowait(payload))
        await told(made, b"connected")
        for payload in (b"before", b"after"):
            await told(made, payload, topic="outside/heartbeat")
            async with asyncio.timeout(10):
                assert await heard.get() == payload
            assert made.hearing_since() is not None
            await mosquitto.stop()
            await mosquitto.start()
        stop()
        await told(made, b"unheard", topic="outside/heartbeat")
        made.listen("outside/last", lambda _topic, payload, _retained: heard.put_nowait(payload))
        await told(made, b"last", topic="outside/last")
        async with asyncio.timeout(10):
            assert await heard.get() == b"last"
