"""The MQTT side of intake: a persistent session that is opened, kept, and opened again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import structlog
from paho.mqtt import client as paho

from devices import topics
from devices.broker import BrokerAddress
from services.runtime.clock import Clock
from services.telemetry.framing import RETAINED
from services.telemetry.intake import Intake, Origin
from services.telemetry.mqtt import Subscriber

log = structlog.get_logger(__name__)

_PATIENCE = (0.2, 15.0)
_ANSWER_WITHIN = 10.0


class BrokerRefusedError(Exception):
    """The broker won't have us: wrong password, or no right to the topics. A person must act."""


class Source:
    """Feeds an intake from a broker for as long as it runs, whatever becomes of the connection.

    Each time in which nothing could be heard is noted in the journal: ``{"deaf": [since, until]}`` (ms).
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        client_id: str,
        intake: Intake,
        clock: Clock,
    ) -> None:
        self._intake = intake
        self._clock = clock
        self._client = Subscriber(broker, client_id=client_id, received=self._received)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected
        self._closed = asyncio.Event()
        self._answer: asyncio.Future[None] | None = None
        self._deaf_since: int | None = None
        self.hearing: Callable[[int | None], None] = lambda _deaf_since: None
        """Called when devices can be heard again (None), and when they can't any more: since when (ms)."""
        self._stopping = False
        self._deaf_told = False
        self.connected = asyncio.Event()
        self.trouble: str | None = "not connected yet"
        """Why nothing is heard, while nothing is."""
        intake.on_room = self._resume

    @property
    def listening(self) -> bool:
        """Whether what is published now is heard."""
        return self.connected.is_set()

    def acknowledge(self, mids: Any, generation: int) -> bool:
        """PUBACKs of a batch; see :meth:`Subscriber.acknowledge`."""
        return self._client.acknowledge(mids, generation)

    def was_deaf_since(self, moment: int) -> None:
        """Nothing was heard since then, before this process began."""
        self._deaf_since = moment

    async def run(self) -> None:
        """Stay connected until cancelled."""
        pause = _PATIENCE[0]
        while True:
            try:
                await self._connect()
            except (OSError, TimeoutError, BrokerRefusedError) as error:
                self._lost(f"{self._client.broker}: {error}")
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, _PATIENCE[1])
                continue
            pause = _PATIENCE[0]
            await self._closed.wait()

    def pause(self) -> None:
        """Hear nothing more; acknowledgements may still go out. :meth:`run` should be cancelled after."""
        self._stopping = True
        self._client.pause()

    async def close(self) -> None:
        """Leave. The session stays with the broker, which queues for it."""
        self.connected.clear()
        self._client.shut()

    async def _connect(self) -> None:
        self._closed.clear()
        self._answer = asyncio.get_running_loop().create_future()
        await self._client.open_connection()
        async with asyncio.timeout(_ANSWER_WITHIN):
            await self._answer
        self.trouble = None
        self.connected.set()
        self.hearing(None)
        log.info("listening", broker=self._client.broker)

    def _resume(self) -> None:
        if not self._stopping:
            self._client.resume()

    def _received(self, topic: bytes, payload: bytes, retained: bool, mid: int) -> None:
        origin = Origin(mid, self._client.generation)
        if topics.is_own(topic):
            if mid:
                self._intake.pass_by(origin)
            return
        self._intake.offer(topic, payload, flags=RETAINED if retained else 0, origin=origin)
        if self._intake.crowded:
            self._client.pause()

    def _connected(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if not reason.is_failure:
            # Before anything that this connection brings, or what was not heard would count as silence.
            self._hear_again()
        if reason.is_failure:
            self._settle(BrokerRefusedError(f"the broker refuses us: {reason}; check mqtt.username"))
        elif flags.session_present:
            # Subscribing again would deliver every retained message again.
            self._settle(None)
        else:
            self._client.subscribe(topics.SUBSCRIPTION, qos=1)

    def _hear_again(self) -> None:
        since, self._deaf_since = self._deaf_since, None
        now = self._clock.now()
        if since is not None and since < now:
            self._intake.note({"deaf": [since, now]})

    def _subscribed(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        refused = [reason for reason in reasons if reason.is_failure]
        text = f"the broker lets us not subscribe {topics.SUBSCRIPTION}; give our user the right to read it"
        self._settle(BrokerRefusedError(text) if refused else None)

    def _settle(self, error: Exception | None) -> None:
        if self._answer is None or self._answer.done():
            return
        if error is None:
            self._answer.set_result(None)
        else:
            self._answer.set_exception(error)

    def _disconnected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _props: Any) -> None:
        assert isinstance(client, Subscriber)
        self._intake.disconnected(client.generation)
        self._lost(f"{client.broker}: {reason}")
        self._settle(ConnectionError(str(reason)))
        self._closed.set()

    def _lost(self, trouble: str) -> None:
        if self._stopping:
            return
        if self.trouble is None or not self._deaf_told:
            self._deaf_told = True
            log.warning("the broker is away; trying again", reason=trouble)
        self.trouble = trouble
        self.connected.clear()
        if self._deaf_since is None:
            self._deaf_since = self._clock.now()
        self.hearing(self._deaf_since)
