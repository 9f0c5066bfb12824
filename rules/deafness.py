"""The spans in which Nakhon could not hear, and how much of a silence is left when they are taken out."""

from __future__ import annotations

from collections.abc import Iterable


class Deafness:
    """Disjoint spans (ms), oldest first."""

    __slots__ = ("spans",)

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self.spans: list[tuple[int, int]] = []
        for start, end in spans:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Nakhon was deaf from ``start`` to ``end``; what overlaps or touches counts once."""
        if end <= start:
            return
        apart = [span for span in self.spans if span[1] < start or span[0] > end]
        touching = [span for span in self.spans if span not in apart]
        start = min([start, *(span[0] for span in touching)])
        end = max([end, *(span[1] for span in touching)])
        self.spans = sorted([*apart, (start, end)])

    def heard_out(self, since: int, span: int) -> int:
        """The moment by which ``span`` of hearing has passed since ``since``."""
        until = since + span
        for start, end in self.spans:
            if start >= until:
                break
            if end > since:
                until += end - max(start, since)
        return until

    def forget(self, now: int, longest: int) -> None:
        """Drop spans that no silence of at most ``longest`` still running at ``now`` can reach back to."""
        while self.spans and self.heard_out(self.spans[0][1], longest) < now:
            del self.spans[0]
