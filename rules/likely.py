"""What an author may have meant by a limit that was written in another unit than the metric's.

A rule says a bare number, in the unit of the catalogue. Whoever thinks in percent writes 85 for a share
from 0 to 1; whoever thinks in milligrams writes 0.0375 for micrograms. What a limit was meant to be is
guessed from the metric's range: the first unit below in which the number would make sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devices.metrics import Metric


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that people confuse with a metric's: value in the metric's = (value + shift) × factor."""

    name: str
    factor: float
    shift: float = 0.0

    def convert(self, number: float) -> float:
        """The number in the metric's unit, rounded to what a person would write."""
        return float(f"{(number + self.shift) * self.factor:.6g}")


_PERCENT = Unit("%", 0.01)

_CONFUSED: Mapping[str, tuple[Unit, ...]] = {
    "µg/m³": (Unit("mg/m³", 1e3),),
    "ppb": (Unit("ppm", 1e3),),
    "ppm": (Unit("ppb", 1e-3), Unit("%", 1e4)),
    "mg/l": (Unit("µg/l", 1e-3), Unit("g/l", 1e3)),
    "kW": (Unit("W", 1e-3), Unit("MW", 1e3)),
    "kvar": (Unit("var", 1e-3),),
    "kWh": (Unit("Wh", 1e-3), Unit("MWh", 1e3)),
    "V": (Unit("mV", 1e-3), Unit("kV", 1e3)),
    "A": (Unit("mA", 1e-3),),
    "m": (Unit("cm", 1e-2), Unit("mm", 1e-3), Unit("km", 1e3)),
    "mm": (Unit("cm", 10), Unit("m", 1e3)),
    "km/h": (Unit("m/h", 1e-3), Unit("m/s", 3.6)),
    "m/s": (Unit("km/h", 1 / 3.6),),
    "°C": (Unit("°F", 5 / 9, -32), Unit("K", 1, -273.15)),
    "hPa": (Unit("Pa", 1e-2), Unit("kPa", 10), Unit("bar", 1e3)),
    "bar": (Unit("kPa", 1e-2), Unit("hPa", 1e-3), Unit("Pa", 1e-5)),
    "s": (Unit("ms", 1e-3), Unit("min", 60)),
    "ms": (Unit("s", 1e3),),
    "Mbit/s": (Unit("kbit/s", 1e-3), Unit("Gbit/s", 1e3)),
    "%": (Unit("as a share from 0 to 1", 100),),
}

_SMALL: Mapping[str, float] = {"µg/m³": 1, "ppb": 1, "ms": 3, "%": 1}
"""Below this a limit in the unit is more likely one in the next larger unit: 0.07 ppm of ozone is 70 ppb."""

_LARGEST_SHARE = 2.0


def is_share(metric: Metric) -> bool:
    """Whether a metric is a share of a whole, 0 to 1 or a little beyond, and not a percentage."""
    return metric.unit is None and metric.range is not None and metric.range[1] <= _LARGEST_SHARE


def meant(metric: Metric, limit: float) -> str:
    """``"; did you mean 0.85? relativeHumidity is a share from 0 to 1"`` for a limit beyond the range.

    Empty when the number makes sense in no unit that is confused with the metric's.
    """
    found = next(_inside(metric, limit), None)
    return "" if found is None else f"; did you mean {_n(found[1])}? {_why(metric, limit, *found)}"


def doubt(metric: Metric, limit: float) -> str | None:
    """Why a limit within the range is yet so small that another unit was likely meant; None: it is not."""
    least = _SMALL.get(metric.unit or "", 0)
    if not 0 < abs(limit) < least:
        return None
    larger = (unit for unit in _CONFUSED[metric.unit or ""] if unit.factor > 1)
    found = next(((unit, unit.convert(limit)) for unit in larger if _fits(metric, unit.convert(limit))), None)
    return f"did you mean {_n(found[1])}? {_why(metric, limit, *found)}" if found else None


def _inside(metric: Metric, limit: float) -> Iterator[tuple[Unit, float]]:
    units = (_PERCENT,) if is_share(metric) else _CONFUSED.get(metric.unit or "", ())
    for unit in units:
        number = unit.convert(limit)
        if _fits(metric, number):
            yield unit, number


def _fits(metric: Metric, number: float) -> bool:
    return metric.range is None or metric.range[0] <= number <= metric.range[1]


def _why(metric: Metric, limit: float, unit: Unit, number: float) -> str:
    if unit is _PERCENT:
        assert metric.range is not None
        low, high = metric.range
        return f"{metric.name} is a share from {_n(low)} to {_n(high)}"
    return f"{metric.name} is in {metric.unit}, and {_n(limit)} {unit.name} is {_n(number)} {metric.unit}"


def _n(number: float) -> str:
    return f"{number:g}"
