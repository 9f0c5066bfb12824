"""What waits to be sent, as rows of the store and in memory. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.model import Severity
from services.alerts.notify.naming import name_of
from services.alerts.notify.notice import Notice, Reason
from services.store.records.notifications import NotificationRow

_ENDS = frozenset({Reason.RESOLVED.value, Reason.DIGEST.value})


def row_of(notice: Notice, telling: str) -> NotificationRow:
    """A notice as it is kept until it is sent, and after."""
    incident = notice.incident
    return NotificationRow(
        id=notice.id,
        case=notice.case,
        telling=telling,
        receiver=notice.receiver,
        channel=notice.channel,
        kind=kind_of(notice.channel),
        reason=notice.reason.value,
        severity=notice.severity,
        incident=None if incident is None else incident.get("id"),
        created=notice.created,
        due=notice.created,
        alerts=notice.firing + notice.resolved,
        body=notice.as_dict(),
    )


def kind_of(channel: str) -> str:
    """The kind of a channel by its id: ``email-2`` is a second one by email."""
    return channel.partition("-")[0]


def tests(receiver: str, channels: Iterable[str], *, by: str, city: str, now: int) -> list[NotificationRow]:
    """Somebody tries whether a receiver can be reached."""
    title = {"en": f"A test of Nakhon's by {by}", "th": f"ทดสอบการแจ้งเตือนของนคร โดย {by}"}
    return [
        row_of(
            Notice(
                id=name_of("test", receiver, channel, by, now),
                receiver=receiver,
                channel=channel,
                reason=Reason.TEST,
                created=now,
                city=city,
                title=title,
            ),
            "",
        )
        for channel in channels
    ]


def urgent(row: NotificationRow) -> bool:
    """Whether it never waits to be told together with others."""
    critical = row.severity == Severity.CRITICAL.value and row.reason not in _ENDS
    return critical or row.reason == Reason.TEST.value


@dataclass(slots=True, eq=False)
class Entry:
    """A notification that waits in memory. ``notice`` is None until it is needed: many may wait."""

    row: NotificationRow
    notice: Notice | None
    attempts: int
    due: int
    urgent: bool
    order: int = 0

    @classmethod
    def of(cls, row: NotificationRow, *, whole: bool) -> Entry:
        """``whole``: keep what it says, too."""
        notice = Notice.of(row.body) if whole and row.body else None
        return cls(row, notice, row.attempts, row.due, urgent(row))

    @property
    def alone(self) -> bool:
        """Whether it goes out by itself: it is urgent, is a digest, or may have gone out already."""
        return self.urgent or self.row.begun is not None or self.row.reason == Reason.DIGEST.value
