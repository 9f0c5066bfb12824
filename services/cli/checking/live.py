"""Listening to a broker for a while, beside whoever else listens."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from devices.broker import BrokerAddress
from services.runtime.lifecycle import StartupError

_ANSWER_WITHIN = 10.0
_LOOK_EVERY = 0.2


class Heard(NamedTuple):
    """A message; ``now`` is when it was heard (ms)."""

    topic: str
    payload: bytes
    retained: bool
    now: int


class Listener:
    """A session of its own at a broker: what it hears, nobody else misses."""

    def __init__(self, broker: BrokerAddress, topic: str) -> None:
        self._broker = broker
        self._topic = topic
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"nakhon-check-{secrets.token_hex(4)}"
        )
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._received
        if broker.username:
            self._client.username_pw_set(broker.username, broker.password)

    def listen(
        self,
        seconds: float,
        take: Callable[[Heard], None],
        *,
        stop: threading.Event,
        tick: Callable[[float], None] = lambda _elapsed: None,
    ) -> None:
        """Hand every message to ``take`` until the time is over or ``stop`` is set.

        Raises:
            StartupError: nobody answers, or the broker refuses; the text says what to look at.
        """
        self._open()
        try:
            self._pass_on(seconds, take, stop, tick)
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _open(self) -> None:
        broker = self._broker
        try:
            if (context := broker.ssl_context()) is not None:
                self._client.tls_set_context(context)
            self._client.connect(broker.host, broker.port, keepalive=30)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise StartupError(f"no broker answers at {broker}: {why}; name one with --mqtt") from None
        self._client.loop_start()
        try:
            trouble = self._answer.get(timeout=_ANSWER_WITHIN)
        except queue.Empty:
            trouble = "it does not answer"
        if trouble is not None:
            self._client.loop_stop()
            raise StartupError(f"the broker at {broker} won't let us listen: {trouble}")

    def _pass_on(
        self,
        seconds: float,
        take: Callable[[Heard], None],
        stop: threading.Event,
        tick: Callable[[float], None],
    ) -> None:
        started = time.monotonic()
        while not stop.is_set() and (elapsed := time.monotonic() - started) < seconds:
            tick(elapsed)
            try:
                take(self._heard.get(timeout=min(_LOOK_EVERY, seconds - elapsed)))
            except queue.Empty:
                continue
        while not self._heard.empty() and not stop.is_set():
            take(self._heard.get())

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _props: Any) -> None:
        if reason.is_failure:
            self._answer.put(f"{reason}; give user and password as mqtt://user:password@host:port")
            client.disconnect()
            return
        client.subscribe(self._topic, qos=1)

    def _subscribed(self, _client: Any, _data: Any, _mid: Any, reasons: Any, _props: Any) -> None:
        refused = [reason for reason in reasons if reason.is_failure]
        self._answer.put(f"{self._topic}: {refused[0]}; may this user read the topic?" if refused else None)

    def _received(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        now = time.time_ns() // 1_000_000
        self._heard.put(Heard(message.topic, bytes(message.payload), message.retain, now))
