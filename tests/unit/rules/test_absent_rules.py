from __future__ import annotations

SILENT = "{id: silent, on: AirQualityObserved, when: {absent: {after: 15m}}, severity: minor}"
ZONE = "{id: silent, on: AirQualityObserved, when: {absent: {after: 15m, of: zone}}}"
PM = {"pm25": 12.0}


def test_silence_counts_from_the_newest_reading(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.reads(2, PM)
    w.reads(6, PM)
    assert w.at(20.9) == []
    assert w.at(30) == [("firing", "minor", 21, 21)]
    told = w.told[-1]
    assert told.evidence.window == "15m"
    assert told.evidence.readings == ({"time": w.ms(6), "value": None},)
    assert w.reads(40, PM) == [("resolved", "minor", 40, 21)]
    assert w.at(55) == [("firing", "minor", 55, 55)]


def test_a_device_that_never_speaks_is_reported(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    assert w.engine.next_deadline() == w.ms(15) + 1  # a word of that very moment is in time
    assert w.at(60) == [("firing", "minor", 15, 15)]
    assert w.told[-1].evidence.readings == ()
    assert w.told[-1].subject == ("samyan", "aq-01", "air")


def test_three_intervals_of_the_device_are_the_default(world, device):
    w = world(
        "{id: silent, on: AirQualityObserved, when: {absent: {}}}",
        devices=[device("fast", interval=60_000), device("slow")],
    )
    assert w.at(60) == [("firing", "warning", 3, 3), ("firing", "warning", 15, 15)]
    assert [t.subject.device for t in w.told] == ["fast", "slow"]


def test_late_and_old_readings_are_heard_too(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.reads(10, PM)
    w.reads(4, PM, now=11)
    assert w.at(24.9) == []
    assert w.at(25) == [("firing", "minor", 25, 25)]
    assert w.reads(12, PM, now=40) == []
    assert w.reads(26, PM, now=40) == [("resolved", "minor", 26, 25)]


def test_what_was_heard_before_it_fired_ends_it_no_sooner_than_it_fired(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.at(15)
    assert w.reads(14, PM, now=15.1) == [("resolved", "minor", 15, 15)]


def test_only_readings_with_the_metric_count_when_one_is_named(world, device):
    w = world(
        "{id: silent, on: AirQualityObserved.pm25, when: {absent: {after: 15m}}}", devices=[device("aq-01")]
    )
    w.reads(5, PM)
    w.reads(10, {"no2": 3.0})
    assert w.at(30) == [("firing", "warning", 20, 20)]
    assert w.told[-1].evidence.value == 12.0
    assert w.reads(31, {"no2": 3.0}) == []
    assert w.reads(32, PM) == [("resolved", "warning", 32, 20)]


def test_without_on_every_type_of_the_device_counts(world, device):
    both = device("aq-01", types=("AirQualityObserved", "WeatherObserved"))
    w = world("{id: silent, when: {absent: {after: 15m}}}", devices=[both])
    w.batch((10, {"temperature": 30.0}, "aq-01", "WeatherObserved"), now=10)
    w.batch((12, PM, "aq-01", "AirQualityObserved"), now=12)
    assert w.at(60) == [("firing", "warning", 27, 27)]


def test_a_zone_is_silent_when_all_its_devices_are(world, device):
    w = world(ZONE, devices=[device("a"), device("b"), device("c", "yothi")])
    w.reads(5, PM, "a")
    w.reads(9, PM, "b")
    told = w.at(60)
    assert told == [("firing", "warning", 15, 15), ("firing", "warning", 24, 24)]
    assert [t.subject for t in w.told] == [("yothi", None, None), ("samyan", None, None)]
    assert w.told[-1].title.en == "Nothing heard from any device of Samyan for 15 min"
    assert w.reads(61, PM, "a") == [("resolved", "warning", 61, 24)]


def test_a_zone_waits_for_its_slowest_device(world, device):
    rule = "{id: silent, on: AirQualityObserved, when: {absent: {of: zone}}}"
    fast, slow = device("fast", interval=60_000), device("slow", interval=600_000)
    w = world(rule, devices=[fast, slow])
    assert w.at(60) == [("firing", "warning", 30, 30)]
    w = world(rule, devices=[fast, slow])
    w.change(device("slow", interval=600_000, enabled=False))
    assert w.at(60) == [("firing", "warning", 3, 3)]


def test_a_service_is_silent_zone_by_zone(world, device):
    rule = "{id: silent, on: AirQualityObserved, when: {absent: {after: 15m, of: service}}}"
    w = world(rule, devices=[device("a"), device("b", "yothi"), device("other", service="water")])
    w.reads(5, PM, "a")
    w.at(60)
    assert [(t.subject, (t.at - w.ms(0)) // 60_000) for t in w.told] == [
        (("samyan", None, "water"), 15),
        (("yothi", None, "air"), 15),
        (("samyan", None, "air"), 20),
    ]
    assert w.told[-1].title.th == "ไม่ได้รับข้อมูลจากอุปกรณ์ใดเลยของเฝ้าระวังอากาศในสามย่าน นาน 15 นาที"


def test_for_and_keep_firing_for_work_on_silence(world, device):
    rule = "{id: s, on: AirQualityObserved, when: {absent: {after: 15m}}, for: 5m, keep_firing_for: 10m}"
    w = world(rule, devices=[device("aq-01")])
    assert w.at(16) == [("pending", "warning", 15, 15)]
    assert w.at(20) == [("firing", "warning", 20, 15)]
    assert w.reads(30, PM) == []
    assert w.at(40) == [("resolved", "warning", 40, 15)]
    assert w.at(45) == [("pending", "warning", 45, 45)]
    assert w.reads(46, PM) == [("inactive", "warning", 46, 45)]


def test_silence_again_while_it_keeps_firing_goes_on(world, device):
    rule = "{id: s, on: AirQualityObserved, when: {absent: {after: 15m}}, keep_firing_for: 20m}"
    w = world(rule, devices=[device("aq-01")])
    w.at(15)
    assert w.reads(20, PM) == []
    assert w.at(60) == []
    assert w.reads(61, PM) == []
    assert w.reads(70, PM) == []
    assert w.at(81) == [("resolved", "warning", 81, 15)]


def test_while_nakhon_is_deaf_no_silence_passes(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.reads(5, PM)
    w.engine.deaf(w.ms(10), w.ms(70))
    assert w.at(79.9) == []
    assert w.at(80) == [("firing", "minor", 80, 80)]


def test_deafness_that_lasts_is_told_bit_by_bit(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    for minute in range(10, 70):
        w.engine.deaf(w.ms(minute), w.ms(minute + 1))
        assert w.at(minute + 1) == []
    assert w.at(75) == [("firing", "minor", 75, 75)]


def test_a_reading_from_before_the_deafness_keeps_it_out(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.engine.deaf(w.ms(10), w.ms(70))
    w.reads(8, PM, now=70)
    assert w.at(82.9) == []
    assert w.at(83) == [("firing", "minor", 83, 83)]


def test_deafness_before_the_newest_reading_shifts_nothing(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.engine.deaf(w.ms(1), w.ms(4))
    w.reads(5, PM)
    assert w.at(60) == [("firing", "minor", 20, 20)]


def test_deafness_holds_up_the_for_of_silence_but_not_of_a_threshold(world, device):
    w = world(
        "{id: s, on: AirQualityObserved, when: {absent: {after: 15m}}, for: 5m}",
        "{id: t, on: AirQualityObserved.pm25, when: {above: 10}, for: 18m}",
        devices=[device("aq-01")],
    )
    w.reads(0, PM)
    w.at(16)
    w.engine.deaf(w.ms(17), w.ms(37))
    assert w.at(60) == [("firing", "warning", 18, 0), ("firing", "warning", 40, 15)]


def test_disabled_devices_do_not_count(world, device):
    w = world(SILENT, devices=[device("aq-01", enabled=False)])
    assert w.at(60) == []
    assert w.engine.next_deadline() is None


def test_disabling_a_device_ends_its_alert(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.at(15)
    w.change(device("aq-01", enabled=False))
    assert w.engine.next_deadline() == w.ms(15)
    assert w.at(16) == [("resolved", "minor", 16, 15)]
    assert w.at(90) == []


def test_a_new_device_is_listened_for_from_then_on(world, device):
    w = world(SILENT, devices=[device("aq-01")])
    w.at(10)
    w.change(device("aq-02"))
    w.at(11)
    w.at(60)
    assert [(t.subject.device, t.at) for t in w.told] == [("aq-01", w.ms(15)), ("aq-02", w.ms(26))]


def test_a_shorter_interval_counts_from_the_same_reading(world, device):
    w = world("{id: s, on: AirQualityObserved, when: {absent: {}}}", devices=[device("aq-01")])
    w.reads(2, PM)
    w.change(device("aq-01", interval=60_000))
    assert w.at(60) == [("firing", "warning", 5, 5)]
