"""The subscriber on a real broker: what was found out by trying stays found out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from devices.broker import BrokerAddress
from services.runtime.broker import MosquittoBroker
from services.telemetry.mqtt import Subscriber

pytestmark = pytest.mark.real


class Heard:
    """Messages as they come, and a way to wait for so many."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bytes, bool, int]] = []
        self._changed = asyncio.Event()

    def __call__(self, topic: bytes, payload: bytes, retained: bool, mid: int) -> None:
        self.messages.append((topic, payload, retained, mid))
        self._changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.messages) < count:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def listening(broker: MosquittoBroker, heard: Heard, name: str = "test") -> AsyncIterator[Subscriber]:
    client = Subscriber(BrokerAddress(broker.host, broker.port), client_id=name, received=heard)
    ready = asyncio.Event()
    client.on_connect = lambda c, _u, flags, _r, _p: (
        ready.set() if flags.session_present else c.subscribe("t/#", qos=1)
    )
    client.on_subscribe = lambda *_: ready.set()
    await client.open_connection()
    async with asyncio.timeout(10):
        await ready.wait()
    yield client
    client.shut()
    await asyncio.sleep(0)


async def publish(
    broker: MosquittoBroker, payloads: list[bytes], *, qos: int = 1, retain: bool = False
) -> None:
    def work() -> None:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        client.max_inflight_messages_set(1000)
        client.connect(broker.host, broker.port)
        client.loop_start()
        for payload in payloads:
            info = client.publish("t/a", payload, qos=qos, retain=retain)
        info.wait_for_publish(20)
        client.disconnect()
        client.loop_stop()

    await asyncio.to_thread(work)


async def test_every_size_of_message_arrives_whole(mosquitto: MosquittoBroker) -> None:
    payloads = [b"x" * size for size in (0, 1, 120, 121, 127, 128, 16_383, 16_384, 300_000, 2_200_000)]
    heard = Heard()
    async with listening(mosquitto, heard) as client:
        await publish(mosquitto, payloads)
        await heard.until(len(payloads))
        assert [payload for _, payload, _, _ in heard.messages] == payloads
        assert client.acknowledge([mid for *_, mid in heard.messages], client.generation)


async def test_what_was_not_acknowledged_comes_again_and_in_order(mosquitto: MosquittoBroker) -> None:
    payloads = [str(number).encode() for number in range(500)]
    heard = Heard()
    async with listening(mosquitto, heard) as client:
        await publish(mosquitto, payloads)
        await heard.until(500)
        assert client.acknowledge([mid for *_, mid in heard.messages[:200]], client.generation)
        await publish(mosquitto, [b"last"])
        await heard.until(501)
    again = Heard()
    async with listening(mosquitto, again):
        await again.until(301)
    assert [payload for _, payload, _, _ in again.messages] == [*payloads[200:], b"last"]


async def test_an_acknowledgement_of_a_former_connection_is_dropped(mosquitto: MosquittoBroker) -> None:
    heard = Heard()
    async with listening(mosquitto, heard) as client:
        await publish(mosquitto, [b"1", b"2"])
        await heard.until(2)
        former = client.generation
        connected = asyncio.Event()
        client.on_connect = lambda *_: connected.set()
        await client.open_connection()
        async with asyncio.timeout(10):
            await connected.wait()
        assert not client.acknowledge([heard.messages[0][3]], former)
        await heard.until(4)
        assert [payload for _, payload, _, _ in heard.messages[2:]] == [b"1", b"2"]


async def test_acknowledging_in_order_keeps_the_window_moving(mosquitto: MosquittoBroker) -> None:
    """Far more messages than the window holds pass, acknowledged batch by batch."""
    heard = Heard()
    async with listening(mosquitto, heard) as client:
        sending = asyncio.create_task(publish(mosquitto, [b"x"] * 9_000))
        done = 0
        async with asyncio.timeout(30):
            while done < 9_000:
                await heard.until(done + 1)
                fresh = heard.messages[done:]
                assert len(fresh) <= 2_100
                assert client.acknowledge([mid for *_, mid in fresh], client.generation)
                done += len(fresh)
        await sending
    assert done == 9_000


async def test_a_retained_message_says_so_and_qos_0_has_no_id(mosquitto: MosquittoBroker) -> None:
    await publish(mosquitto, [b"kept"], retain=True)
    heard = Heard()
    async with listening(mosquitto, heard):
        await heard.until(1)
        await publish(mosquitto, [b"light"], qos=0)
        await heard.until(2)
    assert heard.messages[0][1:3] == (b"kept", True)
    assert heard.messages[1][1:] == (b"light", False, 0)


async def test_nobody_there_is_an_oserror(tmp_path: Path) -> None:
    from services.runtime.broker import free_port

    client = Subscriber(BrokerAddress("127.0.0.1", free_port()), client_id="t", received=Heard())
    with pytest.raises(OSError, match="refused"):
        await client.open_connection()


async def test_small_packets_do_not_wait_for_one_another(mosquitto: MosquittoBroker) -> None:
    async with listening(mosquitto, Heard()) as client:
        assert client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
