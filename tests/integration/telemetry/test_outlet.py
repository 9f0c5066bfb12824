"""The outlet on a real broker: what it says was told is with the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from devices.broker import BrokerAddress
from services.bus.memory import MemoryBus
from services.runtime.broker import MosquittoBroker
from services.telemetry.mqtt import Subscriber
from services.telemetry.outlet import Outlet

pytestmark = pytest.mark.real

TOPIC = "nakhon/v1/bangkok-pilot/_heartbeat"


@asynccontextmanager
async def outlet(broker: MosquittoBroker) -> AsyncIterator[Outlet]:
    address = BrokerAddress(broker.host, broker.port)
    made = Outlet(address, client_id="out", city="bangkok-pilot", bus=MemoryBus(), statuses=lambda: ())
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await made.close()


async def told(made: Outlet, payload: bytes, *, retain: bool = False) -> None:
    for _ in range(500):
        if await made.tell(TOPIC, payload, retain=retain):
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
                return
            await asyncio.sleep(0.02)
    pytest.fail("the outlet says that a broker which is gone has it")
