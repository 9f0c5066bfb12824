from __future__ import annotations

import itertools
from statistics import mean

from simulators.noise import Noise

HOUR = 3_600_000


def test_the_same_question_has_the_same_answer() -> None:
    assert Noise(1).uniform("a", 5) == Noise(1).uniform("a", 5)
    assert Noise(1).wander("a", 12_345, HOUR) == Noise(1).wander("a", 12_345, HOUR)
    assert Noise(1).flicker("a", 12_345) == Noise(1).flicker("a", 12_345)


def test_seed_key_and_index_all_matter() -> None:
    draws = [
        Noise(seed).uniform(key, index) for seed in (1, 2) for key in ("a", "b", "ab") for index in (0, 1)
    ]

    assert len(set(draws)) == len(draws)


def test_draws_are_spread_evenly() -> None:
    noise = Noise(4)
    draws = [noise.uniform("a", index) for index in range(4_000)]

    assert all(0 <= draw < 1 for draw in draws)
    assert abs(mean(draws) - 0.5) < 0.02
    assert all(350 < sum(tenth <= 10 * draw < tenth + 1 for draw in draws) < 450 for tenth in range(10))
    assert abs(sum(noise.chance("b", 0.2, index) for index in range(4_000)) - 800) < 80


def test_a_walk_is_smooth_and_stays_within_one() -> None:
    noise = Noise(4)
    walk = [noise.wander("a", minute * 60_000, HOUR) for minute in range(3_000)]

    assert max(map(abs, walk)) <= 1
    assert max(walk) > 0.5
    assert min(walk) < -0.5
    assert abs(mean(walk)) < 0.2
    assert max(abs(b - a) for a, b in itertools.pairwise(walk)) < 0.15


def test_a_walk_does_not_jump_where_its_cells_meet() -> None:
    noise = Noise(4)

    assert abs(noise.wander("a", 7 * HOUR, HOUR) - noise.wander("a", 7 * HOUR - 1, HOUR)) < 1e-4


def test_flicker_is_within_one_and_new_each_moment() -> None:
    noise = Noise(4)
    draws = [noise.flicker("a", moment) for moment in range(1_000)]

    assert all(-1 <= draw <= 1 for draw in draws)
    assert len(set(draws)) == 1_000
