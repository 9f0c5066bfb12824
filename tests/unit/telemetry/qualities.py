"""A series of one type and what it is fed with, for tests of the quality of data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from devices.model import Domain, Text
from devices.types import Metric, MetricType, ObservationType
from services.runtime.quality import DeviceQuality
from services.telemetry.quality import Quality
from services.telemetry.watched import Watched

START = 1_767_546_000_000
SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000
DAY = 24 * HOUR


def metric(name: str, kind: MetricType = MetricType.NUMBER, **more: Any) -> Metric:
    return Metric(name, kind, Text(name, name), **more)


WEATHER = ObservationType(
    "WeatherObserved",
    1,
    Domain.ENVIRONMENT,
    5 * MINUTE,
    Text("Weather", "อากาศ"),
    {
        "temperature": metric("temperature", range=(-20, 60)),
        "humidity": metric("humidity", range=(0, 1)),
        "rain": metric("rain", range=(0, 500)),
        "tips": metric("tips", counter=True),
        "status": metric("status", MetricType.STRING),
        "heating": metric("heating", MetricType.BOOLEAN),
    },
)
WATCHED = Watched.of(WEATHER)


class Series:
    """A quality, and the interval of its device."""

    def __init__(self, interval: int = 5 * MINUTE) -> None:
        self.interval = interval
        self.quality = Quality(WATCHED)
        self.newest = 0

    def take(
        self, time: int, *, delay: int = 200, received: int | None = None, timed: bool = True, **values: Any
    ) -> None:
        at = time + delay if received is None else received
        self.quality.taken(time, at, values or {"temperature": 20 + time % 7_001 / 700}, self.interval, timed)
        self.newest = max(self.newest, time)

    def run(self, times: Iterable[int], **more: Any) -> None:
        for time in times:
            self.take(time, **more)

    def every_interval(self, start: int, end: int, **more: Any) -> None:
        self.run(range(start, end, self.interval), **more)

    def report(self, now: int | None = None, since: int = 0) -> DeviceQuality:
        return self.quality.report(self.newest + 1_000 if now is None else now, self.interval, since)


def without(times: Sequence[int], start: int, end: int) -> list[int]:
    """Times but those from start to end."""
    return [time for time in times if not start <= time < end]
