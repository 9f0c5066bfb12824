"""Writes what an operator planned, where nothing else changes meanwhile."""

from __future__ import annotations

from typing import TypeVar

from services.alerts.minder import Minder
from services.alerts.suppression.planned import Planned
from services.alerts.turn import Turn
from services.store.records.alerts import Changes, Known

R = TypeVar("R")


async def write(turn: Turn, minder: Minder, planned: Planned[R]) -> R:
    """Write it, take it over, and let what follows from it be looked at at once.

    Raises:
        ConflictError: somebody was first.
    """

    def decide(_known: Known, _now: int) -> Changes:
        return Changes(also=[planned.write])

    await turn.change([], decide, taken=planned.take)
    minder.wake()
    return planned.record
