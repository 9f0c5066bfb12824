"""The order in which one receiver is told on one channel. Pure: what to do next, at a given time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from services.alerts.notify.limits import Bucket, Limits
from services.alerts.notify.outbox import Entry

AHEAD = 16
"""Notices that are marked as begun at once; they can't be told in a digest any more."""

MOST_MERGED = 2_000
"""Notices of which one digest tells."""


@dataclass(frozen=True, slots=True)
class Send:
    """This one is to be tried now."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Begin:
    """These may go out, in this order, once it is written that they may have."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """These are to be told as one."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing until ``until`` (ms), or until something comes; None: until something comes."""

    until: int | None


class Lane:
    """What waits for one channel of one receiver, oldest first.

    What has begun goes first, and holds up the rest until it has arrived or is given up: so what is told
    stays in order. Beyond the limits only what goes alone is told, and the rest as one when there is room.
    """

    def __init__(self, limits: Limits, now: int) -> None:
        self._bucket = Bucket(limits.rate, now)
        self._span = limits.digest
        self._begun: deque[Entry] = deque()
        self._alone: deque[Entry] = deque()
        self._plain: deque[Entry] = deque()
        self._count = 0
        self._short = False  # something has been refused a token since the last digest

    def __len__(self) -> int:
        return len(self._begun) + len(self._alone) + len(self._plain)

    @property
    def limited(self) -> bool:
        """Whether something waits for its limits, not for the channel."""
        return self._short

    def add(self, entries: Iterable[Entry]) -> None:
        """These wait too."""
        for entry in entries:
            self._count += 1
            entry.order = self._count
            if entry.row.begun is not None:
                self._begun.append(entry)
            elif entry.alone:
                self._alone.append(entry)
            else:
                self._plain.append(entry)

    def begun(self, entries: Iterable[Entry]) -> None:
        """It is written that these may go out."""
        self._begun.extend(entries)

    def done(self, entry: Entry) -> None:
        """The first of the begun needs no further attempt."""
        if self._begun and self._begun[0] is entry:
            self._begun.popleft()

    def next(self, now: int) -> Send | Begin | Merge | Wait:
        """What to do now. What it answers to begin or to merge is the caller's from then on."""
        if self._begun:
            head = self._begun[0]
            return Send(head) if head.due <= now else Wait(head.due)
        if entries := self._allowed(now):
            return Begin(entries)
        if self._plain and (merged := self._together(now)):
            return merged
        return Wait(self._until(now))

    def _allowed(self, now: int) -> tuple[Entry, ...]:
        """Those that may go out by themselves, in their order."""
        found: list[Entry] = []
        while len(found) < AHEAD and (entry := self._take(now)) is not None:
            found.append(entry)
        return tuple(found)

    def _take(self, now: int) -> Entry | None:
        plain = self._plain[0] if self._plain and self._span is None and not self._short else None
        alone = self._alone[0] if self._alone else None
        if plain is not None and (alone is None or plain.order < alone.order):
            if self._bucket.take(now, urgent=False):
                return self._plain.popleft()
            self._short = True
        if alone is not None and self._bucket.take(now, urgent=True):
            return self._alone.popleft()
        return None

    def _together(self, now: int) -> Begin | Merge | None:
        """What waited for room, or for its span, when that is over."""
        if self._held_until() > now or not self._bucket.take(now, urgent=False):
            return None
        self._short = False
        entries = tuple(self._plain.popleft() for _ in range(min(len(self._plain), MOST_MERGED)))
        return Merge(entries) if len(entries) > 1 else Begin(entries)

    def _held_until(self) -> int:
        return self._plain[0].row.created + (self._span or 0)

    def _until(self, now: int) -> int | None:
        moments = []
        if self._alone:
            moments.append(self._bucket.next(now, urgent=True))
        if self._plain:
            moments.append(max(self._held_until(), self._bucket.next(now, urgent=False)))
        return min(moments, default=None)
