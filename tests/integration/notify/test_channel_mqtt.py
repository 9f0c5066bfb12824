"""Notifications and heartbeats on a real Mosquitto."""

from __future__ import annotations

import asyncio
import json

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from devices import topics
from services.alerts.notify.channels.mqtt import Mqtt
from services.alerts.notify.heartbeat import Beat, MqttBeats
from services.alerts.notify.notice import Reason
from services.alerts.notify.samples import sample
from services.runtime.broker import MosquittoBroker
from tests.support.notifying import composer

pytestmark = pytest.mark.real


class Listener:
    """Publishes for the channel, and hears what arrives."""

    def __init__(self, port: int) -> None:
        self.heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._told
        self._client.on_connect = self._connected
        self._ready = asyncio.Event()
        self._client.on_subscribe = lambda *_: self._loop.call_soon_threadsafe(self._ready.set)
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe(topics.SUBSCRIPTION, qos=1)

    def _told(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        told = (message.topic, message.payload, message.retain)
        self._loop.call_soon_threadsafe(self.heard.put_nowait, told)

    async def ready(self) -> None:
        await asyncio.wait_for(self._ready.wait(), 10)

    async def publish(self, topic: str, payload: bytes) -> bool:
        info = self._client.publish(topic, payload, qos=1, retain=topic.endswith("_heartbeat"))
        await asyncio.to_thread(info.wait_for_publish, 10)
        return info.is_published()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


async def test_notification_arrives_where_nakhon_does_not_hear_itself(mosquitto: MosquittoBroker) -> None:
    listener = Listener(mosquitto.port)
    await listener.ready()
    channel = Mqtt(listener.publish, composer("th"), "nakhon/v1/{city}/_notifications/{receiver}")
    await channel.send(sample(Reason.FIRING))
    topic, payload, retained = await asyncio.wait_for(listener.heard.get(), 10)
    listener.close()
    assert topic == topics.notifications_topic("bangkok-pilot", "duty-officer")
    assert topics.is_own(topic)
    assert not retained
    told = json.loads(payload)
    assert told["id"] == "sample-firing"
    assert told["text"]["subject"].startswith("▲ รุนแรง")


async def test_heartbeat_waits_for_who_comes_later(mosquitto: MosquittoBroker) -> None:
    first = Listener(mosquitto.port)
    await first.ready()
    topic = topics.heartbeat_topic("bangkok-pilot")
    await MqttBeats(first.publish, topic).send(
        Beat(1_767_596_700_000, False, ("the broker is away",), 60_000)
    )
    first.close()
    later = Listener(mosquitto.port)
    heard, payload, retained = await asyncio.wait_for(later.heard.get(), 10)
    later.close()
    assert (heard, retained) == (topic, True)
    assert topics.is_own(heard)
    assert json.loads(payload) == {
        "at": "2026-01-05T07:05:00.000Z",
        "ok": False,
        "troubles": ["the broker is away"],
        "every": 60,
    }
