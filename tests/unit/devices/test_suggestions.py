"""What somebody probably meant."""

from __future__ import annotations

from typing import Any

import pytest

from devices.catalog import Catalog
from devices.documents import suggestion

AIR = Catalog.builtin()["AirQualityObserved"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("pm26", "pm25"),
        ("PM2.5", "pm25"),
        ("pm2_5", "pm25"),
        ("Temperature", "temperature"),
        ("temp", "temperature"),
        ("relative_humidity", "relativeHumidity"),
        ("NO2", "no2"),
    ],
)
def test_the_nearest_metric(word: str, meant: str) -> None:
    assert suggestion(word, AIR.metrics) == f"; did you mean {meant}?"


@pytest.mark.parametrize(
    ("word", "known"), [("foo", ["pm25"]), ("", ["a"]), ("pm", ["pmten", "pmtwo", "x" * 9])]
)
def test_nothing_is_near(word: str, known: list[str]) -> None:
    assert suggestion(word, known) == ""


def test_a_beginning_that_several_have_is_no_hint() -> None:
    assert suggestion("temp", ["temperatureInside", "temperatureOutside"]) == ""


@pytest.mark.parametrize(("key", "meant"), [("timestamp", "ts"), ("Time", "ts"), ("lat", "location")])
def test_keys_of_the_envelope_by_other_names(key: str, meant: str) -> None:
    short = AIR.check({"pm25": 1, key: 1}, index=0).refusal
    assert short is not None
    assert short.expected.startswith(f"did you mean {meant}? Then the metrics go under values.")
    beside: dict[str, Any] = {key: 1}
    long = AIR.check({"pm25": 1}, index=0, prefix="values.", unknown=beside).refusal
    assert long is not None
    assert long.expected.startswith(f"did you mean {meant}? beside values stand only ts")
