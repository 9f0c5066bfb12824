"""Nakhon's own telemetry payload: JSON in the forms of the public contract.

``{"pm25": 12.5}``; ``{"ts": …, "values": {"pm25": 12.5}, …}``; an array of either.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from devices.codecs.decoded import NOTHING, Decoded, RawReading
from devices.codecs.envelope import BIGGEST_SEQ, open_envelope
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
            return _one(_new(RawReading, (0, data, None, None, None, None, "", NOTHING)))
        usual = _usual(0, data)
        return _each([data]) if usual is None else _one(usual)
    if type(data) is list and data:
        return _each(data)
    return Decoded([], [_shapeless(0, data)], False, 1)


def _one(reading: RawReading) -> Decoded:
    return _new(Decoded, ((reading,), (), False, 1))


def _usual(index: int, envelope: dict[str, Any]) -> RawReading | None:
    """The forms that most devices send, without a detour: a moment and values, and perhaps a ``seq``."""
    values, time, seq = envelope["values"], envelope.get("ts"), None
    if type(values) is not dict or type(time) is not int or not _SURELY_MS <= time <= LATEST:
        return None
    if len(envelope) != 2:
        seq = envelope.get("seq")
        if len(envelope) != 3 or type(seq) is not int or not 0 <= seq <= BIGGEST_SEQ:
            return None
    return _new(RawReading, (index, values, time, None, seq, None, "values.", NOTHING))


def _each(elements: list[Any]) -> Decoded:
    readings: list[RawReading] = []
    refusals: list[Refusal] = []
    ack = False
    for index, element in enumerate(elements):
        if not isinstance(element, dict):
            refusals.append(_shapeless(index, element))
        elif "values" not in element:
            readings.append(RawReading(index, element))
        elif (usual := _usual(index, element)) is not None:
            readings.append(usual)
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
    if not text.strip():
        return "JSON; the payload is empty"
    if text.startswith("\N{BYTE ORDER MARK}"):
        return "JSON in UTF-8 without a byte order mark at its beginning"
    if any(word in text for word in ("NaN", "nan", "Infinity", "inf")):
        return "JSON, which has no NaN and no Infinity: leave out what was not measured, or send null"
    return f"JSON in UTF-8; {error.msg} at character {error.pos}"
