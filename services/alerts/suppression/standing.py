"""The silences and the maintenance that are known, and which of them hold at a moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devices.calendar.windows import Span
from devices.model import Text
from services.alerts.policy.matcher import Matched, Matcher
from services.alerts.suppression.hold import Hold, Kind
from services.alerts.suppression.lookup import Lookup
from services.alerts.suppression.work import Work
from services.store.records.silences import SilenceRecord

KEPT = 3_600_000
"""How long (ms) a silence that is over is still known here: a clock that is set back meets it again."""

_FOREVER = 1 << 62


class Silenced(NamedTuple):
    """A silence, the alerts that it means, and what it brings while it is active."""

    record: SilenceRecord
    matcher: Matcher
    hold: Hold


class Suppressors:
    """All silences that are not over and all maintenance, by their matchers."""

    def __init__(self, works: Iterable[Work] = ()) -> None:
        self.silences: dict[str, SilenceRecord] = {}
        self.works: dict[str, Work] = {work.id: work for work in works}
        self._silenced: dict[str, Silenced] = {}
        self._spans: dict[str, tuple[int, Span, Hold | None]] = {}
        self._index()

    def put(self, *things: SilenceRecord | Work) -> None:
        """Know these from now on, in place of what they were."""
        for thing in things:
            if isinstance(thing, Work):
                self.works[thing.id] = thing
                self._spans.pop(thing.id, None)
            else:
                self.silences[thing.id] = thing
        self._index()

    def tidy(self, now: int) -> None:
        """Forget what is long over."""
        over = [one.id for one in self.silences.values() if one.ends_at <= now - KEPT]
        over += [one.id for one in self.works.values() if one.record is not None and _long_over(one, now)]
        for name in over:
            self.silences.pop(name, None)
            self.works.pop(name, None)
            self._spans.pop(name, None)
        if over:
            self._index()

    def refresh(self, now: int) -> None:
        """Reckon anew in which windows ``now`` lies, where it has left those of last time."""
        for work in self.works.values():
            known = self._spans.get(work.id)
            if known is None or not known[0] <= now < (known[1].until or _FOREVER):
                span = work.span(now)
                self._spans[work.id] = now, span, work.hold(span)

    def standing(self, now: int) -> Standing:
        """What holds at a moment."""
        return Standing(self, now)

    def active(self, now: int) -> dict[tuple[Kind, str], Hold]:
        """All silences and maintenance that hold at a moment."""
        standing = self.standing(now)
        found = [standing.silence(silenced) for silenced in self._silenced.values()]
        found += [standing.work(work) for work in self.works.values()]
        return {(hold.kind, hold.id): hold for hold in found if hold is not None}

    def next_moment(self, now: int) -> int | None:
        """When the next of them begins or ends."""
        moments = [
            moment
            for record in self.silences.values()
            for moment in (record.starts_at, record.ends_at)
            if moment > now
        ]
        moments += [
            span.until for _, span, _ in self._spans.values() if (span.until or 0) > now and span.until
        ]
        return min(moments, default=None)

    def _index(self) -> None:
        before = self._silenced
        self._silenced = {
            one.id: before[one.id] if one.id in before and before[one.id].record is one else _silenced(one)
            for one in self.silences.values()
        }
        self.by_silence = Lookup((one.matcher, one) for one in self._silenced.values())
        self.by_work = Lookup((one.matcher, one) for one in self.works.values())

    def span_known(self, work: Work, now: int) -> Hold | bool | None:
        """What :meth:`refresh` found, where it still holds; False: it does not."""
        known = self._spans.get(work.id)
        if known is None or not known[0] <= now < (known[1].until or _FOREVER):
            return False
        return known[2]


class Standing:
    """Which silence and which maintenance hold an alert at one moment."""

    __slots__ = ("_from", "_now", "_works")

    def __init__(self, suppressors: Suppressors, now: int) -> None:
        self._from = suppressors
        self._now = now
        self._works: dict[str, Hold | None] = {}

    def hold(self, alert: Matched) -> Hold | None:
        """Why nobody is told of it: the silence that ends last, else the maintenance that does."""
        silences = self._from.by_silence.of(alert)
        if silences and (found := _last(map(self.silence, silences))) is not None:
            return found
        works = self._from.by_work.of(alert)
        return _last(map(self.work, works)) if works else None

    def silence(self, silenced: Silenced) -> Hold | None:
        """What a silence brings now."""
        record = silenced.record
        return silenced.hold if record.starts_at <= self._now < record.ends_at else None

    def work(self, work: Work) -> Hold | None:
        """What maintenance brings now."""
        known = self._from.span_known(work, self._now)
        if not isinstance(known, bool):
            return known
        if work.id not in self._works:
            self._works[work.id] = work.hold(work.span(self._now))
        return self._works[work.id]


def _last(holds: Iterable[Hold | None]) -> Hold | None:
    found = [hold for hold in holds if hold is not None]
    return max(found, key=lambda hold: (hold.until or _FOREVER, hold.id), default=None)


def _long_over(work: Work, now: int) -> bool:
    record = work.record
    return record is not None and record.ended_at is not None and record.ended_at <= now - KEPT


def _silenced(record: SilenceRecord) -> Silenced:
    reason = Text(
        f"Silenced by {record.created_by}: {record.reason}",
        f"ปิดเสียงโดย {record.created_by}: {record.reason}",
    )
    hold = Hold(Kind.SILENCE, record.id, record.created_by, reason, record.ends_at)
    return Silenced(record, Matcher.of(record.matcher), hold)
