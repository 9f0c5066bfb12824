"""Limits are files: Nakhon's own, and a city's over them."""

from __future__ import annotations

import pytest

from devices.documents import Document, ProblemsError
from rules.indices.tables import FORMS, Tables


def _with(name: str, text: str) -> Tables:
    return Tables.of([Document(f"indices/{name}.yaml", text)])


def test_a_city_replaces_single_keys() -> None:
    tables = _with("mobility", "headway_tolerance: 0.2\n")
    assert not tables.mobility.keeps_headway(450, 600)
    assert tables.mobility.travel_time_index(0, 60) == 20, "the other keys stay"


def test_a_city_adds_an_emission_factor() -> None:
    tables = _with("emission-factors", "factors: [{from: 2027-01-01, scope2: 0.4, verified: true}]\n")
    assert [factor.scope2 for factor in tables.emissions.factors] == [0.4]


def test_a_city_says_what_its_voltage_is() -> None:
    text = """
voltage:
  default: mea
  utilities:
    mea: {nominal: 230, normal: [220, 236], emergency: [209, 240]}
"""
    voltage = _with("energy", text).energy.voltage
    assert voltage.default == "mea"
    assert voltage.utilities["mea"].normal == (220, 236)


_NAME = "name: {en: a, th: a}"
_FACTOR = "{from: 2026-01-01, scope2: 1, verified: true}"
_MISTAKES = {
    "an unknown file": ("mobilty", "headway_tolerance: 0.2", "is called mobilty; did you mean mobility?"),
    "an impossible number": ("mobility", "headway_tolerance: 2", "headway_tolerance"),
    "an unknown key": ("mobility", "headway: 2", "unknown key"),
    "no keys": ("mobility", "[1, 2]", "must be a mapping"),
    "no classes": ("heat", "levels: []", "there must be one"),
    "classes out of order": (
        "heat",
        f"levels: [{{from: 3, level: 1, {_NAME}}}, {{from: 2, level: 2, {_NAME}}}]",
        "each class must begin after",
    ),
    "a class without a beginning": ("heat", f"levels: [{{level: 1, {_NAME}}}]", "needs either from or above"),
    "bands that overlap": (
        "thai-aqi",
        "pollutants: {pm25: {digits: 1, bands: [[0, 9, 0, 50], [9, 20, 51, 100]]}}",
        "each band must begin after",
    ),
    "no time of day": ("energy", "time_of_use: {days: mon-fri, from: 9, to: '22:00'}", "time of day"),
    "an unknown utility": ("energy", "voltage: {default: egat, utilities: {}}", "default must be one of"),
    "a voltage beyond its band": (
        "energy",
        "voltage: {utilities: {mea: {nominal: 230, normal: [240, 250], emergency: [209, 260]}}}",
        "nominal must lie within normal",
    ),
    "a factor twice": ("emission-factors", f"factors: [{_FACTOR}, {_FACTOR}]", "later day"),
    "the worst class first": (
        "water",
        (
            "surface_water: {pH: [5, 9], nitrate_nitrogen: 5, ammonia_nitrogen: 0.5,"
            f" worst: {{level: 5, {_NAME}}}, classes: [{{level: 2, oxygen: 2, bod: 1, {_NAME}}},"
            f" {{level: 3, oxygen: 4, bod: 2, {_NAME}}}]}}"
        ),
        "the best class comes first",
    ),
}


@pytest.mark.parametrize(("name", "text", "problem"), _MISTAKES.values(), ids=_MISTAKES)
def test_mistakes_are_told_with_their_file_and_line(name: str, text: str, problem: str) -> None:
    with pytest.raises(ProblemsError, match="indices/") as caught:
        _with(name, text)
    assert problem in str(caught.value)


def test_all_mistakes_come_together() -> None:
    documents = [Document("indices/heat.yaml", "levels: []\n"), Document("indices/nothing.yaml", "a: 1\n")]
    with pytest.raises(ProblemsError) as caught:
        Tables.of(documents)
    assert len(caught.value.problems) == 2


def test_every_file_has_a_form() -> None:
    assert set(FORMS) == {"thai-aqi", "us-aqi", "heat", "water", "mobility", "energy", "emission-factors"}
    assert Tables.of() is not None
