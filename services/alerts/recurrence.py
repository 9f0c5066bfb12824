"""Alerts that come back: when one is the same again, and when one comes and goes too often to be believed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from devices.spans import format_span
from rules.model import State, Transition
from services.alerts.policy.model import Recurrence
from services.runtime.clock import rfc3339
from services.store.records.alerts import FIRES, SLACK, AlertRecord, Changes, Recent

Past: TypeAlias = Callable[[str], Sequence[int]]
"""When the alerts of a fingerprint fired of late (ms, event time), oldest first."""

NEVER = Recurrence()
"""Nothing is reopened, nothing is held back."""


def unknown(_fingerprint: str) -> Sequence[int]:
    """A :data:`Past` where nothing ever fired."""
    return ()


def wanted(recurrence: Recurrence) -> bool:
    """Whether anything is to be reopened or held back."""
    return recurrence.reopen > 0 or recurrence.firings > 0


def same_alert(
    kin: Iterable[AlertRecord], transition: Transition, recurrence: Recurrence
) -> AlertRecord | None:
    """The alert of which this firing is a recurrence, among those of the same fingerprint; None: it is new.

    One that fires still, be its end held back or not heard of, takes the firing; else the one that ended last
    does, when it ended by itself and no more than ``recurrence.reopen`` before.
    """
    earlier = [
        one
        for one in kin
        if one.state is not State.PENDING
        and one.starts_at < transition.starts_at
        and one.shadow == transition.shadow
    ]
    if not earlier:
        return None
    newest = max(earlier, key=lambda one: (one.ends_at is None, one.ends_at or 0, one.id))
    if newest.state is State.FIRING:
        return newest
    return newest if _reopens(newest, transition.at, recurrence.reopen) else None


def _reopens(record: AlertRecord, at: int, within: int) -> bool:
    if within <= 0 or record.ends_at is None or record.fired is None:
        return False
    return ended_by_itself(record) and at - record.ends_at <= within


def ended_by_itself(record: AlertRecord) -> bool:
    """Whether its condition ended it: no operator, no change of its rule."""
    return record.closed_by is None and "ended" not in record.evidence


def flaps(times: Iterable[int], at: int, recurrence: Recurrence) -> bool:
    """Whether what fired at ``times``, of which ``at`` is the newest, comes and goes too often."""
    recent = sum(1 for time in times if at - recurrence.over < time <= at)
    return 0 < recurrence.firings <= recent


def said_of_flapping(recurrence: Recurrence) -> dict[str, object]:
    """What the log book is told of it."""
    return {"firings": recurrence.firings, "over": format_span(recurrence.over)}


def said_of_coming_back(record: AlertRecord) -> dict[str, object]:
    """What the log book is told of a recurrence; ``record`` is the alert as it was before."""
    said: dict[str, object] = {"occurrence": record.occurrences + 1}
    if record.state is State.RESOLVED and record.acknowledged_at is not None:
        at = rfc3339(record.acknowledged_at)
        said["acknowledged"] = {"by": record.acknowledged_by, "at": at}
    return said


class Recurrences:
    """The memory for recurrences: what ended of late, when what fired, whose end is held back.

    Times are event time, and so is what counts as late: an intake that catches up after an outage finds what
    it needs. It is bounded by what happened within the longer of the policy's spans.
    """

    def __init__(self, recurrence: Recurrence) -> None:
        self.recurrence = recurrence
        self._ended: dict[str, tuple[int, str]] = {}
        self._fired: dict[str, tuple[int, ...]] = {}
        self._held: dict[str, int] = {}
        self._holds: list[tuple[int, str]] = []
        self._order: deque[tuple[int, str]] = deque()
        self._newest = 0

    @property
    def span(self) -> int:
        """How far back it remembers (ms); 0 when nothing is to be remembered."""
        over = self.recurrence.over if self.recurrence.firings else 0
        return max(self.recurrence.reopen, over)

    def load(self, recent: Recent) -> None:
        """Begin with what the store holds: ``AlertRecords.recent(recurrences.span)``."""
        self._ended, self._fired, self._held = {}, {}, {}
        self._holds, self._order, self._newest = [], deque(), 0
        for alert, until in recent.held:
            self._hold(alert, until)
        seen = [(at, name, alert) for name, alert, at in recent.ended]
        seen += [(at, name, "") for name, at in recent.fired]
        for at, name, alert in sorted(seen):
            self._end(name, at, alert) if alert else self._fire(name, at)
        self._forget()

    def relatives(self, fingerprints: Collection[str], now: int) -> list[str]:  # noqa: ARG002 - one shape of all
        """The alerts that firings of these may be recurrences of, beside those that are open."""
        if not self.recurrence.reopen:
            return []
        return [self._ended[name][1] for name in set(fingerprints) if name in self._ended]

    def past(self, fingerprint: str) -> Sequence[int]:
        """When its alerts fired of late (ms), oldest first: no more of them than are counted."""
        return self._fired.get(fingerprint, ())

    def take(self, changes: Changes, now: int) -> None:  # noqa: ARG002 - one shape of all
        """Take over what was just written."""
        for record in changes.alerts.values():
            if record.state is State.RESOLVED and record.ends_at is not None:
                self._end(record.fingerprint, record.ends_at, record.id)
            for event in changes.events.get(record.id, ()):
                if event.change in FIRES:
                    self._fire(record.fingerprint, event.at)
            self._hold(record.id, record.held_until)
        self._forget()

    def due(self, now: int) -> list[str]:
        """The alerts whose hold is over, as long as :meth:`take` has not heard of their end."""
        found: list[tuple[int, str]] = []
        while self._holds and self._holds[0][0] <= now:
            until, alert = heappop(self._holds)
            if self._held.get(alert) == until and (until, alert) not in found[-1:]:
                found.append((until, alert))
        for hold in found:
            heappush(self._holds, hold)
        return [alert for _until, alert in found]

    def _hold(self, alert: str, until: int | None) -> None:
        if until is None:
            self._held.pop(alert, None)
        elif self._held.get(alert) != until:
            self._held[alert] = until
            heappush(self._holds, (until, alert))

    def _end(self, fingerprint: str, at: int, alert: str) -> None:
        if not self.recurrence.reopen or self._ended.get(fingerprint, (0, ""))[0] > at:
            return
        self._ended[fingerprint] = (at, alert)
        self._note(fingerprint, at)

    def _fire(self, fingerprint: str, at: int) -> None:
        if self.recurrence.firings:
            times = (*self._fired.get(fingerprint, ()), at)
            self._fired[fingerprint] = times[-self.recurrence.firings :]
            self._note(fingerprint, at)

    def _note(self, fingerprint: str, at: int) -> None:
        self._newest = max(self._newest, at)
        self._order.append((at, fingerprint))

    def _forget(self) -> None:
        """Let go of what no firing that is still to come can be measured against."""
        oldest = self._newest - self.span - SLACK
        while self._order and self._order[0][0] < oldest:
            _at, name = self._order.popleft()
            if self._ended.get(name, (oldest, ""))[0] < oldest:
                del self._ended[name]
            if self._fired.get(name, (oldest,))[-1] < oldest:
                del self._fired[name]
