"""How good the data of a device is, over the last day: the words in which services say it to one another.

Times are ms since the epoch, spans ms, unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.runtime.clock import optional_rfc3339, rfc3339

COMPLETE = 0.9
"""A smaller share than this of the expected readings is a problem."""


class Problem(StrEnum):
    """What can be wrong with the data of a device, the worst first."""

    STUCK = "stuck"
    CLOCK = "clock"
    INCOMPLETE = "incomplete"
    GAPS = "gaps"
    REFUSED = "refused"


class ClockState(StrEnum):
    """What is known of a device's clock. Of one that sends no time of its own nothing is."""

    RIGHT = "right"
    AHEAD = "ahead"
    BEHIND = "behind"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClockQuality:
    """A device's clock.

    ``offset`` (s) is the smallest time that passed lately between the moment a reading says it was taken
    and its receipt: the clock's error and the shortest way. Below 0 the clock is ahead. ``drift`` is by how
    many seconds a day it grows (a clock that is slow) or falls (one that is fast).
    """

    state: ClockState = ClockState.UNKNOWN
    offset: float | None = None
    drift: float | None = None

    @property
    def wrong(self) -> bool:
        return self.state in {ClockState.AHEAD, ClockState.BEHIND}

    def as_dict(self) -> dict[str, Any]:
        return {"state": self.state.value, "offset": self.offset, "drift": self.drift}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Times without a reading, longer than three intervals. The last one has no end while it goes on."""

    count: int = 0
    longest: int = 0
    start: int | None = None
    end: int | None = None

    def as_dict(self) -> dict[str, Any]:
        last = None
        if self.start is not None:
            last = {"start": rfc3339(self.start), "end": optional_rfc3339(self.end)}
        return {"count": self.count, "longest": self.longest // 1000, "last": last}


@dataclass(frozen=True, slots=True)
class StuckMetric:
    """A number that usually moves, and since when it has not."""

    type: str
    metric: str
    since: int

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, "metric": self.metric, "since": rfc3339(self.since)}


NO_CLOCK = ClockQuality()
NO_GAPS = Gaps()


@dataclass(frozen=True, slots=True)
class DeviceQuality:
    """The quality of a device's data since ``since``.

    ``expected`` and ``received`` count intervals: those that passed, and those that hold a reading. They
    are 0 until enough time has passed to tell. ``refused`` counts refused readings. ``heard`` is whether
    anything was ever accepted.
    """

    since: int
    expected: int = 0
    received: int = 0
    refused: int = 0
    gaps: Gaps = NO_GAPS
    stuck: tuple[StuckMetric, ...] = ()
    clock: ClockQuality = NO_CLOCK
    heard: bool = True

    @property
    def completeness(self) -> float | None:
        """Share of the expected readings that are there, 0 to 1; None until it can be told."""
        return self.received / self.expected if self.expected else None

    @property
    def bad(self) -> bool:
        """Whether what it sends can't be taken at its word: values that stand still, or a wrong time."""
        return bool(self.stuck) or self.clock.wrong

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, the worst first."""
        if not (self.stuck or self.refused or self.gaps.count or self.clock.wrong or self._incomplete):
            return ()
        found = {
            Problem.STUCK: bool(self.stuck),
            Problem.CLOCK: self.clock.wrong,
            Problem.INCOMPLETE: self._incomplete,
            Problem.GAPS: self.gaps.count > 0,
            Problem.REFUSED: self.refused > 0,
        }
        return tuple(problem for problem in Problem if found[problem])

    @property
    def _incomplete(self) -> bool:
        return self.received < COMPLETE * self.expected

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; spans in seconds, times RFC 3339."""
        share = self.completeness
        return {
            "since": rfc3339(self.since),
            "expected": self.expected,
            "received": self.received,
            "completeness": None if share is None else round(share, 4),
            "refused": self.refused,
            "gaps": self.gaps.as_dict(),
            "stuck": [stuck.as_dict() for stuck in self.stuck],
            "clock": self.clock.as_dict(),
            "problems": [problem.value for problem in self.problems],
        }


def together(parts: Sequence[DeviceQuality]) -> DeviceQuality:
    """The quality of a device from that of each of its types, of which there is at least one.

    Counts add up; of the gaps the longest and the latest stand for all; of the clock what is wrong counts
    before what is right, and that before what is unknown. A type that a device may send and never sent is
    not missed while it sends another.
    """
    if len(parts) == 1:
        return parts[0]
    heard = [part for part in parts if part.heard]
    missed = heard or parts[:1]
    return DeviceQuality(
        min(part.since for part in missed),
        sum(part.expected for part in missed),
        sum(part.received for part in missed),
        sum(part.refused for part in parts),
        _gaps([part.gaps for part in missed if part.gaps.count]),
        tuple(stuck for part in parts for stuck in part.stuck),
        max((part.clock for part in parts), key=_clock_order),
        bool(heard),
    )


def _gaps(found: Sequence[Gaps]) -> Gaps:
    if not found:
        return NO_GAPS
    last = max(found, key=lambda gaps: (gaps.end is None, gaps.end or 0, gaps.start or 0))
    count, longest = sum(gaps.count for gaps in found), max(gaps.longest for gaps in found)
    return Gaps(count, longest, last.start, last.end)


def _clock_order(clock: ClockQuality) -> tuple[bool, bool, float]:
    return clock.wrong, clock.state is ClockState.RIGHT, abs(clock.offset or 0.0)
