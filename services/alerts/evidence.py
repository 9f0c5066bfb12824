"""A transition's arithmetic as the alert carries it: readable times and spans, and bounded in size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from devices.spans import format_span
from rules.model import Evidence
from services.runtime.clock import rfc3339

MOST_BYTES = 8_192
"""JSON of the details that one step keeps; what is beyond is left out, the largest first."""

_MOST_ITEMS = 50
_LONGEST = 500
_DEEPEST = 4

_FURTHEST = 60_000_000_000_000
"""What lies further from 1970 than this (ms, some 1,900 years) is no time that could be written."""

_TIMES = frozenset({"time", "from", "to", "at", "since", "until"})
_SPANS = frozenset({"over", "per", "elapsed", "after", "within", "interval", "period"})


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """The contract's evidence; what else the kind of rule has to say stands beside its five keys.

    Times are RFC 3339, spans as people write them (``24h``).
    """
    return {
        **_bounded(_mapping(evidence.details, 1)),
        "metric": evidence.metric,
        "value": evidence.value,
        "window": evidence.window,
        "threshold": evidence.threshold,
        "readings": [_reading(reading) for reading in evidence.readings],
    }


def _reading(reading: Mapping[str, Any]) -> dict[str, Any]:
    time = reading.get("time")
    return {**reading, "time": rfc3339(time)} if isinstance(time, int) else dict(reading)


def _mapping(values: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found = {}
    for name, value in list(values.items())[:_MOST_ITEMS]:
        found[str(name)] = _named(str(name), value, depth)
    return found


def _named(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _TIMES and abs(value) <= _FURTHEST:
            return rfc3339(value)
        if name in _SPANS and value >= 0:
            return format_span(value)
    return _value(value, depth)


def _value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST]
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    if isinstance(value, Sequence | set | frozenset):
        return [_value(item, depth + 1) for item in list(value)[:_MOST_ITEMS]]
    return str(value)[:_LONGEST]


def _bounded(details: dict[str, Any]) -> dict[str, Any]:
    """The details within their bound; ``truncated`` says that some are left out."""
    if len(orjson.dumps(details)) <= MOST_BYTES:
        return details
    sizes = {name: len(orjson.dumps(value)) + len(name) for name, value in details.items()}
    left = sum(sizes.values())
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if left <= MOST_BYTES // 2:
            break
        left -= sizes[name]
        del details[name]
    return {**details, "truncated": True}
