"""How many alerts fire, and where: counted from memory, for as many consoles as ask."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rules.model import Severity
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort, OpenAlert

MANY = 5_000
"""Alerts that fire: to count more takes long enough to be done once for all who ask within a while."""

KEPT_MS = 2_000


class Tally:
    """The counts of firing alerts."""

    def __init__(self, alerts: AlertsPort, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock
        self._kept: Mapping[str, Any] | None = None
        self._good_until = 0

    async def counts(self) -> Mapping[str, Any]:
        """As of now; in a storm as of two seconds ago at most."""
        now = self._clock.now()
        if self._kept is not None and now < self._good_until:
            return self._kept
        firing = self._alerts.open_alerts()
        found = await asyncio.to_thread(counted, firing)
        if len(firing) > MANY:
            self._kept, self._good_until = found, now + KEPT_MS
        return found


def counted(firing: Sequence[OpenAlert]) -> dict[str, Any]:
    """The counts of these."""
    heard = [alert for alert in firing if not alert.suppressed]
    severities = Counter(alert.severity for alert in heard)
    zones: dict[str, tuple[int, Severity]] = {}
    for alert in heard:
        count, worst = zones.get(alert.zone, (0, alert.severity))
        zones[alert.zone] = count + 1, worst if worst.rank >= alert.severity.rank else alert.severity
    return {
        "open": len(heard),
        "unacknowledged": sum(not alert.acknowledged for alert in heard),
        "suppressed": len(firing) - len(heard),
        "severities": {severity.value: severities[severity] for severity in Severity},
        "zones": {
            zone: {"open": count, "severity": worst.value} for zone, (count, worst) in zones.items() if zone
        },
        "rules": Counter(alert.rule for alert in heard),
    }
