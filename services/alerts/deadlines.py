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
from operator import attrgetter
from typing import Any, TypeAlias

from rules.model import Severity
from services.alerts.policy.model import Deadlines
from services.store.records.alerts import Staged

Measure: TypeAlias = Callable[[Sequence[Staged]], "list[int]"]
"""How long a stage took (ms), of those alerts that passed it."""


def _between(start: str, end: str) -> Measure:
    times = attrgetter(start, end)

    def measure(rows: Sequence[Staged]) -> list[int]:
        spans = [
            until - since for since, until in map(times, rows) if since is not None and until is not None
        ]
        return [max(0, span) for span in spans]

    return measure


def by_timer(row: Staged) -> bool:
    """Whether no reading made it fire: ``for`` had elapsed, or nothing was heard."""
    return row.taken is None or row.taken < row.fired


_FROM_READING = _between("received", "delivered")
_FROM_FIRING = _between("fired", "delivered")


def _sensor_to_alert(rows: Sequence[Staged]) -> list[int]:
    """From receipt of the reading to the alert; of one that a timer fired, from its firing."""
    timed = [row for row in rows if by_timer(row)]
    return _FROM_FIRING(timed) + _FROM_READING([row for row in rows if not by_timer(row)])


STAGES: Mapping[str, Measure] = {
    "taken_to_received": _between("taken", "received"),
    "received_to_fired": _between("received", "fired"),
    "fired_to_persisted": _between("fired", "persisted"),
    "persisted_to_delivered": _between("persisted", "delivered"),
    "received_to_delivered": _sensor_to_alert,
    "delivered_to_notified": _between("delivered", "notified"),
    "delivered_to_acknowledged": _between("delivered", "first_acknowledged"),
}
"""Every stage, in the order in which they come."""


@dataclass(slots=True)
class _Stage:
    """What was measured of a stage (ms), and how many of those with a target kept it."""

    spans: list[int] = field(default_factory=list)
    kept: int = 0
    judged: int = 0

    def add(self, spans: Sequence[int], target: int | None, missed: int) -> None:
        self.spans.extend(spans)
        if target is not None:
            self.kept += sum(span <= target for span in spans)
            self.judged += len(spans) + missed

    def join(self, other: _Stage) -> None:
        self.spans.extend(other.spans)
        self.kept += other.kept
        self.judged += other.judged

    def told(self) -> dict[str, Any]:
        values = sorted(self.spans)
        return {
            "count": len(values),
            "p50": _rank(values, 50),
            "p90": _rank(values, 90),
            "p99": _rank(values, 99),
            "max": values[-1] / 1000 if values else None,
            "target": round(self.kept / self.judged, 4) if self.judged else None,
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
    for (domain, severity), found in _sorted(rows).items():
        stages = domains.setdefault(domain, {stage: _Stage() for stage in STAGES})
        _measure(found, stages, Severity(severity), deadlines, now)
    everything = {stage: _Stage() for stage in STAGES}
    for stages in domains.values():
        for name, stage in stages.items():
            everything[name].join(stage)
    items = [one for domain in sorted(domains) for one in _told(domain, domains[domain])]
    return {"all": _told(None, everything), "items": items}


def _sorted(rows: Iterable[Staged]) -> dict[tuple[str, str], list[Staged]]:
    """By domain and severity."""
    found: dict[tuple[str, str], list[Staged]] = {}
    for row in rows:
        found.setdefault((row.domain, row.highest_severity), []).append(row)
    return found


def _measure(
    rows: Sequence[Staged],
    into: Mapping[str, _Stage],
    severity: Severity,
    deadlines: Deadlines,
    now: int | None,
) -> None:
    """Alerts of one domain and severity, and so of the same targets."""
    taken_up = deadlines.acknowledged.get(severity)
    targets = {
        "received_to_delivered": deadlines.delivered.get(severity),
        "delivered_to_acknowledged": taken_up,
    }
    for stage, measure in STAGES.items():
        missed = 0
        if stage == "delivered_to_acknowledged" and taken_up is not None:
            missed = sum(_left(row, taken_up, now) for row in rows)
        into[stage].add(measure(rows), targets.get(stage), missed)


def _left(row: Staged, target: int, now: int | None) -> bool:
    """Whether it lasted for longer than somebody should have taken, and nobody did."""
    until = now if row.ends_at is None else row.ends_at
    if row.first_acknowledged is not None or until is None or row.delivered is None:
        return False
    return until - row.delivered > target


def _told(domain: str | None, stages: Mapping[str, _Stage]) -> list[dict[str, Any]]:
    return [{"domain": domain, "stage": name, **stage.told()} for name, stage in stages.items()]
