"""Inhibition as Alertmanager has it: each test is one of its semantics."""

from __future__ import annotations

from rules.model import Severity, State
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Inhibition, Policy
from tests.unit.alerts.suppression.keptquiet import MINUTE, NOW, Quiet, firing, inhibition

FEEDER = Matcher(rules=("energy/feeder-down",))
LAMPS = Matcher(rules=("energy/lamp-*",))
ALL = Matcher()


def city(*inhibitions: Inhibition) -> Quiet:
    return Quiet(Policy(inhibitions=inhibitions))


def feeder(name: str = "F1", **fields: object) -> object:
    return firing(name, rule="energy/feeder-down", **fields)


def lamp(name: str = "L1", **fields: object) -> object:
    return firing(name, rule="energy/lamp-out", **fields)


def test_a_firing_source_inhibits_the_target_with_the_same_equal_values() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder())
    quiet.apply(lamp())
    assert quiet.rows["L1"].suppressed == {
        "kind": "inhibition",
        "id": "source-explains-target",
        "by": "F1",
        "reason": quiet.rows["L1"].suppressed["reason"],
        "until": None,
    }
    assert set(quiet.rows["L1"].suppressed["reason"]) == {"en", "th"}
    assert quiet.suppressed("F1") is None


def test_other_values_are_not_inhibited() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder(zone="samyan"), lamp(zone="makkasan"))
    assert quiet.suppressed("L1") is None


def test_all_of_equal_must_be_the_same() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone", "label:feeder"))
    quiet.apply(
        feeder(labels={"feeder": "fd-3"}),
        lamp("same", labels={"feeder": "fd-3"}),
        lamp("other", labels={"feeder": "fd-4"}),
    )
    assert quiet.kinds() == {"F1": None, "same": "inhibition", "other": None}


def test_a_label_that_both_lack_counts_as_equal() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "label:feeder"))
    quiet.apply(feeder(), lamp())
    assert quiet.suppressed("L1") == "inhibition source-explains-target"


def test_an_empty_label_counts_as_a_missing_one() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "label:feeder"))
    quiet.apply(feeder(labels={"feeder": ""}), lamp())
    assert quiet.suppressed("L1") == "inhibition source-explains-target"


def test_a_label_that_only_one_of_them_has_is_not_equal() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "label:feeder"))
    quiet.apply(feeder(labels={"feeder": "fd-3"}), lamp())
    assert quiet.suppressed("L1") is None


def test_no_equal_means_any_source() -> None:
    quiet = city(inhibition(FEEDER, LAMPS))
    quiet.apply(feeder(zone="samyan"), lamp(zone="makkasan"))
    assert quiet.suppressed("L1") == "inhibition source-explains-target"


def test_an_alert_never_inhibits_itself() -> None:
    quiet = city(inhibition(ALL, ALL, "zone"))
    quiet.apply(firing("A1"))
    assert quiet.suppressed("A1") is None


def test_two_that_match_both_sides_do_not_inhibit_each_other() -> None:
    quiet = city(inhibition(ALL, ALL, "zone"))
    quiet.apply(firing("A1"), firing("A2"))
    assert quiet.kinds() == {"A1": None, "A2": None}


def test_one_that_matches_both_sides_is_inhibited_by_one_that_matches_the_source_alone() -> None:
    bad = Matcher(severities=("critical", "major"))
    quiet = city(inhibition(bad, Matcher(severities=("major", "minor")), "zone"))
    quiet.apply(firing("critical", severity=Severity.CRITICAL), firing("major", severity=Severity.MAJOR))
    quiet.apply(firing("minor", severity=Severity.MINOR))
    assert quiet.kinds() == {"critical": None, "major": "inhibition", "minor": "inhibition"}


def test_one_that_matches_both_sides_inhibits_one_that_matches_the_target_alone() -> None:
    quiet = city(inhibition(Matcher(severities=("major",)), ALL, "zone"))
    quiet.apply(firing("major"), firing("minor", severity=Severity.MINOR))
    assert quiet.kinds() == {"major": None, "minor": "inhibition"}


def test_a_silenced_source_still_inhibits() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.silence(matcher={"rules": ["energy/feeder-down"]})
    quiet.apply(feeder(), lamp())
    assert quiet.kinds() == {"F1": "silence", "L1": "inhibition"}


def test_an_inhibited_source_still_inhibits() -> None:
    quiet = city(
        inhibition(Matcher(rules=("power/out",)), FEEDER, name="first"),
        inhibition(FEEDER, LAMPS, name="second"),
    )
    quiet.apply(firing("P1", rule="power/out"), feeder(), lamp())
    assert quiet.suppressed("F1") == "inhibition first"
    assert quiet.suppressed("L1") == "inhibition second"


def test_a_resolved_source_does_not_inhibit() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder())
    quiet.resolve("F1")
    quiet.apply(lamp())
    assert quiet.suppressed("L1") is None


def test_a_pending_source_does_not_inhibit_until_it_fires() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder(state=State.PENDING, fired=None), lamp())
    assert quiet.suppressed("L1") is None
    quiet.change("F1", state=State.FIRING, fired=NOW)
    assert quiet.look() == ["L1"]
    assert quiet.suppressed("L1") == "inhibition source-explains-target"


def test_a_shadow_source_does_not_inhibit_and_a_shadow_target_is_left_alone() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder(shadow=True), lamp())
    quiet.apply(feeder("F2", zone="makkasan"), lamp("L2", zone="makkasan", shadow=True))
    assert quiet.look() == []
    assert quiet.kinds() == {"F1": None, "L1": None, "F2": None, "L2": None}


def test_a_source_that_comes_later_inhibits_what_fires_already() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(lamp("L1"), lamp("L2", zone="makkasan"))
    quiet.apply(feeder())
    assert quiet.look() == ["L1"]
    assert quiet.kinds() == {"L1": "inhibition", "L2": None, "F1": None}


def test_when_the_last_source_is_over_the_target_is_told() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder("F1"), feeder("F2"), lamp())
    quiet.resolve("F1")
    assert quiet.look() == []
    assert quiet.suppressed("L1") == "inhibition source-explains-target"
    quiet.resolve("F2")
    assert quiet.look() == ["L1"]
    assert quiet.suppressed("L1") is None
    assert quiet.steps[-1][:2] == ("L1", "unsuppressed")
    assert quiet.steps[-1][2]["kind"] == "inhibition"


def test_source_and_target_of_one_transaction_whatever_their_order() -> None:
    for order in ((feeder(), lamp()), (lamp(), feeder())):
        quiet = city(inhibition(FEEDER, LAMPS, "zone"))
        quiet.apply(*order)
        assert quiet.suppressed("L1") == "inhibition source-explains-target"


def test_a_source_that_ends_in_the_same_transaction_does_not_inhibit() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder())
    quiet.apply(feeder(state=State.RESOLVED, ends_at=NOW), lamp())
    assert quiet.suppressed("L1") is None


def test_an_alert_becomes_a_source_when_its_severity_moves() -> None:
    quiet = city(inhibition(Matcher(severities=("critical",)), Matcher(severities=("minor",)), "zone"))
    quiet.apply(firing("A1"), firing("A2", severity=Severity.MINOR))
    assert quiet.suppressed("A2") is None
    quiet.change("A1", severity=Severity.CRITICAL)
    quiet.look()
    assert quiet.suppressed("A2") == "inhibition source-explains-target"
    quiet.change("A1", severity=Severity.MAJOR)
    quiet.look()
    assert quiet.suppressed("A2") is None


def test_the_first_inhibition_of_the_file_is_named() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, name="z-first"), inhibition(FEEDER, LAMPS, name="a-second"))
    quiet.apply(feeder(), lamp())
    assert quiet.suppressed("L1") == "inhibition z-first"


def test_after_a_restart_sources_inhibit_as_before() -> None:
    quiet = city(inhibition(FEEDER, LAMPS, "zone"))
    quiet.apply(feeder(), lamp("L1"))
    steps = list(quiet.steps)
    quiet.restart()
    quiet.look()
    quiet.apply(lamp("L2"))
    assert quiet.suppressed("L2") == "inhibition source-explains-target"
    assert [step for step in quiet.steps if step not in steps] == [
        ("L2", "suppressed", dict(quiet.rows["L2"].suppressed))
    ]
    quiet.resolve("F1")
    quiet.pass_time(MINUTE)
    assert quiet.kinds() == {"L1": None, "L2": None}
