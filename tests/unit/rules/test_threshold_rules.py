from __future__ import annotations

from rules.model import State

ABOVE = "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35}}"
HELD = "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35}, for: 5m}"
KEPT = "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35}, keep_firing_for: 15m}"
LEVELS = (
    "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35},"
    " levels: {minor: 37.5, major: 75, critical: 150}}"
)


def pm(value):
    return {"pm25": float(value)}


def test_above_means_greater_and_clears_at_the_clear_limit(world):
    w = world(ABOVE)
    assert w.reads(0, pm(37.5)) == []
    assert w.reads(5, pm(37.6)) == [("firing", "warning", 5, 5)]
    assert w.reads(10, pm(35.1)) == []
    assert w.reads(15, pm(35)) == [("resolved", "warning", 15, 5)]
    assert w.reads(20, pm(37.5)) == []


def test_without_a_clear_limit_it_clears_at_the_limit(world):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5}}")
    w.reads(0, pm(38))
    assert w.reads(5, pm(37.5)) == [("resolved", "warning", 5, 0)]


def test_below_is_the_mirror_of_above(world):
    w = world(
        "{id: cold, on: AirQualityObserved.temperature, when: {below: 5, clear_above: 8}, severity: major}"
    )
    assert w.reads(0, {"temperature": 5.0}) == []
    assert w.reads(1, {"temperature": 4.9}) == [("firing", "major", 1, 1)]
    assert w.reads(2, {"temperature": 7.9}) == []
    assert w.reads(3, {"temperature": 8.0}) == [("resolved", "major", 3, 1)]


def test_outside_holds_until_within_the_clear_band(world):
    w = world(
        "{id: band, on: AirQualityObserved.temperature, when: {outside: [10, 40], clear_within: [12, 38]}}"
    )
    assert w.reads(0, {"temperature": 40.0}) == []
    assert w.reads(1, {"temperature": 41.0}) == [("firing", "warning", 1, 1)]
    assert w.told[-1].evidence.threshold == 40.0
    assert w.reads(2, {"temperature": 39.0}) == []
    assert w.reads(3, {"temperature": 5.0}) == []
    assert w.reads(4, {"temperature": 38.0}) == [("resolved", "warning", 4, 1)]
    assert w.reads(5, {"temperature": 9.0}) == [("firing", "warning", 5, 5)]
    assert w.told[-1].evidence.threshold == 10.0


def test_equals_and_in_compare_texts(world):
    w = world(
        "{id: fault, on: AirQualityObserved.status, when: {equals: fault}}",
        "{id: any, on: AirQualityObserved.status, when: {in: [ok, fault]}}",
    )
    assert [t[0] for t in w.reads(0, {"status": "ok"})] == ["firing"]
    assert w.told[-1].rule == "air/any"
    assert w.told[-1].evidence.threshold == "ok, fault"
    assert w.reads(1, {"status": "fault"}) == [("firing", "warning", 1, 1)]
    assert w.reads(2, {"status": "ok"}) == [("resolved", "warning", 2, 1)]


def test_a_number_is_never_equal_to_true(world, device):
    probe = device("p", types=("ServiceProbe",))
    w = world("{id: down, on: ServiceProbe.up, when: {equals: true}}", devices=[probe])
    assert w.batch((0, {"up": 1.0}, "p", "ServiceProbe"), now=0) == []
    assert w.batch((1, {"up": True}, "p", "ServiceProbe"), now=1) == [("firing", "warning", 1, 1)]


def test_values_of_another_type_make_a_condition_false(world):
    w = world(ABOVE)
    for value in ("99", True, float("nan")):
        assert w.reads(0, {"pm25": value}) == []
    w.reads(1, pm(50))
    assert w.reads(2, {"pm25": "99"}) == [("resolved", "warning", 2, 1)]


def test_for_fires_at_its_moment_without_a_new_reading(world):
    w = world(HELD)
    assert w.reads(1, pm(60)) == [("pending", "warning", 1, 1)]
    assert w.at(5.9) == []
    assert w.engine.next_deadline() == w.ms(6) + 1  # readings of that moment come first
    assert w.at(60) == [("firing", "warning", 6, 1)]
    assert w.told[-1].taken is None
    assert w.reads(61, pm(20)) == [("resolved", "warning", 61, 1)]


def test_a_condition_that_ends_before_for_never_fires(world):
    w = world(HELD)
    w.reads(1, pm(60))
    w.reads(3, pm(36))
    assert w.reads(5, pm(20)) == [("inactive", "warning", 5, 1)]
    assert w.at(60) == []
    assert w.reads(61, pm(60)) == [("pending", "warning", 61, 61)]
    assert w.at(66) == [("firing", "warning", 66, 61)]


def test_keep_firing_for_bridges_a_gap_and_keeps_the_beginning(world):
    w = world(KEPT)
    w.reads(0, pm(60))
    assert w.reads(5, pm(10)) == []
    assert w.reads(15, pm(60)) == []
    assert w.at(30) == []
    assert w.reads(40, pm(10)) == []
    assert w.reads(50, pm(12)) == []
    assert w.at(60) == [("resolved", "warning", 55, 0)]


def test_after_keep_firing_for_a_reading_begins_a_new_alert(world):
    w = world(KEPT)
    w.reads(0, pm(60))
    w.reads(5, pm(10))
    assert w.reads(21, pm(60)) == [("resolved", "warning", 20, 0), ("firing", "warning", 21, 21)]


def test_a_reading_of_the_moment_at_which_it_would_resolve_keeps_it(world):
    w = world(KEPT)
    w.reads(0, pm(60))
    w.reads(5, pm(10))
    assert w.reads(20, pm(60)) == []
    assert w.at(60) == []


def test_a_good_reading_of_the_moment_at_which_it_would_fire_is_in_time(world):
    w = world(HELD)
    w.reads(0, pm(60))
    assert w.reads(5, pm(10)) == [("inactive", "warning", 5, 0)]
    assert w.at(60) == []


def test_levels_move_the_severity_of_one_alert_with_the_same_gap(world):
    w = world(LEVELS)
    assert w.reads(0, pm(80)) == [("firing", "major", 0, 0)]
    assert w.reads(1, pm(160)) == [("firing", "critical", 1, 0)]
    assert w.reads(2, pm(147.6)) == []
    assert w.reads(3, pm(147.5)) == [("firing", "major", 3, 0)]
    assert w.reads(4, pm(72.5)) == [("firing", "minor", 4, 0)]
    assert w.reads(5, pm(35.5)) == []
    assert w.reads(6, pm(35)) == [("resolved", "minor", 6, 0)]
    assert {t.fingerprint for t in w.told} == {w.told[0].fingerprint}
    assert [t.evidence.threshold for t in w.told] == [75.0, 150.0, 75.0, 37.5, 37.5]


def test_for_belongs_to_entering_the_first_level(world):
    w = world(LEVELS.replace("levels", "for: 5m, levels"))
    assert w.reads(0, pm(40)) == [("pending", "minor", 0, 0)]
    assert w.reads(4, pm(90)) == []
    assert w.at(5) == [("firing", "major", 5, 0)]
    assert w.reads(6, pm(200)) == [("firing", "critical", 6, 0)]


def test_a_first_limit_before_the_levels_has_the_severity_of_the_rule(world):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 25}, levels: {major: 75}}")
    assert w.reads(0, pm(30)) == [("firing", "warning", 0, 0)]
    assert w.reads(1, pm(80)) == [("firing", "major", 1, 0)]


def test_levels_below_fall(world):
    w = world(
        "{id: o3, on: AirQualityObserved.o3, when: {below: 60, clear_above: 65},"
        " levels: {minor: 60, major: 40}}"
    )
    assert w.reads(0, {"o3": 39.0}) == [("firing", "major", 0, 0)]
    assert w.reads(1, {"o3": 44.9}) == []
    assert w.reads(2, {"o3": 45.0}) == [("firing", "minor", 2, 0)]
    assert w.reads(3, {"o3": 65.0}) == [("resolved", "minor", 3, 0)]


def test_a_reading_without_the_metric_changes_nothing(world):
    w = world(HELD)
    w.reads(0, pm(60))
    assert w.reads(2, {"no2": 5.0}) == []
    assert w.at(5) == [("firing", "warning", 5, 0)]
    assert w.reads(6, {"no2": 5.0}) == []


def test_a_late_reading_does_not_overwrite_newer_state(world):
    w = world(ABOVE)
    w.reads(5, pm(60))
    assert w.reads(3, pm(10), now=6) == []
    assert w.reads(2, pm(99), now=6) == []
    assert w.reads(7, pm(10)) == [("resolved", "warning", 7, 5)]
    assert w.reads(6, pm(60), now=8) == []


def test_a_reading_older_than_the_live_horizon_raises_no_alert(world):
    w = world(ABOVE)
    assert w.reads(0, pm(60), now=10.1) == []
    assert w.reads(1, pm(60), now=11) == [("firing", "warning", 1, 1)]
    assert w.told[-1].taken == w.ms(1)
    assert w.told[-1].received == w.ms(11)


def test_equal_times_correct_and_merge(world):
    w = world(ABOVE, "{id: no2, on: AirQualityObserved.no2, when: {above: 170}}")
    assert w.reads(1, pm(60)) == [("firing", "warning", 1, 1)]
    assert w.reads(1, {"no2": 200.0}) == [("firing", "warning", 1, 1)]
    assert w.reads(1, pm(20)) == [("resolved", "warning", 1, 1)]


def test_a_backlog_is_judged_by_the_times_at_which_it_was_taken(world):
    w = world(HELD)
    told = w.batch(
        (1, pm(60), "aq-01", "AirQualityObserved"),
        (4, pm(60), "aq-01", "AirQualityObserved"),
        (7, pm(10), "aq-01", "AirQualityObserved"),
        (8, pm(60), "aq-01", "AirQualityObserved"),
        now=9,
    )
    assert told == [
        ("pending", "warning", 1, 1),
        ("firing", "warning", 6, 1),
        ("resolved", "warning", 7, 1),
        ("pending", "warning", 8, 8),
    ]


def test_a_backlog_that_ends_a_condition_early_does_not_fire_it(world):
    w = world(HELD)
    told = w.batch(
        (1, pm(60), "aq-01", "AirQualityObserved"), (2, pm(10), "aq-01", "AirQualityObserved"), now=9
    )
    assert told == [("pending", "warning", 1, 1), ("inactive", "warning", 2, 1)]
    assert w.at(20) == []


def test_an_overdue_for_fires_once_its_batch_is_through(world):
    w = world(HELD)
    assert w.reads(1, pm(60), now=9) == [("pending", "warning", 1, 1)]
    assert w.engine.advance(w.ms(9)) == []  # more of its readings may come
    assert w.at(9.1) == [("firing", "warning", 6, 1)]


def test_a_history_never_runs_backwards(world):
    w = world(HELD)
    w.reads(1, pm(60))
    w.at(7)
    assert w.reads(4, pm(10), now=7) == [("resolved", "warning", 6, 1)]


def test_devices_have_series_of_their_own(world):
    w = world(ABOVE)
    w.reads(0, pm(60), "aq-01")
    assert w.reads(1, pm(60), "aq-02") == [("firing", "warning", 1, 1)]
    assert w.reads(2, pm(10), "aq-01") == [("resolved", "warning", 2, 0)]
    assert [t.subject.device for t in w.told] == ["aq-01", "aq-02", "aq-01"]


def test_the_evidence_shows_the_newest_readings_of_a_pending_alert(world):
    w = world(HELD)
    for minute in range(5):
        w.reads(minute / 2, pm(60 + minute))
    w.at(5)
    fired = w.told[-1]
    assert fired.state is State.FIRING
    assert fired.evidence.metric == "pm25"
    assert fired.evidence.value == 64.0
    assert fired.evidence.threshold == 37.5
    assert fired.evidence.readings[0] == {"time": w.ms(0), "value": 60.0}
    assert len(fired.evidence.readings) == 5


def test_titles_name_zone_device_and_numbers_in_both_languages(world, device):
    w = world(
        "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5}, severity: major, mode: shadow,"
        ' title: {en: "{metric} {value} {unit} over {threshold} in {zone}, {city}'
        ' ({device}, {name}, {service})",'
        ' th: "{metric} {zone} {severity}"}, advice: {en: "Stay inside {zone}", th: "อยู่ในอาคาร"}}',
        devices=[device("aq-01", name="Roof", labels={"site": "school"})],
    )
    w.reads(0, pm(81.2))
    told = w.told[0]
    assert told.title.en == "PM2.5 81.2 µg/m³ over 37.5 in Samyan, Test city (aq-01, Roof, Air watch)"
    assert told.title.th == "ฝุ่น PM2.5 สามย่าน รุนแรง"
    assert told.advice is not None
    assert told.advice.en == "Stay inside Samyan"
    assert told.shadow
    assert told.labels == {"site": "school"}
    assert told.subject == ("samyan", "aq-01", "air")


def test_a_rule_without_title_says_what_is_wrong(world):
    w = world(ABOVE)
    w.reads(0, pm(1250.5))
    assert w.told[0].title.en == "PM2.5 of aq-01 at 1,250.5 µg/m³ (limit 37.5)"
    assert w.told[0].title.th == "ฝุ่น PM2.5 ของ aq-01 อยู่ที่ 1,250.5 µg/m³ (เกณฑ์ 37.5)"
