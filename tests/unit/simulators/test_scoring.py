"""Scores of alerts against the truth; every figure here was counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.scoring import Raised, ScoreError, TruthLine, raised, score, score_by_rule, truth_line

S = 1_000


def fault(
    start: int, end: int, deadline: int = 60, *, rule: str = "air/high", device: str | None = "a"
) -> TruthLine:
    """A line of truth, in seconds."""
    return TruthLine(rule, device, "north", start * S, end * S, (start + deadline) * S)


def alert(
    moment: int,
    ends: int | None = None,
    *,
    rule: str = "air/high",
    device: str | None = "a",
    zone: str = "north",
) -> Raised:
    """An alert, in seconds."""
    return Raised(rule, device, zone, moment * S, None if ends is None else ends * S)


def test_one_found_one_late_one_missed_and_a_false_alarm() -> None:
    truth = [fault(0, 300), fault(1_000, 1_300), fault(2_000, 2_300)]
    alerts = [alert(30, 200), alert(1_200, 1_250), alert(5_000, 5_100)]
    found = score(truth, alerts)
    assert (found.found, found.late, found.missed) == (1, 1, 1)
    assert (found.right, found.false, found.repeats) == (2, 1, 0)
    assert (found.precision, found.recall) == (2 / 3, 1 / 3)
    assert found.f1 == pytest.approx(4 / 9)
    assert (found.delay.mean, found.delay.median, found.delay.p95, found.delay.max) == (30, 30, 30, 30)


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (99, "false"),  # before it began
        (100, "found"),  # both ends are included
        (160, "found"),
        (161, "late"),
        (200, "late"),
        (201, "false"),
    ],
)
def test_the_window_of_a_line(moment: int, outcome: str) -> None:
    one = score([fault(100, 200)], [alert(moment)])
    assert {"found": one.found, "late": one.late, "false": one.false} == {
        "found": int(outcome == "found"),
        "late": int(outcome == "late"),
        "false": int(outcome == "false"),
    }


def test_a_fault_shorter_than_its_deadline_may_be_found_after_its_end() -> None:
    assert score([fault(100, 110)], [alert(150)]).found == 1


def test_further_alerts_of_one_fault_are_right_but_no_second_find() -> None:
    one = score([fault(0, 300)], [alert(10, 20), alert(40, 50), alert(200, 210)])
    assert (one.found, one.right, one.repeats, one.false) == (1, 3, 2, 0)
    assert (one.precision, one.recall) == (1.0, 1.0)


def test_a_fault_that_begins_while_the_alert_of_another_fires_is_found_without_delay() -> None:
    truth = [fault(0, 300), fault(100, 400)]
    both = score(truth, [alert(20, 350)])
    assert (both.found, both.right, both.delay.mean) == (2, 1, 10)
    later = score([fault(0, 300), fault(1_000, 1_300)], [alert(20, None)])
    assert (later.found, later.missed) == (1, 1), "an alert that never ends finds no fault of another day"
    own = score(truth, [alert(20, 350), alert(130, 340)])
    assert (own.found, own.delay.max) == (2, 30), "one of its own tells the delay"
    only_first = score(truth, [alert(20, 90)])
    assert (only_first.found, only_first.missed) == (1, 1)


def test_a_false_alarm_that_still_fires_finds_nothing() -> None:
    one = score([fault(100, 200)], [alert(50, None)])
    assert (one.found, one.missed, one.false) == (0, 1, 1)


def test_another_rule_device_or_zone_is_another_matter() -> None:
    truth = [fault(0, 300), fault(0, 300, device=None)]
    others = [alert(5, rule="air/low"), alert(5, device="b", zone="south")]
    assert score(truth, others).found == 0
    in_zone = score(truth, [alert(5, device=None)])
    assert (in_zone.found, in_zone.missed, in_zone.false) == (1, 1, 0)


def test_a_rule_may_be_named_without_its_group() -> None:
    assert score([fault(0, 300, rule="high")], [alert(5)]).found == 1
    assert score([fault(0, 300, rule="igh")], [alert(5)]).found == 0


def test_delays_of_many() -> None:
    truth = [fault(1_000 * n, 1_000 * n + 100, 100) for n in range(20)]
    one = score(truth, [alert(1_000 * n + n) for n in range(20)])
    assert one.delay.mean == 9.5  # 0 to 19
    assert one.delay.median == 9.5
    assert one.delay.p95 == 18  # the 19th of 20
    assert one.delay.max == 19


def test_nothing_to_divide_by_is_said_so() -> None:
    silent = score([fault(0, 10)], [])
    assert (silent.precision, silent.recall, silent.f1, silent.delay.mean) == (None, 0.0, None, None)
    quiet = score([], [alert(5)])
    assert (quiet.precision, quiet.recall) == (0.0, None)


def test_an_alert_that_is_told_twice_is_one() -> None:
    one = score([fault(0, 300)], [alert(5), alert(5, 50)])
    assert (one.alerts, one.right, one.repeats) == (1, 1, 0)


def test_rules_one_by_one() -> None:
    truth = [fault(0, 300, rule="high"), fault(0, 300, rule="air/low")]
    found = score_by_rule(truth, [alert(5), alert(7, rule="water/odd")])
    assert {rule: (s.truth, s.found, s.alerts, s.false) for rule, s in found.items()} == {
        "air/high": (1, 1, 1, 0),
        "air/low": (1, 0, 0, 0),
        "water/odd": (0, 0, 1, 1),
    }


def test_truth_and_alerts_as_the_contract_writes_them() -> None:
    line = truth_line(
        {
            "rule": "air/high",
            "device": "a",
            "fault": "haze",
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-01-01T01:00:00Z",
            "deadline": 90,
        }
    )
    assert line == TruthLine("air/high", "a", None, 1767225600000, 1767229200000, 1767225690000, "haze")
    told: dict[str, Any] = {
        "rule": "air/high",
        "device": "a",
        "zone": "north",
        "starts_at": "2026-01-01T00:00:10Z",
    }
    assert raised(told) == Raised("air/high", "a", "north", 1767225610000)
    told |= {
        "ends_at": "2026-01-01T00:30:00Z",
        "times": {"fired": "2026-01-01T00:01:00Z"},
        "state": "resolved",
    }
    assert raised(told) == Raised("air/high", "a", "north", 1767225660000, 1767227400000)
    assert raised(told | {"state": "pending"}) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rule": None}, "needs rule"),
        ({"device": None}, "device or zone"),
        ({"start": "today"}, "start must be"),
        ({"end": "2025-01-01T00:00:00Z"}, "end is before start"),
        ({"end": None, "deadline": None}, "needs end or deadline"),
        ({"deadline": -1}, "deadline must be seconds"),
    ],
)
def test_a_line_of_truth_that_says_nothing(change: dict[str, Any], why: str) -> None:
    line = {
        "rule": "r",
        "device": "a",
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-01T01:00:00Z",
        "deadline": 9,
    }
    with pytest.raises(ScoreError, match=why):
        truth_line(line | change)
