"""Requests: the same key again gets the answer of the first time; long payloads go in parts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.telemetry.requests import Requests, fingerprint, joined, split

DAY = 86_400_000


def verdict(accepted: int, rejected: int = 0, received: str = "2026-01-01T00:00:00.000Z") -> dict[str, Any]:
    refused = [{"index": index, "code": "out_of_range"} for index in range(rejected)]
    return {"received": received, "accepted": accepted, "rejected": refused}


def test_the_parts_of_a_request_become_one_answer() -> None:
    requests = Requests()
    requests.begin("aq-01", "k", "body", 2)
    requests.answer(1, verdict(500))
    assert requests.busy
    assert requests.before("aq-01", "k") is None
    requests.answer(2, verdict(3, 1))
    assert not requests.busy
    found = requests.before("aq-01", "k")
    assert found is not None
    assert found[0] == "body"
    assert (found[1]["accepted"], found[1]["rejected"][0]["index"]) == (503, 500)
    assert requests.before("aq-02", "k") is None


def test_requests_are_answered_in_the_order_they_came() -> None:
    requests = Requests()
    requests.begin("aq-01", "one", "a", 1)
    requests.begin("aq-01", "two", "b", 1)
    requests.answer(1, verdict(1))
    requests.answer(1, verdict(2))
    answers = [requests.before("aq-01", key) for key in ("one", "two")]
    assert [answer[1]["accepted"] for answer in answers if answer] == [1, 2]


def test_a_key_is_remembered_for_a_day_and_through_a_restart() -> None:
    requests = Requests()
    requests.begin("aq-01", "old", "a", 1)
    requests.answer(1_000, verdict(1))
    again = Requests()
    again.load(json.loads(json.dumps(requests.dump())))
    assert again.before("aq-01", "old") == requests.before("aq-01", "old")
    again.begin("aq-01", "new", "b", 1)
    again.answer(1_000 + DAY, verdict(1))
    assert again.before("aq-01", "old") is None
    assert again.before("aq-01", "new") is not None


def test_only_so_many_are_remembered() -> None:
    requests = Requests()
    for number in range(10_005):
        requests.begin("aq-01", str(number), "a", 1)
        requests.answer(number, verdict(1))
    assert requests.before("aq-01", "4") is None
    assert requests.before("aq-01", "5") is not None


@given(st.integers(0, 2_000))
def test_a_long_array_is_split_without_losing_anything(count: int) -> None:
    readings = [{"ts": number, "values": {"pm25": number}} for number in range(count)]
    parts = split(json.dumps(readings).encode(), 10_000)
    again = [reading for part in parts for reading in json.loads(part)]
    assert again == readings
    assert len(parts) == max(1, -(-count // 500))


def test_what_is_no_long_array_stays_as_it_is() -> None:
    too_many = json.dumps([{}] * 10_001).encode()
    for body in (b"", b"[", b"{}", b'[{"pm25": 1}]', b"\xff", b" [NaN]", too_many):
        assert split(body, 10_000) == [body]


def test_a_joined_verdict_lists_a_hundred_and_counts_the_rest() -> None:
    whole = joined([verdict(0, 100), verdict(400, 90) | {"unlisted": 10}, verdict(1)])
    assert whole["accepted"] == 401
    assert [refusal["index"] for refusal in whole["rejected"]] == list(range(100))
    assert whole["unlisted"] == 100


def test_fingerprints_tell_bodies_apart() -> None:
    assert fingerprint(b"a") != fingerprint(b"b")
    assert fingerprint(b"a") == fingerprint(b"a")
