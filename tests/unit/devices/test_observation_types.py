from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Domain, Text
from devices.refusal import MOST_ALSO, Code, Refusal
from devices.types import Checked, Extra, Metric, MetricType, ObservationType

METRICS = (
    Metric("pm25", MetricType.NUMBER, Text("PM2.5", "ฝุ่น"), "µg/m³", (0, 1000)),
    Metric("temperature", MetricType.NUMBER, Text("Temperature", "อุณหภูมิ"), "°C"),
    Metric("share", MetricType.NUMBER, Text("Share", "ส่วน"), None, (0, 1)),
    Metric("status", MetricType.STRING, Text("Status", "สถานะ"), values=("ok", "fault")),
    Metric("note", MetricType.STRING, Text("Note", "หมายเหตุ")),
    Metric("open", MetricType.BOOLEAN, Text("Open", "เปิด")),
)


def a_type(extra: Extra = Extra.REFUSE, *, required: bool = False) -> ObservationType:
    metrics = {metric.name: metric for metric in METRICS}
    if required:
        metrics["id"] = Metric("id", MetricType.STRING, Text("Id", "รหัส"), required=True)
    return ObservationType("Air", 3, Domain.ENVIRONMENT, 60_000, Text("Air", "อากาศ"), metrics, extra)


AIR = a_type()


def refused(checked: Checked) -> Refusal:
    assert checked.values is None
    assert checked.refusal is not None
    return checked.refusal


def test_numbers_become_floats_and_null_is_left_out() -> None:
    sent = {"pm25": 12, "temperature": -3.5, "share": None, "status": "ok", "open": True, "note": "x"}
    checked = AIR.check(sent, index=0)
    assert checked.refusal is None
    assert checked.values == {"pm25": 12.0, "temperature": -3.5, "status": "ok", "open": True, "note": "x"}
    assert type(checked.values["pm25"]) is float
    assert sent["share"] is None


def test_what_is_sent_is_not_changed() -> None:
    sent = {"pm25": 12, "co": 1, "temperature": None}
    a_type(Extra.KEEP).check(sent, index=0)
    assert sent == {"pm25": 12, "co": 1, "temperature": None}
    assert type(sent["co"]) is int


@pytest.mark.parametrize(
    ("values", "code", "expected"),
    [
        ({"pm25": -3}, Code.OUT_OF_RANGE, "0 to 1000 µg/m³"),
        ({"pm25": 1000.5}, Code.OUT_OF_RANGE, "0 to 1000 µg/m³"),
        ({"pm25": 2**63}, Code.OUT_OF_RANGE, "0 to 1000 µg/m³"),
        ({"share": 65}, Code.OUT_OF_RANGE, "0 to 1"),
        ({"pm25": "12"}, Code.WRONG_TYPE, "a number, 0 to 1000 µg/m³"),
        ({"pm25": True}, Code.WRONG_TYPE, "a number, 0 to 1000 µg/m³"),
        ({"pm25": {"value": 3}}, Code.WRONG_TYPE, "a number, 0 to 1000 µg/m³"),
        ({"pm25": [3]}, Code.WRONG_TYPE, "a number, 0 to 1000 µg/m³"),
        ({"temperature": "hot"}, Code.WRONG_TYPE, "a number in °C"),
        ({"temperature": math.nan}, Code.WRONG_TYPE, "a number in °C"),
        ({"temperature": math.inf}, Code.WRONG_TYPE, "a number in °C"),
        ({"status": "OK"}, Code.OUT_OF_RANGE, "one of ok, fault"),
        ({"status": 1}, Code.WRONG_TYPE, "a string, one of ok, fault"),
        ({"note": 1}, Code.WRONG_TYPE, "a string"),
        ({"note": "x" * 2_000}, Code.OUT_OF_RANGE, "at most 1024 characters"),
        ({"open": 1}, Code.WRONG_TYPE, "true or false"),
        ({"open": "true"}, Code.WRONG_TYPE, "true or false"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values: dict[str, Any], code: Code, expected: str) -> None:
    refusal = refused(AIR.check(values, index=4, prefix="values."))
    (name,) = values
    assert (refusal.code, refusal.expected) == (code, expected)
    assert refusal.path == f"values.{name}"
    assert refusal.index == 4
    assert refusal.contract == "Air@3"
    assert refusal.also == ()


def test_an_infinite_number_where_a_range_is_due() -> None:
    assert refused(AIR.check({"pm25": math.inf}, index=0)).code in {Code.WRONG_TYPE, Code.OUT_OF_RANGE}


def test_an_unknown_key_is_refused_with_the_nearest_metric() -> None:
    refusal = refused(AIR.check({"pm_25": 3}, index=0))
    assert (refusal.code, refusal.path, refusal.value) == (Code.UNKNOWN_METRIC, "pm_25", 3)
    assert "did you mean pm25?" in refusal.expected
    far = refused(AIR.check({"qqqqqq": 3}, index=0))
    assert "did you mean" not in far.expected
    assert "pm25, temperature, share" in far.expected


def test_a_time_without_values_is_answered_with_where_to_put_the_metrics() -> None:
    refusal = refused(AIR.check({"ts": 1_763_701_200_000, "pm25": 3}, index=0))
    assert (refusal.code, refusal.path) == (Code.UNKNOWN_METRIC, "ts")
    assert "put the metrics under values" in refusal.expected


def test_mistakes_come_in_the_order_of_the_sender() -> None:
    refusal = refused(AIR.check({"zz": 1, "temperature": "x", "pm25": -1, "note": "fine"}, index=0))
    assert [refusal.path, *(other.path for other in refusal.also)] == ["zz", "temperature", "pm25"]
    assert all(other.contract == "Air@3" for other in refusal.also)


def test_a_flood_of_mistakes_is_told_in_part() -> None:
    refusal = refused(AIR.check({f"key{number}": 1 for number in range(1_000)}, index=0))
    assert len(refusal.also) == MOST_ALSO


@pytest.mark.parametrize("values", [{}, {"pm25": None}, {"pm25": None, "note": None}])
@pytest.mark.parametrize("extra", Extra)
def test_no_value_at_all(values: dict[str, Any], extra: Extra) -> None:
    refusal = refused(a_type(extra).check(values, index=0, prefix="values."))
    assert (refusal.code, refusal.path) == (Code.UNSUPPORTED_PAYLOAD, "values")


def test_a_null_under_an_unknown_name_is_a_slip_all_the_same() -> None:
    refusal = AIR.check({"pm25": 1, "zz": None, "share": None}, index=0).refusal
    assert refusal is not None
    assert (refusal.code, refusal.path, refusal.also) == ("unknown_metric", "zz", ())


@pytest.mark.parametrize("values", [{"pm25": 3}, {"pm25": 3, "id": None}])
def test_a_required_metric_is_missed(values: dict[str, Any]) -> None:
    refusal = refused(a_type(required=True).check(values, index=0, prefix="values."))
    assert (refusal.code, refusal.path) == (Code.MISSING_METRIC, "values.id")
    assert refusal.expected == "a string"
    assert a_type(required=True).check({"id": "x"}, index=0).values == {"id": "x"}


def test_extra_keys_can_be_dropped() -> None:
    assert a_type(Extra.DROP).check({"pm25": 1, "zz": [1]}, index=0).values == {"pm25": 1.0}
    checked = a_type(Extra.DROP).check({"pm25": 1}, index=0, unknown={"zz": 3})
    assert checked.values == {"pm25": 1.0}
    nothing = refused(a_type(Extra.DROP).check({"zz": 1}, index=0))
    assert nothing.code is Code.UNSUPPORTED_PAYLOAD


def test_extra_keys_can_be_kept() -> None:
    sent = {"pm25": 1, "rssi": -70, "snr": 7.5, "fw": "1.2", "charging": False}
    values = a_type(Extra.KEEP).check(sent, index=0, unknown={"hops": 2, "none": None}).values
    assert values == {**sent, "hops": 2}
    assert type(values["rssi"]) is float
    assert type(values["hops"]) is float
    assert values["charging"] is False


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("nested", {"a": 1}, Code.WRONG_TYPE),
        ("listed", [1], Code.WRONG_TYPE),
        ("long", "x" * 2_000, Code.WRONG_TYPE),
        ("", 1, Code.UNKNOWN_METRIC),
        ("a b", 1, Code.UNKNOWN_METRIC),
        ("x" * 65, 1, Code.UNKNOWN_METRIC),
    ],
)
def test_extra_keys_that_can_not_be_kept(key: str, value: object, code: Code) -> None:
    refusal = refused(a_type(Extra.KEEP).check({"pm25": 1, key: value}, index=0, prefix="values."))
    assert (refusal.code, refusal.path) == (code, f"values.{key}")


def test_keys_beside_values_are_refused_as_unknown() -> None:
    refusal = refused(AIR.check({"pm25": 1}, index=0, prefix="values.", unknown={"tmperature": 3}))
    assert (refusal.code, refusal.path) == (Code.UNKNOWN_METRIC, "tmperature")
    both = refused(AIR.check({"pm25": -1}, index=0, prefix="values.", unknown={"foo": 3}))
    assert [both.path, *(other.path for other in both.also)] == ["values.pm25", "foo"]


json_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
json_values = st.recursive(json_scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
keys = st.sampled_from([metric.name for metric in METRICS]) | st.text(max_size=5)


@given(st.dictionaries(keys, json_values), st.sampled_from(Extra), st.dictionaries(st.text(), json_values))
def test_every_reading_is_accepted_or_refused(
    values: dict[str, Any], extra: Extra, unknown: dict[str, Any]
) -> None:
    checked = TYPES[extra].check(values, index=0, unknown=unknown)
    assert (checked.values is None) is not (checked.refusal is None)
    if checked.values is not None:
        assert checked.values
        assert all(type(value) in {float, str, bool} for value in checked.values.values())


TYPES = {extra: a_type(extra) for extra in Extra}
