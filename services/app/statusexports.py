"""What a running process shows of statuses, objectives, probes and indicators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from services.app.application import Application

Samples: TypeAlias = Iterable[tuple[tuple[str, ...], float]]


def export_statuses(app: Application) -> None:
    """Register the figures of services and what they mean to reach."""
    gauge = app.metrics.gauge
    text = "1 for the status that a service has."
    gauge("nakhon_service_status", text, ("service", "domain", "status"), lambda: _services(app))
    text = "Share of the counted time in which a service was there, over its objective's window."
    gauge("nakhon_objective_attained", text, ("service",), lambda: _objectives(app, "attained"))
    text = "Share of the error budget that is left; below 0 it is overspent."
    gauge("nakhon_objective_budget_left", text, ("service",), lambda: _objectives(app, "budget_left"))
    text = "How fast the error budget burns; 1 uses it up in the objective's window."
    gauge("nakhon_objective_burn_rate", text, ("service", "pair", "window"), lambda: _burning(app))
    gauge("nakhon_probe_up", "1 while a probe finds its service there.", ("probe",), lambda: _up(app))
    text = "How long the last asking of a probe took."
    gauge("nakhon_probe_duration_seconds", text, ("probe",), lambda: _took(app))


def _services(app: Application) -> Samples:
    yield from app.status.service_samples()


def _objectives(app: Application, figure: str) -> Samples:
    now, objectives = app.clock.now(), app.statuses.objectives
    for name in objectives:
        document = objectives.document(name, now)
        if document is not None and document[figure] is not None:
            yield (name,), document[figure]


def _burning(app: Application) -> Samples:
    now, burn = app.clock.now(), app.statuses.burn
    for name in app.statuses.objectives:
        for pair in burn.documents(name, now):
            for window in ("long", "short"):
                if (rate := pair[f"rate_{window}"]) is not None:
                    yield (name, pair["id"], pair[window]), rate


def _up(app: Application) -> Samples:
    for name, up in app.statuses.probed.up.items():
        yield (name,), float(up)


def _took(app: Application) -> Samples:
    for name, seconds in app.statuses.probed.seconds.items():
        yield (name,), seconds
