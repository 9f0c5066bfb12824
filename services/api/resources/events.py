"""``events``: the live stream."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field

from devices.model import Domain
from services.api.events.frames import Filter
from services.api.events.stream import Stream
from services.api.eventshapes import EVENTS
from services.api.keys import ACCESS, HUB
from services.api.parameters import Many, Query, split_many
from services.api.routes import V1, Call, Route

KindName = Literal["alert", "incident", "suppression", "flood", "status", "service", "note", "reading"]


class EventsQuery(Query):
    """Which events: any of each given parameter. What has no zone or device is no answer to one."""

    types: Annotated[tuple[KindName, ...], BeforeValidator(split_many)] = Field(
        (), description="Kinds of events; all when left out."
    )
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    zone: Many = ()
    device: Many = ()


async def stream_events(call: Call[EventsQuery, None]) -> web.StreamResponse:
    """Server-sent events from now on, or from after ``Last-Event-ID``."""
    query, app = call.query, call.request.app
    wanted = Filter(
        frozenset(query.types), frozenset(query.domain), frozenset(query.zone), frozenset(query.device)
    )
    return await Stream(call.request, app[HUB], app[ACCESS], wanted).serve()


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/events",
        handler=stream_events,
        summary="What happens, live (server-sent events), resumable by Last-Event-ID",
        tag="events",
        query=EventsQuery,
        answer=str,
        media="text/event-stream",
        events=EVENTS,
    ),
)
