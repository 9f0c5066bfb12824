"""``alerts/counts`` and ``alerts/acknowledge``: many alerts at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from rules.model import Severity
from services.api import alertshapes
from services.api.resources.operatorbodies import Words, Written
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route
from services.runtime.ports import OpenAlert

MOST_AT_ONCE = 1_000

_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class AcknowledgeMany(Written):
    """Somebody has seen them and is on them."""

    ids: tuple[_Id, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    note: Words = Field("", description="What the operator has to say.")


async def acknowledge_many(call: Call[NoQuery, AcknowledgeMany]) -> Answer:
    """Say that somebody is on them; one that can't be acknowledged stops no other."""
    ids = list(dict.fromkeys(call.body.ids))
    who = call.principal.name
    return Answer({"items": await call.deps.alerts.acknowledge_many(ids, by=who, note=call.body.note)})


async def count_alerts(call: Call[NoQuery, None]) -> Answer:
    """How many alerts fire, and where; from memory."""
    firing = call.deps.alerts.open_alerts()
    return Answer(await asyncio.to_thread(_counts, firing))


def _counts(firing: Sequence[OpenAlert]) -> dict[str, Any]:
    heard = [alert for alert in firing if not alert.suppressed]
    severities = Counter(alert.severity for alert in heard)
    zones: dict[str, tuple[int, Severity]] = {}
    for alert in heard:
        count, worst = zones.get(alert.zone, (0, alert.severity))
        zones[alert.zone] = count + 1, max(worst, alert.severity, key=lambda severity: severity.rank)
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


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/alerts/counts",
        handler=count_alerts,
        summary="How many alerts fire, and where",
        tag="alerts",
        answer=alertshapes.AlertCounts,
    ),
    Route(
        method="POST",
        path=f"{V1}/alerts/acknowledge",
        handler=acknowledge_many,
        summary="Say of many alerts that somebody is on them",
        tag="alerts",
        roles=OPERATE,
        body=Body(AcknowledgeMany),
        answer=alertshapes.AcknowledgedMany,
        codes=("malformed_json", "invalid_body"),
    ),
)
