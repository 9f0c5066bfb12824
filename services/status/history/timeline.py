"""What one thing was, span after span. Pure: times are ms since epoch UTC, spans [start, end)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from services.status.model import Change, Status, Verdict
from services.store.records.history import StatusChangeRecord, StatusStep


class Held(NamedTuple):
    """What holds from a moment on: the status, and whether its time counts for the objective."""

    status: Status
    counted: bool


NOT_KNOWN = Held(Status.UNKNOWN, False)
"""Before the first change nothing is known; that says nothing about the service, so it does not count."""


class Span(NamedTuple):
    """A stretch during which one thing held."""

    start: int
    end: int
    held: Held

    @property
    def length(self) -> int:
        return self.end - self.start


class Timeline:
    """The changes of one subject in order, those that change nothing left out.

    Gaps are no special case: time in which Nakhon did not run is told as a change to unknown where it went
    down, and another where it came back.
    """

    __slots__ = ("_at", "_held")

    def __init__(self, changes: Iterable[tuple[int, Held]] = ()) -> None:
        """``changes`` may come in any order; of several at one moment the last counts."""
        self._at: list[int] = []
        self._held: list[Held] = []
        for at, held in sorted(changes, key=_moment):
            self.add(at, held)

    @classmethod
    def of(cls, steps: Iterable[StatusStep]) -> Timeline:
        """From what the records hold."""
        return cls(step_of(step) for step in steps)

    def __len__(self) -> int:
        return len(self._at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and (self._at, self._held) == (other._at, other._held)

    __hash__ = None  # type: ignore[assignment] # it moves

    @property
    def first(self) -> int | None:
        """From when on (ms) something is known."""
        return self._at[0] if self._at else None

    def add(self, at: int, held: Held) -> None:
        """From ``at`` on it is so. What was said of later moments no longer holds."""
        while self._at and self._at[-1] >= at:
            self._at.pop()
            self._held.pop()
        if not self._held or self._held[-1] != held:
            self._at.append(at)
            self._held.append(held)

    def at(self, moment: int) -> Held:
        """What holds at a moment."""
        place = bisect_right(self._at, moment)
        return self._held[place - 1] if place else NOT_KNOWN

    def changes(self) -> Iterator[tuple[int, Held]]:
        """Every change, oldest first."""
        return zip(self._at, self._held, strict=True)

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """All of [start, end) without a gap, oldest first."""
        if start >= end:
            return
        place = bisect_right(self._at, start)
        since, held = start, self._held[place - 1] if place else NOT_KNOWN
        for at, following in zip(self._at[place:], self._held[place:], strict=True):
            if at >= end:
                break
            yield Span(since, at, held)
            since, held = at, following
        yield Span(since, end, held)

    def replace(self, start: int, end: int, changes: Iterable[tuple[int, Held]]) -> None:
        """Of [start, end) this is known by now; what was so at ``end`` goes on from there.

        Before the first of ``changes`` it stays as it was before ``start``.
        """
        after = [(end, self.at(end)), *[*self.changes()][bisect_right(self._at, end) :]]
        self._cut(start)
        for at, held in sorted(changes, key=_moment):
            if at < end:
                self.add(max(at, start), held)
        for at, held in after:
            self.add(at, held)

    def forget(self, before: int) -> None:
        """What was before a moment is not asked for any more, but for what held then."""
        place = bisect_right(self._at, before) - 1
        if place > 0:
            del self._at[:place], self._held[:place]

    def _cut(self, start: int) -> None:
        place = bisect_left(self._at, start)
        del self._at[place:], self._held[place:]


def durations(timeline: Timeline, start: int, end: int) -> dict[Status, int]:
    """For how long (ms) each status held; together all of the span."""
    found = dict.fromkeys(Status, 0)
    for span in timeline.spans(start, end):
        found[span.held.status] += span.length
    return found


def worst(held: Mapping[Status, int]) -> Status:
    """The worst status that held for any time at all; unknown when none did."""
    return max((status for status, span in held.items() if span), key=_rank, default=Status.UNKNOWN)


def step_of(step: StatusStep) -> tuple[int, Held]:
    """A change as the records hold it."""
    return step.at, Held(Status(step.status), step.counted)


def held_of(verdict: Verdict) -> Held:
    """As much of a verdict as goes into arithmetic."""
    return Held(verdict.status, verdict.counted)


def record_of(change: Change) -> StatusChangeRecord:
    """A change as the records hold it."""
    verdict = change.verdict
    return StatusChangeRecord(
        kind=change.subject.kind.value,
        subject=change.subject.id,
        at=change.at,
        status=verdict.status.value,
        rule=verdict.rule,
        reason=verdict.reason.as_dict(),
        counted=verdict.counted,
        evidence=change.evidence,
        latched=change.latched,
    )


def _moment(change: tuple[int, Held]) -> int:
    return change[0]


def _rank(status: Status) -> int:
    return status.rank
