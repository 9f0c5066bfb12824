"""Rules of every kind on a small city: what its tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PM = "AirQualityObserved.pm25"


@pytest.fixture
def states(world: Callable[..., Any]) -> Callable[..., list[tuple[str, float]]]:
    """What a rule told of readings every ``every`` minutes of one device: (state, minute) of each step."""

    def play(
        rule: str, values: list[Any], *, every: float = 5, until: float | None = None, metric: str = "pm25"
    ) -> list[tuple[str, float]]:
        one = world(rule)
        for place, value in enumerate(values):
            if value is not None:
                one.reads(place * every, {metric: value if isinstance(value, str | bool) else float(value)})
        one.at(len(values) * every if until is None else until)
        return [(step.state.value, (step.at - one.ms(0)) / 60_000) for step in one.told]

    return play
