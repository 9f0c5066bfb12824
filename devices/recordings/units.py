"""Units in which others write what the catalogue measures, and the arithmetic from one to the other.

Factors are exact by definition (BIPM, The International System of Units, 9th edition, tables 2 to 8; foot,
inch and mile: the international yard and pound of 1959; mmHg, psi: NIST SP 811, appendix B.8). Gases: one
mole fills 24.45 l at 25 °C and 1013.25 hPa, so that µg/m³ = ppb × molar mass / 24.45.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from devices.metrics import Metric

MOLAR_VOLUME = Fraction("24.45")
"""Litres that a mole of gas fills at 25 °C and 1013.25 hPa."""

MOLAR_MASSES: Mapping[str, Fraction] = {
    "o3": Fraction("48.00"),
    "no2": Fraction("46.01"),
    "no": Fraction("30.01"),
    "so2": Fraction("64.07"),
    "co": Fraction("28.01"),
    "co2": Fraction("44.01"),
    "nh3": Fraction("17.03"),
    "h2s": Fraction("34.08"),
}
"""Grams a mole, by the metric's name (IUPAC abridged standard atomic weights, rounded)."""


class UnitError(ValueError):
    """A unit that nobody knows, or that can't become the catalogue's. ``allowed`` are those that can."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Conversion:
    """``(value + before) × times / by - after``: in this order, so that 57 % is exactly 0.57."""

    before: float = 0.0
    times: float = 1.0
    by: float = 1.0
    after: float = 0.0

    def __call__(self, value: float) -> float:
        return (value + self.before) * self.times / self.by - self.after


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit of a kind of quantity: ``base = (value + shift) × factor``."""

    kind: str
    factor: Fraction
    shift: Fraction = Fraction(0)


_FACTORS: Mapping[str, Mapping[str, str]] = {
    "mass in a volume": {
        "µg/m³": "1",
        "ng/m³": "1/1000",
        "mg/m³": "1000",
        "g/m³": "1000000",
        "µg/l": "1000",
        "mg/l": "1000000",
        "g/l": "1000000000",
    },
    "parts": {"ppb": "1", "ppm": "1000", "ppt": "1/1000"},
    "share": {"1": "1", "%": "1/100", "‰": "1/1000"},
    "speed": {"m/s": "1", "km/h": "5/18", "mph": "0.44704", "kn": "463/900"},
    "length": {
        "m": "1",
        "km": "1000",
        "cm": "1/100",
        "mm": "1/1000",
        "ft": "0.3048",
        "in": "0.0254",
        "mi": "1609.344",
    },
    "power": {"W": "1", "mW": "1/1000", "kW": "1000", "MW": "1000000", "GW": "1000000000"},
    "reactive power": {"var": "1", "kvar": "1000", "Mvar": "1000000"},
    "energy": {
        "Wh": "1",
        "kWh": "1000",
        "MWh": "1000000",
        "GWh": "1000000000",
        "J": "1/3600",
        "kJ": "10/36",
        "MJ": "10000/36",
        "GJ": "10000000/36",
    },
    "voltage": {"V": "1", "mV": "1/1000", "kV": "1000"},
    "current": {"A": "1", "mA": "1/1000", "µA": "1/1000000", "kA": "1000"},
    "time": {"s": "1", "ms": "1/1000", "min": "60", "h": "3600", "d": "86400"},
    "pressure": {
        "Pa": "1",
        "hPa": "100",
        "mbar": "100",
        "kPa": "1000",
        "bar": "100000",
        "mmHg": "133.3224",
        "inHg": "3386.389",
        "psi": "6894.757",
        "atm": "101325",
    },
    "irradiance": {"W/m²": "1", "kW/m²": "1000"},
    "frequency": {"Hz": "1", "mHz": "1/1000", "kHz": "1000"},
    "data rate": {"bit/s": "1", "kbit/s": "1000", "Mbit/s": "1000000", "Gbit/s": "1000000000"},
    "conductivity": {"µS/cm": "1", "mS/cm": "1000", "S/m": "10000", "dS/m": "1000"},
    "flow": {"m³/h": "1", "m³/s": "3600", "m³/d": "1/24", "l/s": "3.6", "l/min": "0.06", "l/h": "1/1000"},
    "mass": {"kg": "1", "g": "1/1000", "mg": "1/1000000", "t": "1000", "lb": "0.45359237"},
    "illuminance": {"lx": "1", "klx": "1000"},
}
_TEMPERATURES = {
    "°C": _Unit("temperature", Fraction(1)),
    "°F": _Unit("temperature", Fraction(5, 9), Fraction(-32)),
    "K": _Unit("temperature", Fraction(1), Fraction("-273.15")),
}
_UNITS: Mapping[str, _Unit] = {
    **{name: _Unit(kind, Fraction(f)) for kind, units in _FACTORS.items() for name, f in units.items()},
    **_TEMPERATURES,
}
_WRITTEN = {
    "C": "°C",
    "degC": "°C",
    "celsius": "°C",
    "F": "°F",
    "degF": "°F",
    "fahrenheit": "°F",
    "kelvin": "K",
    "percent": "%",
    "fraction": "1",
    "ratio": "1",
    "share": "1",
    "kph": "km/h",
    "kmh": "km/h",
    "kmph": "km/h",
    "mps": "m/s",
    "mi/h": "mph",
    "knots": "kn",
    "ugm3": "µg/m³",
    "µgm³": "µg/m³",
    "mgm³": "mg/m³",
    "ug/m³": "µg/m³",
    "µg/cum": "µg/m³",
    "ug/l": "µg/l",
    "ng/m3": "ng/m³",
    "dB(A)": "dBA",
    "db": "dBA",
    "Mbps": "Mbit/s",
    "kbps": "kbit/s",
    "Gbps": "Gbit/s",
    "uA": "µA",
    "uS/cm": "µS/cm",
    "deg": "°",
    "degrees": "°",
    "sec": "s",
    "minutes": "min",
    "hours": "h",
    "inch": "in",
    "feet": "ft",
}


def conversion(unit: str, metric: Metric) -> Conversion | None:
    """From ``unit`` to the metric's own; None when they are the same.

    Raises:
        UnitError: nobody knows the unit, or it measures something else.
    """
    goal = _goal(metric)
    source = _named(unit)
    if goal is not None and source == _named(goal):
        return None
    if source not in _UNITS or goal is None or _named(goal) not in _UNITS:
        raise _impossible(unit, metric)
    ours, theirs = _UNITS[_named(goal)], _UNITS[source]
    ratio = _ratio(theirs, ours, metric.name)
    if ratio is None:
        raise _impossible(unit, metric)
    made = Conversion(
        float(theirs.shift), float(ratio.numerator), float(ratio.denominator), float(ours.shift)
    )
    return None if made == Conversion() else made


def convertible(metric: Metric) -> tuple[str, ...]:
    """The units that :func:`conversion` takes for a metric, its own first."""
    goal = _goal(metric)
    if goal is None:
        return ()
    ours = _UNITS.get(_named(goal))
    others = _reachable(ours, metric.name) if ours else iter(())
    return tuple(dict.fromkeys((goal, *others)))


def _reachable(ours: _Unit, name: str) -> Iterator[str]:
    return (unit for unit, theirs in _UNITS.items() if _ratio(theirs, ours, name) is not None)


def _goal(metric: Metric) -> str | None:
    """The metric's unit; a share when it has none and lies within -1 and 1."""
    if metric.unit is not None:
        return metric.unit
    low, high = metric.range or (0.0, float("inf"))
    return "1" if low >= -1 and high <= 1 else None


def _ratio(theirs: _Unit, ours: _Unit, name: str) -> Fraction | None:
    """What their value is multiplied by, once shifted; None for another kind of quantity."""
    ratio = theirs.factor / ours.factor
    if theirs.kind == ours.kind:
        return ratio
    mass = MOLAR_MASSES.get(name)
    if mass is None or {theirs.kind, ours.kind} != {"mass in a volume", "parts"}:
        return None
    per_part = mass / MOLAR_VOLUME
    return ratio / per_part if ours.kind == "parts" else ratio * per_part


def _named(unit: str) -> str:
    """A unit as the table writes it, however its author wrote it; an unknown one as it came."""
    text = "".join(unit.split()).replace("μ", "µ").replace("^", "").replace("**", "")
    text = text.replace("m3", "m³").replace("m2", "m²").replace("ug", "µg")
    if text in _UNITS:
        return text
    if text in _WRITTEN:
        return _WRITTEN[text]
    folded = text.casefold()
    alias = {name.casefold(): meant for name, meant in _WRITTEN.items()}.get(folded)
    near = [name for name in _UNITS if name.casefold() == folded]
    return near[0] if len(near) == 1 else alias or text


def _impossible(unit: str, metric: Metric) -> UnitError:
    known = ", ".join(convertible(metric)) or "none: leave unit out"
    own = metric.unit or "no unit"
    return UnitError(f"{unit!r} can't be converted to {own}, the unit of {metric.name}", known)
