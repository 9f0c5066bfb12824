"""Which points of a batch InfluxDB's refusal is about, read from its message.

InfluxDB 2 names no line numbers, but enough to find the points without asking for each:

- HTTP 400 ``unable to parse '<line>': <why>``, a line of message for each: nothing at all is written;
- HTTP 422 ``partial write: field type conflict: input field "f" on measurement "m" is type string, already
  exists as type float dropped=2``: the rest is written; the first conflict is told, all are counted;
- HTTP 422 ``partial write: dropped 2 points outside retention policy … Retention Policy Lower Bound at
  <time>, … dropped=2``: the rest is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from devices.model import Observation, Value

_CONFLICT = re.compile(r'input field "(.+?)" on measurement "(.+?)" is type (\w+), already exists')
_TOO_OLD = re.compile(r"Retention Policy Lower Bound at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
_UNPARSED = re.compile(r"^unable to parse '(.*)': (.*)$", re.MULTILINE)
_DROPPED = re.compile(r"dropped=(\d+)")
_KINDS: Mapping[str, type] = {"float": float, "string": str, "boolean": bool}


class Suspects(NamedTuple):
    """Places in the batch of the points that the message may be about.

    ``dropped`` is how many were refused, None when it does not say; ``why`` has the reason of those that are
    refused for certain.
    """

    places: Sequence[int]
    dropped: int | None
    why: Mapping[int, str]


def read(message: str, observations: Sequence[Observation], lines: Sequence[str]) -> Suspects:
    """What a refusal tells of a batch."""
    unparsed: dict[str, str] = dict(_UNPARSED.findall(message))
    if unparsed:
        why = {at: unparsed[line] for at, line in enumerate(lines) if line in unparsed}
        return Suspects(list(why), None, why)
    dropped = _DROPPED.search(message)
    return Suspects(_suspected(message, observations), int(dropped[1]) if dropped else None, {})


def _suspected(message: str, observations: Sequence[Observation]) -> list[int]:
    if conflict := _CONFLICT.search(message):
        metric, type_, kind = conflict.groups()
        return [
            at
            for at, one in enumerate(observations)
            if one.type == type_ and _is(one.values.get(metric), _KINDS.get(kind))
        ]
    if bound := _TOO_OLD.search(message):
        second = int(datetime.fromisoformat(f"{bound[1]}+00:00").timestamp())
        earliest = second * 1000 + float(bound[2] or 0) * 1000
        return [at for at, one in enumerate(observations) if one.time < earliest]
    return []


def _is(value: Value | None, kind: type | None) -> bool:
    return type(value) is kind if kind is not float else type(value) in (float, int)
