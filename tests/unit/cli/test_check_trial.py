"""What a check says is what the journey does: both run the same code; here is what is the check's own."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.catalog import Catalog
from services.cli.checking.settings import bounds_of
from services.cli.checking.tally import MOST_TOLD, Place, Tally
from services.cli.checking.trial import Setting, Trial, stand_in, topic_of
from services.runtime.config import Limits
from services.telemetry.interpret import Bounds
from tests.support.smallcity import small_city

NOW = 1_767_546_000_000
DAY = 86_400_000
FOLDER = small_city()
CITY = Setting(FOLDER.city, FOLDER.catalog, FOLDER.devices, Bounds(), "city smallville")
ALONE = Setting(catalog=Catalog.builtin())
AIR = "AirQualityObserved"
TOPIC = "nakhon/v1/smallville/north/environment/aq-01"


def codes(trial: Trial, topic: str, payload: Any, **more: Any) -> list[str]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    judged = trial.judge(topic, body, NOW, **more)
    assert judged is not None
    return [refusal.code.value for refusal in judged.refused]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("telemetry", {"pm25": 1}, []),
        ("telemetry", {"pm25": -1}, ["out_of_range"]),
        ("telemetry", [{"pm25": 1}, {"pm26": 1}, {}], ["unknown_metric", "unsupported_payload"]),
        ("telemetry", {"ts": NOW + 61_000, "values": {"pm25": 1}}, ["future_time"]),
        ("telemetry", {"ts": NOW - 731 * DAY, "values": {"pm25": 1}}, ["too_old"]),
        ("telemetry", {"type": "ACMeasurement", "values": {"voltage": 230}}, ["unknown_type"]),
        ("telemetry", b"{", ["malformed_json"]),
        ("telemetry", b"[" + b" " * 300_000 + b"]", ["too_large"]),
        ("telemetri", {"pm25": 1}, ["bad_topic"]),
        ("status", {"online": True}, None),
        ("status", {"onlin": True}, ["unsupported_payload"]),
        ("event", {"name": "x"}, None),
    ],
)
def test_a_message_of_the_city(topic: str, payload: Any, expected: list[str] | None) -> None:
    trial = Trial(CITY)
    if expected is None:
        assert trial.judge(f"{TOPIC}/{topic}", json.dumps(payload).encode(), NOW) is None
    else:
        assert codes(trial, f"{TOPIC}/{topic}", payload) == expected


@pytest.mark.parametrize(
    ("level", "other", "expected"),
    [
        ("smallville", "bigville", "wrong_zone"),
        ("north", "south", "wrong_zone"),
        ("environment", "energy", "wrong_zone"),
        ("aq-01", "aq-99", "unknown_device"),
        ("aq-01", "AQ-01", "bad_topic"),
    ],
)
def test_a_topic_that_is_not_the_devices(level: str, other: str, expected: str) -> None:
    assert codes(Trial(CITY), f"{TOPIC}/telemetry".replace(level, other), {"pm25": 1}) == [expected]


def test_a_retained_reading_needs_a_time() -> None:
    trial = Trial(CITY)
    assert codes(trial, f"{TOPIC}/telemetry", {"pm25": 1}, retained=True) == ["bad_timestamp"]
    assert codes(trial, f"{TOPIC}/telemetry", {"ts": NOW, "values": {"pm25": 1}}, retained=True) == []


def test_against_a_type_alone() -> None:
    trial, topic = stand_in(ALONE, ALONE.catalog[AIR])
    assert codes(trial, topic, {"pm25": 1}) == []
    assert codes(trial, topic, {"type": AIR, "values": {"pm25": 1}}) == []
    assert codes(trial, topic, {"type": "Footfall", "values": {"count": 1}}) == ["unknown_type"]


def test_against_whatever_type_the_reading_names() -> None:
    trial, topic = stand_in(ALONE, None)
    assert codes(trial, topic, {"type": AIR, "values": {"pm25": 1}}) == []
    assert codes(trial, topic, {"type": AIR, "values": {"pm25": -1}}) == ["out_of_range"]
    judged = trial.judge(topic, b'{"pm25": 1}', NOW)
    assert judged is not None
    assert [(refusal.path, refusal.value) for refusal in judged.refused] == [("type", "")]


def test_a_device_has_its_topic() -> None:
    assert topic_of(CITY, FOLDER.devices[0]) == f"{TOPIC}/telemetry"


def test_the_bounds_are_those_of_the_deployment() -> None:
    limits = Limits.model_validate({"payload": "1KiB", "readings": 2, "retentions": {AIR: "1d"}})
    trial = Trial(Setting(FOLDER.city, FOLDER.catalog, FOLDER.devices, bounds_of(limits)))
    topic = f"{TOPIC}/telemetry"
    assert codes(trial, topic, [{"pm25": 1}] * 3) == ["too_large"]
    assert codes(trial, topic, b"{" + b" " * 1024 + b"}") == ["too_large"]
    assert codes(trial, topic, {"ts": NOW - 2 * DAY, "values": {"pm25": 1}}) == ["too_old"]
    assert bounds_of(None) == Bounds()


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["pm25", "values", "ts", "x", ""]), inner, max_size=3),
    max_leaves=8,
).map(lambda data: json.dumps(data).encode()))  # fmt: skip
def test_every_input_is_told_in_words_and_as_json(payload: bytes) -> None:
    tally = Tally()
    judged = Trial(CITY).judge(f"{TOPIC}/telemetry", payload, NOW)
    assert judged is not None
    lines = list(tally.take(Place("a.json", 1), judged, NOW))
    assert tally.readings == tally.accepted + tally.refused >= 1
    assert bool(lines) is bool(judged.refused)
    assert orjson.loads(orjson.dumps(tally.as_dict()))["refused"] == len(judged.refused)
    assert list(tally.summary())


def judge(tally: Tally, payload: Any, place: Place, now: int = NOW) -> list[str]:
    judged = Trial(CITY).judge(f"{TOPIC}/telemetry", json.dumps(payload).encode(), NOW)
    assert judged is not None
    return list(tally.take(place, judged, now))


def test_what_people_read() -> None:
    tally = Tally()
    assert judge(tally, {"pm25": -3, "pm_10": 1}, Place("a.jsonl", 2)) == [
        "a.jsonl:2: out_of_range: pm25 is -3; expected 0 to 1000 µg/m³\n"
        "    also unknown_metric: pm_10 is 1; did you mean pm10? AirQualityObserved has "
        + ", ".join(FOLDER.catalog[AIR].metrics)
    ]
    assert judge(tally, [{"pm25": 1}, {"pm25": "1"}], Place("a.jsonl", 3)) == [
        'a.jsonl:3 [1]: wrong_type: pm25 is "1"; expected a number, 0 to 1000 µg/m³'
    ]
    assert list(tally.summary()) == [
        "3 readings: 1 would be accepted, 2 refused (out_of_range 1, wrong_type 1)"
    ]


def test_when_all_is_well() -> None:
    tally = Tally()
    assert judge(tally, {"pm25": 3}, Place("a", 1)) == []
    assert list(tally.summary()) == ["the one reading would be accepted"]
    judge(tally, [{"pm25": 3}] * 36, Place("a", 2))
    assert list(tally.summary()) == ["all 37 readings would be accepted"]


def test_the_document() -> None:
    tally = Tally()
    judge(tally, {"pm25": -3}, Place("a.jsonl", 2))
    assert tally.as_dict() == {
        "readings": 1,
        "accepted": 0,
        "refused": 1,
        "rejected": [
            {
                "file": "a.jsonl",
                "line": 2,
                "index": 0,
                "code": "out_of_range",
                "path": "pm25",
                "value": -3,
                "expected": "0 to 1000 µg/m³",
                "contract": "AirQualityObserved@1",
                "also": [],
            }
        ],
    }


def test_the_same_again_is_counted_not_repeated() -> None:
    tally = Tally()
    told = [judge(tally, {"pm25": -3}, Place("a", line)) for line in range(10)]
    assert [len(lines) for lines in told] == [1, 1, 1, *[0] * 7]
    assert next(tally.summary()) == "a: out_of_range at pm25: 7 more like these"


def test_a_flood_is_bounded() -> None:
    tally = Tally()
    for _ in range(3):
        judge(tally, [{"pm25": -3}] * 4_000, Place("a", 1))
    assert tally.refused == 12_000
    document = tally.as_dict()
    assert (len(document["rejected"]), document["unlisted"]) == (MOST_TOLD, 2_000)


@pytest.mark.parametrize(
    ("lag", "told"),
    [
        (9_000, "1 good, 0 refused"),
        (42_000, "1 good, 0 refused; readings come 42s after they were taken: late, or its clock is behind"),
        (-20_000, "1 good, 0 refused; its clock is 20s ahead"),
    ],
)
def test_a_clock_that_is_off_is_seen_live(lag: int, told: str) -> None:
    tally = Tally()
    judge(tally, {"ts": NOW, "values": {"pm25": 1}}, Place(topic="t", received="now"), NOW + lag)
    assert next(tally.summary()) == f"t: {told}"
    (topic,) = tally.as_dict()["topics"]
    assert topic == {
        "topic": "t",
        "device": "aq-01",
        "messages": 1,
        "accepted": 1,
        "rejected": 0,
        "codes": {},
        "behind": lag / 1000,
    }


def test_of_many_topics_only_those_are_listed_of_which_there_is_something_to_say() -> None:
    tally = Tally()
    for number in range(30):
        judge(tally, {"pm25": -1 if number == 7 else 1}, Place(topic=f"t/{number}"))
    assert list(tally.summary())[:-1] == ["t/7: 0 good, 1 refused", "29 other topics: nothing to say of them"]
    assert len(tally.as_dict()["topics"]) == 30
