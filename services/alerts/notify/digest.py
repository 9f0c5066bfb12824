"""Many notices told as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules.model import Severity
from services.alerts.notify.naming import name_of
from services.alerts.notify.notice import Notice, Reason

MOST = 50
"""Summaries that a digest carries; the others are counted."""


def digest_of(notices: Sequence[Notice], now: int) -> Notice:
    """One notice in the place of these, which are of one receiver and channel, oldest first.

    Of each case it tells how it stood last, and the worst that was to be told; worst first. ``others``
    counts the cases beyond :data:`MOST`. The same notices give the same id.
    """
    last = notices[-1]
    found = sorted(_by_case(notices), key=_prominence)
    shown = found[:MOST]
    return Notice(
        id=name_of("digest", last.receiver, last.channel, *(notice.id for notice in notices)),
        receiver=last.receiver,
        channel=last.channel,
        reason=Reason.DIGEST,
        created=now,
        city=last.city,
        title=_title(len(notices)),
        severity=found[0]["severity"],
        firing=sum(summary["firing"] for summary in found),
        resolved=sum(summary["resolved"] for summary in found),
        digest=tuple(shown),
        others=len(found) - len(shown),
    )


def _title(count: int) -> dict[str, str]:
    return {"en": f"{count} messages in one", "th": f"รวม {count} ข้อความ"}


def _by_case(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for notice in notices:
        key = notice.case or notice.id
        before = found.get(key)
        found[key] = {
            "reason": notice.reason.value,
            "title": dict(notice.title),
            "severity": notice.severity if before is None else _worse(before["severity"], notice.severity),
            "firing": notice.firing,
            "resolved": notice.resolved + (0 if before is None else before["resolved"]),
            "at": notice.created,
        }
    return list(found.values())


def _rank(severity: str | None) -> int:
    return -1 if severity is None else Severity(severity).rank


def _worse(one: str | None, other: str | None) -> str | None:
    return max(one, other, key=_rank)


def _prominence(summary: Mapping[str, Any]) -> tuple[int, bool, int]:
    return (-_rank(summary["severity"]), not summary["firing"], -summary["at"])
