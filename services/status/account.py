"""How much of the time a service was operational, over a rolling window. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import Objective
from devices.spans import format_span

_BUCKETS = 720
_SMALLEST = 1_000


class Account:
    """Time in and out of service, in buckets of a 720th of the window, so that its memory is bounded.

    Who books decides what counts. Time in which it is too early to tell (after a start, before enough
    devices were heard) is not booked: it says something about Nakhon, not about the service. Silence later
    on is booked as not operational: unknown is not fine.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._width = max(_SMALLEST, window // _BUCKETS)
        self._buckets: deque[list[int]] = deque()  # [number of the bucket, ms operational, ms counted]
        self._good = self._counted = 0

    def add(self, start: int, end: int, *, operational: bool) -> None:
        """From ``start`` to ``end`` (ms), later than all that was added before, it was so."""
        start = max(start, end - self._window)
        while start < end:
            number = start // self._width
            until = min(end, (number + 1) * self._width)
            self._put(number, until - start, operational=operational)
            start = until
        self._forget(end)

    def attained(self) -> float | None:
        """Operational share of the counted time, 0 to 1; None when none was counted."""
        return self._good / self._counted if self._counted else None

    def dump(self) -> list[list[int]]:
        """As JSON-ready data."""
        return [list(bucket) for bucket in self._buckets]

    def load(self, buckets: Sequence[Sequence[int]], now: int) -> None:
        """Take over what :meth:`dump` gave, as far as it still lies in the window."""
        for number, good, counted in buckets:
            self._buckets.append([number, good, counted])
            self._good += good
            self._counted += counted
        self._forget(now)

    def _put(self, number: int, span: int, *, operational: bool) -> None:
        if not self._buckets or self._buckets[-1][0] != number:
            self._buckets.append([number, 0, 0])
        bucket = self._buckets[-1]
        good = span if operational else 0
        bucket[1] += good
        bucket[2] += span
        self._good += good
        self._counted += span

    def _forget(self, now: int) -> None:
        oldest = (now - self._window) // self._width
        while self._buckets and self._buckets[0][0] <= oldest:
            _, good, counted = self._buckets.popleft()
            self._good -= good
            self._counted -= counted


def objective_document(objective: Objective, attained: float | None) -> Mapping[str, Any]:
    """The contract's objective.

    ``budget_left`` is the share left of the time in which the service may be out of service:
    1 - (1 - attained) / (1 - target). Below 0 it is overspent; a target of 1 allows nothing.
    """
    left = None
    if attained is not None:
        allowed = 1 - objective.target
        lost = 1 - attained
        left = round(1 - lost / allowed, 4) if allowed > 0 else float(lost == 0)
    return {
        "target": objective.target,
        "window": format_span(objective.window),
        "attained": None if attained is None else round(attained, 6),
        "budget_left": left,
    }
