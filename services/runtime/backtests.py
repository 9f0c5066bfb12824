"""A backtest as the public contract writes it: for ``nakhon rules backtest --json`` and for the API alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rules.backtest.alerts import Alert
from rules.backtest.differences import Change, Difference
from rules.backtest.play import Score
from rules.backtest.report import Report, RuleReport
from services.runtime.clock import optional_rfc3339, rfc3339

SCORE_COLUMNS = ("time", "device", "metric", "value", "expected", "low", "high", "score")
"""The columns of a file of anomaly scores."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Readings of one code that were refused: how many, and the first of them in words."""

    count: int
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What a report does not know of itself: what was refused, and how long it took (s)."""

    seconds: float
    refused: int = 0
    refusals: Mapping[str, Refusals] = field(default_factory=dict)


def document(
    report: Report, account: Account, differences: Iterable[Difference] | None = None
) -> dict[str, Any]:
    """The contract's answer, JSON-ready.

    Beyond the contract: ``mode``, ``first``, ``last`` and ``per_day`` of each rule; ``fired_at``,
    ``service``, ``value``, ``threshold`` and ``window`` of each alert; ``refusals`` by code; and, where there
    was something to compare with, ``compared``.
    """
    answer: dict[str, Any] = {
        "readings": report.readings,
        "refused": account.refused,
        "seconds": round(account.seconds, 3),
        "from": optional_rfc3339(report.start),
        "to": optional_rfc3339(report.end),
        "rules": [_rule(rule) for rule in report.rules],
        "alerts": [alert_document(alert) for alert in report.alerts],
        "refusals": {
            code: {"count": refusals.count, "samples": list(refusals.samples)}
            for code, refusals in account.refusals.items()
        },
    }
    if differences is not None:
        answer["compared"] = [difference_document(difference) for difference in differences]
    return answer


def _rule(tally: RuleReport) -> dict[str, Any]:
    return {
        "rule": tally.rule,
        "fired": tally.fired,
        "firing_seconds": tally.firing / 1000,
        "mode": "shadow" if tally.shadow else "live",
        "first": optional_rfc3339(tally.first),
        "last": optional_rfc3339(tally.last),
        "per_day": dict(tally.per_day),
    }


def alert_document(alert: Alert) -> dict[str, Any]:
    """An alert as the contract writes it."""
    return {
        "rule": alert.rule,
        "device": alert.subject.device,
        "zone": alert.subject.zone,
        "severity": str(alert.severity),
        "starts_at": rfc3339(alert.starts_at),
        "ends_at": optional_rfc3339(alert.ends_at),
        "fired_at": rfc3339(alert.fired_at),
        "service": alert.subject.service,
        "value": alert.evidence.value,
        "threshold": alert.evidence.threshold,
        "window": alert.evidence.window,
    }


def difference_document(difference: Difference) -> dict[str, Any]:
    """How two rules differ, alert by alert."""
    return {
        "before": difference.before,
        "after": difference.after,
        "same": difference.same,
        "changed": [_change(change) for change in difference.changed],
        "added": [alert_document(alert) for alert in difference.added],
        "gone": [alert_document(alert) for alert in difference.gone],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "what": list(change.what),
        "before": alert_document(change.before),
        "after": alert_document(change.after),
    }


def score_row(score: Score) -> Sequence[object]:
    """A row of a file of anomaly scores, after :data:`SCORE_COLUMNS`."""
    return (rfc3339(score.time), *score[1:])
