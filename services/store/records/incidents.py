"""Incidents as they are kept: what an operator works on, and its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Severity


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """Alerts that belong together. Times are ms.

    ``key`` is what they have in common. ``state``: open, resolved, merged (its alerts went to
    ``merged_into``). ``severity`` is the worst of its open alerts, ``open`` their number; ``cause`` the alert
    under which the others stand. ``changes`` counts its steps.
    """

    id: str
    key: str
    state: str
    title: Mapping[str, str]
    severity: Severity
    highest_severity: Severity
    domain: str
    zone: str | None
    service: str | None
    opened_at: int
    joined_at: int
    cause: str | None = None
    resolved_at: int | None = None
    alerts: int = 0
    open: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    acknowledged_note: str | None = None
    assigned_to: str | None = None
    closed_by: str | None = None
    merged_into: str | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One step of an incident's log. ``by`` is None for Nakhon's own; ``detail`` is JSON-ready."""

    incident: str
    number: int
    at: int
    change: str
    by: str | None = None
    note: str | None = None
    detail: Mapping[str, Any] | None = None
