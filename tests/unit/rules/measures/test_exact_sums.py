"""Sums without rounding: the same bits whatever came and went before."""

from __future__ import annotations

from fractions import Fraction
from math import fsum, sqrt
from statistics import pstdev
from sys import float_info

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.measures.exact import ExactMoments, ExactSum, nearest, ratio, root

FINITE = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.integers(-100_000, 100_000).map(lambda number: number / 100)
SPECIAL = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e-30, 1e300, -1e300, float_info.max, 2.0**-104])
VALUES = st.lists(DECIMALS | SPECIAL | FINITE, min_size=1, max_size=30)


def clamped(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return float_info.max if exact > 0 else -float_info.max


@given(VALUES, VALUES, st.randoms())
def test_only_what_is_in_it_counts(stay, leave, random):
    steps = [("add", value) for value in stay] + [("pass", value) for value in leave]
    random.shuffle(steps)
    total = ExactMoments()
    for step, value in steps:
        total.add(value)
        if step == "pass":
            total.remove(value)
    exact = sum(map(Fraction, stay), Fraction(0))
    assert total.total() == clamped(exact)
    assert total.mean(len(stay)) == float(exact / len(stay))
    try:
        expected = pstdev(stay)
    except OverflowError:
        assume(False)
    assert total.deviation(len(stay)) == expected


@given(st.lists(DECIMALS | FINITE.filter(lambda value: abs(value) < 1e290), max_size=40))
def test_a_total_is_what_fsum_says(values):
    total = ExactSum()
    for value in values:
        total.add(value)
    assert total.total() == fsum(values)


def test_the_sum_is_no_longer_than_it_must_be():
    total = ExactSum()
    for step in range(10_000):
        total.add(step / 100)
    assert total.units.bit_length() < 140


@given(st.integers(0, 10**40), st.integers(1, 10**40))
def test_a_root_is_the_nearest_float(numerator, denominator):
    found = root(numerator, denominator)
    exact = Fraction(numerator, denominator)
    half_step = Fraction(found) * Fraction(1, 2**53)
    assert (Fraction(found) - half_step) ** 2 <= exact <= (Fraction(found) + half_step) ** 2
    assert found == pytest.approx(sqrt(exact), rel=1e-12)


@pytest.mark.parametrize("power", [-2_100, -1_074 * 2, -400, 0, 400, 2_046])
def test_a_root_of_any_size(power):
    fraction = Fraction(2) ** power
    assert root(fraction.numerator, fraction.denominator) == 2.0 ** (power // 2)


def test_beyond_all_floats_is_the_largest():
    assert ratio(10**400, 1) == float_info.max
    assert ratio(-(10**400), 1) == -float_info.max
    assert nearest(float("inf")) == float_info.max
    assert nearest(-float("inf")) == -float_info.max
    assert nearest(1.5) == 1.5
