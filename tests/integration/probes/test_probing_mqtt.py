"""Heartbeats on a real broker, heard by Nakhon's own connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from devices.broker import BrokerAddress
from devices.model import Expected, ProbeKind
from services.bus.memory import MemoryBus
from services.runtime.broker import MosquittoBroker
from services.runtime.clock import ManualClock
from services.status.probes.heartbeat import Heartbeats
from services.telemetry.mqtt import Subscriber
from services.telemetry.outlet import Outlet
from tests.integration.probes.conftest import ask, probe

pytestmark = pytest.mark.real

PUMP = probe(ProbeKind.MQTT, "plant/+/alive")


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it does; a busy machine is slow."""
    for _ in range(1_500):
        if holds():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to that")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def outlet(mosquitto: MosquittoBroker, clock: ManualClock) -> AsyncIterator[Outlet]:
    made = Outlet(
        BrokerAddress(mosquitto.host, mosquitto.port),
        client_id="out",
        city="town",
        bus=MemoryBus(),
        statuses=tuple,
        now=clock.now,
    )
    running = asyncio.create_task(made.run())
    await until(lambda: made.hearing_since() is not None)
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await made.close()


@pytest.fixture
async def plant(mosquitto: MosquittoBroker) -> AsyncIterator[Subscriber]:
    """Another client of the broker."""
    client = Subscriber(
        BrokerAddress(mosquitto.host, mosquitto.port), client_id="plant", received=lambda *_: None
    )
    await client.open_connection()
    yield client
    client.shut()
    await asyncio.sleep(0)


async def say(
    plant: Subscriber, topic: str, payload: bytes, heard: asyncio.Event, *, retain: bool = False
) -> None:
    """Publish until it was heard on the way through the broker."""
    async with asyncio.timeout(30):
        while not heard.is_set():
            plant.publish(topic, payload, qos=1, retain=retain)
            await asyncio.sleep(0.05)


def listening(outlet: Outlet, topics: str) -> asyncio.Event:
    """Set once something was heard there."""
    heard = asyncio.Event()
    outlet.listen(topics, lambda *_: heard.set())
    return heard


async def test_what_is_heard_on_the_broker_is_a_heartbeat(
    outlet: Outlet, plant: Subscriber, clock: ManualClock
) -> None:
    heartbeats = Heartbeats(clock, outlet)
    heartbeats.add(PUMP)
    await clock.advance(61)
    assert (await ask(heartbeats, PUMP)).up is False
    await say(plant, "plant/1/alive", b"ok", listening(outlet, "plant/1/alive"))
    assert (await ask(heartbeats, PUMP)).up is True
    await clock.advance(61)
    assert (await ask(heartbeats, PUMP)).up is False


async def test_another_topic_or_another_payload_is_none(
    outlet: Outlet, plant: Subscriber, clock: ManualClock
) -> None:
    heartbeats = Heartbeats(clock, outlet)
    picky = replace(PUMP, expected=Expected(payload="ok"))
    heartbeats.add(picky)
    await clock.advance(61)
    await say(plant, "plant/1/dead", b"ok", listening(outlet, "plant/1/dead"))
    await say(plant, "plant/1/alive", b"fault", listening(outlet, "plant/1/alive"))
    assert (await ask(heartbeats, picky)).up is False


async def test_what_the_broker_had_kept_is_none(
    outlet: Outlet, plant: Subscriber, clock: ManualClock
) -> None:
    await say(plant, "plant/1/alive", b"ok", listening(outlet, "plant/1/alive"), retain=True)
    heartbeats = Heartbeats(clock, outlet)
    heartbeats.add(PUMP)
    kept = listening(outlet, "plant/#")
    async with asyncio.timeout(30):
        await kept.wait()
    await clock.advance(61)
    assert (await ask(heartbeats, PUMP)).up is False


async def test_without_the_broker_nothing_is_said(
    outlet: Outlet, mosquitto: MosquittoBroker, clock: ManualClock
) -> None:
    heartbeats = Heartbeats(clock, outlet)
    heartbeats.add(PUMP)
    await mosquitto.stop()
    await until(lambda: outlet.hearing_since() is None)
    await clock.advance(61)
    assert (await ask(heartbeats, PUMP)).up is None
