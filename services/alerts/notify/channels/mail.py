"""A notice as a mail: text and HTML, threaded by case, and never answered by machines. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.alerts.notify.message import Message
from services.alerts.notify.notice import Notice
from services.alerts.notify.words import clean

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PRESSING = frozenset({"critical", "major"})


def mail(notice: Notice, message: Message, *, sender: str, to: Sequence[str]) -> bytes:
    """The mail as it goes out. The same notice has the same Message-ID; all of a case refer to one thread."""
    made = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2]
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Date"] = format_datetime(datetime.fromtimestamp(notice.created // 1000, UTC))
    made["Message-ID"] = f"<{_identifier(notice.id)}@{domain}>"
    if notice.case:
        thread = f"<case.{_identifier(notice.case)}@{domain}>"
        made["In-Reply-To"] = thread
        made["References"] = thread
    for name, value in _headers(notice).items():
        made[name] = value
    made.set_content(message.text, charset="utf-8")
    if message.html:
        made.add_alternative(message.html, subtype="html", charset="utf-8")
    return _subject(message.subject) + made.as_bytes()


def _subject(text: str) -> bytes:
    """The Subject line. ``EmailMessage`` loses blanks between the pieces of a long one that is not ASCII."""
    written = Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")
    return f"Subject: {written}\r\n".encode("ascii")


def _headers(notice: Notice) -> dict[str, str]:
    """``Auto-Submitted`` (RFC 3834) keeps out-of-office robots from answering."""
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Nakhon-Reason": notice.reason.value,
        "X-Nakhon-City": clean(notice.city, 64),
        "X-Nakhon-Receiver": clean(notice.receiver, 64),
    }
    if notice.severity:
        headers["X-Nakhon-Severity"] = notice.severity
    if notice.severity in _PRESSING and notice.firing:
        headers["Importance"] = "high"
    if incident := (notice.incident or {}).get("id"):
        headers["X-Nakhon-Incident"] = clean(incident, 64)
    return headers


def _identifier(key: str) -> str:
    """A key as it may stand in a Message-ID."""
    return key if _PLAIN_ID.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
