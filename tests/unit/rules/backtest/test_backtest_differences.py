"""Two versions of rules on the same history."""

from __future__ import annotations

from rules.backtest.differences import Difference, by_id, by_what_they_watch, compare
from rules.backtest.play import run_beside
from rules.ruleset import RuleSet
from tests.unit.rules.backtest.conftest import CITY, Row, ms, readings, ruleset

PM = "AirQualityObserved.pm25"
ROWS: list[Row] = [
    (0, "aq-01", 50),
    (1, "aq-02", 45),
    (5, "aq-01", 10),
    (6, "aq-02", 10),
    (10, "aq-01", 70),
    (11, "aq-02", 42),
    (15, "aq-01", 10),
    (16, "aq-02", 10),
]


def high(limit: int, name: str = "high", **more: str) -> str:
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f"{{id: {name}, on: {PM}, when: {{above: {limit}}}{rest}}}"


def difference(before: RuleSet, after: RuleSet) -> list[Difference]:
    old, new = run_beside([before, after], CITY.city, CITY.devices, [readings(ROWS)])
    return compare(old, new, by_id(before, after))


def test_a_rule_does_not_differ_from_itself() -> None:
    [one] = difference(ruleset(high(40)), ruleset(high(40)))
    assert (one.same, one.differs) == (4, False)


def test_a_higher_limit_has_fewer_alerts() -> None:
    [one] = difference(ruleset(high(40)), ruleset(high(44)))
    assert (one.same, len(one.changed), len(one.added)) == (3, 0, 0)
    assert [(alert.starts_at, alert.subject.device) for alert in one.gone] == [(ms(11), "aq-02")]


def test_a_lower_limit_has_more() -> None:
    [one] = difference(ruleset(high(44)), ruleset(high(40)))
    assert [alert.starts_at for alert in one.added] == [ms(11)]
    assert one.gone == ()


def test_what_fires_later_or_worse_has_moved() -> None:
    [one] = difference(ruleset(high(40)), ruleset(high(40, **{"for": "2m", "severity": "major"})))
    assert one.same == 0
    assert [change.what for change in one.changed] == [("severity", "fired_at")] * 4


def test_rules_that_only_one_version_has_are_new_or_gone() -> None:
    gone, new = sorted(
        difference(ruleset(high(40, "old")), ruleset(high(40, "new"))), key=lambda one: one.after or ""
    )
    assert (gone.before, gone.after, len(gone.gone)) == ("g/old", None, 4)
    assert (new.before, new.after, len(new.added)) == (None, "g/new", 4)


def test_one_long_alert_for_two_short_ones_has_moved_and_one_is_gone() -> None:
    keep = {"keep_firing_for": "6m"}
    [one] = difference(ruleset(high(40)), ruleset(high(40, **keep)))
    assert {change.what for change in one.changed} == {("ends_at",)}
    assert len(one.changed) + len(one.gone) == 4
    assert len(one.gone) == 2


def test_a_candidate_meets_the_live_rule_of_its_id_or_those_that_look_at_the_same() -> None:
    live = ruleset(
        high(40), high(60, "worse"), "{id: hot, on: AirQualityObserved.temperature, when: {above: 40}}"
    )
    same, other = (
        ruleset(high(50)),
        ruleset(high(50, "mine"), "{id: co2, on: ClassroomAir.co2, when: {above: 1}}"),
    )
    assert by_what_they_watch(live, same) == [("g/high", "g/high")]
    assert by_what_they_watch(live, other) == [("g/high", "g/mine"), ("g/worse", "g/mine"), (None, "g/co2")]


def test_what_is_not_comparable_is_not_held_against_each_other() -> None:
    window = f"{{id: day, on: {PM}, when: {{window: {{agg: mean, over: 24h}}, above: 37.5}}}}"
    stuck = f"{{id: stuck, on: {PM}, when: {{stuck: {{over: 2h}}}}}}"
    live = ruleset(window, stuck)
    assert by_what_they_watch(live, ruleset(high(50, "mine"))) == [("g/day", "g/mine")]
    frozen = f"{{id: frozen, on: {PM}, when: {{stuck: {{over: 1h}}}}}}"
    assert by_what_they_watch(live, ruleset(frozen)) == [("g/stuck", "g/frozen")]


def test_a_rule_in_the_shadow_meets_the_one_it_means_to_replace() -> None:
    live = ruleset(high(40), high(60, "worse"))
    candidate = ruleset(high(50, "mine", mode="shadow", against="g/worse"))
    assert by_what_they_watch(live, candidate) == [("g/worse", "g/mine")]
