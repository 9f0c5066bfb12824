"""``alerts/counts`` and ``alerts/acknowledge``: many alerts at once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.api import alertshapes
from services.api.keys import TALLY
from services.api.resources.operatorbodies import Words, Written
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route

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
    return Answer(await call.request.app[TALLY].counts())


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
