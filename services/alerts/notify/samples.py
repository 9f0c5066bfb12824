"""One notice of every kind, made up: to try templates and channels with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.alerts.notify.notice import Notice, Reason

_AT = 1_767_596_700_000  # 2026-01-05T14:05 in Bangkok
_MINUTE = 60_000

_TITLE = {"en": "PM2.5 unhealthy in Samyan", "th": "ฝุ่น PM2.5 เกินมาตรฐาน สามย่าน"}


def alert(number: int = 1, *, over: bool = False, **given: Any) -> dict[str, Any]:
    """An alert's document as the contract has it."""
    return {
        "id": f"01KE7Q4V9GSAMPLE0000000{number:03}",
        "fingerprint": f"{number:032x}",
        "rule": "air-quality/pm25-unhealthy",
        "rule_version": "sha256:5f1d",
        "domain": "environment",
        "zone": "samyan",
        "device": f"aq-{number:02}",
        "service": "air-quality",
        "severity": "major",
        "state": "resolved" if over else "firing",
        "mode": "live",
        "starts_at": "2026-01-05T06:53:00.000Z",
        "ends_at": "2026-01-05T07:04:00.000Z" if over else None,
        "acknowledged": None,
        "assigned_to": None,
        "suppressed": None,
        "incident": "01KE7Q4V9GINCIDENT00000001",
        "cause": None,
        "occurrences": 1,
        "flapping": False,
        "closed_by": None,
        "title": _TITLE,
        "advice": {
            "en": "Close the windows of schools in the zone; send the field team to look for a fire.",
            "th": "แจ้งโรงเรียนในพื้นที่ให้ปิดหน้าต่าง และส่งทีมภาคสนามตรวจหาการเผา",
        },
        "evidence": {
            "metric": "pm25",
            "value": 81.2,
            "window": "24h mean",
            "threshold": 75,
            "direction": "above",
            "readings": [{"time": "2026-01-05T06:53:00.000Z", "value": 81.2}],
        },
        "times": {
            "taken": "2026-01-05T06:53:00.000Z",
            "received": "2026-01-05T06:53:00.200Z",
            "fired": "2026-01-05T06:53:00.000Z",
            "persisted": "2026-01-05T06:53:00.230Z",
            "delivered": "2026-01-05T06:53:00.240Z",
        },
        **given,
    }


def sample(reason: Reason, **given: Any) -> Notice:
    """A notice for that reason."""
    return Notice(**{**_COMMON, "id": f"sample-{reason}", "reason": reason, **_of(reason), **given})


def samples() -> tuple[Notice, ...]:
    """For every reason one with a single alert, or none, and one with more than a message lists."""
    return tuple(made for reason in Reason for made in (sample(reason), sample(reason, **_many(reason))))


_COMMON: Mapping[str, Any] = {
    "receiver": "duty-officer",
    "channel": "line",
    "created": _AT,
    "city": "bangkok-pilot",
    "case": "case-1",
    "route": "environment",
    "title": _TITLE,
    "severity": "major",
    "firing": 1,
    "grouped": {"zone": "samyan", "service": "air-quality"},
    "alerts": (alert(),),
}

_INCIDENT: Mapping[str, Any] = {
    "id": "01KE7Q4V9GINCIDENT00000001",
    "open": 21,
    "acknowledged": {"by": "operator-7", "at": "2026-01-05T07:01:00.000Z", "note": "On my way."},
    "assigned_to": "field-team-2",
}

_DIGEST = tuple(
    {
        "reason": "firing",
        "title": _TITLE,
        "severity": "minor",
        "firing": number,
        "resolved": 0,
        "at": _AT - number * _MINUTE,
    }
    for number in range(1, 20)
)


def _many(reason: Reason) -> Mapping[str, Any]:
    if reason is Reason.TEST:
        return {}
    if reason is Reason.DIGEST:
        return {"digest": _DIGEST}
    over = reason is Reason.RESOLVED
    alerts = tuple(alert(number, over=over) for number in range(1, 9))
    counts = {"firing": 2, "resolved": 17} if over else {"firing": 17, "suppressed": 2}
    return {"alerts": alerts, "incident": None if over else _INCIDENT, **counts}


def _of(reason: Reason) -> Mapping[str, Any]:
    if reason is Reason.RESOLVED:
        return {"firing": 0, "resolved": 1, "severity": None, "alerts": (alert(over=True),)}
    if reason is Reason.ESCALATION:
        return {"after": 10 * _MINUTE}
    if reason is Reason.DIGEST:
        return {"alerts": (), "digest": _DIGEST[:3]}
    if reason is Reason.TEST:
        return {"firing": 0, "severity": None, "alerts": (), "grouped": {}, "case": "", "title": {}}
    return {}
