"""Histories of the small city, written in minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import pytest

from devices.documents import Document
from devices.model import Observation, Value
from rules.backtest.play import run
from rules.backtest.report import Report
from rules.files import Context, parse_groups
from rules.ruleset import RuleSet
from tests.support.smallcity import small_city

START = 1_767_546_000_000
MINUTE = 60_000
CITY = small_city()

Row: TypeAlias = tuple[float, str, float]
Play: TypeAlias = Callable[..., Report]


def ms(minutes: float) -> int:
    return START + round(minutes * MINUTE)


def ruleset(*rules: str) -> RuleSet:
    text = "\n".join(["group: g", "domain: environment", "rules:", *(f"  - {rule}" for rule in rules)])
    return parse_groups([Document("g.yaml", text)], Context(CITY.catalog, CITY.city))


def reading(minutes: float, device: str, **values: Value) -> Observation:
    zones = {known.id: known.zone for known in CITY.devices}
    return Observation(ms(minutes), device, zones[device], "AirQualityObserved", values, ms(minutes))


def readings(rows: Iterable[Row]) -> list[Observation]:
    return [reading(minutes, device, pm25=float(value)) for minutes, device, value in rows]


@pytest.fixture
def play() -> Play:
    """Rules on rows of (minute, device, pm25)."""

    def work(rules: RuleSet, rows: Sequence[Row], **more: object) -> Report:
        return run(rules, CITY.city, CITY.devices, [readings(rows)], **more)  # type: ignore[arg-type]

    return work
