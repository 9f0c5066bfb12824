"""When a probe asks: each at its own moments, told by its id alone. Pure."""

from __future__ import annotations

from hashlib import sha256

_WOBBLE = 0.1
"""By so much of the interval, from first to last, a beat moves from one time to the next."""


def next_beat(probe_id: str, every: int, after: int) -> int:
    """The first moment (ms) later than ``after`` at which the probe is due.

    Beats come once in each span of ``every`` ms since the epoch: about the same place in all of them, so
    that a restart moves nothing, and a little off it each time, so that no two probes stay in step.
    """
    span = after // every
    return next(
        beat for place in range(span - 1, span + 3) if (beat := _beat(probe_id, every, place)) > after
    )


def _beat(probe_id: str, every: int, span: int) -> int:
    place = _share(probe_id) + _WOBBLE * (_share(f"{probe_id} {span}") - 0.5)
    return span * every + round(place * every)


def _share(text: str) -> float:
    """A number from 0 to 1 that looks like chance and is always the same."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / (1 << 48)
