"""The heat index (US National Weather Service) and its Thai classes.

Source: wpc.ncep.noaa.gov/html/heatindex_equation.shtml (Rothfusz, SR 90-23, with both adjustments; the simple
formula where that comes to less than 80 °F).
"""

from __future__ import annotations

from math import sqrt

HOTTEST = 100.0
"""°C. Beyond the range of the regression it grows without sense: it is told as this at most."""

_MILD = 80.0  # °F: the regression holds from here on


def heat_index(temperature: float, humidity: float) -> float:
    """What it feels like in the shade, °C, from the temperature (°C) and the relative humidity (0 to 1)."""
    t, rh = temperature * 1.8 + 32.0, humidity * 100.0
    simple = (t + 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + rh * 0.094)) / 2
    felt = simple if simple < _MILD else _rothfusz(t, rh) + _adjustment(t, rh)
    return min(HOTTEST, (felt - 32.0) / 1.8)


def _rothfusz(t: float, rh: float) -> float:
    return (
        -42.379
        + 2.04901523 * t
        + 10.14333127 * rh
        - 0.22475541 * t * rh
        - 6.83783e-3 * t * t
        - 5.481717e-2 * rh * rh
        + 1.22874e-3 * t * t * rh
        + 8.5282e-4 * t * rh * rh
        - 1.99e-6 * t * t * rh * rh
    )


def _adjustment(t: float, rh: float) -> float:
    """Less in very dry air, more in very moist air that is not hot."""
    if rh < 13.0 and _MILD <= t <= 112.0:
        return -((13.0 - rh) / 4.0) * sqrt((17.0 - abs(t - 95.0)) / 17.0)
    if rh > 85.0 and _MILD <= t <= 87.0:
        return ((rh - 85.0) / 10.0) * ((87.0 - t) / 5.0)
    return 0.0
