from __future__ import annotations

import zlib

import orjson
import pytest

from rules.snapshots import SnapshotError

HELD = "{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35}, for: 5m}"
NOW = "{id: no2, on: AirQualityObserved.no2, when: {above: 100}}"
SILENT = "{id: silent, on: AirQualityObserved, when: {absent: {after: 15m}}}"
PM = {"pm25": 60.0}


def test_for_goes_on_where_it_was(world):
    w = world(HELD)
    w.reads(1, PM)
    w.reads(3, PM)
    later = w.restarted()
    assert later.report.at == w.ms(3)
    assert later.report.series == 1
    assert later.report.lost == ()
    assert later.at(10) == [("firing", "warning", 6, 1)]
    assert [reading["time"] for reading in later.told[-1].evidence.readings] == [w.ms(1), w.ms(3)]


def test_hysteresis_and_newest_times_are_kept(world):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5, clear_below: 35}}")
    w.reads(5, PM)
    later = w.restarted()
    assert later.reads(3, {"pm25": 1.0}, now=6) == []
    assert later.reads(6, {"pm25": 36.0}) == []
    assert later.reads(7, {"pm25": 35.0}) == [("resolved", "warning", 7, 5)]


def test_keep_firing_for_goes_on(world):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 37.5}, keep_firing_for: 10m}")
    w.reads(1, PM)
    w.reads(2, {"pm25": 1.0})
    assert w.restarted().at(30) == [("resolved", "warning", 12, 1)]


def test_silence_goes_on_and_the_downtime_is_left_out(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.reads(5, PM)
    later = w.restarted()
    later.engine.deaf(w.ms(5), w.ms(65))
    assert later.at(79) == []
    assert later.restarted().at(90) == [("firing", "warning", 80, 80)]


def test_an_overdue_timer_does_not_overtake_its_batch(world):
    w = world(HELD)
    w.reads(1, PM, now=9)
    later = w.restarted()
    assert later.engine.advance(later.ms(9)) == []  # more of its readings may come
    assert later.at(10) == [("firing", "warning", 6, 1)]


def test_a_rule_whose_content_changed_begins_anew_and_ends_its_alert(world, rules_of):
    w = world(HELD, NOW, SILENT)
    w.reads(1, PM)
    w.reads(6, {"no2": 150.0, **PM})
    w.conclude()
    later = w.restarted(rules_of(HELD.replace("5m", "6m"), NOW, SILENT))
    assert later.report.lost == ("air/pm",)
    assert later.report.ended == 1
    assert later.at(7) == [("resolved", "warning", 7, 1)]
    ended = later.told[-1]
    assert ended.rule_version == w.ruleset.rules["air/pm"].version
    assert ended.evidence.value == 60.0
    assert ended.title.en == "PM2.5 of aq-01 at 60 µg/m³ (limit 37.5)"
    assert later.reads(8, {"no2": 50.0, **PM}) == [
        ("pending", "warning", 8, 8),
        ("resolved", "warning", 8, 6),
    ]


def test_a_rule_that_is_gone_ends_its_alerts_even_after_another_restart(world, rules_of):
    w = world(NOW, HELD)
    w.reads(1, {"no2": 150.0})
    later = w.restarted(rules_of(HELD)).restarted()
    assert later.at(2) == [("resolved", "warning", 2, 1)]
    assert later.at(3) == []


def test_a_device_that_is_gone_ends_its_alert_after_a_restart(world):
    w = world(NOW, SILENT)
    w.reads(1, {"no2": 150.0})
    w.devices = w.devices[1:]
    later = w.restarted()
    assert later.report.ended == 1
    assert later.report.lost == ()
    assert later.at(2) == [("resolved", "warning", 2, 1)]


def test_alive_names_pending_and_firing_alerts_until_they_are_told_to_be_over(world):
    w = world(HELD, NOW, SILENT)
    assert w.engine.alive() == set()
    w.reads(1, {"no2": 150.0, **PM})
    alive = {t.fingerprint for t in w.told}
    assert len(alive) == 2
    assert w.engine.alive() == alive
    w.devices = w.devices[1:]
    later = w.restarted()
    assert later.engine.alive() == alive
    later.at(2)
    assert later.engine.alive() == set()


@pytest.mark.parametrize(
    "data", [b"", b"nothing", zlib.compress(b"{}"), zlib.compress(orjson.dumps({"layout": 1}))]
)
def test_damaged_snapshots_are_refused_and_leave_the_engine_as_it_was(world, data):
    w = world(HELD)
    with pytest.raises(SnapshotError, match="damaged"):
        w.engine.restore(data)
    assert w.reads(1, PM) == [("pending", "warning", 1, 1)]


def test_a_snapshot_of_another_layout_is_refused_by_name(world):
    w = world(HELD)
    with pytest.raises(SnapshotError, match="layout 99"):
        w.engine.restore(zlib.compress(orjson.dumps({"layout": 99})))
