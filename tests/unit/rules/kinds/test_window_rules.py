from __future__ import annotations

from rules.model import Severity

PM = "on: AirQualityObserved.pm25"
MEAN = f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 15m}}, above: 30, clear_below: 20}}}}"


def test_the_mean_of_the_span_is_compared(states):
    # Means of three: 10, 25, 36.7 (fires at 10 min), 50, 36.7, 16.7 (clears at 25 min).
    assert states(MEAN, [10, 40, 60, 50, 0, 0]) == [("firing", 10), ("resolved", 25)]


def test_a_reading_at_the_start_of_the_span_is_not_in_it(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: max, over: 15m}}, above: 50}}}}"
    assert states(rule, [60, 10, 10, 10]) == [("firing", 0), ("resolved", 15)]


def test_without_coverage_nothing_changes(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 20m, coverage: 0.75}}, above: 30}}}}"
    assert states(rule, [90, 90, 90, 90]) == [("firing", 10)]
    # The gap leaves too little to say that it is over; at 45 min there is enough again.
    told = states(rule, [90, 90, 90, None, None, None, None, 0, 0, 0])
    assert told == [("firing", 10), ("resolved", 45)]


def test_levels_move_one_alert(world):
    rule = (
        f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 10m}}, above: 30, clear_below: 25}}, "
        "levels: {minor: 30, major: 60}}"
    )
    one = world(rule)
    for minute, value in enumerate([40, 40, 90, 90, 40, 40, 10, 10]):
        one.reads(minute * 5, {"pm25": float(value)})
    assert [(t.state.value, t.severity) for t in one.told] == [
        ("firing", Severity.MINOR),
        ("firing", Severity.MAJOR),
        ("firing", Severity.MINOR),
        ("resolved", Severity.MINOR),
    ]


def test_a_count_falls_as_time_goes_by(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: count, over: 15m}}, above: 2}}}}"
    assert states(rule, [1, 1, 1], until=60) == [("firing", 10), ("resolved", 15)]


def test_too_few_readings_are_noticed_without_one(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: count, over: 15m}}, below: 2}}, for: 1m}}"
    assert states(rule, [1, 1, 1, 1], until=60)[-1] == ("firing", 26)


def test_a_reading_of_the_moment_at_which_another_leaves_counts_first(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: count, over: 15m}}, below: 3}}}}"
    told = states(rule, [1] * 10, until=45)
    assert told == [("firing", 0), ("resolved", 10)]


def test_the_evidence_is_the_arithmetic(world):
    one = world(f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 24h}}, above: 30}}}}")
    one.reads(0, {"pm25": 40.0})
    one.reads(5, {"pm25": 50.0})
    evidence = one.told[-1].evidence
    assert (evidence.window, evidence.value, evidence.threshold) == ("24h mean", 40.0, 30.0)
    assert evidence.details["count"] == 1


def test_a_late_reading_fills_its_window_and_raises_nothing(world):
    one = world(f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 15m}}, above: 30}}}}")
    one.reads(5, {"pm25": 10.0})
    assert one.reads(2, {"pm25": 90.0}, now=6) == []
    assert one.reads(8, {"pm25": 10.0})[0][0] == "firing"


def test_an_old_reading_fills_its_window_and_raises_nothing(world):
    one = world(f"{{id: a, {PM}, when: {{window: {{agg: sum, over: 60m}}, above: 30}}}}")
    assert one.reads(0, {"pm25": 90.0}, now=30) == []
    assert one.reads(31, {"pm25": 1.0})[0] == ("firing", "warning", 31, 31)


def test_a_tumbling_window_is_judged_when_it_is_over(states):
    rule = f"{{id: a, {PM}, when: {{window: {{agg: mean, over: 15m, tumbling: true}}, above: 30}}}}"
    # The world begins at midnight of the city. Buckets (0, 15], (15, 30], (30, 45].
    told = states(rule, [0, 40, 40, 40, 0, 0, 0, 50, 50, 50], until=60)
    assert told == [("firing", 15), ("resolved", 30), ("firing", 45)]
