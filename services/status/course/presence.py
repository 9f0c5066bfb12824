"""Devices: which report, which are awaited, which are silent, and until when that holds. Pure."""

from __future__ import annotations

from enum import Enum, auto

from devices.model import Device
from services.status.course.scope import Part, Scope
from services.status.facts import Found
from services.status.model import ProbeState


class State(Enum):
    REPORTING = auto()
    AWAITED = auto()
    SILENT = auto()


class Sensor:
    """A device of a service.

    ``since`` is when waiting for it began, ``last`` when it was last heard (ms); it may be silent for
    ``patience``. ``queued`` is when it will be looked at again, None: nobody will.
    """

    __slots__ = ("device", "interval", "last", "part", "patience", "queued", "since", "state")

    def __init__(self, device: Device, part: Part, interval: int, patience: int, since: int) -> None:
        self.device = device
        self.part = part
        self.interval = interval
        self.patience = patience
        self.since = since
        self.last: int | None = None
        self.state = State.SILENT
        self.queued: int | None = None

    def __lt__(self, other: Sensor) -> bool:
        return self.id < other.id

    @property
    def id(self) -> str:
        return self.device.id

    @property
    def zone(self) -> str:
        return self.part.place

    def at(self, now: int) -> tuple[State, int]:
        """How it is, and until when that holds (ms) if nothing is heard."""
        if self.last is not None and now <= self.last + self.patience:
            return State.REPORTING, self.last + self.patience
        if now <= self.since + self.patience:
            return State.AWAITED, self.since + self.patience
        return State.SILENT, 0

    def scopes(self) -> tuple[Scope, ...]:
        """What it speaks for."""
        return self.part, self.part.service.whole

    def enter(self) -> None:
        """Count it."""
        part = self.part
        part.devices += 1
        self._tally(self.state, 1)
        for scope in self.scopes():
            scope.expect(self.interval, 1)

    def leave(self) -> None:
        """Count it no more."""
        part = self.part
        part.devices -= 1
        self._tally(self.state, -1)
        for scope in self.scopes():
            scope.expect(self.interval, -1)

    def become(self, state: State) -> None:
        """It is so from now on."""
        self._tally(self.state, -1)
        self._tally(state, 1)
        self.state = state

    def _tally(self, state: State, by: int) -> None:
        if state is State.REPORTING:
            self.part.reporting += by
        elif state is State.AWAITED:
            self.part.awaited += by


class ProbeSensor(Sensor):
    """A device whose readings are what a probe found. It may speak for several services.

    It is no sensor: it stands among the probes of the evidence, and in no count of devices.
    """

    __slots__ = ("found", "others")

    def __init__(self, device: Device, parts: tuple[Part, ...], patience: int, since: int) -> None:
        super().__init__(device, parts[0], device.interval, patience, since)
        self.others = parts[1:]
        self.found: Found | None = None

    def scopes(self) -> tuple[Scope, ...]:
        parts = (self.part, *self.others)
        return *parts, *(part.service.whole for part in parts)

    def enter(self) -> None:
        for scope in self.scopes():
            scope.put_probe(self.id, self)
            scope.expect(self.interval, 1)

    def leave(self) -> None:
        for scope in self.scopes():
            scope.put_probe(self.id, None)
            scope.expect(self.interval, -1)

    def become(self, state: State) -> None:
        self.state = state

    def found_so(self) -> ProbeState:
        """What it found last; of a probe that is not heard nothing is known but when it was."""
        found = self.found
        if found is None or self.state is not State.REPORTING:
            return ProbeState(self.id, self.zone, None, self.last)
        return ProbeState(
            self.id, self.zone, found.up, self.last, found.latency, found.code, found.certificate
        )
