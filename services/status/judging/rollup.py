"""How the statuses of services make that of their domain, or of a zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from devices.model import Criticality, Text
from services.status.judging.words import STATUSES
from services.status.model import Status, Verdict
from services.status.policy.rules import RollUp

NO_SERVICE = Text("no service is defined", "ยังไม่ได้กำหนดบริการ")
WORST = "worst-service"
"""What decides on the status of a domain or zone."""
NONE = "no-service"


def roll_up(
    services: Sequence[tuple[Criticality, Verdict, Text]], how: RollUp, *, none: Text = NO_SERVICE
) -> Verdict:
    """The status of the whole: the worst of its services, each weighed by what hangs on it.

    A service is how much hangs on it, how it is, and its name. The time of the whole counts when that of any
    service does. ``none`` is what to say of one without services.
    """
    if not services:
        return Verdict(Status.UNKNOWN, NONE, none, counted=False)
    weighed = [(how.weighed(critical, verdict.status), verdict.reason) for critical, verdict, _ in services]
    status = worst([status for status, _ in weighed])
    counted = any(verdict.counted for _, verdict, _ in services)
    return Verdict(status, WORST, summary(status, weighed), counted)


def worst(statuses: Sequence[Status]) -> Status:
    """Outage, else degraded, else unknown, else maintenance, else operational. Of nothing: unknown."""
    return max(statuses, key=lambda status: status.rank, default=Status.UNKNOWN)


def summary(status: Status, services: Sequence[tuple[Status, Text]]) -> Text:
    """The reason of the first service that is so, and how many more are like it."""
    reasons = [reason for own, reason in services if own is status]
    more = len(reasons) - 1
    if status is Status.OPERATIONAL and more:
        return Text(f"all {len(reasons)} services operational", f"บริการทั้ง {len(reasons)} รายการปกติ")
    if not more:
        return reasons[0]
    word, noun = STATUSES[status], "service" if more == 1 else "services"
    return Text(
        f"{reasons[0].en} (and {more} more {noun} {word.en})",
        f"{reasons[0].th} (และอีก {more} บริการ{word.th})",
    )
