"""A simulated device's way to the broker: paho-mqtt on the event loop, without a thread.

It keeps trying, with growing pauses, while the broker is away. What it may hold unsent is bounded; beyond
that a message is dropped and counted, as on a device with a small memory.
"""

from __future__ import annotations

import asyncio
import random
import socket
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.broker import BrokerAddress

_HOUSEKEEPING = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: on QoS 1, retained when ``retain``."""

    topic: str
    payload: bytes
    retain: bool = False


class Connection:
    """One MQTT client. :meth:`run` keeps it connected; :meth:`publish` never blocks.

    ``greetings`` are published on every connect, ``will`` by the broker when the connection is lost,
    ``held`` is how many messages may wait for an acknowledgement.
    """

    def __init__(
        self,
        target: BrokerAddress,
        client_id: str,
        *,
        greetings: tuple[Message, ...] = (),
        will: Message | None = None,
        held: int = 1_000,
    ) -> None:
        self.target = target
        self.published = self.acknowledged = self.dropped = 0
        self.connected = False
        self.refusal: str | None = None
        self._greetings = greetings
        self._lost = asyncio.Event()
        self._muted = False
        self._reader: Any = None
        self._client = self._made(client_id, will, held)

    def publish(self, message: Message) -> bool:
        """Send, or hold for later; False when it was dropped because too much is held already."""
        info = self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)
        if info.rc == paho.MQTT_ERR_QUEUE_SIZE:
            self.dropped += 1
            return False
        self.published += 1
        return True

    async def run(self) -> None:
        """Stay connected until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            if not self._muted and await self._connect() and await self._serve():
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnects
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self, *farewells: Message, within: float = 2.0) -> None:
        """Publish the farewells, wait a moment for what is under way, and disconnect in good order."""
        for message in farewells if self.connected else ():
            self.publish(message)
        await self._drain(within)
        self._client.disconnect()
        self._client.loop_write()

    def drop(self) -> None:
        """Lose the connection without a word, as on a power cut, and stay away until :meth:`wake`."""
        self._muted = True
        if self._reader is not None:
            self._reader.shutdown(socket.SHUT_RDWR)

    def wake(self) -> None:
        """Come back after :meth:`drop`."""
        self._muted = False

    async def _connect(self) -> bool:
        """Whether a socket is open; the broker's answer to CONNECT comes later."""
        try:
            await asyncio.to_thread(self._client.connect, self.target.host, self.target.port, 30)
        except OSError as error:
            self.refusal = str(error)
            return False
        sock = self._client.socket()
        if not isinstance(sock, socket.socket):
            return False
        self._lost.clear()
        asyncio.get_running_loop().add_reader(sock, self._client.loop_read)
        self._reader = sock
        if self._client.want_write():
            self._flush(sock)
        return True

    async def _serve(self) -> bool:
        """Until the connection is lost; whether the broker had accepted it."""
        accepted = False
        while not self._lost.is_set():
            accepted = accepted or self.connected
            self._client.loop_misc()
            try:
                async with asyncio.timeout(_HOUSEKEEPING):  # wait_for of 3.11 may swallow a cancellation here
                    await self._lost.wait()
            except TimeoutError:
                continue
        return accepted

    async def _drain(self, within: float) -> None:
        deadline = asyncio.get_running_loop().time() + within
        while self.connected and self.acknowledged < self.published:
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(0.01)

    def _flush(self, sock: Any) -> None:
        asyncio.get_running_loop().add_writer(sock, self._client.loop_write)

    def _made(self, client_id: str, will: Message | None, held: int) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        client.max_queued_messages_set(held)
        client.max_inflight_messages_set(min(held, 200))
        if self.target.username is not None:
            client.username_pw_set(self.target.username, self.target.password)
        if (context := self.target.ssl_context()) is not None:
            client.tls_set_context(context)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_writable
        client.on_socket_unregister_write = self._on_written
        return client

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _more: Any
    ) -> None:
        if code.is_failure:
            self.refusal = str(code)
            return
        self.connected, self.refusal = True, None
        for message in self._greetings:
            self.publish(message)

    def _on_publish(self, *_: Any) -> None:
        self.acknowledged += 1

    def _on_writable(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if self._reader is sock:
            self._flush(sock)

    def _on_written(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if self._reader is sock:
            asyncio.get_running_loop().remove_writer(sock)

    def _on_socket_close(self, _client: paho.Client, _data: Any, sock: Any) -> None:
        if self._reader is sock:
            loop = asyncio.get_running_loop()
            loop.remove_reader(sock)
            loop.remove_writer(sock)
            self._reader = None
        self.connected = False
        self._lost.set()
