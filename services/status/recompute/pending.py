"""What of whose history is still to be computed again. Pure: times are ms since epoch UTC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

TOGETHER = 3_600_000
"""Spans of different services that are no further apart (ms) than this are computed together."""

LONGEST = 7 * 86_400_000
"""What is longer is computed piece by piece."""


Spans = dict[str, tuple[int, int]]


class Batch(NamedTuple):
    """What is computed at once: services, each with its span, and the span that holds them all."""

    spans: Spans
    start: int
    end: int

    @property
    def services(self) -> frozenset[str]:
        return frozenset(self.spans)


class Pending:
    """One span for each service: late spans are merged as they come.

    What is taken out is remembered until it is done: what comes meanwhile waits beside it.
    """

    def __init__(self) -> None:
        self._spans: Spans = {}
        self._taken: Spans = {}

    def __len__(self) -> int:
        """How many services wait."""
        return len(self._spans)

    def add(self, services: Iterable[str], start: int, end: int) -> None:
        """Of these services [start, end] has to be computed again."""
        for service in services:
            _merge(self._spans, service, (start, end))

    def take(self) -> Batch | None:
        """What to compute next: the earliest span, and those of others that lie about it."""
        waiting = sorted((span, service) for service, span in self._spans.items())
        if not waiting:
            return None
        start, end = waiting[0][0]
        latest = start + LONGEST
        end = min(end, latest)
        for (first, last), service in waiting:
            if first > min(end + TOGETHER, latest):
                break
            self._taken[service] = first, min(last, latest)
            end = max(end, self._taken[service][1])
            del self._spans[service]
            if last > latest:
                self._spans[service] = latest, last
        return Batch(dict(self._taken), start, end)

    def done(self) -> None:
        """What was taken is computed."""
        self._taken.clear()

    def back(self) -> None:
        """What was taken was not computed: it waits again."""
        for service, span in self._taken.items():
            _merge(self._spans, service, span)
        self._taken.clear()

    def dump(self) -> dict[str, list[int]]:
        """All that is not done, JSON-ready."""
        both = dict(self._spans)
        for service, span in self._taken.items():
            _merge(both, service, span)
        return {service: list(span) for service, span in sorted(both.items())}

    def load(self, saved: Mapping[str, Any]) -> None:
        """Add what :meth:`dump` gave.

        Raises:
            TypeError, ValueError, AttributeError: it is nothing of the kind.
        """
        for service, (start, end) in saved.items():
            self.add([str(service)], int(start), int(end))


def _merge(spans: Spans, service: str, span: tuple[int, int]) -> None:
    before = spans.get(service, span)
    spans[service] = min(before[0], span[0]), max(before[1], span[1])
