"""From parts to a value, its state and its trend; and the reason where there is no value. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from devices.model import Text
from services.status.kpis.model import (
    Constant,
    ConstantValue,
    Direction,
    Kpi,
    LabelSum,
    Level,
    Parts,
    Percentile,
    Ratio,
    Share,
    Term,
    Time,
    Total,
)
from services.status.kpis.periods import DAY, Period

HOUR = 3_600_000
_SAME = 0.005
"""A value that moved by less than this share of the one before is the same."""


class Outcome(NamedTuple):
    """``value`` None: not enough data, for the ``reason`` given."""

    value: float | None
    coverage: float | None
    samples: int
    reason: Text | None = None


class _NoValueError(Exception):
    """Why there is no value."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def outcome(
    kpi: Kpi, parts: Parts, zone: str | None, period: Period, now: int, quantile: float | None = None
) -> Outcome:
    """The value of an indicator from the parts of a period, of which the time up to ``now`` has passed.

    ``quantile`` is the one that a percentile is, None when nothing was measured.
    """
    coverage = _coverage(kpi, parts)
    try:
        _check(kpi, parts, coverage)
        value = _value(kpi, parts, zone, period, now, quantile)
    except _NoValueError as error:
        return Outcome(None, coverage, parts.samples, error.reason)
    return Outcome(float(f"{value:.10g}"), coverage, parts.samples)


def _coverage(kpi: Kpi, parts: Parts) -> float | None:
    if kpi.coverage is None or parts.expected <= 0:
        return None
    return round(min(1.0, parts.held / parts.expected), 6)


def _check(kpi: Kpi, parts: Parts, coverage: float | None) -> None:
    if parts.samples == 0:
        types = ", ".join(sorted(kpi.types))
        raise _NoValueError(Text(f"no readings of {types}", f"ไม่มีข้อมูลของ {types}"))
    if coverage is not None and kpi.coverage is not None and coverage < kpi.coverage:
        share, least = f"{coverage:.1%}", f"{kpi.coverage:.0%}"
        raise _NoValueError(
            Text(
                f"{share} of the expected readings are there, {least} are needed",
                f"มีข้อมูล {share} ของที่คาดไว้ ต้องมีอย่างน้อย {least}",
            )
        )


def _value(
    kpi: Kpi, parts: Parts, zone: str | None, period: Period, now: int, quantile: float | None
) -> float:
    compute = kpi.compute
    passed = min(period.end, now) - period.start
    if isinstance(compute, Percentile):
        if quantile is None:
            raise _nothing(f"no {compute.metric} was measured", f"ไม่มีการวัด {compute.metric}")
        return quantile
    if isinstance(compute, Total):
        return parts.numerator / (passed / DAY if compute.per_day else 1.0)
    if isinstance(compute, Time):
        if not compute.each:
            return parts.numerator
        return _divided(parts.numerator, parts.denominator) * passed / compute.unit
    if isinstance(compute, Ratio):
        above = parts.numerator + _constants(kpi, compute.of, (), zone, period, passed)
        below = parts.denominator + _constants(kpi, compute.to, compute.of, zone, period, passed)
        return _divided(above, below) * kpi.scale
    if isinstance(compute, Share) and compute.silence_fails:
        return _divided(parts.numerator, max(parts.denominator, parts.expected)) * kpi.scale
    return _divided(parts.numerator, parts.denominator) * kpi.scale


def _divided(above: float, below: float) -> float:
    if below == 0.0:
        raise _nothing("nothing to compare with was measured", "ไม่มีข้อมูลที่ใช้เปรียบเทียบ")
    return above / below


def _constants(
    kpi: Kpi, terms: Sequence[Term], beside: Sequence[Term], zone: str | None, period: Period, passed: int
) -> float:
    """The constants among terms; times the hours that passed where what is beside them is by the hour."""
    hourly = any(isinstance(term.what, LabelSum | Level) for term in beside)
    found = 0.0
    for term in terms:
        if isinstance(term.what, Constant):
            number = _constant(kpi, term.what.name, zone, period.first)
            found += number * term.times * (passed / HOUR if hourly else 1.0)
    return found


def _constant(kpi: Kpi, name: str, zone: str | None, day: date) -> float:
    held = [one for one in kpi.constants.get(name, ()) if one.since <= day]
    newest: ConstantValue | None = held[-1] if held else None
    found = None if newest is None else newest.value if zone is None else newest.zones.get(zone)
    if found is None:
        where = ("the city", "เมือง") if zone is None else (f"zone {zone}", f"พื้นที่ {zone}")
        raise _nothing(
            f"kpis.yaml has no constant {name} of {where[0]} for then",
            f"kpis.yaml ไม่มีค่าคงที่ {name} ของ{where[1]}ในเวลานั้น",
        )
    return found


def _nothing(en: str, th: str) -> _NoValueError:
    return _NoValueError(Text(en, th))


def state(kpi: Kpi, value: float | None, previous: float | None) -> str:
    """met, missed, in_band, out_of_band, no_target or not_enough_data."""
    if value is None:
        return "not_enough_data"
    if isinstance(kpi.target, str):
        return _against(kpi.target, value, previous)
    if kpi.target is not None:
        good = value >= kpi.target if kpi.direction is Direction.UP else value <= kpi.target
        return "met" if good else "missed"
    if kpi.band is not None:
        return "in_band" if distance(kpi.band, value) == 0 else "out_of_band"
    return "no_target"


def _against(target: str, value: float, previous: float | None) -> str:
    """A target of falling or rising: against the period before; nothing left to fall is met, too."""
    if previous is None:
        return "no_target"
    if target == "falling":
        return "met" if value < previous or value == previous == 0 else "missed"
    return "met" if value > previous else "missed"


def trend(kpi: Kpi, value: float | None, previous: float | None) -> str | None:
    """better, worse or same as the period before; None where there is nothing to compare."""
    if value is None or previous is None:
        return None
    if abs(value - previous) <= _SAME * max(abs(value), abs(previous)):
        return "same"
    if kpi.direction is Direction.BAND and kpi.band is not None:
        now, then = distance(kpi.band, value), distance(kpi.band, previous)
        return "same" if now == then else "better" if now < then else "worse"
    rose = value > previous
    return "better" if rose is (kpi.direction is Direction.UP) else "worse"


def distance(band: tuple[float | None, float | None], value: float) -> float:
    """How far a value lies outside a band; 0 within."""
    low, high = band
    if low is not None and value < low:
        return low - value
    if high is not None and value > high:
        return value - high
    return 0.0
