"""Made series of city sensors and the faults that are put into them: what the detector is judged by.

Everything is seeded.

A series is a list of values a fixed ``step`` (minutes) apart, that begins on a Monday at midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, exp, pi, sin, sqrt
from random import Random
from typing import TypeAlias

from rules.measures.anomaly import Anomaly, AnomalySettings

MINUTE = 60_000
DAY = 1440 * MINUTE
START = 1_767_546_000_000
"""A Monday, midnight in Bangkok."""

Curve: TypeAlias = Callable[[Random, int, int], list[float]]


def local(time: int) -> tuple[int, int]:
    """Minute of the day and weekday in Bangkok."""
    minutes = (time - START) // MINUTE
    return minutes % 1440, minutes // 1440 % 7


@dataclass(frozen=True)
class Shape:
    """How a kind of series is made. ``noise`` is the robust spread of its newest error, about."""

    step: int
    days: int
    noise: float
    curve: Curve

    @property
    def per_day(self) -> int:
        return 1440 // self.step

    def series(self, seed: int) -> list[float]:
        return self.curve(Random(seed), self.days * self.per_day, self.step)


def wandering(random: Random, count: int, keep: float, step: float) -> list[float]:
    """AR(1)."""
    value, values = random.gauss(0, step / sqrt(1 - keep * keep)), []
    for _ in range(count):
        value = keep * value + random.gauss(0, step)
        values.append(value)
    return values


def _hour(minute: int) -> float:
    return minute % 1440 / 60


def _weekend(minute: int) -> bool:
    return minute // 1440 % 7 >= 5


def _peak(hour: float, middle: float, width: float) -> float:
    return exp(-(((hour - middle) / width) ** 2))


def _gauss(random: Random, count: int, step: int) -> list[float]:
    return [random.gauss(20, 1) for _ in range(count)]


def _laplace(random: Random, count: int, step: int) -> list[float]:
    return [20 + random.expovariate(1) * random.choice((-1, 1)) for _ in range(count)]


def _sluggish(random: Random, count: int, step: int) -> list[float]:
    return [20 + value for value in wandering(random, count, 0.9, 1)]


def _daily(random: Random, count: int, step: int) -> list[float]:
    return [50 + 20 * sin(_hour(i * step) * pi / 12) + random.gauss(0, 2) for i in range(count)]


def _traffic(random: Random, count: int, step: int) -> list[float]:
    return [_counted(random, _cars(i * step)) for i in range(count)]


def _cars(minute: int) -> float:
    hour = _hour(minute)
    if _weekend(minute):
        return 2 + 40 * _peak(hour, 13, 5)
    return 2 + 90 * _peak(hour, 8, 1.6) + 50 * _peak(hour, 13, 4) + 100 * _peak(hour, 18, 2)


def _counted(random: Random, mean: float) -> float:
    """Near enough to Poisson."""
    return float(max(0, round(random.gauss(mean, sqrt(mean)))))


def _footfall(random: Random, count: int, step: int) -> list[float]:
    return [_counted(random, people) if (people := _people(i * step)) else 0.0 for i in range(count)]


def _people(minute: int) -> float:
    hour = _hour(minute)
    if not 6 <= hour < 22:
        return 0.0
    return 30 * _peak(hour, 12, 3) * (1.6 if _weekend(minute) else 1) + 40 * _peak(hour, 18, 2)


def _dust(random: Random, count: int, step: int) -> list[float]:
    weather = wandering(random, count, 0.97, 0.085)
    usual = [25 * exp(0.25 * cos((_hour(i * step) - 7) * pi / 12)) for i in range(count)]
    return [dust * exp(wind + random.gauss(0, 0.08)) for dust, wind in zip(usual, weather, strict=True)]


def _power(random: Random, count: int, step: int) -> list[float]:
    return [_load(i * step) * (1 + random.gauss(0, 0.03)) for i in range(count)]


def _load(minute: int) -> float:
    hour = _hour(minute)
    return 20.0 if _weekend(minute) else 20 + 60 / (1 + exp(4 * (8 - hour))) / (1 + exp(3 * (hour - 18)))


def _temperature(random: Random, count: int, step: int) -> list[float]:
    weather = wandering(random, count, 0.998, 0.12)
    return [
        29 + 4 * sin((_hour(i * step) - 9.6) * pi / 12) + weather[i] + random.gauss(0, 0.1)
        for i in range(count)
    ]


def _tide(random: Random, count: int, step: int) -> list[float]:
    wind = wandering(random, count, 0.99, 0.01)
    return [1.5 + 0.6 * sin(i * step * 2 * pi / 745) + wind[i] + random.gauss(0, 0.01) for i in range(count)]


SHAPES: Mapping[str, Shape] = {
    "gauss": Shape(5, 14, 1, _gauss),
    "laplace": Shape(5, 14, 1.2, _laplace),
    "sluggish": Shape(5, 14, 1, _sluggish),
    "daily": Shape(60, 60, 2, _daily),
    "traffic": Shape(15, 35, 6, _traffic),
    "footfall": Shape(60, 90, 4, _footfall),
    "dust": Shape(60, 90, 3.5, _dust),
    "power": Shape(15, 35, 1.5, _power),
    "temperature": Shape(10, 21, 0.2, _temperature),
    "tide": Shape(10, 21, 0.03, _tide),
}


@dataclass(frozen=True)
class Fault:
    """A fault that was put into a series: readings ``start`` to ``end``, the latter not included."""

    start: int
    end: int


def put(kind: str, shape: Shape, values: list[float], seed: int) -> Fault:
    """Put a fault of a kind at about two thirds of a series."""
    random = Random(f"{kind}{seed}")
    start = len(values) * 2 // 3 + random.randrange(shape.per_day)
    end = start + (1 if kind == "spike" else shape.per_day)
    _FAULTS[kind](random, shape.noise, values, start, end)
    return Fault(start, end)


def _spike(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start] += 14 * noise


def _dropout(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start:end] = [0.0] * (end - start)


def _shift(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start:end] = [value + 12 * noise for value in values[start:end]]


def _drift(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start:end] = [value + 12 * noise * i / (end - start) for i, value in enumerate(values[start:end])]


def _burst(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start:end] = [value + random.gauss(0, 8 * noise) for value in values[start:end]]


def _stuck(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    values[start:end] = [values[start]] * (end - start)


def _flat(random: Random, noise: float, values: list[float], start: int, end: int) -> None:
    mean = sum(values[:start]) / start
    values[start:end] = [mean + random.gauss(0, noise) for _ in range(start, end)]


_FAULTS: Mapping[str, Callable[[Random, float, list[float], int, int], None]] = {
    "spike": _spike,
    "dropout": _dropout,
    "shift": _shift,
    "drift": _drift,
    "burst": _burst,
    "stuck": _stuck,
    "flat": _flat,
}


def scores(shape: Shape, values: list[float], settings: AnomalySettings | None = None) -> list[float | None]:
    """The score of each reading."""
    anomaly = Anomaly(shape.step * MINUTE, local, settings)
    return [anomaly.take(START + i * shape.step * MINUTE, value) for i, value in enumerate(values)]


def flagged(given: list[float | None]) -> list[int]:
    """The readings whose score is above 0.9."""
    return [at for at, score in enumerate(given) if score is not None and score > 0.9]
