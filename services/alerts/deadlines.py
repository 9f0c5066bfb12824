"""How soon alerts were told and taken up: percentiles of each stage, beside the city's targets. Pure.

A percentile is the nearest rank: the smallest of the measured values that at least so many per cent of them
do not exceed, ``sorted(values)[ceil(p / 100 × n) - 1]``. It is always a value that occurred. A span that
comes out negative (a device's clock ahead of ours) counts as 0.

Of an alert that fired again, all is measured on the first time. The target is that of the highest severity
that it reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rules.model import Severity
from services.alerts.policy.model import Deadlines
from services.store.records.alerts import Staged

Measure: TypeAlias = Callable[[Staged], "int | None"]


def _between(start: str, end: str) -> Measure:
    def measure(row: Staged) -> int | None:
        since, until = getattr(row, start), getattr(row, end)
        return None if since is None or until is None else max(0, until - since)

    return measure


def by_timer(row: Staged) -> bool:
    """Whether no reading made it fire: ``for`` had elapsed, or nothing was heard."""
    return row.taken is None or row.taken < row.fired


def _sensor_to_alert(row: Staged) -> int | None:
    """From receipt of the reading to the alert; of one that a timer fired, from its firing."""
    since = row.fired if by_timer(row) else row.received
    return None if since is None or row.delivered is None else max(0, row.delivered - since)


STAGES: Mapping[str, Measure] = {
    "taken_to_received": _between("taken", "received"),
    "received_to_fired": _between("received", "fired"),
    "fired_to_persisted": _between("fired", "persisted"),
    "persisted_to_delivered": _between("persisted", "delivered"),
    "received_to_delivered": _sensor_to_alert,
    "delivered_to_notified": _between("delivered", "notified"),
    "delivered_to_acknowledged": _between("delivered", "first_acknowledged"),
}
"""Every stage and how long it took (ms), in the order in which they come."""


@dataclass(slots=True)
class _Stage:
    """What was measured of a stage: how long each took (ms), and how many kept within their target."""

    spans: list[int] = field(default_factory=list)
    kept: int = 0
    missed: int = 0

    def add(self, span: int, target: int | None) -> None:
        self.spans.append(span)
        if target is not None:
            self.judge(span <= target)

    def judge(self, kept: bool) -> None:
        if kept:
            self.kept += 1
        else:
            self.missed += 1

    def told(self) -> dict[str, Any]:
        values = sorted(self.spans)
        judged = self.kept + self.missed
        return {
            "count": len(values),
            "p50": _rank(values, 50),
            "p90": _rank(values, 90),
            "p99": _rank(values, 99),
            "max": values[-1] / 1000 if values else None,
            "target": round(self.kept / judged, 4) if judged else None,
        }


def _rank(values: Sequence[int], percent: int) -> float | None:
    """The nearest rank, in seconds."""
    if not values:
        return None
    return values[-(-percent * len(values) // 100) - 1] / 1000


def percentiles(rows: Iterable[Staged], deadlines: Deadlines, *, now: int | None = None) -> dict[str, Any]:
    """``{"all": [stage …], "items": [stage … of each domain]}``, JSON-ready.

    A stage is ``{"domain", "stage", "count", "p50", "p90", "p99", "max", "target"}``: spans in seconds, null
    where nothing was measured; ``target`` is the share that kept within the city's target, null where there
    is none. An alert that nobody acknowledged within its target, while it lasted, counts as one that did
    not keep it, though there is no span to measure; ``now`` (ms) is up to when an open one has lasted.
    """
    domains: dict[str, dict[str, _Stage]] = {}
    everything = {stage: _Stage() for stage in STAGES}
    for row in rows:
        own = domains.setdefault(row.domain, {stage: _Stage() for stage in STAGES})
        _measure(row, (everything, own), deadlines, now)
    items = [one for domain in sorted(domains) for one in _told(domain, domains[domain])]
    return {"all": _told(None, everything), "items": items}


def _measure(
    row: Staged, into: Sequence[Mapping[str, _Stage]], deadlines: Deadlines, now: int | None
) -> None:
    severity = Severity(row.highest_severity)
    targets = {
        "received_to_delivered": deadlines.delivered.get(severity),
        "delivered_to_acknowledged": deadlines.acknowledged.get(severity),
    }
    for stage, measure in STAGES.items():
        span, target = measure(row), targets.get(stage)
        for found in into:
            if span is not None:
                found[stage].add(span, target)
            elif stage == "delivered_to_acknowledged" and _left(row, target, now):
                found[stage].judge(kept=False)


def _left(row: Staged, target: int | None, now: int | None) -> bool:
    """Whether it lasted for longer than somebody should have taken, and nobody did."""
    until = now if row.ends_at is None else row.ends_at
    if target is None or until is None or row.delivered is None:
        return False
    return until - row.delivered > target


def _told(domain: str | None, stages: Mapping[str, _Stage]) -> list[dict[str, Any]]:
    return [{"domain": domain, "stage": name, **stage.told()} for name, stage in stages.items()]
