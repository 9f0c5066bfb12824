"""What was told to whom, as JSON-ready data."""

from __future__ import annotations

from typing import Any

from services.runtime.clock import optional_rfc3339, rfc3339
from services.store.records.notifications import WAITING, NotificationRow


def told_of(row: NotificationRow) -> dict[str, Any]:
    """A notification as the alert that it tells of shows it."""
    return {
        "receiver": row.receiver,
        "channel": row.kind,
        "state": row.state,
        "reason": row.reason,
        "created": rfc3339(row.created),
        "delivered": optional_rfc3339(row.delivered),
        "attempts": row.attempts,
        "error": row.error,
        "digest": row.digest,
    }


def notification(row: NotificationRow) -> dict[str, Any]:
    """A notification as the list of them shows it."""
    return told_of(row) | {
        "id": row.id,
        "incident": row.incident,
        "alerts": row.alerts,
        "due": rfc3339(row.due) if row.state == WAITING else None,
    }
