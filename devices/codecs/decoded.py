"""What a codec makes of a message: readings that are yet to be checked, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from devices.model import Position
from devices.refusal import Refusal

NOTHING: Mapping[str, Any] = {}


class RawReading(NamedTuple):
    """One reading as it was sent. None stands for what the sender left out.

    ``index`` is its place in the payload, ``time`` when it was taken (ms), ``prefix`` what stands before a
    metric in the sender's own words (``values.`` or nothing) and ``unknown`` holds the keys that stood
    beside ``values`` and mean nothing there: the observation type decides about them.
    """

    index: int  # type: ignore[assignment] # tuple.index is not for readings
    values: Mapping[str, Any]
    time: int | None = None
    type: str | None = None
    seq: int | None = None
    location: Position | None = None
    prefix: str = ""
    unknown: Mapping[str, Any] = NOTHING


class Decoded(NamedTuple):
    """A message, read. ``count`` = len(readings) + len(refusals): how many items it stands for, at least 1.

    ``ack`` tells that the sender asked for a verdict even when all is well.
    """

    readings: Sequence[RawReading]
    refusals: Sequence[Refusal]
    ack: bool
    count: int  # type: ignore[assignment] # tuple.count is not for messages
