"""What a sender may send, and what it should not: values, payloads, slips of the pen, and noise."""

from __future__ import annotations

import json
import os
from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st

from tests.support.smallcity import topic

NOW = 1_767_546_000_000
_MORE = int(os.environ.get("NAKHON_TEST_FUZZ", "1"))


def examples(count: int) -> settings:
    """So many examples; NAKHON_TEST_FUZZ=50 tries fifty times as many."""
    return settings(max_examples=count * _MORE)


METRICS = ("pm25", "pm10", "temperature", "relativeHumidity", "co2")
_KEYS = ("ts", "type", "seq", "location", "ack", "values", *METRICS)
_NEAR = ("PM25", "pm2.5", "temp", "value", "Values", "time", "", "pm25 ", "values.pm25", "__proto__", "\0")
_MOMENTS = (0, -1, NOW, NOW + 1, NOW + 60_001, NOW // 1000, NOW * 1000, 1e15, 2**63, 10**25, 1.5, -0.0)
_TIMES = (
    "2026-01-05T00:00:00+07:00",
    "2026-01-05T00:00:00Z",
    "2026-01-05T00:00:00",
    "2026-13-45T99:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:60Z",
    "2026-01-05T00:00:00.1234567890123+07:00",
    "٢٠٢٦-01-05T00:00:00Z",
    "now",
)

numbers = (
    st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.sampled_from([0, -0.0, 1e308, 5e-324, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 1000.0000001])
)
texts = (
    st.text(max_size=20)
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["\ud800", "a\udfffb", "\0", "x" * 1_025, "ค่า", "nan", "12.5", "true"])
)
keys = st.sampled_from(_KEYS) | st.sampled_from(_NEAR) | texts
leaves = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)

_measured: dict[str, st.SearchStrategy[Any]] = {
    "pm25": st.floats(0, 1000),
    "pm10": st.floats(0, 1000) | st.integers(0, 1000),
    "temperature": st.floats(-20, 60),
    "relativeHumidity": st.floats(0, 1) | st.none(),
    "co2": st.integers(0, 5000),
}
metrics = st.fixed_dictionaries({}, optional=_measured).filter(bool)
moments = st.integers(NOW - 120_000, NOW + 50_000) | st.just(_TIMES[0])
_beside: dict[str, st.SearchStrategy[Any]] = {
    "ts": moments,
    "type": st.just("AirQualityObserved"),
    "seq": st.integers(0, 2**63 - 1),
    "location": st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list) | st.none(),
    "ack": st.booleans(),
}
readings = metrics | st.fixed_dictionaries({"values": metrics}, optional=_beside)
"""A reading as the contract has it, of the small city's air quality sensors."""

good = readings | st.lists(readings, min_size=1, max_size=5)

strange_readings = st.fixed_dictionaries(
    {},
    optional={
        "ts": st.sampled_from(_MOMENTS) | st.sampled_from(_TIMES) | values,
        "type": st.sampled_from(["AirQualityObserved", "WeatherObserved", "Nothing", ""]) | values,
        "seq": st.integers(-2, 2**64) | values,
        "location": st.lists(numbers, max_size=3) | values,
        "ack": values,
        "values": st.dictionaries(keys, leaves | numbers, max_size=4) | values,
    },
)
"""The long form with anything in any of its places."""


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A good payload in which one thing was replaced, dropped, added, or put somewhere else."""
    payload = draw(good)
    for _ in range(draw(st.integers(1, 3))):
        payload = _spoil(draw, payload)
    return payload


def _spoil(draw: st.DrawFn, node: Any) -> Any:
    if isinstance(node, dict) and node:
        key = draw(st.sampled_from(sorted(node)))
        if isinstance(node[key], dict) and draw(st.booleans()):
            return {**node, key: _spoil(draw, node[key])}
        rest = {name: value for name, value in node.items() if name != key}
        return draw(
            st.just(rest)
            | values.map(lambda new: {**node, key: new})
            | st.tuples(keys, values).map(lambda item: {**node, item[0]: item[1]})
            | keys.map(lambda name: {**rest, name: node[key]})
        )
    if isinstance(node, list) and node:
        place = draw(st.integers(0, len(node) - 1))
        return [*node[:place], _spoil(draw, node[place]), *node[place + 1 :]]
    return draw(values)


def text_of(payload: Any) -> bytes:
    """As Python writes it, which takes NaN, any number and lone surrogates."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _escaped(payload: Any) -> bytes:
    return json.dumps(payload, indent=1).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good payload's bytes, cut, with some replaced, or with some too many."""
    data = bytearray(text_of(draw(good | strange_readings)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3) | _tokens)
    return bytes(data)


def parsed(payload: Any) -> Any:
    """A value as a codec would have read it; None when it would not."""
    try:
        return orjson.loads(text_of(payload))
    except orjson.JSONDecodeError:
        return None


_tokens = st.sampled_from(
    [b"NaN", b"-Infinity", b"1e999", b"-0", b"01", b"1.", b'"', b"\\u", b"\\ud800", b"//", b",", b"\xff"]
)


def _nested(depth: int, opening: bytes, closing: bytes, core: bytes) -> bytes:
    return opening * depth + core + closing * depth


deep = st.builds(
    lambda depth, form, core: _nested(depth, form[0], form[1], core),
    st.sampled_from([3, 100, 1_023, 1_024, 1_025, 20_000]),
    st.sampled_from([(b"[", b"]"), (b'{"values":', b"}"), (b'[{"pm25":', b"}]"), (b"[", b"")]),
    st.sampled_from([b"1", b"", b'{"pm25":1}', b"NaN"]),
)
digits = st.builds(
    lambda head, number: b'{"%s":%s}' % (head, number),
    st.sampled_from([b"pm25", b"ts", b"seq"]),
    st.sampled_from(
        [b"1" * 5_000, b"1e400", b"-1e-400", b"0." + b"3" * 5_000, b"1E+2", b"18446744073709551616"]
    ),
)
twice = st.builds(
    lambda first, second: b'{"values":{"pm25":%s},"pm25":1,"values":{"pm25":2,"pm25":%s}}' % (first, second),
    st.sampled_from([b"1", b"-1", b"null", b'"x"']),
    st.sampled_from([b"1", b"-1", b"null", b'"x"']),
)
framed = st.builds(
    lambda frame, payload: frame(text_of(payload)),
    st.sampled_from(
        [
            lambda data: b"\xef\xbb\xbf" + data,
            lambda data: b" \r\n\t" + data + b"\n",
            lambda data: data + b"\0",
            lambda data: data.decode("utf-8", "replace").encode("utf-16"),
            lambda data: data + data,
            lambda data: b"'" + data + b"'",
        ]
    ),
    good,
)
mixed_arrays = st.lists(readings | strange_readings | values, max_size=12)

payloads = (
    st.binary(max_size=120)
    | good.map(text_of)
    | values.map(text_of)
    | strange_readings.map(text_of)
    | strange_readings.map(_escaped)
    | spoiled().map(text_of)
    | spoiled().map(_escaped)
    | mixed_arrays.map(text_of)
    | damaged()
    | deep
    | digits
    | twice
    | framed
)
"""Bytes of every kind."""

_LEVELS = ("nakhon", "v1", "smallville", "north", "environment", "aq-01", "telemetry")
_level = st.sampled_from(
    [*_LEVELS, "south", "energy", "aq-02", "ac-01", "status", "verdict", "event", "command", "_alerts", "_x"]
) | st.text(max_size=70)


@st.composite
def _near_topics(draw: st.DrawFn) -> str:
    levels = list(_LEVELS)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(levels)))
        levels[place : place + draw(st.integers(0, 1))] = draw(st.lists(_level, max_size=2))
    return "/".join(levels)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


topics = (
    st.just(topic("aq-01").encode())
    | _near_topics().map(_raw)
    | st.text(max_size=60).map(_raw)
    | st.binary(max_size=60)
    | st.sampled_from(["telemetry", "status", "event"]).map(lambda channel: topic("aq-01", channel).encode())
)
"""Topics as bytes: right ones, near misses, and noise."""
