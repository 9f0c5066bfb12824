"""Alarm figures as ISA-18.2 asks for them. Pure.

Alerts count at the moment at which they fired. Slots are ten minutes of the clock, beginning with the period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from devices.model import Domain
from services.status.report.courses import moment
from services.status.report.model import AlarmPart, FloodPart, ReportPeriod, StagePart

SLOT = 600_000
CROWDED = 10
"""More new alerts than these in ten minutes are more than an operator takes in (ISA-18.2)."""
TOP = 10
STAGES = ("received_to_delivered", "delivered_to_notified", "delivered_to_acknowledged")
"""The stages that a report shows."""


class Fired(NamedTuple):
    """What counts of an alert: when it fired (ms), and what it was."""

    at: int
    domain: str
    severity: str
    rule: str


def alarm_figures(
    fired: Sequence[Fired],
    period: ReportPeriod,
    *,
    operators: int,
    since: int | None = None,
    floods: Sequence[FloodPart] = (),
    stages: Sequence[StagePart] = (),
    cut: bool = False,
) -> AlarmPart:
    """The figures of those that fired within the period; ``cut``: there were more than were read.

    Means are of the time from ``since`` (ms) on, the first record of the city; None: of all that has passed.
    """
    since = period.start if since is None else since
    counts: dict[str, Counter[str]] = {}
    for one in fired:
        counts.setdefault(one.domain, Counter())[one.severity] += 1
    slots = Counter((one.at - period.start) // SLOT for one in fired)
    busiest = max(slots.items(), key=lambda slot: (slot[1], -slot[0]), default=None)
    hours = (period.until - since) / 3_600_000
    of_all = -(-(period.until - since) // SLOT)
    return AlarmPart(
        counts=counts,
        total=len(fired),
        operators=operators,
        an_hour=len(fired) / hours / operators if hours >= 1 else None,
        busiest=busiest[1] if busiest else 0,
        busiest_at=period.start + busiest[0] * SLOT if busiest else None,
        crowded=sum(1 for count in slots.values() if count > CROWDED) / of_all if of_all else None,
        flooded=_flooded(floods, period),
        top=_top(Counter(one.rule for one in fired)),
        floods=floods,
        stages=stages,
        cut=cut,
    )


def _top(rules: Counter[str]) -> list[tuple[str, int]]:
    return sorted(rules.items(), key=lambda rule: (-rule[1], rule[0]))[:TOP]


def _flooded(floods: Iterable[FloodPart], period: ReportPeriod) -> float:
    """Seconds of the period in which there was a flood of any scope; what overlaps counts once."""
    spans = sorted(
        (max(flood.began, period.start), min(flood.ended or period.until, period.until)) for flood in floods
    )
    total, reached = 0, period.start
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total / 1000


def flood_of(document: Mapping[str, Any]) -> FloodPart:
    """A flood from what the API tells of it."""
    return FloodPart(
        document["scope"],
        moment(document["began"]),
        None if document["ended"] is None else moment(document["ended"]),
        document["alerts"],
        document["peak"],
    )


def stages_of(document: Mapping[str, Any]) -> list[StagePart]:
    """The shown stages of the whole city and of each domain in which something was measured."""
    rows = [*document.get("all", ()), *document.get("items", ())]
    return [
        StagePart(
            Domain(row["domain"]) if row["domain"] in set(Domain) else None,
            row["stage"],
            row["count"],
            row["p50"],
            row["p90"],
            row["p99"],
            row["target"],
        )
        for row in rows
        if row["stage"] in STAGES and (row["domain"] is None or row["count"])
    ]
