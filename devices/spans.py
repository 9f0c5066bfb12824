"""Spans of time as people write them (``90s``, ``5m``, ``24h``, ``30d``) and integer milliseconds."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


def parse_span(text: object) -> int:
    """``"1h30m"`` → 5_400_000. A bare 0 is allowed.

    Raises:
        ValueError: not a span; the message says how to write one.
    """
    if text == 0:
        return 0
    if isinstance(text, str) and (parts := _SPAN.findall(text)) and "".join(map("".join, parts)) == text:
        return round(sum(float(number) * _UNITS[unit] for number, unit in parts))
    raise ValueError("must be a span of time such as 90s, 5m, 1h30m or 30d")


def format_span(span: int) -> str:
    """Milliseconds as the shortest exact span: 5_400_000 → ``1h30m``."""
    text, rest = "", span
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            text += f"{count}{unit}"
    return text or "0s"


Written = Annotated[str, Field(pattern=r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$", examples=["90s", "1h30m"])]
"""A span as it stands in a file, for schemas."""

Span = Annotated[int, BeforeValidator(parse_span, json_schema_input_type=Written)]
