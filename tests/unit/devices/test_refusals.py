from __future__ import annotations

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from devices.refusal import MOST_ALSO, Code, Refusal, shortened, together

texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=8,
)


def test_the_shape_of_the_contract() -> None:
    other = Refusal(1, Code.WRONG_TYPE, "values.co", "x", "a number", "AirQualityObserved@1")
    refusal = Refusal(
        1, Code.OUT_OF_RANGE, "values.pm25", -3, "0 to 1000 µg/m³", "AirQualityObserved@1", (other,)
    )
    assert refusal.as_dict() == {
        "index": 1,
        "code": "out_of_range",
        "path": "values.pm25",
        "value": -3,
        "expected": "0 to 1000 µg/m³",
        "contract": "AirQualityObserved@1",
        "also": [
            {
                "code": "wrong_type",
                "path": "values.co",
                "value": "x",
                "expected": "a number",
                "contract": "AirQualityObserved@1",
            }
        ],
    }


@given(json_values, st.text())
def test_whatever_was_sent_a_verdict_can_be_written(value: object, path: str) -> None:
    told = Refusal(0, Code.WRONG_TYPE, path, value).as_dict()
    text = json.dumps(told, allow_nan=False)
    assert len(text) < 3_000
    assert "\\u0000" not in text.replace("\\\\", "")


def test_small_values_stay_as_they_are() -> None:
    for value in (None, True, 3, -0.5, "fault", [1, 2], {"a": None}):
        assert shortened(value) == value


def test_huge_values_are_told_by_their_beginning() -> None:
    assert shortened("x" * 10_000) == "x" * 199 + "…"
    told = shortened([1] * 10_000)
    assert told.startswith("[1,1,1")
    assert len(told) == 200


def test_a_value_nested_beyond_showing_is_described() -> None:
    nested = orjson.loads(b"[" * 1_000 + b"]" * 1_000)
    assert shortened(nested) == "an array or object nested too deeply to show"


def test_numbers_that_json_lacks_are_told_as_text() -> None:
    assert shortened(float("nan")) == "nan"
    assert shortened(float("-inf")) == "-inf"


def test_the_first_mistake_leads_and_the_others_are_counted_out() -> None:
    mistakes = [Refusal(0, Code.UNKNOWN_METRIC, str(place)) for place in range(100)]
    refusal = together(mistakes)
    assert refusal.path == "0"
    assert [other.path for other in refusal.also] == [str(place) for place in range(1, MOST_ALSO + 1)]
