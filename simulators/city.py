"""The simulated city at work: every device takes its readings in time and publishes them over MQTT.

Nothing here is known to Nakhon's services: what arrives is what devices would send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import orjson

from devices.broker import BrokerAddress
from devices.city import CityFolder
from devices.model import Device
from devices.topics import Channel, device_topic
from simulators.connection import Connection, Message
from simulators.crowd import Crowd
from simulators.faults import FaultKind, Occurrence
from simulators.plan import FaultPlan
from simulators.population import own_devices, scaled_devices
from simulators.scenario import Scenario
from simulators.truth import truth_lines

_MOST_OWN = 8
_ANNOUNCED = 10
_BATCH = 500


class Clock(Protocol):
    """Time as the simulation lives it."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return once that much of this clock's time has passed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a simulation stands. ``late`` readings were skipped because the machine did not keep up.

    ``dropped`` ones found no room because the broker was slow or away; ``active`` names the faults that
    are going on and whom they strike; ``refusal`` is why there is no connection.
    """

    at: int
    devices: int
    published: int
    acknowledged: int
    dropped: int
    late: int
    connected: bool
    active: tuple[str, ...] = ()
    refusal: str | None = None

    def __str__(self) -> str:
        lost = f", {self.dropped} dropped" if self.dropped else ""
        lost += f", {self.late} skipped" if self.late else ""
        state = "" if self.connected else f"; not connected: {self.refusal or 'waiting for the broker'}"
        trouble = f"; {'; '.join(self.active)}" if self.active else ""
        return f"{self.devices} devices, {self.published} messages{lost}{state}{trouble}"


async def simulate(
    folder: CityFolder,
    *,
    connect: BrokerAddress,
    scenario: Scenario,
    seed: int,
    clock: Clock,
    stop: asyncio.Event,
    devices: int | None = None,
    truth: Path | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Progress:
    """Simulate the city until ``stop`` is set, and say how it went.

    ``devices`` scales it (see :func:`simulators.population.scaled_devices`); ``truth`` is a file to which
    the ground truth is written, anew, as faults end; ``report`` hears about once a second and at every
    change of the faults. A broker that is away is waited for.

    Raises:
        OSError: the file for the ground truth can't be written.
    """
    chosen = own_devices(folder) if devices is None else scaled_devices(folder, devices)
    run = _Run(folder, chosen, connect, scenario, seed, clock, truth, report)
    return await run.until(stop)


class _Run:
    def __init__(
        self,
        folder: CityFolder,
        devices: Sequence[Device],
        target: BrokerAddress,
        scenario: Scenario,
        seed: int,
        clock: Clock,
        truth: Path | None,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self._city, self._clock, self._truth, self._report = folder.city.id, clock, truth, report
        self._devices = {device.id: device for device in devices}
        self._crowd = Crowd(folder, devices, scenario.faults, seed, clock.now())
        self._own = {
            device.id: self._connection(target, seed, device) for device in _own_clients(self._plan, devices)
        }
        announced = [d for d in list(devices)[::_ANNOUNCED] if d.id not in self._own]
        self._farewells = tuple(self._status(device, online=False) for device in announced)
        greetings = tuple(self._status(device, online=True) for device in announced)
        self._shared = Connection(target, f"nakhon-simulator-{seed}", greetings=greetings, held=2_000)
        self._told = 0.0

    @property
    def _plan(self) -> FaultPlan:
        return self._crowd.plan

    async def until(self, stop: asyncio.Event) -> Progress:
        connections = [self._shared, *self._own.values()]
        tasks = [asyncio.create_task(connection.run()) for connection in connections]
        connected = False
        stopped = asyncio.create_task(stop.wait())
        await self._write_truth([], "wb")
        try:
            while not stop.is_set():
                await self._turn()
                await self._pause(stopped)
            connected = self._shared.connected
            await self._write_truth(self._plan.active)
        finally:
            for task in (*tasks, stopped):
                task.cancel()
            await asyncio.gather(*tasks, stopped, return_exceptions=True)
            await self._close()
        return replace(self._progress(), connected=connected)

    async def _turn(self) -> None:
        """All that is due now: faults begin and end, devices read."""
        now = self._clock.now()
        changes = self._plan.advance(now)
        for occurrence in changes.begun:
            self._switch(occurrence, online=False)
        for occurrence in changes.ended:
            self._switch(occurrence, online=True)
        self._crowd.hurry((*changes.begun, *changes.ended), now)
        await self._write_truth(changes.ended)
        for device, payload in self._crowd.due(now, _BATCH):
            topic = device_topic(self._city, device, Channel.TELEMETRY)
            self._way(device.id).publish(Message(topic, payload))
        self._tell(changed=bool(changes.begun or changes.ended))

    async def _pause(self, stopped: asyncio.Task[bool]) -> None:
        """Until something is due, or the simulation ends."""
        gap = self._crowd.next_due() - self._clock.now()
        if gap <= 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.ensure_future(self._clock.sleep(min(gap, 1_000) / 1_000))
        await asyncio.wait({sleeper, stopped}, return_when=asyncio.FIRST_COMPLETED)
        sleeper.cancel()
        with suppress(asyncio.CancelledError):
            await sleeper

    def _switch(self, occurrence: Occurrence, *, online: bool) -> None:
        """A device that goes offline loses its connection; one behind a gateway is reported by it."""
        if occurrence.fault.kind is not FaultKind.OFFLINE:
            return
        for device in occurrence.devices:
            own = self._own.get(device.id)
            if own is None:
                self._shared.publish(self._status(device, online=online))
            elif online:
                own.wake()
            else:
                own.drop()

    def _way(self, device: str) -> Connection:
        return self._own.get(device, self._shared)

    def _connection(self, target: BrokerAddress, seed: int, device: Device) -> Connection:
        return Connection(
            target,
            f"nakhon-simulator-{seed}-{device.id}",
            greetings=(self._status(device, online=True),),
            will=self._status(device, online=False),
            held=50,
        )

    def _status(self, device: Device, *, online: bool) -> Message:
        topic = device_topic(self._city, device, Channel.STATUS)
        body = {"online": True, "fw": "1.4.2"} if online else {"online": False}
        return Message(topic, orjson.dumps(body), retain=True)

    async def _write_truth(self, over: Sequence[Occurrence], mode: str = "ab") -> None:
        if self._truth is None or (not over and mode == "ab"):
            return
        now = self._clock.now()
        lines = b"".join(orjson.dumps(line) + b"\n" for o in over for line in truth_lines(o, now))
        await asyncio.to_thread(_append, self._truth, lines, mode)

    async def _close(self) -> None:
        await asyncio.gather(
            self._shared.close(*self._farewells),
            *(own.close(self._status(self._devices[name], online=False)) for name, own in self._own.items()),
        )

    def _tell(self, *, changed: bool) -> None:
        now = asyncio.get_running_loop().time()
        if self._report is not None and (changed or now - self._told >= 1.0):
            self._told = now
            self._report(self._progress())

    def _progress(self) -> Progress:
        ways = [self._shared, *self._own.values()]
        return Progress(
            at=self._clock.now(),
            devices=len(self._devices),
            published=sum(way.published for way in ways),
            acknowledged=sum(way.acknowledged for way in ways),
            dropped=sum(way.dropped for way in ways),
            late=self._crowd.late,
            connected=self._shared.connected,
            active=tuple(_named(occurrence) for occurrence in self._plan.active),
            refusal=self._shared.refusal,
        )


def _own_clients(plan: FaultPlan, devices: Sequence[Device]) -> list[Device]:
    """Devices that go offline by a fault have a connection of their own to lose, the first few of them."""
    targets = [fault.target for fault in plan.faults if fault.kind is FaultKind.OFFLINE]
    return [device for device in devices if any(t.matches(device) for t in targets)][:_MOST_OWN]


def _named(occurrence: Occurrence) -> str:
    names = [device.id for device in occurrence.devices]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{occurrence.fault.id}: {', '.join(names[:3])}{more}"


def _append(path: Path, lines: bytes, mode: str) -> None:
    with path.open(mode) as file:
        file.write(lines)
