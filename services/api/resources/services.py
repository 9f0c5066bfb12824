"""``services`` and ``zones/status``: how each is doing, and how that came about."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.model import Domain
from services.api import shapes, statusshapes
from services.api.paging import page, page_of
from services.api.parameters import Many, Moment, PageQuery, split_many
from services.api.problems import bad_parameter
from services.api.resources.paged import here
from services.api.routes import V1, Answer, Call, NoQuery, Route
from services.runtime.clock import rfc3339

_DAY = 86_400_000
_MONTH = 30 * _DAY
_LONGEST = 400 * _DAY
_NOTHING = "no statuses of services are told here"


class ServicesQuery(PageQuery):
    """Which services: any of each given parameter."""

    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    status: Annotated[tuple[shapes.StatusName, ...], BeforeValidator(split_many)] = ()
    zone: Many = Field((), description="Services that have a part in one of these.")


class ObjectivesQuery(PageQuery):
    """Over which span."""

    start: Moment | None = Field(None, description="Inclusive. Left out: 30 days before the end.")
    end: Moment | None = Field(None, description="Exclusive. Left out: now.")


async def list_services(call: Call[ServicesQuery, None]) -> Answer:
    """Every service, by domain."""
    query = call.query
    items = [
        one
        for one in here(call.deps.services, _NOTHING).services()
        if (not query.domain or one["domain"] in query.domain)
        and (not query.status or one["status"] in query.status)
        and (not query.zone or any(part["zone"] in query.zone for part in one["zones"]))
    ]
    return Answer(page_of(items, query))


async def get_service(call: Call[NoQuery, None]) -> Answer:
    """One of them."""
    return Answer(here(call.deps.services, _NOTHING).service(call.path("id")))


async def explain_service(call: Call[NoQuery, None]) -> Answer:
    """How its status came about."""
    return Answer(here(call.deps.services, _NOTHING).explain(call.path("id")))


async def list_zone_statuses(call: Call[PageQuery, None]) -> Answer:
    """Every zone."""
    return Answer(page_of(here(call.deps.services, _NOTHING).zones(), call.query))


async def list_objectives(call: Call[ObjectivesQuery, None]) -> Answer:
    """What each service that has an objective attained within a span."""
    query = call.query
    end = call.deps.clock.now() if query.end is None else query.end
    start = max(0, end - _MONTH) if query.start is None else query.start
    if start >= end:
        raise bad_parameter("start", "must be before the end")
    if end - start > _LONGEST:
        raise bad_parameter("start", "lies too far before the end", "400 days at most")
    history = here(call.deps.history, "no history of statuses is kept here")
    found = page_of(await history.objectives(start=start, end=end), query)
    return Answer({"start": rfc3339(start), "end": rfc3339(end), **page(found["items"], found["next"])})


_ID = {"id": "The service's id."}

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/services",
        handler=list_services,
        summary="Every service with status, reason, evidence and its parts by zone",
        tag="status",
        query=ServicesQuery,
        answer=statusshapes.Services,
        codes=("not_found",),
    ),
    Route(
        method="GET",
        path=f"{V1}/services/{{id}}",
        handler=get_service,
        summary="One service",
        tag="status",
        answer=shapes.ServiceStatus,
        codes=("not_found",),
        parameters=_ID,
    ),
    Route(
        method="GET",
        path=f"{V1}/services/{{id}}/explain",
        handler=explain_service,
        summary="How a service's status came about: evidence, rules compared, decision",
        tag="status",
        answer=statusshapes.StatusExplanation,
        codes=("not_found",),
        parameters=_ID,
    ),
    Route(
        method="GET",
        path=f"{V1}/zones/status",
        handler=list_zone_statuses,
        summary="How each zone is doing",
        tag="status",
        query=PageQuery,
        answer=statusshapes.ZoneStatuses,
        codes=("not_found",),
    ),
    Route(
        method="GET",
        path=f"{V1}/objectives",
        handler=list_objectives,
        summary="What each service attained of its objective within a span",
        tag="status",
        query=ObjectivesQuery,
        answer=statusshapes.ServiceObjectives,
        codes=("not_found", "unavailable", "store_refused"),
    ),
)
