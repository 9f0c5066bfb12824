from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.codecs import CODECS, Native, table
from devices.codecs.native import decode
from devices.refusal import Code, Refusal

NOON = 1_795_237_200_000


def only_refusal(payload: bytes) -> Refusal:
    decoded = decode(payload)
    assert not decoded.readings
    (refusal,) = decoded.refusals
    assert decoded.count == 1
    return refusal


def test_the_short_form() -> None:
    decoded = decode(b'{"pm25": 12.5, "temperature": 31}')
    (reading,) = decoded.readings
    assert reading.values == {"pm25": 12.5, "temperature": 31}
    assert (reading.index, reading.prefix, reading.time, reading.type) == (0, "", None, None)
    assert (decoded.refusals, decoded.ack, decoded.count) == ((), False, 1)


def test_metrics_under_values() -> None:
    (reading,) = decode(b'{"ts": 1795237200000, "values": {"pm25": 12.5}}').readings
    assert (reading.time, reading.values, reading.prefix) == (NOON, {"pm25": 12.5}, "values.")
    (reading,) = decode(b'{"values": {"pm25": 12.5}}').readings
    assert (reading.time, reading.values, reading.prefix) == (None, {"pm25": 12.5}, "values.")


def test_everything_that_may_stand_beside_values() -> None:
    decoded = decode(
        b'{"ts": "2026-11-21T12:00:00+07:00", "type": "AirQualityObserved", "seq": 42, '
        b'"location": [100.53, 13], "ack": true, "values": {"pm25": 12.5}, "fw": "1.2"}'
    )
    (reading,) = decoded.readings
    assert reading == (
        0,
        {"pm25": 12.5},
        NOON,
        "AirQualityObserved",
        42,
        (100.53, 13.0),
        "values.",
        {"fw": "1.2"},
    )
    assert decoded.ack


def test_null_beside_values_is_as_if_it_were_not_there() -> None:
    decoded = decode(b'{"ts":null,"type":null,"seq":null,"location":null,"ack":null,"values":{"a":1}}')
    (reading,) = decoded.readings
    assert reading == (0, {"a": 1}, None, None, None, None, "values.", {})
    assert not decoded.ack


def test_an_array_of_either_form() -> None:
    decoded = decode(b'[{"a": 1}, {"values": {"a": 2}}, {"ts": 1795237200000, "values": {"a": 3}}]')
    assert [(r.index, r.prefix, r.values) for r in decoded.readings] == [
        (0, "", {"a": 1}),
        (1, "values.", {"a": 2}),
        (2, "values.", {"a": 3}),
    ]
    assert decoded.count == 3


def test_a_bad_element_is_refused_alone() -> None:
    decoded = decode(
        b'[{"a": 1}, 7, {"ts": 5.5, "values": {"a": 2}}, {"ack": true, "values": {"a": 3}}, null]'
    )
    assert [reading.index for reading in decoded.readings] == [0, 3]
    assert [(refusal.index, refusal.code, refusal.path) for refusal in decoded.refusals] == [
        (1, Code.UNSUPPORTED_PAYLOAD, ""),
        (2, Code.BAD_TIMESTAMP, "ts"),
        (4, Code.UNSUPPORTED_PAYLOAD, ""),
    ]
    assert decoded.ack
    assert decoded.count == 5


def test_the_ack_of_a_refused_reading_counts() -> None:
    assert decode(b'{"ack": true, "ts": "x", "values": {"a": 2}}').ack


def test_without_values_every_key_is_a_metric() -> None:
    (reading,) = decode(b'{"ts": 1795237200000, "ack": true, "pm25": 3}').readings
    assert reading.values == {"ts": NOON, "ack": True, "pm25": 3}
    assert reading.time is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b"{'a': 1}",
        b'{"a": 1}{"a": 2}',
        b'{"a": 1,}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": 01}',
        b"pm25=12",
        b'{"a": 1}\x00',
    ],
)
def test_what_is_not_json(payload: bytes) -> None:
    refusal = only_refusal(payload)
    assert refusal.code is Code.MALFORMED_JSON
    assert "JSON" in refusal.expected
    orjson.dumps(refusal.as_dict())


def test_nan_is_answered_with_what_to_send_instead() -> None:
    assert "null" in only_refusal(b'{"pm25": NaN}').expected


@pytest.mark.parametrize(
    ("payload", "told"),
    [(b"", "empty"), (b" \n", "empty"), (b'\xef\xbb\xbf{"pm25": 1}', "without a byte order mark")],
)
def test_what_is_often_wrong_is_named(payload: bytes, told: str) -> None:
    assert told in only_refusal(payload).expected


@pytest.mark.parametrize("payload", [b"null", b"true", b"12.5", b'"on"', b"[]", b"[" * 3_000 + b"]" * 3_000])
def test_json_of_no_form(payload: bytes) -> None:
    refusal = only_refusal(payload)
    assert refusal.code is Code.UNSUPPORTED_PAYLOAD
    assert refusal.expected


def test_arrays_are_not_nested() -> None:
    decoded = decode(b'[[{"a": 1}], []]')
    assert [refusal.code for refusal in decoded.refusals] == [Code.UNSUPPORTED_PAYLOAD] * 2


@pytest.mark.parametrize(
    ("beside", "code"),
    [
        ({"ts": 1_763_701_200}, Code.BAD_TIMESTAMP),
        ({"ts": True}, Code.BAD_TIMESTAMP),
        ({"ts": NOON + 0.5}, Code.BAD_TIMESTAMP),
        ({"ts": "2026-11-21T12:00:00"}, Code.BAD_TIMESTAMP),
        ({"ts": 2**64 - 1}, Code.BAD_TIMESTAMP),
        ({"ts": {}}, Code.BAD_TIMESTAMP),
        ({"type": 3}, Code.WRONG_TYPE),
        ({"seq": "42"}, Code.WRONG_TYPE),
        ({"seq": True}, Code.WRONG_TYPE),
        ({"seq": 4.5}, Code.WRONG_TYPE),
        ({"seq": -1}, Code.OUT_OF_RANGE),
        ({"seq": 2**63}, Code.OUT_OF_RANGE),
        ({"seq": 1e300}, Code.OUT_OF_RANGE),
        ({"location": "here"}, Code.WRONG_TYPE),
        ({"location": [100.5]}, Code.WRONG_TYPE),
        ({"location": [100.5, 13.7, 4]}, Code.WRONG_TYPE),
        ({"location": [100.5, None]}, Code.WRONG_TYPE),
        ({"location": [True, 13.7]}, Code.WRONG_TYPE),
        ({"location": {"lon": 100.5, "lat": 13.7}}, Code.WRONG_TYPE),
        ({"location": [13.7, 100.5]}, Code.OUT_OF_RANGE),
        ({"location": [180.1, 0]}, Code.OUT_OF_RANGE),
        ({"ack": 1}, Code.WRONG_TYPE),
        ({"values": None}, Code.UNSUPPORTED_PAYLOAD),
        ({"values": 5}, Code.UNSUPPORTED_PAYLOAD),
        ({"values": [1]}, Code.UNSUPPORTED_PAYLOAD),
    ],
)
def test_what_is_wrong_beside_the_values(beside: dict[str, Any], code: Code) -> None:
    (path,) = beside
    refusal = only_refusal(orjson.dumps({"values": {"a": 1}, **beside}))
    assert (refusal.code, refusal.path, refusal.value) == (code, path, beside[path])
    assert refusal.expected


def test_several_mistakes_of_one_reading_are_one_refusal() -> None:
    refusal = only_refusal(b'{"seq": -1, "values": 3, "ts": "x"}')
    assert [refusal.path, *(other.path for other in refusal.also)] == ["seq", "values", "ts"]


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    (reading,) = decode(b'{"pm25": 1, "pm25": 2}').readings
    assert reading.values == {"pm25": 2}


def test_numbers_beyond_an_integer_of_the_machine() -> None:
    (reading,) = decode(b'{"a": 123456789012345678901234567890}').readings
    assert reading.values == {"a": 1.2345678901234568e29}


def test_a_hundred_thousand_readings_in_one_message() -> None:
    decoded = decode(b"[" + b",".join([b'{"a":1}'] * 100_000) + b"]")
    assert decoded.count == len(decoded.readings) == 100_000


names = st.sampled_from(["ts", "type", "seq", "location", "ack", "values", "pm25"]) | st.text(max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
envelopes = st.dictionaries(names, json_values, max_size=6)


@given(st.binary())
@example(b'{"values"')
def test_no_bytes_make_it_fail(payload: bytes) -> None:
    decoded = decode(payload)
    assert decoded.count == len(decoded.readings) + len(decoded.refusals) >= 1


@given(st.lists(envelopes | json_values, max_size=4) | envelopes)
def test_every_item_of_any_json_is_read_or_refused(data: Any) -> None:
    decoded = decode(orjson.dumps(data))
    assert decoded.count == (max(len(data), 1) if isinstance(data, list) else 1)
    places = [item.index for item in (*decoded.readings, *decoded.refusals)]
    assert sorted(places) == list(range(decoded.count))
    for reading in decoded.readings:
        assert isinstance(reading.values, dict)
        assert reading.time is None or isinstance(reading.time, int)
    for refusal in decoded.refusals:
        orjson.dumps(refusal.as_dict())


def test_codecs_are_found_by_name() -> None:
    assert CODECS["native"].decode(b'{"a": 1}') == decode(b'{"a": 1}')


def test_two_codecs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two codecs are named 'native'"):
        table(Native(), Native())
