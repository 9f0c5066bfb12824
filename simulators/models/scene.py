"""One device at one moment, as its model sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import TypeAlias

from devices.model import Device, Value
from simulators.models.climate import Climate, Sky
from simulators.models.rhythm import LocalTime
from simulators.noise import Noise

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_EPOCH = 1_735_664_400_000
"""2025-01-01 in Bangkok: since when counters count."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a model may ask: who, when, what the sky is like, and for randomness of the device's own."""

    device: Device
    time: int
    noise: Noise
    climate: Climate

    @property
    def now(self) -> LocalTime:
        """The city's time of day."""
        return self.climate.local(self.time)

    @property
    def sky(self) -> Sky:
        """The weather in the device's zone."""
        return self.climate.sky(self.device.zone, self.time)

    def trait(self, name: str, low: float, high: float) -> float:
        """A property of the device that never changes, in [low, high)."""
        return self.noise.between(f"{self.device.id}/{name}", low, high)

    def label(self, name: str) -> float | None:
        """What a label of the device says, when it is a number above 0."""
        try:
            number = float(self.device.labels.get(name, ""))
        except ValueError:
            return None
        return number if 0 < number < inf else None

    def walk(self, name: str, period: int = 30 * MINUTE) -> float:
        """A walk of the device's own in [-1, 1], turning about once a ``period`` (ms)."""
        return self.noise.wander(f"{self.device.id}/{name}", self.time, period)

    def shared(self, name: str, period: int = HOUR) -> float:
        """As :meth:`walk`, the same for all devices of the zone."""
        return self.noise.wander(f"{self.device.zone}/{name}", self.time, period)

    def flicker(self, name: str) -> float:
        """Noise of the instrument in [-1, 1]."""
        return self.noise.flicker(f"{self.device.id}/{name}", self.time)

    def spell(self, name: str, length: int) -> tuple[float, float]:
        """Time in spells of ``length`` ms: a draw in [0, 1) for this one, and the share of it that is over.

        Spells of two devices begin at different moments.
        """
        key = f"{self.device.id}/{name}"
        shifted = self.time + int(self.noise.uniform(key) * length)
        number, rest = divmod(shifted, length)
        return self.noise.uniform(key, number + 1), rest / length

    def happens(self, name: str, per_hour: float) -> bool:
        """Whether something that happens so often happened since the device's reading before."""
        return self.noise.chance(
            f"{self.device.id}/{name}", per_hour * self.device.interval / HOUR, self.time
        )

    def pick(self, name: str, options: Sequence[str]) -> str:
        """One of the options, drawn anew at every moment."""
        return options[int(self.noise.uniform(f"{self.device.id}/{name}", self.time) * len(options))]

    def total(self, per_day: float, profile: Callable[[float], float]) -> float:
        """A counter that rises by ``per_day`` a day, through the day as ``profile`` of the hour weighs it."""
        days, rest = divmod(self.time - _EPOCH, DAY)
        steps = _cumulated(profile)
        place, part = divmod(rest / DAY * (len(steps) - 1), 1)
        share = steps[int(place)] + (steps[int(place) + 1] - steps[int(place)]) * part
        return self.trait("total", 0.0, 400.0) * per_day + (days + share / steps[-1]) * per_day


Model: TypeAlias = Callable[[Scene], dict[str, Value]]
"""What a device of one type measures: metric to value, in the catalogue's units."""


@cache
def _cumulated(profile: Callable[[float], float]) -> tuple[float, ...]:
    """The profile summed over the day in quarters of an hour: 97 values from 0 on."""
    sums = [0.0]
    for quarter in range(96):
        sums.append(sums[-1] + profile((quarter + 0.5) / 4))
    return tuple(sums)
