"""Why a reading was refused, in a form that a machine and a person can both read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

import orjson

MOST_ALSO = 15
"""How many further mistakes of one reading are told: enough to mend a sender, too few to flood it."""

_LONGEST_TEXT = 200
_LONGEST_PATH = 128


class Code(StrEnum):
    """The verdict codes of the public contract."""

    MALFORMED_JSON = "malformed_json"
    UNSUPPORTED_PAYLOAD = "unsupported_payload"
    BAD_TOPIC = "bad_topic"
    UNKNOWN_DEVICE = "unknown_device"
    DEVICE_DISABLED = "device_disabled"
    WRONG_ZONE = "wrong_zone"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_METRIC = "unknown_metric"
    MISSING_METRIC = "missing_metric"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    BAD_TIMESTAMP = "bad_timestamp"
    FUTURE_TIME = "future_time"
    TOO_OLD = "too_old"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused reading: the first mistake in it, and the others that the same reading has.

    ``index`` is the reading's place in its payload, ``path`` the mistake's place in the reading as the
    sender wrote it (without the index), ``expected`` what would have been right, for people, and
    ``contract`` the observation type and version that it was held against, when there was one.
    """

    index: int
    code: Code
    path: str = ""
    value: Any = None
    expected: str = ""
    contract: str | None = None
    also: tuple[Refusal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape, JSON-ready whatever the sender sent. A huge value is shortened."""
        return {"index": self.index, **_mistake(self), "also": [_mistake(other) for other in self.also]}


def _mistake(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code.value,
        "path": shown(refusal.path, _LONGEST_PATH),
        "value": shortened(refusal.value),
        "expected": refusal.expected,
        "contract": refusal.contract,
    }


def together(mistakes: list[Refusal]) -> Refusal:
    """The mistakes of one reading as one refusal: the first leads, at most 15 others follow."""
    first = mistakes[0]
    if len(mistakes) == 1:
        return first
    also = tuple(mistakes[1 : 1 + MOST_ALSO])
    return Refusal(first.index, first.code, first.path, first.value, first.expected, first.contract, also)


def shortened(value: Any) -> Any:
    """A value of a payload, or the beginning of its JSON when that is longer than a person would read."""
    if not isinstance(value, list | dict):
        return _plain(value)
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, RecursionError):
        return "an array or object nested too deeply to show"
    return _plain(value) if len(text) <= _LONGEST_TEXT else shown(text, _LONGEST_TEXT)


def _plain(value: Any) -> Any:
    """The same without what JSON and databases do not take: NaN, infinities, NUL characters."""
    if isinstance(value, str):
        return shown(value, _LONGEST_TEXT)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value


def shown(text: str, longest: int) -> str:
    """``text`` within ``longest`` characters, NUL replaced."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
