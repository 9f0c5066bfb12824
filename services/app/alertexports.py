"""What a running process shows of its alerts, of who was told, and of its own health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from devices.model import Domain
from rules.model import Severity
from services.alerts.floods.book import CITY
from services.alerts.notify.courier import RETRIED
from services.alerts.notify.heartbeat import Pulse
from services.store.records.notifications import DELIVERED, DIGESTED, FAILED

if TYPE_CHECKING:
    from services.app.application import Application

Samples: TypeAlias = Iterable[tuple[tuple[str, ...], float]]


def export_alerts(app: Application) -> None:
    """Register the figures of incidents, suppression, floods and notifications."""
    gauge, counter = app.metrics.gauge, app.metrics.counter
    gauge("nakhon_incidents", "Open incidents.", ("severity",), lambda: _incidents(app))
    text = "Firing alerts of which nobody is told."
    gauge("nakhon_alerts_suppressed", text, (), lambda: _suppressed(app))
    text = "1 while more alerts come than an operator can take in."
    gauge("nakhon_alert_flood", text, ("scope",), lambda: _floods(app))
    text = "Attempts to tell somebody, by how they ended."
    counter("nakhon_notifications", text, ("channel", "outcome"), lambda: _notifications(app))
    text = "Notifications that wait to be sent."
    gauge("nakhon_notifications_waiting", text, ("receiver", "channel"), lambda: _waiting(app))


def export_health(app: Application) -> None:
    """Register the figures by which somebody outside sees how Nakhon is."""
    gauge, counter = app.metrics.gauge, app.metrics.counter
    gauge("nakhon_ready", "1 while Nakhon does all of its work.", (), lambda: _ready(app))
    gauge("nakhon_broker_connected", "1 while devices can be heard.", (), lambda: _connected(app))
    text = "For how long readings have waited for the store."
    gauge("nakhon_store_behind_seconds", text, (), lambda: _figure(app, "store-behind"))
    text = "By how much the clock of this machine seems to be off."
    gauge("nakhon_clock_offset_seconds", text, (), lambda: _figure(app, "clock-wrong"))
    text = "When the last heartbeat arrived."
    gauge("nakhon_heartbeat_timestamp_seconds", text, ("watcher",), lambda: _beats(app))
    text = "Heartbeats that did not arrive."
    counter("nakhon_heartbeat_failures", text, ("watcher",), lambda: _missed(app))
    gauge("nakhon_journal_limit_bytes", "Size that the journal may have.", (), lambda: _limit(app))


def _notifications(app: Application) -> Samples:
    """Of every channel that is configured, also what has not happened yet."""
    counts = app.alerting.outcomes.counts
    kinds = {channel.partition("-")[0] for _, channel in app.alerting.reach.channels}
    for kind in sorted(kinds):
        for outcome in (DELIVERED, RETRIED, FAILED, DIGESTED):
            yield (kind, outcome), counts[kind, outcome]


def _waiting(app: Application) -> Samples:
    return app.alerts.books.sender.waiting().items()


def _incidents(app: Application) -> Samples:
    counts = Counter(one.severity.value for one in app.alerts.books.incidents.open())
    for severity in Severity:
        yield (severity.value,), counts[severity.value]


def _suppressed(app: Application) -> Samples:
    yield (), app.alerts.board.suppressed


def _floods(app: Application) -> Samples:
    lasting = {flood.scope for flood in app.alerts.books.floods.current()}
    for scope in (CITY, *(domain.value for domain in Domain)):
        yield (scope,), float(scope in lasting)


def _ready(app: Application) -> Samples:
    yield (), float(app.ready()[0])


def _connected(app: Application) -> Samples:
    if app.telemetry.recovered:
        yield (), float(app.telemetry.source.listening)


def _figure(app: Application, watch: str) -> Samples:
    """A figure as Nakhon's own watch saw it last."""
    found = app.alerting.own.last.get(watch)
    if found is not None:
        yield (), found.value


def _beats(app: Application) -> Samples:
    for watcher, pulse in _pulses(app).items():
        if pulse.last is not None:
            yield (watcher,), pulse.last / 1000


def _missed(app: Application) -> Samples:
    for watcher, pulse in _pulses(app).items():
        yield (watcher,), pulse.failures


def _pulses(app: Application) -> Mapping[str, Pulse]:
    return {} if app.alerting.heartbeat is None else app.alerting.heartbeat.pulses


def _limit(app: Application) -> Samples:
    yield (), app.config.limits.journal
