"""What a backtest comes to: every alert, and what each rule did over the whole of the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rules.backtest.alerts import Alert
from rules.ruleset import Rule


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule did. ``firing`` is for how long in all (ms), ``first`` and ``last`` when it fired.

    ``rule`` is its id, ``shadow`` whether it only works in the shadow.

    ``per_day`` counts what fired on each day of the city (``2026-01-05``); days without are left out.
    """

    rule: str
    shadow: bool = False
    fired: int = 0
    firing: int = 0
    first: int | None = None
    last: int | None = None
    per_day: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest. ``start`` and ``end`` are the span that it covers (ms), None when there was no reading."""

    readings: int
    start: int | None
    end: int | None
    timezone: str
    rules: tuple[RuleReport, ...]
    alerts: tuple[Alert, ...]

    @property
    def days(self) -> float:
        """How long the history is, in days."""
        return 0.0 if self.start is None or self.end is None else (self.end - self.start) / 86_400_000

    def of(self, rule: str) -> list[Alert]:
        """The alerts of one rule, by the time at which they began."""
        return [alert for alert in self.alerts if alert.rule == rule]


def tallied(
    rules: Iterable[Rule], alerts: Sequence[Alert], until: int, timezone: str
) -> tuple[RuleReport, ...]:
    """What each rule did, in the order of the rules; alerts that are not over count ``until`` then (ms)."""
    zone = ZoneInfo(timezone)
    of_rule: dict[str, list[Alert]] = {}
    for alert in alerts:
        of_rule.setdefault(alert.rule, []).append(alert)
    return tuple(_tally(rule, of_rule.get(rule.id, ()), until, zone) for rule in rules)


def _tally(rule: Rule, alerts: Sequence[Alert], until: int, zone: ZoneInfo) -> RuleReport:
    if not alerts:
        return RuleReport(rule.id, rule.heading.shadow)
    fired = sorted(alert.fired_at for alert in alerts)
    firing = sum(alert.firing(until) for alert in alerts)
    per_day = Counter(day_of(time, zone) for time in fired)
    shadow = rule.heading.shadow
    return RuleReport(rule.id, shadow, len(alerts), firing, fired[0], fired[-1], dict(per_day))


def day_of(time: int, zone: ZoneInfo) -> str:
    """The day on which a moment (ms) falls: ``2026-01-05``."""
    return datetime.fromtimestamp(time // 1000, UTC).astimezone(zone).date().isoformat()
