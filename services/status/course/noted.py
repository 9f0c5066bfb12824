"""What of the evidence is kept with a change of a status: the counts that it stood on. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from services.status.model import Evidence


def noted(evidence: Evidence) -> dict[str, Any]:
    """JSON-ready; what there is nothing of is left out."""
    found: dict[str, Any] = {
        "devices": evidence.devices,
        "reporting": evidence.reporting,
        "awaited": evidence.awaited,
        "newest": evidence.newest,
    }
    if evidence.alerts:
        found["alerts"] = dict(Counter(alert.severity.value for alert in evidence.alerts))
    if evidence.probes:
        found["probes"] = {probe.id: probe.up for probe in evidence.probes}
    if evidence.needs:
        found["needs"] = {need.id: need.status.value for need in evidence.needs}
    if evidence.data is not None and evidence.data.bad:
        found["bad_data"] = evidence.data.bad
    if evidence.kpis:
        found["kpis"] = [kpi.id for kpi in evidence.kpis]
    if evidence.work is not None:
        found["maintenance"] = evidence.work.id
    if evidence.deaf_since is not None:
        found["deaf_since"] = evidence.deaf_since
    if evidence.closed_until is not None:
        found["closed_until"] = evidence.closed_until
    return found
