"""What the tests of derived metrics share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from devices.model import Device, Domain, Value, Values
from rules.indices import Context, Derivation, Derived, derivation
from rules.indices.tables import Tables

TABLES = Tables.of()
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def at(local: str, zone: str = "Asia/Bangkok") -> int:
    """A moment of a wall clock, ms."""
    return round(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


NOON = at("2026-01-05T12:00")
"""Of a Monday."""


def context(zone: str = "Asia/Bangkok", *holidays: date) -> Context:
    return Context.of(zone, tables=TABLES, tariff_holiday=lambda day: day in holidays)


def device(kind: str, labels: Mapping[str, str] | None = None) -> Device:
    """One that sends a type."""
    return Device("d-1", (kind,), "samyan", Domain.ENVIRONMENT, 5 * MINUTE, labels=labels or {})


def deriving(
    kind: str, labels: Mapping[str, str] | None = None, *, where: Context | None = None
) -> Derivation:
    """Of a device of a type, which has something to derive."""
    made = derivation(kind, device(kind, labels), where or context())
    assert made is not None
    return made


def told(made: Derivation, readings: Iterable[tuple[int, Values]]) -> list[Derived]:
    return [made.take(time, values) for time, values in readings]


def restored(made: Derivation, kind: str, labels: Mapping[str, str] | None = None) -> Derivation:
    """Another one that took up its state, by way of JSON."""
    other = deriving(kind, labels)
    other.load(json.loads(json.dumps(made.save())))
    return other


def one(kind: str, values: Mapping[str, Value], **labels: str) -> Values:
    """What is derived of one reading, a minute past noon of a Monday."""
    return deriving(kind, labels).take(at("2026-01-05T12:01"), values).values
