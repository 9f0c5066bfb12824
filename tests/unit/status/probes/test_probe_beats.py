"""When probes ask."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.status.probes.beat import next_beat

MINUTE = 60_000
START = 1_767_546_000_000


def beats(probe: str, every: int, count: int, start: int = START) -> list[int]:
    found = []
    for _ in range(count):
        start = next_beat(probe, every, start)
        found.append(start)
    return found


@pytest.mark.parametrize("probe", ["portal", "payments", "x", "e-service-17"])
def test_a_probe_asks_about_once_in_each_interval_for_ever(probe: str) -> None:
    found = beats(probe, MINUTE, 2_000)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) >= 0.9 * MINUTE
    assert max(gaps) <= 1.1 * MINUTE
    assert found[-1] - found[0] == pytest.approx(1_999 * MINUTE, abs=0.1 * MINUTE)


def test_a_beat_is_the_same_whenever_it_is_asked_for() -> None:
    first, second, *_ = beats("portal", MINUTE, 5)
    for moment in range(first, second, 997):
        assert next_beat("portal", MINUTE, moment) == second


def test_probes_are_spread_over_the_interval() -> None:
    places = sorted(next_beat(f"probe-{number}", MINUTE, START) - START for number in range(1_000))
    tenths = [
        sum(1 for place in places if tenth * 6_000 <= place < (tenth + 1) * 6_000) for tenth in range(11)
    ]
    assert all(60 <= count <= 140 for count in tenths[:10])


def test_no_two_probes_stay_in_step() -> None:
    apart = {one - other for one, other in zip(beats("a", MINUTE, 100), beats("b", MINUTE, 100), strict=True)}
    assert len(apart) > 90
