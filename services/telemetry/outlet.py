"""What Nakhon publishes over MQTT: verdicts, alert transitions, the status of the domains.

A connection of its own, so that nothing published here can come between the acknowledgements of intake.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
import structlog
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.enums import MQTTErrorCode

from devices import topics
from devices.broker import BrokerAddress
from devices.model import Domain
from services.bus.protocol import AlertChanged, Bus, ServiceChanged, StatusChanged
from services.telemetry.mqtt import LoopClient

log = structlog.get_logger(__name__)

_PATIENCE = (0.2, 15.0)
_QUEUED = 10_000
_WITHIN = 10.0
"""How long (s) the broker may take to acknowledge."""
_DROPPED = "$SYS/broker/publish/messages/dropped"


Listener: TypeAlias = Callable[[str, bytes, bool], None]
"""Hears a topic, its payload, and whether the broker had kept it."""


class Outlet:
    """Publishes while connected; while not, alerts and statuses wait (bounded), verdicts are dropped."""

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        client_id: str,
        city: str,
        bus: Bus,
        statuses: Callable[[], Sequence[Mapping[str, Any]]],
        services: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
        now: Callable[[], int] = int,
    ) -> None:
        self._client = LoopClient(broker, client_id=client_id, clean=True)
        self._client.max_queued_messages_set(_QUEUED)
        self._client.on_disconnect = self._disconnected
        self._city = city
        self._bus = bus
        self._statuses = statuses
        self._services = services
        self._now = now
        self._hearing: int | None = None
        self._listeners: dict[str, list[Listener]] = {}
        self._full = False
        self._closed = asyncio.Event()
        self._client.on_connect = self._connected
        self._client.on_message = self._told
        self._client.on_publish = self._published
        self._awaited: dict[int, asyncio.Future[None]] = {}
        self.broker: dict[str, int] = {}
        """What the broker says of itself, if it does: messages it ``dropped``."""

    def verdict(self, topic: str, payload: bytes) -> None:
        """Tell a sender. One that can't be told now is not told later: it would be old news."""
        if self._client.is_connected():
            self._client.publish(topic, payload, qos=0)

    async def tell(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Publish, and wait for the broker to have it. False: it is away, or does not say so in time."""
        if not self._client.is_connected():
            return False
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        acknowledged = self._awaited[info.mid] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(acknowledged, _WITHIN)
        except TimeoutError:
            return False
        finally:
            self._awaited.pop(info.mid, None)
        return True

    def listen(self, topic_filter: str, heard: Listener) -> Callable[[], None]:
        """From now on hand ``heard`` what is published under a topic filter, retained messages too.

        Calling what is answered ends it.
        """
        listeners = self._listeners.setdefault(topic_filter, [])
        listeners.append(heard)
        if self._client.is_connected():
            self._client.subscribe(topic_filter, qos=0)

        def stop() -> None:
            listeners.remove(heard)
            if not listeners:
                del self._listeners[topic_filter]
                if self._client.is_connected():
                    self._client.unsubscribe(topic_filter)

        return stop

    def hearing_since(self) -> int | None:
        """Since when (ms) all that is published is heard; None while the broker is away."""
        return self._hearing

    async def run(self) -> None:
        """Publish what the bus brings, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stay_connected())
            tasks.create_task(self._announce())

    async def close(self) -> None:
        """Leave."""
        self._client.shut()

    async def _stay_connected(self) -> None:
        pause = _PATIENCE[0]
        while True:
            self._closed.clear()
            try:
                await self._client.open_connection()
            except OSError:
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, _PATIENCE[1])
                continue
            pause = _PATIENCE[0]
            await self._closed.wait()
            await asyncio.sleep(pause)

    async def _announce(self) -> None:
        async with self._bus.subscribe(AlertChanged, StatusChanged, ServiceChanged, size=_QUEUED) as events:
            for domain in self._statuses():
                self._tell_status(domain)
            for service in self._services():
                self._tell_service(service)
            async for event in events:
                if isinstance(event, AlertChanged):
                    alert = event.alert
                    topic = topics.alerts_topic(self._city, Domain(alert["domain"]), alert["severity"])
                    self._publish(topic, {"change": event.change, **alert}, retain=False)
                elif isinstance(event, StatusChanged):
                    self._tell_status(event.domain)
                elif isinstance(event, ServiceChanged):
                    self._tell_service(event.service)

    def _tell_status(self, domain: Mapping[str, Any]) -> None:
        topic = topics.domains_topic(self._city, Domain(domain["domain"]))
        self._publish(topic, domain, retain=True)

    def _tell_service(self, service: Mapping[str, Any]) -> None:
        self._publish(topics.services_topic(self._city, service["id"]), service, retain=True)

    def _publish(self, topic: str, data: Any, *, retain: bool) -> None:
        info = self._client.publish(topic, orjson.dumps(data), qos=1, retain=retain)
        full = info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE
        if full and not self._full:
            log.warning("the broker is away too long; announcements over MQTT are dropped", queued=_QUEUED)
        self._full = full

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not reason.is_failure:
            self._hearing = self._now()
            client.subscribe([(topic, 0) for topic in (_DROPPED, *self._listeners)])

    def _told(self, _client: Any, _data: Any, message: Any) -> None:
        if message.topic == _DROPPED:
            if message.payload.isdigit():
                self.broker["dropped"] = int(message.payload)
            return
        for topic_filter, listeners in self._listeners.items():
            if topic_matches_sub(topic_filter, message.topic):
                for heard in listeners:
                    heard(message.topic, message.payload, message.retain)

    def _published(self, _client: Any, _data: Any, mid: int, *_: Any) -> None:
        waiting = self._awaited.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _disconnected(self, *_: Any) -> None:
        self._hearing = None
        self._closed.set()
