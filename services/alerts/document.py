"""The contract's alert, as JSON-ready data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules.explaining import arithmetic
from rules.model import State
from services.alerts.logbook import entries
from services.runtime.clock import optional_rfc3339, rfc3339
from services.store.records.alerts import AlertEvent, AlertRecord


def document(record: AlertRecord) -> dict[str, Any]:
    """An alert as lists, events and topics carry it."""
    return {
        "id": record.id,
        "number": record.changes,
        "fingerprint": record.fingerprint,
        "rule": record.rule,
        "rule_version": record.rule_version,
        "domain": record.domain,
        "zone": record.zone or None,
        "device": record.device,
        "service": record.service,
        "severity": record.severity.value,
        "state": record.state.value,
        "mode": "shadow" if record.shadow else "live",
        "starts_at": rfc3339(record.starts_at),
        "ends_at": optional_rfc3339(record.ends_at),
        "acknowledged": _acknowledged(record),
        "assigned_to": record.assigned_to,
        **axes(record),
        "occurrences": record.occurrences,
        "flapping": record.flapping,
        "held_until": optional_rfc3339(record.held_until),
        "closed_by": record.closed_by,
        "labels": record.labels,
        "title": record.title,
        "advice": record.advice,
        "evidence": record.evidence,
        "times": {
            "taken": optional_rfc3339(record.taken),
            "received": optional_rfc3339(record.received),
            "fired": optional_rfc3339(record.fired),
            "persisted": optional_rfc3339(record.persisted),
            "delivered": optional_rfc3339(record.delivered),
            "notified": optional_rfc3339(record.notified),
            "acknowledged": optional_rfc3339(record.acknowledged_at),
        },
    }


def axes(record: AlertRecord) -> dict[str, Any]:
    """What is decided about an alert beside its life: where it belongs, and whether anybody is told."""
    return {
        "suppressed": record.suppressed,
        "incident": record.incident,
        "cause": record.cause,
    }


def full_document(record: AlertRecord, history: Sequence[AlertEvent]) -> dict[str, Any]:
    """An alert with the highest severity that it reached, and its log book, oldest entry first.

    ``explanation`` is its arithmetic in a sentence; of an alert that is over it names no severity, since the
    last reading is then the one that ended it.
    """
    severity = None if record.state is State.RESOLVED else record.severity
    return document(record) | {
        "highest_severity": record.highest_severity.value,
        "explanation": arithmetic(record.evidence, severity).as_dict(),
        "history": entries(record, history),
    }


def delivered(body: Mapping[str, Any], at: int) -> dict[str, Any]:
    """An alert's document with the moment (ms) at which its firing was first announced."""
    return {**body, "times": {**body["times"], "delivered": rfc3339(at)}}


def _acknowledged(record: AlertRecord) -> dict[str, Any] | None:
    if record.acknowledged_at is None:
        return None
    return {
        "by": record.acknowledged_by,
        "at": rfc3339(record.acknowledged_at),
        "note": record.acknowledged_note or "",
    }
