"""When a comparison of something that grows by time alone will turn."""

from __future__ import annotations

from services.status.policy.measures import Figures
from services.status.policy.rules import Comparison


def crossing(comparison: Comparison, figures: Figures, *, holds: bool) -> int | None:
    """The first moment (ms, after that of the figures) at which it holds no more, or holds; None: never.

    The measure grows: what wants it great can only begin to hold, what wants it small only cease to.
    """
    newest, interval = figures.evidence.newest, figures.evidence.interval
    if newest is None or not interval or holds is comparison.op.rising:
        return None
    limit = comparison.limit
    if holds and comparison.clear is not None:
        limit = comparison.clear
    at = max(figures.at + 1, newest + int(limit * interval) - 1)
    while comparison.holds((at - newest) / interval, latched=holds) is holds:
        at += 1
    return at
