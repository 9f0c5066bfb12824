"""What a backtest says of a history: alerts as spans of time, and what each rule did."""

from __future__ import annotations

import pytest

from rules.backtest.measured import measured
from rules.backtest.play import Progress, run
from rules.indices import derived_metrics
from rules.model import Severity
from tests.unit.rules.backtest.conftest import CITY, MINUTE, Play, ms, reading, readings, ruleset

PM = "AirQualityObserved.pm25"
HIGH = f"{{id: high, on: {PM}, when: {{above: 40, clear_below: 30}}}}"
LEVELS = f"{{id: high, on: {PM}, when: {{above: 40}}, levels: {{minor: 40, major: 60, critical: 80}}}}"
SLOW = f"{{id: slow, on: {PM}, when: {{above: 40}}, for: 5m}}"


def test_an_alert_is_a_span_from_when_its_condition_began(play: Play) -> None:
    report = play(ruleset(SLOW), [(0, "aq-01", 10), (1, "aq-01", 50), (8, "aq-01", 20), (9, "aq-01", 5)])
    [alert] = report.alerts
    assert (alert.starts_at, alert.fired_at, alert.ends_at) == (ms(1), ms(6), ms(8))
    assert (alert.rule, alert.subject.device, alert.subject.zone) == ("g/slow", "aq-01", "north")


def test_the_highest_severity_counts_and_the_steps_are_kept(play: Play) -> None:
    rows = [(0, "aq-01", 50), (1, "aq-01", 90), (2, "aq-01", 65), (3, "aq-01", 10)]
    [alert] = play(ruleset(LEVELS), rows).alerts
    assert alert.severity is Severity.CRITICAL
    assert [(at, str(severity)) for at, severity in alert.steps] == [
        (ms(0), "minor"),
        (ms(1), "critical"),
        (ms(2), "major"),
    ]


def test_what_was_pending_and_never_fired_is_no_alert(play: Play) -> None:
    report = play(ruleset(SLOW), [(0, "aq-01", 50), (4, "aq-01", 20), (20, "aq-01", 20)])
    assert report.alerts == ()
    assert report.rules[0].fired == 0


def test_time_goes_no_further_than_the_last_reading(play: Play) -> None:
    report = play(ruleset(SLOW), [(0, "aq-01", 50), (4.99, "aq-02", 1)])
    assert report.alerts == ()
    assert report.end == ms(4.99)


def test_a_timer_that_is_due_at_the_last_reading_elapses(play: Play) -> None:
    report = play(ruleset(SLOW), [(0, "aq-01", 50), (5, "aq-02", 1)])
    [alert] = report.alerts
    assert (alert.fired_at, alert.ends_at) == (ms(5), None)


def test_with_an_end_of_its_own_time_goes_on_until_then(play: Play) -> None:
    report = play(ruleset(SLOW), [(0, "aq-01", 50)], end=ms(30))
    assert [alert.fired_at for alert in report.alerts] == [ms(5)]
    assert report.end == ms(30)


def test_with_a_start_of_its_own_silence_counts_from_then(play: Play) -> None:
    silent = "{id: silent, on: AirQualityObserved, when: {absent: {after: 10m}}, where: {devices: [aq-01]}}"
    report = play(ruleset(silent), [(30, "aq-01", 1)], start=ms(0))
    [alert] = report.alerts
    assert (alert.starts_at, alert.ends_at) == (ms(10), ms(30))


def test_an_alert_that_is_still_on_counts_up_to_the_end(play: Play) -> None:
    report = play(ruleset(HIGH), [(0, "aq-01", 50), (10, "aq-01", 50)])
    assert report.alerts[0].ends_at is None
    assert report.rules[0].firing == 10 * MINUTE


def test_every_rule_is_told_of_with_what_it_did(play: Play) -> None:
    rows = [(m, "aq-01", 50 if m % 10 == 0 else 10) for m in range(0, 30, 5)] + [(1440, "aq-01", 50)]
    never = f"{{id: never, on: {PM}, when: {{above: 900}}}}"
    high, quiet = play(ruleset(HIGH, never), rows).rules
    assert (high.rule, high.fired, high.firing) == ("g/high", 4, 15 * MINUTE)
    assert (high.first, high.last) == (ms(0), ms(1440))
    assert high.per_day == {"2026-01-05": 3, "2026-01-06": 1}
    assert (quiet.rule, quiet.fired, quiet.firing, quiet.first) == ("g/never", 0, 0, None)


def test_days_are_those_of_the_city(play: Play) -> None:
    """The history begins at midnight in Bangkok, which is 17:00 UTC of the day before."""
    report = play(ruleset(HIGH), [(0, "aq-01", 50)])
    assert report.rules[0].per_day == {"2026-01-05": 1}


def test_rules_in_the_shadow_are_played_too(play: Play) -> None:
    shadow = f"{{id: high, on: {PM}, when: {{above: 40}}, mode: shadow}}"
    report = play(ruleset(shadow), [(0, "aq-01", 50)])
    assert report.rules[0].shadow
    assert report.alerts[0].shadow


def test_alerts_come_by_when_they_began(play: Play) -> None:
    rows = [(0, "aq-02", 50), (1, "aq-01", 50), (2, "aq-02", 1), (3, "aq-01", 1), (4, "aq-02", 50)]
    report = play(ruleset(HIGH), rows)
    assert [(alert.starts_at, alert.subject.device) for alert in report.alerts] == [
        (ms(0), "aq-02"),
        (ms(1), "aq-01"),
        (ms(4), "aq-02"),
    ]


def test_readings_of_devices_that_are_not_known_meet_no_rule(play: Play) -> None:
    stranger = reading(1, "aq-01", pm25=99.0)._replace(device="ghost")
    report = run(ruleset(HIGH), CITY.city, CITY.devices, [[stranger]])
    assert (report.readings, report.alerts) == (1, ())


def test_without_readings_there_is_nothing_to_tell(play: Play) -> None:
    report = run(ruleset(HIGH), CITY.city, CITY.devices, [])
    assert (report.readings, report.start, report.end, report.alerts) == (0, None, None, ())
    assert [tally.fired for tally in report.rules] == [0]


def test_a_rule_that_waits_for_late_readings_misses_none_at_the_end(play: Play) -> None:
    waits = f"{{id: waits, on: {PM}, when: {{above: 40}}, lateness: 30m}}"
    rows = [(0, "aq-01", 50), (10, "aq-01", 10), (12, "aq-01", 60)]
    report = play(ruleset(HIGH, waits), rows)
    spans = {
        rule: [(alert.starts_at, alert.ends_at) for alert in report.of(rule)]
        for rule in ("g/high", "g/waits")
    }
    assert spans["g/high"] == spans["g/waits"] == [(ms(0), ms(10)), (ms(12), None)]


def test_what_was_derived_is_taken_off_what_is_stored() -> None:
    stored = reading(0, "aq-01", pm25=50.0)
    name = next(iter(derived_metrics(CITY.catalog["AirQualityObserved"])))
    richer = stored._replace(values={**stored.values, name: 3.0})
    assert list(measured([[richer, stored]], CITY.catalog)) == [[stored, stored]]


def test_readings_out_of_order_are_refused() -> None:
    batches = [readings([(5, "aq-01", 1)]), readings([(4, "aq-01", 1)])]
    with pytest.raises(ValueError, match="in order of time"):
        run(ruleset(HIGH), CITY.city, CITY.devices, batches)


def test_progress_is_told_after_each_batch() -> None:
    told: list[Progress] = []
    batches = [readings([(0, "aq-01", 50), (1, "aq-01", 1)]), [], readings([(2, "aq-01", 50)])]
    run(ruleset(HIGH), CITY.city, CITY.devices, batches, on_progress=told.append)
    assert told == [Progress(2, ms(1), 1), Progress(3, ms(2), 2)]
