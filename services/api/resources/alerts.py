"""``alerts``: what is wrong, and what operators do about it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.model import Domain
from services.api import alertshapes, shapes
from services.api.parameters import Many, PageQuery, split_many
from services.api.resources.operatorbodies import Acknowledge, Assign, Close, Comment, Unacknowledge
from services.api.resources.paged import listed
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route


class AlertsQuery(PageQuery):
    """Which alerts: any of each given parameter."""

    state: Annotated[tuple[shapes.StateName, ...], BeforeValidator(split_many)] = ()
    severity: Annotated[tuple[shapes.SeverityName, ...], BeforeValidator(split_many)] = ()
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    zone: Many = ()
    device: Many = ()
    rule: Many = Field((), description="`group/rule`.")
    service: Many = ()
    acknowledged: bool | None = Field(None, description="Whether somebody is on it.")
    suppressed: bool | None = Field(None, description="Whether nobody outside is told.")
    incident: Many = Field((), description="Ids of incidents.")
    assigned_to: Many = ()
    cause: Many = Field((), description="Alerts that stand under one of these.")


async def list_alerts(call: Call[AlertsQuery, None]) -> Answer:
    """Alerts, newest first; all of them unless filtered."""
    return await listed(call.query, call.deps.alerts.alerts)


async def get_alert(call: Call[NoQuery, None]) -> Answer:
    """One alert with its history. Who was told of it, at night perhaps, is for those who act on it."""
    alert = await call.deps.alerts.alert(call.path("id"))
    hidden = {} if call.principal.role in OPERATE else {"notifications": None}
    return Answer({**alert, **hidden})


async def acknowledge(call: Call[NoQuery, Acknowledge]) -> Answer:
    """Say that somebody is on it."""
    alerts, who, body = call.deps.alerts, call.principal.name, call.body
    return Answer(
        await alerts.acknowledge(call.path("id"), by=who, note=body.note, number=body.number),
    )


async def unacknowledge(call: Call[NoQuery, Unacknowledge]) -> Answer:
    """Say that nobody is on it any more."""
    alerts, who, body = call.deps.alerts, call.principal.name, call.body
    return Answer(
        await alerts.unacknowledge(call.path("id"), by=who, note=body.note, number=body.number),
    )


async def comment(call: Call[NoQuery, Comment]) -> Answer:
    """Write into its history."""
    alerts, who, body = call.deps.alerts, call.principal.name, call.body
    return Answer(await alerts.comment(call.path("id"), by=who, note=body.note, number=body.number))


async def assign(call: Call[NoQuery, Assign]) -> Answer:
    """Give it to somebody."""
    alerts, who, body = call.deps.alerts, call.principal.name, call.body
    return Answer(await alerts.assign(call.path("id"), by=who, to=body.to, number=body.number))


async def close(call: Call[NoQuery, Close]) -> Answer:
    """Resolve it by hand."""
    alerts, who, body = call.deps.alerts, call.principal.name, call.body
    return Answer(await alerts.close(call.path("id"), by=who, note=body.note, number=body.number))


def _operation(name: str, handler: Any, summary: str, body: Body[Any]) -> Route[Any, Any]:
    return Route(
        method="POST",
        path=f"{V1}/alerts/{{id}}/{name}",
        handler=handler,
        summary=summary,
        tag="alerts",
        roles=OPERATE,
        body=body,
        answer=alertshapes.AlertWithHistory,
        codes=("malformed_json", "invalid_body", "not_found", "conflict"),
        parameters={"id": "The alert's id."},
    )


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/alerts",
        handler=list_alerts,
        summary="Alerts, newest first",
        tag="alerts",
        query=AlertsQuery,
        answer=alertshapes.Alerts,
    ),
    Route(
        method="GET",
        path=f"{V1}/alerts/{{id}}",
        handler=get_alert,
        summary="One alert with its history, and who was told of it",
        tag="alerts",
        answer=alertshapes.AlertWithHistory,
        codes=("not_found",),
        parameters={"id": "The alert's id."},
    ),
    _operation("acknowledge", acknowledge, "Say that somebody is on it", Body(Acknowledge, needed=False)),
    _operation(
        "unacknowledge", unacknowledge, "Say that nobody is on it any more", Body(Unacknowledge, needed=False)
    ),
    _operation("assign", assign, "Give it to somebody, or to nobody", Body(Assign)),
    _operation("comment", comment, "Write into its history", Body(Comment)),
    _operation("close", close, "Resolve it by hand, with a reason", Body(Close)),
)
