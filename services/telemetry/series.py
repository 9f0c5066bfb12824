"""What is remembered of each (device, type), to tell a new reading from one that came before.

A reading newer than all before it is new, which memory alone can say. One at the newest moment is compared
with what is remembered. Of an older one memory does not know: it is *doubtful*, and only those ask the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from devices.model import Device, Observation, Values
from devices.types import ObservationType
from services.runtime.quality import DeviceQuality, together
from services.telemetry.quality import Quality, never_heard
from services.telemetry.watched import Watched

_SEQS, _MOST_SEQS = 32, 2_048
_REDELIVERED_WITHIN = 120_000
"""A broker delivers again what was under way when a connection broke: of the last moments, or few."""
_NEAR = 1_000


class Newness(Enum):
    """What memory can say of a reading."""

    NEW = "new"
    MERGED = "merged"
    DUPLICATE = "duplicate"
    DOUBTFUL = "doubtful"


class Series:
    """State of one (device, type). About 300 bytes, besides its newest values and what is known of its data.

    ``quality`` is None for a type that is no longer known.
    """

    __slots__ = ("again", "assigned", "quality", "seqs", "time", "values")

    def __init__(self, quality: Quality | None = None) -> None:
        self.quality = quality
        self.time: int | None = None
        self.values: Values = {}
        self.assigned = 0
        """The newest moment that was given to a reading that brought none."""
        self.again = 0
        """The moment that was given to the last one that came out of the quarantine."""
        self.seqs: dict[int, int] | None = None
        """Of the last readings without a time: their seq, and the moment they were given."""

    def moment(self, received: int, seq: int | None, values: Values) -> int:
        """When a reading without a time was taken: on receipt, after the last such one.

        A redelivery is recognised by its seq with the same values, and is given its first moment again.
        """
        if seq is not None and self.seqs is not None:
            before = self.seqs.get(seq)
            if before is not None and (before != self.time or values == self.values):
                return before
        time = max(received, self.assigned + 1)
        self.assigned = time
        if seq is not None:
            self._remember(seq, time)
        return time

    def moment_then(self, received: int) -> int:
        """When a reading without a time was taken that was received long ago and is taken only now.

        Those that came in the same millisecond stay apart, when they are taken in the order they came in.
        """
        near = 0 <= self.again - received < _NEAR
        self.again = self.again + 1 if near else received
        return self.again

    def observe(self, time: int, values: Values) -> Newness:
        """Take a reading in, and say what it is. The newest moment's values are kept up to date."""
        if self.time is None or time > self.time:
            self.time = time
            self.values = values
            return Newness.NEW
        if time < self.time:
            return Newness.DOUBTFUL
        if values.items() <= self.values.items():
            return Newness.DUPLICATE
        self.values = {**self.values, **values}
        return Newness.MERGED

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        seqs = list(self.seqs.items()) if self.seqs else None
        quality = None if self.quality is None else self.quality.dump()
        return [self.time, self.values, self.assigned, seqs, quality]

    @classmethod
    def load(cls, data: list[Any], watched: Watched | None = None) -> Series:
        """The inverse of :meth:`dump`."""
        series = cls()
        series.time, series.values, series.assigned, seqs, *more = data
        quality = more[0] if more else None
        series.seqs = None if seqs is None else dict(seqs)
        if watched is not None:
            if quality is None:
                series.quality = Quality(watched)
            else:
                series.quality = Quality.load(quality, watched, series.values)
        return series

    def _remember(self, seq: int, time: int) -> None:
        if self.seqs is None:
            self.seqs = {}
        self.seqs.pop(seq, None)
        self.seqs[seq] = time
        while len(self.seqs) > _SEQS:
            oldest = next(iter(self.seqs))
            if len(self.seqs) <= _MOST_SEQS and self.seqs[oldest] > time - _REDELIVERED_WITHIN:
                return
            del self.seqs[oldest]


class Memory:
    """All series, by device and type. ``catalog`` tells what of a type's data can be watched."""

    def __init__(self, catalog: Mapping[str, ObservationType] = MappingProxyType({})) -> None:
        self._watched = {name: Watched.of(kind) for name, kind in catalog.items()}
        self._devices: dict[str, dict[str, Series]] = {}
        self.extras: dict[str, set[str]] = {}
        """Metrics that came beyond a type's own and were kept, by type."""

    def of(self, device: str) -> dict[str, Series]:
        """The series of a device by type; the dict itself, so that a caller may keep it at hand."""
        return self._devices.setdefault(device, {})

    def find(self, device: str, kind: str) -> Series:
        """The series of a device and type, begun when it is new."""
        types = self._devices.setdefault(device, {})
        series = types.get(kind)
        if series is None:
            series = types[kind] = self._new(kind)
        return series

    def quality(self, device: Device, now: int, since: int) -> DeviceQuality:
        """How good the data of a device is, of all its types; nothing was expected of it before ``since``."""
        heard = self._devices.get(device.id, {})
        parts = []
        for kind in device.types:
            quality = heard[kind].quality if kind in heard else None
            report = never_heard if quality is None else quality.report
            parts.append(report(now, device.interval, since))
        return together(parts)

    def _new(self, kind: str) -> Series:
        watched = self._watched.get(kind)
        return Series(None if watched is None else Quality(watched))

    def prime(self, latest: Iterable[Observation]) -> None:
        """Know what a store holds already, when there is no state of our own."""
        for observation in latest:
            series = self.find(observation.device, observation.type)
            series.time, series.values = observation.time, observation.values

    def dump(self) -> dict[str, Any]:
        """JSON-ready state of everything that was ever heard."""
        return {
            device: {name: series.dump() for name, series in types.items()}
            for device, types in self._devices.items()
            if types
        }

    def load(self, data: Mapping[str, Mapping[str, list[Any]]]) -> None:
        """Take over dumped state."""
        for device, types in data.items():
            self.of(device).update(
                {name: Series.load(series, self._watched.get(name)) for name, series in types.items()}
            )
