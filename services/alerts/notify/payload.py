"""A notice as JSON, for programs: what the webhook posts and the topic carries. Pure.

``version`` 1. Fields are added, never changed. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Any

import orjson

from services.alerts.notify.message import Message
from services.alerts.notify.notice import Notice
from services.runtime.clock import rfc3339

VERSION = 1


def payload(notice: Notice, message: Message) -> dict[str, Any]:
    """The document. ``id`` is the idempotency key; ``alerts`` are as the API shows them, all are counted.

    ``after`` is in seconds. ``others`` are messages that a digest stands for beside those in ``digest``.
    """
    return {
        "version": VERSION,
        "id": notice.id,
        "reason": notice.reason.value,
        "receiver": notice.receiver,
        "city": notice.city,
        "created": rfc3339(notice.created),
        "severity": notice.severity,
        "title": dict(notice.title),
        "case": notice.case or None,
        "route": notice.route or None,
        "grouped": dict(notice.grouped),
        "counts": {
            "firing": notice.firing,
            "resolved": notice.resolved,
            "suppressed": notice.suppressed,
        },
        "after": None if notice.after is None else notice.after / 1000,
        "incident": notice.incident,
        "alerts": list(notice.alerts),
        "digest": [_digested(dict(item)) for item in notice.digest],
        "others": notice.others,
        "link": message.link or None,
        "text": {"subject": message.subject, "body": message.text},
    }


def encoded(notice: Notice, message: Message) -> bytes:
    """:func:`payload` as bytes."""
    return orjson.dumps(payload(notice, message))


def _digested(item: dict[str, Any]) -> dict[str, Any]:
    at = item.get("at")
    return item | {"at": rfc3339(at)} if isinstance(at, int) else item
