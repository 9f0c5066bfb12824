"""An incident, as JSON-ready data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.alerts.incidents.logbook import entries
from services.alerts.incidents.titles import common_of
from services.runtime.clock import optional_rfc3339, rfc3339
from services.store.records.incidents import IncidentEvent, IncidentRecord


def document(record: IncidentRecord) -> dict[str, Any]:
    """An incident as lists and events carry it."""
    return {
        "id": record.id,
        "number": record.changes,
        "state": record.state,
        "title": dict(record.title),
        "severity": record.severity.value,
        "highest_severity": record.highest_severity.value,
        "domain": record.domain,
        "zone": record.zone,
        "service": record.service,
        "cause": record.cause,
        "opened_at": rfc3339(record.opened_at),
        "joined_at": rfc3339(record.joined_at),
        "resolved_at": optional_rfc3339(record.resolved_at),
        "alerts": record.alerts,
        "open": record.open,
        "acknowledged": _acknowledged(record),
        "assigned_to": record.assigned_to,
        "closed_by": record.closed_by,
        "merged_into": record.merged_into,
        "common": common_of(record.key),
    }


def full_document(
    record: IncidentRecord,
    history: Sequence[IncidentEvent],
    *,
    cause_alert: Mapping[str, Any] | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Any]:
    """An incident with its log book, the document of its cause, and its open alerts counted by kind."""
    return document(record) | {
        "history": entries(history),
        "cause_alert": cause_alert,
        "counts": {kind: dict(found) for kind, found in (counts or {}).items()},
    }


def _acknowledged(record: IncidentRecord) -> dict[str, Any] | None:
    if record.acknowledged_at is None:
        return None
    return {
        "by": record.acknowledged_by,
        "at": rfc3339(record.acknowledged_at),
        "note": record.acknowledged_note or "",
    }
