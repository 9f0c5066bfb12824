"""What is asked of every answer, whatever way it came."""

from __future__ import annotations

from devices.model import Expected, Text
from services.status.probes import words


def slow(latency: float | None, expected: Expected) -> Text | None:
    """What to say when an answer took longer (ms) than is expected; None when it did not."""
    if latency is None or expected.latency is None or latency <= expected.latency:
        return None
    return words.too_slow(latency, expected.latency)
