"""Rules that say the same of the same devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devices.documents import Document

PM = "on: AirQualityObserved.pm25"

OVERLAPS = [
    ("when: {above: 10}", "when: {above: 10}", "says the same as air/a (rules.yaml:4)"),
    ("when: {above: 10}", "when: {above: 10.0, clear_below: 5}", "says the same as"),
    ("when: {above: 10}", "when: {above: 20}", "overlaps with air/a (rules.yaml:4)"),
    ("when: {above: 10}", "when: {above: 20}, severity: major", "make it one rule with levels"),
    ("when: {below: 10}", "when: {below: 20}", "overlaps with"),
    ("when: {outside: [10, 20]}", "when: {outside: [5, 30]}", "overlaps with"),
    (
        "when: {window: {agg: mean, over: 60m}, above: 10}",
        "when: {window: {agg: mean, over: 1h}, above: 10}",
        "says the same as",
    ),
    ("when: {above: 10}", "where: {labels: {site: school}}, when: {above: 10}", "narrow where"),
    ("where: {devices: ['aq-*']}, when: {above: 10}", "where: {zones: [samyan]}, when: {above: 10}", "same"),
    ("when: {above: 10}, for: 10m", "when: {above: 10}, for: 1h", "overlaps with"),
    ("when: {above: 10}", "when: {above: 10}, levels: {minor: 10, major: 20}", "overlaps with"),
    ("when: {stuck: {over: 2h}}", "when: {stuck: {over: 120m}}", "says the same as"),
]

APART = [
    ("when: {above: 10}", "when: {below: 5}"),
    ("when: {above: 10}", "when: {window: {agg: mean, over: 1h}, above: 10}"),
    ("when: {above: 10}", "when: {above: 20}, levels: {minor: 20, major: 30}"),
    ("when: {above: 10}", "when: {above: 10}, mode: shadow"),
    ("when: {above: 10}, for: 10m", "when: {above: 10}, for: 1h, severity: major"),
    ("when: {above: 10}", "when: {above: 10}, schedule: {days: mon-fri}"),
    (
        "where: {labels: {site: road}}, when: {above: 10}",
        "where: {labels: {site: school}}, when: {above: 10}",
    ),
    ("where: {devices: [aq-01]}, when: {above: 10}", "where: {devices: [aq-02]}, when: {above: 10}"),
    ("when: {outside: [10, 30]}", "when: {outside: [5, 20]}"),
]


@pytest.mark.parametrize(("first", "second", "said"), OVERLAPS)
def test_the_later_of_two_that_overlap_is_told(
    found: Callable[..., list[str]], first: str, second: str, said: str
) -> None:
    (told,) = found(f"{PM}, {first}", f"{PM}, {second}", weight="warnings")
    assert told.startswith("rules[1].when")
    assert said in told


@pytest.mark.parametrize(("first", "second"), APART)
def test_rules_that_differ_are_left_alone(found: Callable[..., list[str]], first: str, second: str) -> None:
    assert found(f"{PM}, {first}", f"{PM}, {second}", weight="warnings") == []


@pytest.mark.parametrize(("first", "second"), [pair[:2] for pair in OVERLAPS])
def test_without_devices_the_lines_of_where_decide(
    found: Callable[..., list[str]], first: str, second: str
) -> None:
    assert len(found(f"{PM}, {first}", f"{PM}, {second}", weight="warnings", devices=())) == 1


def test_values_of_words_overlap_when_they_share_one(found: Callable[..., list[str]]) -> None:
    status = "on: AirQualityObserved.status, when:"
    (told,) = found(f"{status} {{equals: fault}}", f"{status} {{in: [fault]}}", weight="warnings")
    assert "overlaps with" in told
    assert found(f"{status} {{equals: fault}}", f"{status} {{equals: ok}}", weight="warnings") == []


def test_a_rule_beside_one_of_a_pack_is_told_and_the_pack_is_not(found: Callable[..., list[str]]) -> None:
    text = f"group: pack\ndomain: environment\nrules:\n  - {{id: p, {PM}, when: {{above: 10}}}}\n"
    pack = Document("library/pack.yaml", text)
    (told,) = found(f"{PM}, when: {{above: 10}}", weight="warnings", others=[pack])
    assert "says the same as pack/p (library/pack.yaml:4): give it that id (group pack)" in told


def test_a_rule_with_the_id_of_a_packs_takes_its_place_and_overlaps_nothing(
    found: Callable[..., list[str]],
) -> None:
    text = f"group: air\ndomain: environment\nrules:\n  - {{id: a, {PM}, when: {{above: 10}}}}\n"
    assert found(f"{PM}, when: {{above: 10}}", weight="warnings", others=[Document("p.yaml", text)]) == []


def test_rules_on_other_rules_of_their_own_groups_are_apart(found: Callable[..., list[str]]) -> None:
    lines = (f"{{id: b, {PM}, when: {{above: 3}}, where: {{devices: [aq-02]}}}}", "{id: c, when: {not: b}}")
    text = "group: pack\ndomain: environment\nrules:\n" + "".join(f"  - {line}\n" for line in lines)
    own = (
        f"{PM}, when: {{above: 2}}, where: {{devices: [aq-01]}}",
        f"{PM}, when: {{below: 1}}",
        "when: {not: b}",
    )
    assert found(*own, weight="warnings", others=[Document("library/pack.yaml", text)]) == []
