"""What is judged once a moment is over: when all of its readings are known, however they came one by one.

What looks at several devices, or at several rules, would else see some of a moment's readings and not yet the
others: stations that report on the hour would differ from each other until the last of them was heard.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, Protocol, TypeAlias

from rules.model import Subject
from rules.ruleset import Rule

Key: TypeAlias = tuple[int, str, str, str, str]
"""How many rules stand below its rule, and then whose it is: the order within a moment."""


class Judged(Protocol):
    """A series that waits for the end of a moment."""

    rule: Rule
    subject: Subject

    def judge(self, host: Any, at: int) -> None:
        """Hold what is known of the moment ``at`` (ms) against the condition."""


class Moments:
    """Those that wait, each once, and the latest moment (``time``, ms) that one of them waits for."""

    __slots__ = ("_heap", "asked", "time")

    def __init__(self) -> None:
        self.asked: dict[Judged, int] = {}
        self.time = 0
        self._heap: list[tuple[Key, Judged]] = []

    def ask(self, series: Judged, at: int, depth: int) -> None:
        """A series is to be judged when the moment ``at`` is over."""
        if series not in self.asked:
            zone, device, service = series.subject
            key = (depth, series.rule.id, zone, device or "", service or "")
            heappush(self._heap, (key, series))
        self.asked[series] = max(at, self.asked.get(series, at))
        self.time = at if len(self.asked) == 1 else max(at, self.time)

    def forget(self, series: Any) -> None:
        """A series is no more, whether it waited or not."""
        self.asked.pop(series, None)

    @property
    def depth(self) -> int | None:
        """How deep the next stands; None when nobody waits."""
        while self._heap and self._heap[0][1] not in self.asked:
            heappop(self._heap)
        return self._heap[0][0][0] if self._heap else None

    def next(self) -> tuple[Judged, int]:
        """The next one and its moment, taken out. Ask for :attr:`depth` before."""
        series = heappop(self._heap)[1]
        return series, self.asked.pop(series)
