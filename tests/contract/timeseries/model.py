"""A time-series store of a few lines, slow and plainly right, to compare real ones with."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from devices.model import Observation
from services.store.timeseries.protocol import (
    Aggregate,
    Bucket,
    Identity,
    Selection,
    TimeSeriesStore,
    is_number,
)
from services.store.timeseries.retention import FOR_EVER, Retention


class InfluxDB(NamedTuple):
    """A running InfluxDB 2 and a bucket of it, in the order in which the store takes them."""

    url: str
    org: str
    bucket: str
    token: str


class Maker(Protocol):
    """Makes stores that are not open yet, every one on the same data."""

    def __call__(self, *, retention: Retention = FOR_EVER, timezone: str = "UTC") -> TimeSeriesStore: ...


DAY = 86_400_000
START = 1_767_546_000_000
"""Monday 5 January 2026, 00:00 in Bangkok (17:00 UTC the day before)."""


def observation(
    time: int = START,
    device: str = "aq-01",
    values: dict[str, float | str | bool] | None = None,
    *,
    zone: str = "samyan",
    type: str = "AirQualityObserved",  # noqa: A002 - as the field is called
    location: tuple[float, float] | None = None,
    seq: int | None = None,
) -> Observation:
    """An observation of which only some parts matter."""
    return Observation(time, device, zone, type, values or {"pm25": 1.0}, 0, location, seq)


def everything(**limits: tuple[str, ...]) -> Selection:
    """All times."""
    return Selection(0, 2**60, **limits)


class Model:
    """Readings by identity, in a dict."""

    def __init__(self) -> None:
        self.held: dict[Identity, Observation] = {}

    def write(self, observations: Iterable[Observation]) -> None:
        for one in observations:
            key = Identity(one.device, one.type, one.time)
            before = self.held.get(key, one)
            self.held[key] = one._replace(
                values={**before.values, **one.values},
                location=one.location or before.location,
                seq=before.seq if one.seq is None else one.seq,
                received=0,
            )

    def forget(self, type_: str, before: int) -> None:
        self.held = {key: one for key, one in self.held.items() if one.type != type_ or one.time >= before}

    def readings(self, selection: Selection) -> list[Observation]:
        found = (_limited(one, selection.metrics) for one in self.held.values() if _chosen(one, selection))
        return sorted((one for one in found if one.values), key=lambda one: (one.time, one.device, one.type))

    def latest(self, selection: Selection) -> list[Observation]:
        newest = {(one.device, one.type): one for one in self.readings(selection)}
        return sorted(newest.values(), key=lambda one: (one.time, one.device, one.type))

    def aggregate(
        self, selection: Selection, *, every: int, agg: Aggregate, timezone: str, by_zone: bool = False
    ) -> list[Bucket]:
        cells: dict[tuple[int, str, str, str], list[float]] = {}
        for one in self.readings(selection):
            bucket = _bucket(one.time, every, ZoneInfo(timezone))
            for metric, value in one.values.items():
                key = (bucket, "" if by_zone else one.device, metric, one.zone)
                if agg is Aggregate.COUNT:
                    cells.setdefault(key, []).append(1.0)
                elif is_number(value):
                    assert isinstance(value, float)
                    cells.setdefault(key, []).append(value)
        return [
            Bucket(time, device or None, zone, metric, _together(agg, values), len(values))
            for (time, device, metric, zone), values in sorted(cells.items())
        ]


def _chosen(one: Observation, selection: Selection) -> bool:
    return (
        selection.start <= one.time < selection.end
        and (not selection.devices or one.device in selection.devices)
        and (not selection.zones or one.zone in selection.zones)
        and (not selection.types or one.type in selection.types)
    )


def _limited(one: Observation, metrics: Sequence[str]) -> Observation:
    if not metrics:
        return one
    return one._replace(values={name: value for name, value in one.values.items() if name in metrics})


def _bucket(time: int, every: int, zone: ZoneInfo) -> int:
    today = datetime.fromtimestamp(time / 1000, zone).date()
    if every < DAY:
        midnight = _midnight(today, zone)
        return midnight + (time - midnight) // every * every
    days = (today - date(1970, 1, 5)).days % (every // DAY)
    return _midnight(today - timedelta(days=days), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000


def _together(agg: Aggregate, values: list[float]) -> float:
    if agg is Aggregate.LAST:
        return values[-1]
    if agg is Aggregate.COUNT:
        return float(len(values))
    arithmetic = {
        Aggregate.MEAN: statistics.fmean,
        Aggregate.MIN: min,
        Aggregate.MAX: max,
        Aggregate.SUM: sum,
        Aggregate.MEDIAN: statistics.median,
    }
    return float(arithmetic[agg](values))
