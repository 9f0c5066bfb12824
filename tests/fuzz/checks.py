"""What holds of every answer, whatever was sent."""

from __future__ import annotations

import math
from typing import Any

import orjson

from devices.model import Observation
from devices.refusal import MOST_ALSO, Code, Refusal

LONGEST = {"path": 128, "expected": 4_000, "value": 1_300}
_CODES = frozenset(Code)


def whole_refusal(refusal: Refusal) -> None:
    """It can be told: JSON of the contract's shape, its texts there and within bounds."""
    told = orjson.loads(orjson.dumps(refusal.as_dict()))
    assert set(told) == {"index", "code", "path", "value", "expected", "contract", "also"}
    assert isinstance(told["index"], int)
    assert told["index"] >= 0
    assert len(told["also"]) <= MOST_ALSO
    for mistake in (told, *told["also"]):
        assert mistake["code"] in _CODES
        assert isinstance(mistake["path"], str)
        assert isinstance(mistake["expected"], str)
        assert mistake["expected"]
        for name, longest in LONGEST.items():
            shown = mistake[name] if isinstance(mistake[name], str) else orjson.dumps(mistake[name]).decode()
            assert len(shown) <= longest, (name, len(shown))


def whole_observation(observation: Observation) -> None:
    """Every store can take it: a moment, and finite numbers, texts, truths."""
    assert isinstance(observation.time, int)
    assert 0 < observation.time < 253_402_300_800_000
    assert observation.values
    for name, value in observation.values.items():
        assert isinstance(name, str)
        assert _is_value(value), (name, value)
    if observation.location is not None:
        longitude, latitude = observation.location
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90


def _is_value(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, str) and len(value) <= 1_024)
