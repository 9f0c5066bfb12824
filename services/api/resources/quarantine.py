"""``quarantine``: what was refused, and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.refusal import Code
from services.api import shapes
from services.api.paging import bad_cursor, decode, encode, page
from services.api.parameters import Many, Moment, PageQuery, split_many
from services.api.routes import INTEGRATE, V1, Answer, Call, NoQuery, Route
from services.runtime.ports import NotFoundError


class QuarantineQuery(PageQuery):
    """Which entries."""

    device: Many = ()
    code: Annotated[tuple[Code, ...], BeforeValidator(split_many)] = ()
    topic: str | None = Field(None, description="What the topic begins with.")
    start: Moment | None = Field(None, description="Received at or after.")
    end: Moment | None = Field(None, description="Received before.")


async def list_quarantine(call: Call[QuarantineQuery, None]) -> Answer:
    """Refused readings, newest first."""
    query = call.query
    cursor = decode(query, str)
    try:
        entries, following = await call.deps.quarantine.page(
            limit=query.limit,
            cursor=cursor,
            devices=query.device,
            codes=[code.value for code in query.code],
            topic=query.topic,
            start=query.start,
            end=query.end,
        )
    except ValueError as error:
        raise bad_cursor(str(error)) from None
    bodies = [entry.body for entry in entries]
    return Answer(page(bodies, None if following is None else encode(query, following)))


async def get_quarantined(call: Call[NoQuery, None]) -> Answer:
    """One entry."""
    entry = await call.deps.quarantine.get(call.path("id"))
    if entry is None:
        raise NotFoundError(f"no entry {call.path('id')!r} is in quarantine, or it is kept no more")
    return Answer(entry.body)


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/quarantine",
        handler=list_quarantine,
        summary="Refused readings, newest first",
        tag="telemetry",
        roles=INTEGRATE,
        query=QuarantineQuery,
        answer=shapes.Quarantined,
    ),
    Route(
        method="GET",
        path=f"{V1}/quarantine/{{id}}",
        handler=get_quarantined,
        summary="One refused reading",
        tag="telemetry",
        roles=INTEGRATE,
        answer=shapes.Quarantine,
        codes=("not_found",),
        parameters={"id": "The entry's id."},
    ),
)
