"""Pieces of sentences in English and Thai: moments, spans, lists, the names of statuses and severities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devices.model import Text
from rules.model import Severity
from services.status.model import Status

SEVERITIES: Mapping[Severity, Text] = {
    Severity.CRITICAL: Text("critical", "วิกฤต"),
    Severity.MAJOR: Text("major", "รุนแรง"),
    Severity.MINOR: Text("minor", "เล็กน้อย"),
    Severity.WARNING: Text("warning", "เฝ้าระวัง"),
}
STATUSES: Mapping[Status, Text] = {
    Status.OPERATIONAL: Text("operational", "ปกติ"),
    Status.DEGRADED: Text("degraded", "ด้อยประสิทธิภาพ"),
    Status.OUTAGE: Text("in outage", "ขัดข้อง"),
    Status.MAINTENANCE: Text("in maintenance", "อยู่ระหว่างบำรุงรักษา"),
    Status.UNKNOWN: Text("unknown", "ไม่ทราบสถานะ"),
}
"""As they follow "is"."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_UNITS = (
    (2 * _DAY, _DAY, Text("days", "วัน")),
    (2 * _HOUR, _HOUR, Text("h", "ชั่วโมง")),
    (2 * _MINUTE, _MINUTE, Text("min", "นาที")),
    (0, 1, Text("s", "วินาที")),
)


def span(seconds: float) -> Text:
    """``45 s``, ``10 min``, ``2 days``."""
    size, name = next((size, name) for least, size, name in _UNITS if seconds >= least)
    return Text(f"{seconds / size:.0f} {name.en}", f"{seconds / size:.0f} {name.th}")


def joined(parts: Sequence[str], last: str) -> str:
    """``a, b and c``, where ``last`` is `` and ``."""
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def listed(texts: Sequence[Text]) -> Text:
    """Texts as a list of that kind in both languages."""
    return Text(joined([text.en for text in texts], " and "), joined([text.th for text in texts], " และ"))
