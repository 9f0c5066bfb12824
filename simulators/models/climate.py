"""The sky over the city: what all its zones share, and what makes one zone differ from the next.

Numbers are those of Bangkok in the dry half of the year: 25 to 35 °C, sun from 6 to 18 o'clock, now and then
a shower in the afternoon. They are made to be plausible, not to forecast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from simulators.models.rhythm import LocalTime, bump, local_time
from simulators.noise import Noise

_HOUR = 3_600_000
_SECOND, _STEP = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Sky:
    """Weather of a zone. Temperature °C, humidity, cloud and sun 0 to 1, rain mm/h, wind m/s and degrees.

    ``dust`` is the PM2.5 (µg/m³) that all stations of the zone have in common, ``wet`` how much rain of the
    last hours is still about (0 to 1).
    """

    temperature: float
    humidity: float
    cloud: float
    sun: float
    rain: float
    wet: float
    wind: float
    wind_direction: float
    pressure: float
    dust: float


class Climate:
    """Weather as a function of zone and moment. ``timezone`` is the city's."""

    def __init__(self, noise: Noise, timezone: str) -> None:
        self._noise, self._timezone = noise, timezone
        self._cached = lru_cache(maxsize=1_024)(self._sky)

    def local(self, time: int) -> LocalTime:
        """The city's time of day, to the second."""
        return local_time(time - time % _SECOND, self._timezone)

    def sky(self, zone: str, time: int) -> Sky:
        """The weather of a zone; it moves every ten seconds."""
        return self._cached(zone, time - time % _STEP)

    def rain(self, zone: str, time: int) -> float:
        """Rain, mm/h: showers of an hour or so, likelier in the late afternoon."""
        hour = self.local(time).hour
        shower = self._noise.wander("rain", time, 5 * _HOUR) + 0.15 * bump(hour, 17, 2.5)
        here = 0.12 * self._noise.wander(f"{zone}/rain", time, _HOUR)
        return max(0.0, shower + here - 0.62) * 55

    def _sky(self, zone: str, time: int) -> Sky:
        noise, now = self._noise, self.local(time)
        rain = self.rain(zone, time)
        wet = sum(self.rain(zone, time - back * _HOUR // 2) / (back + 1) for back in range(6)) / 20
        cloud = min(1.0, max(0.0, 0.35 + 0.35 * noise.wander("cloud", time, 2 * _HOUR) + rain / 12))
        height = math.sin(math.pi * (now.hour - 6) / 12) if 6 < now.hour < 18 else 0.0
        warmth = 28.0 + 3.6 * bump(now.hour, 14.5, 3.8) - 1.5 * bump(now.hour, 5.5, 3.0)
        warmth += 1.2 * noise.wander("temperature", time, 24 * _HOUR) - min(4.0, rain / 4)
        warmth += 0.5 * noise.wander(f"{zone}/temperature", time, 4 * _HOUR)
        damp = 0.74 - 0.022 * (warmth - 28) + min(0.15, rain / 60)
        return Sky(
            temperature=warmth,
            humidity=min(0.98, max(0.35, damp + 0.04 * noise.wander(f"{zone}/humidity", time, 3 * _HOUR))),
            cloud=cloud,
            sun=height * (1 - 0.75 * cloud),
            rain=rain,
            wet=min(1.0, wet),
            wind=max(0.2, 2.2 + 1.2 * noise.wander(f"{zone}/wind", time, _HOUR) + 1.3 * height),
            wind_direction=(200 + 90 * noise.wander("wind", time, 12 * _HOUR)) % 360,
            pressure=1_010
            + 2.5 * noise.wander("pressure", time, 24 * _HOUR)
            + 1.4 * bump(now.hour, 9.5, 2.5),
            dust=self._dust(zone, now, time, rain),
        )

    def _dust(self, zone: str, now: LocalTime, time: int, rain: float) -> float:
        """Traffic and the still air of the evening raise it, rain washes it out."""
        daily = 6 * bump(now.hour, 8, 2) + 5 * bump(now.hour, 21, 3)
        slow = 4 * self._noise.wander("dust", time, 48 * _HOUR)
        here = 2 * self._noise.wander(f"{zone}/dust", time, 6 * _HOUR)
        return max(4.0, 15 + daily + slow + here - min(8.0, rain))
