"""Open alerts as facts about services: from what is told of each, and from all that are open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rules.model import Severity, State
from services.runtime import ports
from services.status.facts import Alerted

_FIRED = frozenset({"firing", "reopened", "recurred"})


def alerted(change: str, alert: Mapping[str, Any], now: int) -> Alerted | None:
    """What a step of an alert (the contract's document) says about services; None of one that is a shadow.

    Raises:
        KeyError, ValueError: the document is not whole.
    """
    if alert["mode"] == "shadow":
        return None
    firing = alert["state"] == State.FIRING
    return Alerted(
        _moment(change, alert, now, firing=firing),
        alert["id"],
        Severity(alert["severity"]) if firing else None,
        alert["rule"],
        alert["domain"],
        alert["zone"] or "",
        alert["device"],
        alert["service"],
    )


def _moment(change: str, alert: Mapping[str, Any], now: int, *, firing: bool) -> int:
    """The moment that a step counts for, as far as the document tells it; never later than now."""
    if not firing:
        told = alert["ends_at"]
    elif change == "firing":
        told = alert["times"]["fired"]
    else:
        told = _newest(alert) if change in _FIRED or change == "severity" else None
    return now if told is None else min(now, _ms(told))


def _newest(alert: Mapping[str, Any]) -> str | None:
    """When the newest reading that the step stands on was taken."""
    readings = (alert.get("evidence") or {}).get("readings") or ()
    return max((reading["time"] for reading in readings), default=None)


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def differences(
    alerts: Iterable[ports.OpenAlert], known: Mapping[str, Alerted], now: int
) -> Iterator[Alerted]:
    """What of the open alerts is not known yet, or otherwise; and which of the known ones are over."""
    there = set()
    for alert in alerts:
        if not alert.firing or alert.shadow:
            continue
        there.add(alert.id)
        before = known.get(alert.id)
        if before is None or before.severity is not alert.severity:
            at = now if before is not None or alert.fired is None else min(now, alert.fired)
            yield Alerted(
                at,
                alert.id,
                alert.severity,
                alert.rule,
                alert.domain,
                alert.zone,
                alert.device,
                alert.service,
            )
    for name in known.keys() - there:
        over = known[name]
        yield Alerted(now, name, None, over.rule, over.domain, over.zone, over.device, over.service)
