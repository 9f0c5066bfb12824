"""What a running process shows of itself: the metrics of the contract, and its rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.app.ruledocs import describe
from services.app.rulefiles import Teller

if TYPE_CHECKING:
    from services.app.application import Application

Samples = Iterator[tuple[tuple[str, ...], float]]


def export(app: Application) -> None:
    """Register every figure that is read when somebody looks."""
    metrics = app.metrics
    metrics.counter("nakhon_items", "Items by how they ended.", ("domain", "outcome"), lambda: _items(app))
    metrics.gauge("nakhon_items_pending", "Items received and not ended yet.", (), lambda: _pending(app))
    metrics.counter(
        "nakhon_rule_evaluations", "Readings held against a group's rules.", ("group",), lambda: _rules(app)
    )
    metrics.gauge("nakhon_rules_loaded", "Rules in force.", (), lambda: _loaded(app))
    metrics.counter(
        "nakhon_rules_reload",
        "Reloads of the rule files by how they ended.",
        ("outcome",),
        lambda: _reloads(app),
    )
    metrics.counter(
        "nakhon_rule_faults", "Times that a rule failed at its work.", ("rule",), lambda: _faults(app)
    )
    metrics.gauge(
        "nakhon_alerts", "Alerts that are not over.", ("domain", "severity", "state"), lambda: _alerts(app)
    )
    metrics.gauge("nakhon_journal_bytes", "Size of the journal.", (), lambda: _journal(app))
    metrics.counter(
        "nakhon_broker_dropped", "Messages the broker says it dropped.", (), lambda: _dropped(app)
    )
    metrics.gauge(
        "nakhon_domain_status", "1 for the status a domain has.", ("domain", "status"), lambda: _domains(app)
    )


def _items(app: Application) -> Samples:
    for domain, account in app.telemetry.accounts.domains.items():
        for outcome in ("stored", "duplicate", "quarantined"):
            yield (domain, outcome), getattr(account, outcome)


def _pending(app: Application) -> Samples:
    yield (), app.telemetry.accounts.pending


def _rules(app: Application) -> Samples:
    for group, count in app.engine.evaluations.items():
        yield (group,), count


def _faults(app: Application) -> Samples:
    for fault in app.engine.faults:
        yield (fault.rule,), fault.times


def _loaded(app: Application) -> Samples:
    yield (), app.rule_files.loaded


def _reloads(app: Application) -> Samples:
    for outcome, count in app.rule_files.counts.items():
        yield (outcome.value,), count


def _alerts(app: Application) -> Samples:
    yield from app.alerts.counts().items()


def _journal(app: Application) -> Samples:
    yield (), app.telemetry.journal_bytes


def _dropped(app: Application) -> Samples:
    if "dropped" in app.telemetry.outlet.broker:
        yield (), app.telemetry.outlet.broker["dropped"]


def _domains(app: Application) -> Samples:
    yield from app.status.samples()


def rules(app: Application) -> list[dict[str, Any]]:
    """The rules in force, as the API tells them."""
    tell = Teller(app.config.city)
    opened, evaluations = app.alerts.by_rule(), app.engine.evaluations
    return [
        describe(rule, tell, opened, evaluations)
        for rule in app.engine.ruleset.rules.values()
        if not rule.hidden
    ]
