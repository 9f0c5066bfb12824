"""The arithmetic of a transition as the alert carries it."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Evidence
from services.alerts.evidence import MOST_BYTES, evidence_document

START = 1_767_546_000_000


def told(**details: Any) -> dict[str, Any]:
    return evidence_document(Evidence("pm25", 81.2, 75.0, "24h mean", details=details))


def test_the_five_keys_of_the_contract_stay_as_they_are() -> None:
    evidence = Evidence("pm25", 81.2, 75.0, "24h mean", ({"time": START, "value": 80.0},))
    assert evidence_document(evidence) == {
        "metric": "pm25",
        "value": 81.2,
        "window": "24h mean",
        "threshold": 75.0,
        "readings": [{"time": "2026-01-04T17:00:00.000Z", "value": 80.0}],
    }
    assert told(value=1, readings="none", metric="x")["value"] == 81.2


def test_details_stand_beside_them_with_times_and_spans_to_read() -> None:
    found = told(
        agg="mean", over=86_400_000, count=288, coverage=0.98, to=START, oldest={"time": START, "value": 79.5}
    )
    assert (found["agg"], found["over"], found["count"], found["coverage"]) == ("mean", "1d", 288, 0.98)
    assert found["to"] == "2026-01-04T17:00:00.000Z"
    assert found["oldest"] == {"time": "2026-01-04T17:00:00.000Z", "value": 79.5}


def test_what_is_too_large_is_left_out_largest_first() -> None:
    found = told(score=0.97, members=[{"device": "d" * 400, "value": float(n)} for n in range(40)], count=40)
    assert found["truncated"] is True
    assert "members" not in found
    assert (found["score"], found["count"]) == (0.97, 40)


def test_lists_and_texts_are_cut() -> None:
    found = told(devices=[f"d{n}" for n in range(1_000)], note="x" * 10_000)
    assert (len(found["devices"]), len(found["note"])) == (50, 500)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(["from", "over", "members", "x"]) | st.text(), JSON))
def test_whatever_a_kind_says_the_evidence_is_bounded_json(details: dict[str, Any]) -> None:
    found = evidence_document(Evidence(None, None, None, details=details))
    assert len(orjson.dumps(found)) <= MOST_BYTES + 500
    assert orjson.loads(orjson.dumps(found)).keys() == found.keys()
