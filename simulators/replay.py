"""Publishes a recording as its devices would have: on their topics, at QoS 1, at the pace of its times.

A recording may be moved to the present by one constant span, so that what lies between readings stays. Fast,
or faster than it was recorded, its last reading is taken the moment at which it is published; in slow motion
its first is. Either way nothing is published before it was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from devices.broker import BrokerAddress
from devices.model import Device, Observation
from devices.recordings.recording import Recording
from devices.topics import Channel, device_topic
from simulators.connection import Connection, Message

_AHEAD = 0.005
_TURN = 200


class ReplayError(Exception):
    """A replay could not begin, or not end well. The text says what to do."""


@dataclass(frozen=True, slots=True)
class ReplaySpec:
    """How a recording is published.

    ``topics`` and ``types`` are each device's telemetry topic and default observation type. ``speed`` is how
    many times faster than recorded, None for as fast as the broker acknowledges; ``shifted`` moves it to the
    present; ``window`` is how many messages may be unacknowledged; ``patience`` how long (s) to wait for the
    broker at the beginning and for its last acknowledgements at the end.
    """

    target: BrokerAddress
    topics: Mapping[str, str]
    types: Mapping[str, str]
    speed: float | None = 1.0
    shifted: bool = False
    window: int = 1_000
    patience: float = 30.0
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far a replay has come: readings sent and acknowledged of all, and the time (ms) of the last."""

    sent: int
    acknowledged: int
    readings: int
    time: int | None = None


def senders(city: str, devices: Mapping[str, Device]) -> tuple[dict[str, str], dict[str, str]]:
    """Telemetry topic and default type of each device."""
    topics = {name: device_topic(city, device, Channel.TELEMETRY) for name, device in devices.items()}
    return topics, {name: device.types[0] for name, device in devices.items()}


def shift_to(now: int, first: int, last: int, speed: float | None) -> int:
    """By how many ms a recording is moved that begins to be published ``now`` (ms)."""
    if speed is None:
        return now - last
    if speed < 1:
        return now - first
    return now + round((last - first) / speed) - last


def payload_of(observation: Observation, default_type: str, shift: int) -> bytes:
    """A reading as the contract's payload; its type is named when it is not the device's default."""
    form: dict[str, Any] = {"ts": observation.time + shift}
    if observation.type != default_type:
        form["type"] = observation.type
    if observation.location is not None:
        form["location"] = observation.location
    form["values"] = observation.values
    return orjson.dumps(form)


async def replay(
    recording: Recording,
    spec: ReplaySpec,
    *,
    now: Callable[[], int],
    stop: asyncio.Event,
    report: Callable[[ReplayProgress], None] | None = None,
) -> ReplayProgress:
    """Publish all of it, or what there is time for until ``stop``; ``report`` hears every few hundred.

    ``now`` is the time of day (ms).

    Raises:
        ReplayError: no broker lets us in, or it did not acknowledge everything in time.
    """
    run = _Run(recording, spec, now, stop, report)
    connecting = asyncio.create_task(run.connection.run())
    try:
        await run.whole()
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
    return run.progress()


class _Run:
    """One replay over one connection."""

    def __init__(
        self,
        recording: Recording,
        spec: ReplaySpec,
        now: Callable[[], int],
        stop: asyncio.Event,
        report: Callable[[ReplayProgress], None] | None,
    ) -> None:
        self.connection = Connection(spec.target, spec.client_id, held=spec.window)
        self._recording, self._spec, self._now, self._stop = recording, spec, now, stop
        self._report = report
        self._last: int | None = None

    def progress(self) -> ReplayProgress:
        """As it stands."""
        done = self.connection
        return ReplayProgress(done.published, done.acknowledged, self._recording.readings, self._last)

    async def whole(self) -> None:
        first, last = self._recording.first, self._recording.last
        if first is None or last is None or not await self._connected():
            return
        shift = shift_to(self._now(), first, last, self._spec.speed) if self._spec.shifted else 0
        await self._publish(first, shift)
        await self._settle()
        await self.connection.close()

    async def _connected(self) -> bool:
        """Whether the broker let us in; False when we were stopped before."""
        deadline = _clock() + self._spec.patience
        while not self.connection.connected:
            if self.connection.refusal is not None or _clock() > deadline:
                why = self.connection.refusal or "it does not answer"
                raise ReplayError(f"no broker lets replay in at {self._spec.target}: {why}")
            if await self._pause(0.02):
                return False
        return True

    async def _publish(self, first: int, shift: int) -> None:
        began = _clock()
        speed = self._spec.speed
        topics, types = self._spec.topics, self._spec.types
        for batch in self._recording.batches(_TURN):
            for observation in batch:
                due = began if speed is None else began + (observation.time - first) / 1_000 / speed
                if not await self._turn(due):
                    return
                name = observation.device
                self.connection.publish(Message(topics[name], payload_of(observation, types[name], shift)))
                self._last = observation.time
            await asyncio.sleep(0)
            self._tell()

    async def _turn(self, due: float) -> bool:
        """Wait until a message is due and there is room for it; False when we were stopped."""
        while (wait := due - _clock()) > _AHEAD:
            if await self._pause(min(wait, 1.0)):
                return False
            self._tell()
        while not self.connection.connected or self._open() >= self._spec.window:
            if await self._pause(0.001 if self.connection.connected else 0.1):
                return False
        return not self._stop.is_set()

    async def _settle(self) -> None:
        deadline = _clock() + self._spec.patience
        while self._open():
            if _clock() > deadline:
                raise ReplayError(
                    f"{self._open()} readings were not acknowledged within {self._spec.patience:g} s: "
                    f"is the broker at {self._spec.target} still there?"
                )
            await asyncio.sleep(0.005)

    async def _pause(self, seconds: float) -> bool:
        """Let others run; whether we were stopped meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True

    def _open(self) -> int:
        return self.connection.published - self.connection.acknowledged

    def _tell(self) -> None:
        if self._report is not None:
            self._report(self.progress())


def _clock() -> float:
    return asyncio.get_running_loop().time()
