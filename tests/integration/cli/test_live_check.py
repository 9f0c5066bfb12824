"""Listening to a real broker, as ``nakhon devices check --topic`` does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from paho.mqtt import publish

from devices.broker import BrokerAddress
from services.cli.checking.live import Heard, Listener
from services.runtime.broker import MosquittoBroker
from services.runtime.lifecycle import StartupError

pytestmark = pytest.mark.real

LONG = 30.0


@pytest.fixture
async def guarded(mosquitto_program: str, tmp_path: Path) -> AsyncIterator[MosquittoBroker]:
    """A broker that asks for a password."""
    broker = MosquittoBroker(
        mosquitto_program, tmp_path / "guarded", host="127.0.0.1", port=0, users={"aq-01": "secret"}
    )
    await broker.start()
    yield broker
    await broker.stop()


def send(broker: MosquittoBroker, *messages: tuple[str, str, bool]) -> None:
    publish.multiple(
        [
            {"topic": topic, "payload": payload, "qos": 1, "retain": retain}
            for topic, payload, retain in messages
        ],
        hostname=broker.host,
        port=broker.port,
    )


async def test_what_is_published_is_heard_and_marked_when_it_was_retained(mosquitto: MosquittoBroker) -> None:
    await asyncio.to_thread(send, mosquitto, ("a/1", "before", True))
    heard = await asyncio.to_thread(_listen_until, mosquitto, "now")
    assert [(h.topic, h.payload, h.retained) for h in heard] == [
        ("a/1", b"before", True),
        ("a/2", b"now", False),
    ]
    assert heard[0].now <= heard[1].now


def _listen_until(broker: MosquittoBroker, last: str) -> list[Heard]:
    """Listen; when the retained message is there, publish the last one; stop when it is there."""
    heard: list[Heard] = []
    stop = threading.Event()

    def take(message: Heard) -> None:
        heard.append(message)
        if message.retained:
            send(broker, ("b/1", "not asked for", False), ("a/2", last, False))
        else:
            stop.set()

    Listener(BrokerAddress(broker.host, broker.port), "a/#").listen(LONG, take, stop=stop)
    return heard


async def test_the_time_is_kept(mosquitto: MosquittoBroker) -> None:
    ticks: list[float] = []
    listener = Listener(BrokerAddress(mosquitto.host, mosquitto.port), "a/#")
    await asyncio.to_thread(listener.listen, 0.5, lambda _: None, stop=threading.Event(), tick=ticks.append)
    assert ticks
    assert max(ticks) < 0.5


async def test_a_wrong_password_is_told(guarded: MosquittoBroker) -> None:
    for user, password in ((None, None), ("aq-01", "wrong")):
        address = BrokerAddress(guarded.host, guarded.port, username=user, password=password)
        with pytest.raises(StartupError, match=r"Not authorized.*user and password"):
            await asyncio.to_thread(
                Listener(address, "a").listen, LONG, lambda _: None, stop=threading.Event()
            )


async def test_with_the_right_one_it_listens(guarded: MosquittoBroker) -> None:
    address = BrokerAddress(guarded.host, guarded.port, username="aq-01", password="secret")
    await asyncio.to_thread(Listener(address, "a").listen, 0.1, lambda _: None, stop=threading.Event())
