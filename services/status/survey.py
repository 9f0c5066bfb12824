"""How good the data behind each service is, gathered device by device, as a whole and by zone. Pure.

A round through all devices takes as long as it takes: what is asked here moves over hours, and no moment may
be made to wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, NamedTuple, TypeAlias

from services.runtime.quality import DeviceQuality
from services.status.model import BadClock, DataQuality

_NAMED = 3
"""More devices than these are counted, and not named."""

Key: TypeAlias = tuple[str, str | None]
"""A service as a whole, or in a zone."""
Keys: TypeAlias = tuple[Key, ...]
_ALIKE = 10_000
"""Different figures that are remembered, to keep them once."""


class _Figures(NamedTuple):
    """What counts of a device. ``clock`` is by how many seconds it is wrong, None when it is not."""

    expected: int
    received: int
    refused: bool
    gaps: bool
    stuck: bool
    clock: int | None

    @classmethod
    def of(cls, quality: DeviceQuality) -> _Figures:
        clock = quality.clock
        return cls(
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
        return self[2:]


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
    """What is known of the data of devices, summed up. Methods answer of what that moved.

    Devices are much alike: figures that are the same are kept once.
    """

    def __init__(self) -> None:
        self._devices: dict[str, tuple[_Figures, Keys]] = {}
        self._sums: dict[Key, _Sum] = {}
        self._same: dict[_Figures, _Figures] = {}
        self._keys: dict[Key, Keys] = {}

    def put(self, device: str, service: str, quality: DeviceQuality, zone: str | None = None) -> set[Key]:
        """This is known of a device that counts for a service, in a zone."""
        figures, keys = _Figures.of(quality), self._place(service, zone)
        before = self._devices.get(device)
        if before is not None and before == (figures, keys):
            return set()
        touched = self.forget(device)
        self._devices[device] = self._once(figures), keys
        sums = {key: self._sums.setdefault(key, _Sum()) for key in keys}
        for one in sums.values():
            one.add(device, figures)
        if before is not None and before[1] == keys and before[0].wrong == figures.wrong:
            return {key for key, one in sums.items() if one.shown != one.completeness}
        return touched | sums.keys()

    def _place(self, service: str, zone: str | None) -> Keys:
        found = self._keys.get((service, zone))
        if found is None:
            whole: Key = (service, None)
            found = self._keys[service, zone] = (whole,) if zone is None else (whole, (service, zone))
        return found

    def _once(self, figures: _Figures) -> _Figures:
        if len(self._same) > _ALIKE:
            self._same.clear()
        return self._same.setdefault(figures, figures)

    def forget(self, device: str) -> set[Key]:
        """The device counts for no service any more, or nothing is known of its data."""
        known = self._devices.pop(device, None)
        if known is None:
            return set()
        figures, keys = known
        for key in keys:
            self._sums[key].remove(device, figures)
        return set(keys)

    def keep(self, devices: Iterable[str]) -> set[Key]:
        """Forget all but these."""
        touched: set[Key] = set()
        for device in self._devices.keys() - set(devices):
            touched |= self.forget(device)
        return touched

    def of(self, service: str, zone: str | None = None) -> DataQuality | None:
        """The sums of a service, or of its part in a zone; None while nothing is known of its devices."""
        sums = self._sums.get((service, zone))
        return sums.told() if sums is not None and sums.devices else None
