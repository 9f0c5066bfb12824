"""A reading that has its metrics under ``values``, and what may stand beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from devices.codecs.decoded import RawReading
from devices.codecs.timestamps import BadTimestampError, parse_timestamp
from devices.model import Position
from devices.refusal import Code, Refusal, together

BIGGEST_SEQ = 2**63 - 1
_LOCATION = "[longitude, latitude]: -180 to 180 and -90 to 90 degrees"


class _MistakeError(Exception):
    """One key of the envelope is wrong."""

    def __init__(self, code: Code, expected: str) -> None:
        super().__init__(expected)
        self.code, self.expected = code, expected


def open_envelope(index: int, envelope: Mapping[str, Any]) -> RawReading | Refusal:
    """Read one reading of the long form; a refusal tells all that is wrong around its values."""
    mistakes: list[Refusal] = []
    read: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for key, value in envelope.items():
        reader = _READERS.get(key)
        if reader is None:
            unknown[key] = value
        elif value is not None or key == "values":
            try:
                read[key] = reader(value)
            except _MistakeError as mistake:
                mistakes.append(Refusal(index, mistake.code, key, value, mistake.expected))
    if mistakes:
        return together(mistakes)
    get = read.get
    time, name, seq, location = get("ts"), get("type"), get("seq"), get("location")
    return RawReading(index, read["values"], time, name, seq, location, "values.", unknown)


def _values(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _MistakeError(Code.UNSUPPORTED_PAYLOAD, 'an object of metrics such as {"pm25": 12.5}')
    return value


def _time(value: Any) -> int:
    try:
        return parse_timestamp(value)
    except BadTimestampError as error:
        raise _MistakeError(Code.BAD_TIMESTAMP, str(error)) from None


def _type(value: Any) -> str:
    if not isinstance(value, str):
        raise _MistakeError(Code.WRONG_TYPE, "the name of an observation type")
    return value


def _seq(value: Any) -> int:
    if type(value) is not int and not (type(value) is float and value.is_integer()):
        raise _MistakeError(Code.WRONG_TYPE, "a whole number, 0 or more")
    if not 0 <= value <= BIGGEST_SEQ:
        raise _MistakeError(Code.OUT_OF_RANGE, f"0 to {BIGGEST_SEQ}")
    return int(value)


def _location(value: Any) -> Position:
    if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)):
        raise _MistakeError(Code.WRONG_TYPE, _LOCATION)
    longitude, latitude = float(value[0]), float(value[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise _MistakeError(Code.OUT_OF_RANGE, _LOCATION)
    return longitude, latitude


def _ack(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _MistakeError(Code.WRONG_TYPE, "true or false")
    return value


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


_READERS = {"ts": _time, "type": _type, "seq": _seq, "location": _location, "ack": _ack, "values": _values}
