"""What the benchmarks make of what they see."""

from __future__ import annotations

import math

import pytest

from tests.bench.figures import Delays, growing
from tests.bench.rig import Sample


def samples(*backlog: int) -> list[Sample]:
    return [Sample(float(n), 100_000 + b, 100_000, 0, 0, 0.0, 0.0) for n, b in enumerate(backlog)]


def test_a_percentile_is_the_delay_that_this_share_stayed_within() -> None:
    delays = Delays([number / 1_000 for number in range(1, 101)])
    assert delays.percentile(0.5) == pytest.approx(50)
    assert delays.percentile(0.99) == pytest.approx(99)
    assert delays.percentile(1.0) == pytest.approx(100)


def test_what_never_arrived_is_later_than_all_else() -> None:
    delays = Delays([0.001] * 98)
    delays.add(None)
    delays.add(None)
    assert delays.percentile(0.98) == pytest.approx(1)
    assert delays.percentile(0.99) == math.inf
    assert delays.as_dict()["missing"] == 2


def test_a_backlog_that_goes_up_and_down_does_not_grow() -> None:
    assert not growing(samples(*[0, 900, 0, 800, 100, 900, 0, 850, 50]), 1_000)


def test_a_backlog_that_rises_to_the_end_grows() -> None:
    assert growing(samples(*range(0, 9_000, 1_000)), 1_000)


def test_a_backlog_that_is_there_all_along_and_long_grows_too() -> None:
    assert growing(samples(*[5_000] * 9), 1_000)
