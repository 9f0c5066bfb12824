"""The tests that rule files carry, as :mod:`rules.testing` runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from devices.model import Position, Value
from rules.model import Severity


@dataclass(frozen=True, slots=True)
class TestDevice:
    """What a test says about a device; None and empty where the city, or the rules, say it."""

    id: str
    types: tuple[str, ...] = ()
    zone: str | None = None
    service: str | None = None
    name: str = ""
    interval: int | None = None
    labels: Mapping[str, str] | None = None
    location: Position | None = None


@dataclass(frozen=True, slots=True)
class TestReading:
    """A reading, ``after`` ms from the test's start. ``type`` None: the device's first.

    ``every`` (ms) is how often the device sends such readings, None for one by itself.
    """

    after: int
    device: str
    type: str | None
    values: Mapping[str, Value]
    location: Position | None = None
    every: int | None = None


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """An alert that should fire. None stands for anything. ``rule`` is a full id."""

    rule: str
    device: str | None = None
    zone: str | None = None
    service: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """All alerts that should fire at a moment: ms after the start, or a time."""

    at: int | datetime
    alerts: tuple[ExpectedAlert, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test of the rules of its file, which ``rules`` names.

    ``start`` None: Monday 2026-01-05 00:00, and without offset: city time.
    """

    name: str
    group: str
    file: str
    line: int
    rules: tuple[str, ...]
    city: str | None
    start: datetime | None
    devices: tuple[TestDevice, ...]
    readings: tuple[TestReading, ...]
    expect: tuple[Expectation, ...]
