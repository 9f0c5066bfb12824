"""Alarm floods, as ISA-18.2 has them: more new alerts than an operator can take in.

A flood hides nothing and holds nothing back. It tells an operator that what comes is more than can be worked
one by one, and of what it mostly consists.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rules.model import State
from services.alerts.floods.running import News, Running
from services.alerts.floods.sliding import Sliding
from services.alerts.policy.model import FloodLimits
from services.alerts.suppression.planned import Planned
from services.runtime.clock import optional_rfc3339, rfc3339
from services.store.records.alerts import AlertRecord, Changes
from services.store.records.floods import FloodRecord, writing_flood
from services.store.records.ulid import ulid

CITY = "city"
"""The scope of all domains together; the others are the domains' own names."""

NAME = "floods"
WRITTEN_EVERY = 60_000
"""How often (ms) a flood that grows is written, between its beginning and its end."""

_BYTES = 10


class _Scope:
    """What one operator sees: all of the city, or one domain."""

    __slots__ = ("counts", "flood", "recent")

    def __init__(self, limits: FloodLimits) -> None:
        self.counts = Sliding(limits.over)
        self.recent: deque[News] = deque(maxlen=max(1, limits.alerts))  # of which a flood begins
        self.flood: Running | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """New alerts and how many of them nobody is told of, by scope, and the floods that begin with them."""

    news: Mapping[str, Sequence[News]]
    hidden: Mapping[str, int]
    begun: Mapping[str, Running]


class FloodBook:
    """A :class:`~services.alerts.book.Book` that recognises floods, of the city and of each domain.

    One begins with the alert that is more than ``limits.alerts`` within ``limits.over``, and takes those
    before it within that span; it ends when fewer than ``limits.ends_below`` came within it. Alerts of which
    nobody is told bother no operator: they make no flood, and are only counted in one (``suppressed``).

    After a restart a flood goes on. Its span fills anew, so that it ends one ``limits.over`` after the
    restart at the earliest; counts of what its summary does not name begin anew.
    """

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self._scopes: dict[str, _Scope] = {}
        self._changed: dict[str, FloodRecord] = {}

    def load(self, floods: Iterable[FloodRecord], now: int) -> None:
        """Begin with the floods that last, as they were written."""
        self._scopes, self._changed = {}, {}
        for record in floods:
            self._scope(record.scope).flood = Running.of(record, now)

    def plan(self, changes: Changes, now: int) -> None:
        """See which alerts are new, and whether a flood begins with them."""
        news: dict[str, list[News]] = {}
        hidden: dict[str, int] = {}
        for record in changes.alerts.values():
            if _is_new(record, changes.before.get(record.id)):
                _sort(record, now, news, hidden)
        begun = {scope: self._begun(scope, some, now) for scope, some in news.items()}
        plan = _Plan(news, hidden, {scope: flood for scope, flood in begun.items() if flood is not None})
        changes.plans[NAME] = plan
        changes.also += [writing_flood(flood.record()) for flood in plan.begun.values()]

    def commit(self, changes: Changes, now: int) -> None:
        """Count what came."""
        plan: _Plan = changes.plans[NAME]
        for name, news in plan.news.items():
            scope = self._scope(name)
            scope.counts.add(now, len(news))
            scope.recent.extend(news[-self._limits.alerts :] if self._limits.alerts else news[-1:])
            if name in plan.begun:
                self._begin(scope, plan.begun[name])
            elif scope.flood is not None:
                scope.flood.add(news)
                scope.flood.peak = max(scope.flood.peak, scope.counts.at(now))
        for name, count in plan.hidden.items():
            flood = self._scope(name).flood
            if flood is not None:
                flood.suppressed += count

    def passing(self, now: int) -> list[Planned[FloodRecord]]:
        """Floods that are over by now, and those that grew and were not written for a while."""
        found = []
        for scope in self._scopes.values():
            if scope.flood is not None and self._is_over(scope, scope.flood, now):
                found.append(self._ending(scope, scope.flood, now))
            elif scope.flood is not None and _is_stale(scope.flood, now):
                found.append(self._growing(scope.flood, now))
        return found

    def current(self) -> list[FloodRecord]:
        """The floods that last, that of the city first."""
        running = [scope.flood for scope in self._scopes.values() if scope.flood is not None]
        return [flood.record() for flood in sorted(running, key=lambda one: (one.scope != CITY, one.scope))]

    def changed(self) -> list[FloodRecord]:
        """Floods that began, were written anew or ended since this was asked."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def _scope(self, name: str) -> _Scope:
        if name not in self._scopes:
            self._scopes[name] = _Scope(self._limits)
        return self._scopes[name]

    def _begun(self, name: str, news: Sequence[News], now: int) -> Running | None:
        """The flood that begins with these, if one does."""
        scope = self._scopes.get(name) or _Scope(self._limits)
        count = scope.counts.at(now) + len(news)
        if scope.flood is not None or count <= self._limits.alerts:
            return None
        flood = Running(_id_of(name, now), name, now)
        flood.add(one for one in scope.recent if one.at > now - self._limits.over)
        flood.add(news)
        flood.peak = max(count, flood.alerts)
        return flood

    def _begin(self, scope: _Scope, flood: Running) -> None:
        scope.flood = flood
        flood.written_alerts = flood.alerts
        self._changed[flood.id] = flood.record()

    def _is_over(self, scope: _Scope, flood: Running, now: int) -> bool:
        return now - flood.since >= self._limits.over and scope.counts.at(now) < self._limits.ends_below

    def _ending(self, scope: _Scope, flood: Running, now: int) -> Planned[FloodRecord]:
        record = flood.record(ended=now)

        def take() -> None:
            scope.flood = None
            self._changed[record.id] = record

        return Planned(record, writing_flood(record), take)

    def _growing(self, flood: Running, now: int) -> Planned[FloodRecord]:
        record = flood.record()

        def take() -> None:
            flood.written, flood.written_alerts = now, record.alerts
            self._changed[record.id] = record

        return Planned(record, writing_flood(record), take)


def flood_document(record: FloodRecord) -> dict[str, Any]:
    """A flood as the API tells it."""
    return {
        "id": record.id,
        "scope": record.scope,
        "began": rfc3339(record.began),
        "ended": optional_rfc3339(record.ended),
        "alerts": record.alerts,
        "peak": record.peak,
        "summary": record.summary,
    }


def _is_new(record: AlertRecord, before: AlertRecord | None) -> bool:
    """Whether it fires and did not."""
    if record.state is not State.FIRING or record.shadow:
        return False
    return before is None or before.state is not State.FIRING or before.shadow


def _sort(record: AlertRecord, now: int, news: dict[str, list[News]], hidden: dict[str, int]) -> None:
    one = News(now, record.domain, record.rule, record.title, record.zone, record.incident)
    for scope in (CITY, record.domain):
        if record.suppressed is not None:
            hidden[scope] = hidden.get(scope, 0) + 1
        else:
            news.setdefault(scope, []).append(one)


def _is_stale(flood: Running, now: int) -> bool:
    return flood.alerts != flood.written_alerts and now - flood.written >= WRITTEN_EVERY


def _id_of(scope: str, began: int) -> str:
    return ulid(began, int.from_bytes(sha256(scope.encode()).digest()[:_BYTES], "big"))
