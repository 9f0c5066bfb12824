"""The native codec and the types' check: whatever the bytes, readings or refusals, never an exception."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import topics
from devices.codecs.envelope import open_envelope
from devices.codecs.native import _usual, decode
from devices.codecs.timestamps import EARLIEST, LATEST, BadTimestampError, parse_timestamp
from devices.topics import BadTopicError
from devices.types import ObservationType
from tests.fuzz import payloads as some
from tests.fuzz.checks import whole_refusal
from tests.support.smallcity import small_city

CATALOG = small_city().catalog


@some.examples(250)
@given(some.payloads)
def test_every_payload_is_read_or_refused(payload: bytes) -> None:
    decoded = decode(payload)
    assert decoded.count == len(decoded.readings) + len(decoded.refusals)
    assert decoded.count >= 1
    places = [reading.index for reading in decoded.readings] + [r.index for r in decoded.refusals]
    assert sorted(places) == list(range(decoded.count))
    for refusal in decoded.refusals:
        whole_refusal(refusal)
    for reading in decoded.readings:
        assert reading.time is None or EARLIEST <= reading.time <= LATEST
        assert reading.seq is None or 0 <= reading.seq < 2**63


@some.examples(150)
@given(some.good)
def test_what_the_contract_allows_is_read(payload: Any) -> None:
    decoded = decode(some.text_of(payload))
    assert decoded.refusals in ([], ())
    assert decoded.count == (len(payload) if isinstance(payload, list) else 1)


@some.examples(200)
@given(some.readings | some.strange_readings)
def test_the_short_way_through_the_envelope_reads_the_same(reading: Any) -> None:
    parsed = some.parsed(reading)
    if parsed is None or "values" not in parsed:
        return
    short = _usual(0, parsed)
    if short is not None:
        assert short == open_envelope(0, parsed)


@some.examples(200)
@given(some.values | st.sampled_from(["2026-01-05T00:00:00Z", "2016-12-31T23:59:60Z"]))
def test_a_moment_is_one_or_is_refused_in_words(value: Any) -> None:
    told = ""
    try:
        time = parse_timestamp(value)
    except BadTimestampError as error:
        told = str(error)
    assert told or EARLIEST <= time <= LATEST


@some.examples(200)
@given(st.sampled_from(sorted(CATALOG)), st.data())
def test_a_type_takes_a_reading_whole_or_says_why_not(name: str, data: st.DataObject) -> None:
    kind = CATALOG[name]
    known = st.sampled_from(sorted(kind.metrics))
    keys = known | some.keys
    values = some.parsed(data.draw(st.dictionaries(keys, some.leaves, max_size=5)))
    unknown = some.parsed(data.draw(st.dictionaries(keys, some.values, max_size=3)))
    _check(kind, values or {}, unknown or {})


def _check(kind: ObservationType, values: dict[str, Any], unknown: dict[str, Any]) -> None:
    checked = kind.check(values, index=0, prefix="values.", unknown=unknown)
    assert (checked.values is None) != (checked.refusal is None)
    if checked.refusal is not None:
        whole_refusal(checked.refusal)
        return
    assert checked.values
    again = kind.check(checked.values, index=0)
    assert again.values == checked.values


@some.examples(300)
@given(some.topics)
def test_a_topic_is_taken_apart_or_refused_by_name(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    assert topics.is_own(raw) in (True, False)
    try:
        topic = topics.parse(text)
    except BadTopicError as error:
        told = (error.expected, str(error))
    else:
        assert str(topic) == text
        assert all(re.fullmatch(topics.LEVEL, level) for level in topic)
        assert topics.is_own(text) == (topic.channel in ("verdict", "command"))
        return
    assert all(told)


@pytest.mark.parametrize("tail", ["", "\n", "/", "\0", "\u2028"])
def test_a_topic_ends_where_it_ends(tail: str) -> None:
    whole = "nakhon/v1/smallville/north/environment/aq-01/telemetry"
    if tail:
        with pytest.raises(BadTopicError):
            topics.parse(whole + tail)
    else:
        assert str(topics.parse(whole)) == whole
