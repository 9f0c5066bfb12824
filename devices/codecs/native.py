"""Nakhon's own telemetry payload: JSON in the forms of the public contract.

``{"pm25": 12.5}``; ``{"ts": …, "values": {"pm25": 12.5}, …}``; an array of either.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from devices.codecs.decoded import NOTHING, Decoded, RawReading
from devices.codecs.envelope import open_envelope
from devices.codecs.timestamps import LATEST
from devices.refusal import Code, Refusal

_SHAPES: Final = 'an object such as {"pm25": 12.5} or {"ts": …, "values": {…}}, or an array of these'
_SURELY_MS: Final = 100_000_000_000
_new = tuple.__new__  # half the price of calling a named tuple; every reading passes here


class Native:
    """The codec of that name. It keeps no state."""

    name: Final = "native"

    def decode(self, payload: bytes) -> Decoded:
        """As :func:`decode`."""
        return decode(payload)


def decode(payload: bytes) -> Decoded:
    """Read a message: every reading that has one of the forms, a refusal for everything else.

    Never raises, whatever the bytes. A mistake in an element of an array refuses that element only.
    """
    try:
        data = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        return Decoded([], [_unreadable(payload, error)], False, 1)
    if type(data) is dict:
        if "values" not in data:
            return _one(data, None, "")
        if len(data) == 2 and type(values := data["values"]) is dict:
            # The form that most devices send, without a detour.
            time = data.get("ts")
            if type(time) is int and _SURELY_MS <= time <= LATEST:
                return _one(values, time, "values.")
        return _each([data])
    if type(data) is list and data:
        return _each(data)
    return Decoded([], [_shapeless(0, data)], False, 1)


def _one(values: dict[str, Any], time: int | None, prefix: str) -> Decoded:
    reading = _new(RawReading, (0, values, time, None, None, None, prefix, NOTHING))
    return _new(Decoded, ((reading,), (), False, 1))


def _each(elements: list[Any]) -> Decoded:
    readings: list[RawReading] = []
    refusals: list[Refusal] = []
    ack = False
    for index, element in enumerate(elements):
        if not isinstance(element, dict):
            refusals.append(_shapeless(index, element))
        elif "values" not in element:
            readings.append(RawReading(index, element))
        else:
            ack = ack or element.get("ack") is True
            reading = open_envelope(index, element)
            if isinstance(reading, Refusal):
                refusals.append(reading)
            else:
                readings.append(reading)
    return Decoded(readings, refusals, ack, len(elements))


def _shapeless(index: int, value: Any) -> Refusal:
    return Refusal(index, Code.UNSUPPORTED_PAYLOAD, "", value, _SHAPES)


def _unreadable(payload: bytes, error: orjson.JSONDecodeError) -> Refusal:
    """Why it is not JSON, and where. The beginning of the payload stands for the value."""
    value = bytes(payload[:256]).decode("utf-8", "backslashreplace")
    if "depth limit" in error.msg:
        return Refusal(0, Code.UNSUPPORTED_PAYLOAD, "", value, "JSON nested at most 1024 levels deep")
    return Refusal(0, Code.MALFORMED_JSON, "", value, _instead(payload, error))


def _instead(payload: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        text = payload.decode()
    except UnicodeDecodeError as wrong:
        return f"JSON in UTF-8; byte {wrong.start} is not UTF-8"
    if any(word in text for word in ("NaN", "nan", "Infinity", "inf")):
        return "JSON, which has no NaN and no Infinity: leave out what was not measured, or send null"
    return f"JSON in UTF-8; {error.msg} at character {error.pos}"
