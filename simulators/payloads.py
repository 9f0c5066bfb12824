"""How a simulated device writes down what it measured: the payload forms of the contract, one per device.

Most send ``{"ts", "values"}``; some the short form, some arrays, some RFC 3339 with a sequence number, so
that a running demo shows every form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import orjson

from devices.model import Device, Position, Values
from simulators.noise import Noise


class Style(StrEnum):
    """A way of writing."""

    PLAIN = "plain"
    SHORT = "short"
    NUMBERED = "numbered"
    DATED = "dated"
    BATCHED = "batched"


_SHARES = ((Style.PLAIN, 0.6), (Style.NUMBERED, 0.15), (Style.BATCHED, 0.1), (Style.DATED, 0.07))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one device measured at one moment (ms)."""

    time: int
    type: str
    values: Values
    location: Position | None = None


def style_of(device: Device, noise: Noise) -> Style:
    """The style of a device, always the same. Several types need a form that names the type."""
    draw = noise.uniform(f"{device.id}/style")
    for style, share in _SHARES:
        if draw < share:
            return style
        draw -= share
    return Style.SHORT if len(device.types) == 1 else Style.PLAIN


def payload(readings: Sequence[Reading], style: Style, *, default_type: str, seq: int) -> bytes:
    """The readings as one payload; ``seq`` is the number of the first in the styles that count."""
    forms = [_form(reading, style, default_type, seq + place) for place, reading in enumerate(readings)]
    return orjson.dumps(forms if style is Style.BATCHED or len(forms) > 1 else forms[0])


def _form(reading: Reading, style: Style, default_type: str, seq: int) -> dict[str, Any]:
    values = dict(reading.values)
    if style is Style.SHORT and reading.location is None and reading.type == default_type:
        return values
    form: dict[str, Any] = {"ts": _rfc3339(reading.time) if style is Style.DATED else reading.time}
    if reading.type != default_type:
        form["type"] = reading.type
    if style in {Style.NUMBERED, Style.DATED}:
        form["seq"] = seq
    if reading.location is not None:
        form["location"] = list(reading.location)
    return form | {"values": values}


_BANGKOK = timezone(timedelta(hours=7))


def _rfc3339(time: int) -> str:
    moment = datetime.fromtimestamp(time / 1_000, UTC).astimezone(_BANGKOK)
    return moment.isoformat(timespec="milliseconds")
