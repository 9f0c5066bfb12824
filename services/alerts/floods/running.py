"""A flood while it lasts: how many alerts, and what they mostly are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.store.records.floods import FloodRecord

TOLD = 5
"""How many of each a summary names."""

_MOST = 1_000
"""Different rules, zones and incidents that are counted one by one; what comes after them only in all."""


class News(NamedTuple):
    """A new firing alert, as far as it matters for a flood."""

    at: int
    domain: str
    rule: str
    title: Mapping[str, str]
    zone: str
    incident: str | None


class Running:
    """A flood that lasts. ``since`` is from when on (ms) what came is known, 0: from its beginning."""

    __slots__ = (
        "_incidents",
        "_rules",
        "_titles",
        "_zones",
        "alerts",
        "began",
        "id",
        "peak",
        "scope",
        "since",
        "suppressed",
        "written",
        "written_alerts",
    )

    def __init__(self, flood: str, scope: str, began: int) -> None:
        self.id = flood
        self.scope = scope
        self.began = began
        self.since = 0
        self.alerts = self.peak = self.suppressed = self.written_alerts = 0
        self.written = began
        self._rules: Counter[str] = Counter()
        self._zones: Counter[str] = Counter()
        self._incidents: Counter[str] = Counter()
        self._titles: dict[str, Mapping[str, str]] = {}

    @classmethod
    def of(cls, record: FloodRecord, now: int) -> Running:
        """A flood that lasted when Nakhon stopped. What its summary did not name is in its sum alone."""
        running = cls(record.id, record.scope, record.began)
        running.since = running.written = now
        running.alerts = running.written_alerts = record.alerts
        running.peak = record.peak
        running.suppressed = record.summary.get("suppressed", 0)
        for one in record.summary["rules"]:
            running._rules[one["rule"]] = one["count"]
            running._titles[one["rule"]] = one["title"]
        for one in record.summary["zones"]:
            running._zones[one["zone"]] = one["count"]
        for one in record.summary["incidents"]:
            running._incidents[one["incident"]] = one["count"]
        return running

    def add(self, news: Iterable[News]) -> None:
        """These came."""
        for one in news:
            self.alerts += 1
            _count(self._rules, one.rule)
            _count(self._zones, one.zone)
            _count(self._incidents, one.incident)
            if one.rule in self._rules:
                self._titles.setdefault(one.rule, one.title)

    def record(self, ended: int | None = None) -> FloodRecord:
        """It, as it is kept."""
        return FloodRecord(self.id, self.scope, self.began, ended, self.alerts, self.peak, self._summary())

    def _summary(self) -> dict[str, Any]:
        return {
            "rules": [
                {"rule": rule, "title": self._titles[rule], "count": count}
                for rule, count in _top(self._rules)
            ],
            "zones": [{"zone": zone, "count": count} for zone, count in _top(self._zones)],
            "incidents": [{"incident": one, "count": count} for one, count in _top(self._incidents)],
            "suppressed": self.suppressed,
        }


def _count(counter: Counter[str], name: str | None) -> None:
    if name and (name in counter or len(counter) < _MOST):
        counter[name] += 1


def _top(counter: Counter[str]) -> list[tuple[str, int]]:
    """The largest; of those that are as large the first by name, so that a summary does not flicker."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:TOLD]
