"""``incidents``: alerts that belong together, as one thing to work on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from devices.model import Domain
from services.api import incidentshapes, shapes
from services.api.parameters import Many, PageQuery, split_many
from services.api.resources.operatorbodies import Acknowledge, Assign, Close, Comment
from services.api.resources.paged import here, listed
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route


class IncidentsQuery(PageQuery):
    """Which incidents: any of each given parameter."""

    state: Annotated[tuple[incidentshapes.IncidentState, ...], BeforeValidator(split_many)] = ()
    severity: Annotated[tuple[shapes.SeverityName, ...], BeforeValidator(split_many)] = ()
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    zone: Many = ()
    service: Many = ()
    assigned_to: Many = ()


async def list_incidents(call: Call[IncidentsQuery, None]) -> Answer:
    """Incidents, newest first; all of them unless filtered."""
    return await listed(call.query, here(call.deps.incidents).incidents)


async def get_incident(call: Call[NoQuery, None]) -> Answer:
    """One incident with its history."""
    return Answer(await here(call.deps.incidents).incident(call.path("id")))


async def acknowledge_incident(call: Call[NoQuery, Acknowledge]) -> Answer:
    """Say that somebody is on it, and on its open alerts."""
    incidents, who, body = here(call.deps.incidents), call.principal.name, call.body
    return Answer(
        await incidents.acknowledge_incident(call.path("id"), by=who, note=body.note, number=body.number)
    )


async def assign_incident(call: Call[NoQuery, Assign]) -> Answer:
    """Give it to somebody."""
    incidents, who, body = here(call.deps.incidents), call.principal.name, call.body
    return Answer(await incidents.assign_incident(call.path("id"), by=who, to=body.to, number=body.number))


async def comment_incident(call: Call[NoQuery, Comment]) -> Answer:
    """Write into its history."""
    incidents, who, body = here(call.deps.incidents), call.principal.name, call.body
    return Answer(
        await incidents.comment_incident(call.path("id"), by=who, note=body.note, number=body.number)
    )


async def close_incident(call: Call[NoQuery, Close]) -> Answer:
    """Resolve it and its open alerts by hand."""
    incidents, who, body = here(call.deps.incidents), call.principal.name, call.body
    return Answer(await incidents.close_incident(call.path("id"), by=who, note=body.note, number=body.number))


def _operation(name: str, handler: Any, summary: str, body: Body[Any]) -> Route[Any, Any]:
    return Route(
        method="POST",
        path=f"{V1}/incidents/{{id}}/{name}",
        handler=handler,
        summary=summary,
        tag="alerts",
        roles=OPERATE,
        body=body,
        answer=incidentshapes.IncidentWithHistory,
        codes=("malformed_json", "invalid_body", "not_found", "conflict"),
        parameters={"id": "The incident's id."},
    )


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/incidents",
        handler=list_incidents,
        summary="Incidents, newest first",
        tag="alerts",
        query=IncidentsQuery,
        answer=incidentshapes.Incidents,
        codes=("not_found",),
    ),
    Route(
        method="GET",
        path=f"{V1}/incidents/{{id}}",
        handler=get_incident,
        summary="One incident with its history",
        tag="alerts",
        answer=incidentshapes.IncidentWithHistory,
        codes=("not_found",),
        parameters={"id": "The incident's id."},
    ),
    _operation(
        "acknowledge",
        acknowledge_incident,
        "Say that somebody is on it and on its open alerts",
        Body(Acknowledge, needed=False),
    ),
    _operation("assign", assign_incident, "Give it to somebody, or to nobody", Body(Assign)),
    _operation("comment", comment_incident, "Write into its history", Body(Comment)),
    _operation("close", close_incident, "Resolve it and its open alerts by hand", Body(Close)),
)
