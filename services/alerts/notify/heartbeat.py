"""Tells outside watchers that Nakhon lives, so that its own death is noticed.

A watcher expects a beat every so often and cries when none comes (a dead man's switch). A Nakhon that lives
but is not well beats too, and says so.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import structlog

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.channels.http import HttpClient, host_of, judge
from services.alerts.notify.signing import sign
from services.runtime.clock import Clock, rfc3339

_FIRST_PAUSE = 1.0
_MOST_PAUSE = 30.0
_MOST_TROUBLES = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """``at`` and ``every`` are ms. ``troubles`` say in words what is wrong; without any all is well."""

    at: int
    ok: bool
    troubles: tuple[str, ...]
    every: int

    def as_dict(self) -> dict[str, Any]:
        """As watchers get it; ``every`` in seconds."""
        return {
            "at": rfc3339(self.at),
            "ok": self.ok,
            "troubles": list(self.troubles),
            "every": self.every / 1000,
        }


class Sender(Protocol):
    """Takes beats to one watcher."""

    @property
    def name(self) -> str:
        """What it is called in logs and metrics; each sender has its own."""

    async def send(self, beat: Beat) -> None:
        """Return when the watcher has it.

        Raises:
            NotTakenError: try again.
            RefusedError: a person must act.
        """


@dataclass(frozen=True, slots=True)
class WebhookBeats:
    """Asks an address for every beat; ``fail`` is the address for a Nakhon that is not well, if there is one.

    It gets the beat as JSON, signed when there is a secret.
    """

    http: HttpClient
    url: str = field(repr=False)
    fail: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    name: str = "webhook"

    async def send(self, beat: Beat) -> None:
        url = self.url if beat.ok or self.fail is None else self.fail
        body = orjson.dumps(beat.as_dict())
        headers = {"Content-Type": "application/json"}
        if self.secret is not None:
            headers |= sign(self.secret, body, beat.at)
        answer = await self.http.send("POST", url, headers=headers, body=body, tls=self.tls)
        judge(answer, host_of(url))


@dataclass(frozen=True, slots=True)
class MqttBeats:
    """Publishes every beat on a topic, retained; ``publish`` answers whether the broker has it."""

    publish: Callable[[str, bytes], Awaitable[bool]]
    topic: str
    name: str = "mqtt"

    async def send(self, beat: Beat) -> None:
        if not await self.publish(self.topic, orjson.dumps(beat.as_dict())):
            raise NotTakenError("the broker is away, or has not acknowledged the beat")


@dataclass(slots=True)
class Pulse:
    """What became of one watcher's beats: how many arrived, when the last (ms), how many tries failed."""

    beats: int = 0
    failures: int = 0
    last: int | None = None
    error: str | None = None


class Heartbeat:
    """Beats every ``every`` ms to each of the senders, until cancelled.

    ``healthy`` answers whether all is well, and else what is not. A try that fails comes again after a
    second, then later and later, until the next beat is due: that one takes its place. Each watcher is
    served by itself, and none waits for another.
    """

    def __init__(
        self,
        clock: Clock,
        every: int,
        senders: Sequence[Sender],
        healthy: Callable[[], tuple[bool, Sequence[str]]],
    ) -> None:
        self._clock = clock
        self._every = every
        self._senders = tuple(senders)
        self._healthy = healthy
        self._pulses = [Pulse() for _ in self._senders]

    @property
    def pulses(self) -> Mapping[str, Pulse]:
        """By the sender's name."""
        return {sender.name: pulse for sender, pulse in zip(self._senders, self._pulses, strict=True)}

    async def run(self) -> None:
        """Beat, the first time at once."""
        async with asyncio.TaskGroup() as tasks:
            for sender, pulse in zip(self._senders, self._pulses, strict=True):
                tasks.create_task(self._serve(sender, pulse), name=f"heartbeat: {sender.name}")

    async def _serve(self, sender: Sender, pulse: Pulse) -> None:
        while True:
            due = self._clock.now() + self._every
            await self._beat(sender, pulse, due)
            left = min(due - self._clock.now(), self._every)  # a clock that was set back delays nothing
            await self._clock.sleep(max(0, left) / 1000)

    async def _beat(self, sender: Sender, pulse: Pulse, until: int) -> None:
        """Try until it arrives, or until the next beat is due. Every try tells how things are by then."""
        pause = _FIRST_PAUSE
        while not await self._try(sender, pulse):
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads tries, guards nothing
            if self._clock.now() + wait * 1000 >= until:
                return
            await self._clock.sleep(wait)
            pause = min(pause * 2, _MOST_PAUSE)

    async def _try(self, sender: Sender, pulse: Pulse) -> bool:
        beat = self._now()
        try:
            await self._in_time(sender.send(beat))
        except (NotTakenError, RefusedError) as error:
            _failed(pulse, sender.name, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a sender does, the next beat comes
            _failed(pulse, sender.name, type(error).__name__)
        else:
            if pulse.error is not None:
                _log.info("heartbeats arrive again", watcher=sender.name)
            pulse.beats, pulse.last, pulse.error = pulse.beats + 1, beat.at, None
            return True
        return False

    async def _in_time(self, work: Coroutine[Any, Any, None]) -> None:
        """A try that lasts until the next beat is due has failed."""
        tried = asyncio.create_task(work)
        late = asyncio.create_task(self._clock.sleep(self._every / 1000))
        try:
            await asyncio.wait({tried, late}, return_when=asyncio.FIRST_COMPLETED)
            if not tried.done():
                raise NotTakenError(f"no answer within {self._every / 1000:g} s")
            tried.result()
        finally:
            tried.cancel()
            late.cancel()

    def _now(self) -> Beat:
        at = self._clock.now()
        try:
            ok, troubles = self._healthy()
        except Exception as error:  # noqa: BLE001 - who can't tell how it is, is not well
            ok, troubles = False, (f"its health can't be told: {type(error).__name__}",)
        return Beat(at, ok, tuple(troubles)[:_MOST_TROUBLES], self._every)


def _failed(pulse: Pulse, watcher: str, reason: str) -> None:
    """Count it; the log hears of the first of a row."""
    if pulse.error is None:
        _log.warning("a heartbeat did not arrive", watcher=watcher, reason=reason)
    pulse.failures, pulse.error = pulse.failures + 1, reason
