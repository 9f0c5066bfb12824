"""How good the data behind each service is, gathered device by device. Pure.

A round through all devices takes as long as it takes: what is asked here moves over hours, and no moment may
be made to wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, NamedTuple

from services.runtime.quality import DeviceQuality
from services.status.evaluate import BadClock, DataQuality

_NAMED = 3
"""More devices than these are counted, and not named."""


class _Figures(NamedTuple):
    """What counts of a device. ``clock`` is by how many seconds it is wrong, None when it is not."""

    service: str
    expected: int
    received: int
    refused: bool
    gaps: bool
    stuck: bool
    clock: int | None

    @classmethod
    def of(cls, service: str, quality: DeviceQuality) -> _Figures:
        clock = quality.clock
        return cls(
            service,
            quality.expected,
            quality.received,
            quality.refused > 0,
            quality.gaps.count > 0,
            bool(quality.stuck),
            round(clock.offset) if clock.wrong and clock.offset is not None else None,
        )

    @property
    def wrong(self) -> tuple[Any, ...]:
        """All but the counts, which move all the time."""
        return self[3:]


@dataclass(slots=True)
class _Sum:
    """Of one service. ``shown`` is how complete it was said to be last."""

    devices: int = 0
    expected: int = 0
    received: int = 0
    refused: int = 0
    gaps: int = 0
    stuck: set[str] = field(default_factory=set)
    clock: dict[str, int] = field(default_factory=dict)
    shown: float | None = None

    def add(self, device: str, figures: _Figures) -> None:
        self._count(figures, 1)
        if figures.stuck:
            self.stuck.add(device)
        if figures.clock is not None:
            self.clock[device] = figures.clock

    def remove(self, device: str, figures: _Figures) -> None:
        self._count(figures, -1)
        self.stuck.discard(device)
        self.clock.pop(device, None)

    @property
    def completeness(self) -> float | None:
        return round(self.received / self.expected, 2) if self.expected else None

    def told(self) -> DataQuality:
        self.shown = self.completeness
        return DataQuality(
            self.shown,
            self.refused,
            len(self.stuck),
            len(self.clock),
            self.gaps,
            len(self.stuck | self.clock.keys()),
            tuple(nsmallest(_NAMED, self.stuck)),
            tuple(BadClock(device, self.clock[device]) for device in nsmallest(_NAMED, self.clock)),
        )

    def _count(self, figures: _Figures, by: int) -> None:
        self.devices += by
        self.expected += by * figures.expected
        self.received += by * figures.received
        self.refused += by * figures.refused
        self.gaps += by * figures.gaps


class Survey:
    """What is known of the data of devices, summed up. Methods answer the services of which that moved."""

    def __init__(self) -> None:
        self._devices: dict[str, _Figures] = {}
        self._sums: dict[str, _Sum] = {}

    def put(self, device: str, service: str, quality: DeviceQuality) -> set[str]:
        """This is known of a device that counts for a service."""
        figures, before = _Figures.of(service, quality), self._devices.get(device)
        if before == figures:
            return set()
        touched = self.forget(device)
        self._devices[device] = figures
        sums = self._sums.setdefault(service, _Sum())
        sums.add(device, figures)
        if touched == {service} and before is not None and before.wrong == figures.wrong:
            return touched if sums.shown != sums.completeness else set()
        return touched | {service}

    def forget(self, device: str) -> set[str]:
        """The device counts for no service any more, or nothing is known of its data."""
        figures = self._devices.pop(device, None)
        if figures is None:
            return set()
        self._sums[figures.service].remove(device, figures)
        return {figures.service}

    def keep(self, devices: Iterable[str]) -> set[str]:
        """Forget all but these."""
        touched: set[str] = set()
        for device in self._devices.keys() - set(devices):
            touched |= self.forget(device)
        return touched

    def of(self, service: str) -> DataQuality | None:
        """The sums of a service; None while nothing is known of any of its devices."""
        sums = self._sums.get(service)
        return sums.told() if sums is not None and sums.devices else None
