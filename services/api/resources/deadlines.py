"""``deadlines``: how soon alerts were told and taken up, against the city's targets."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.api import deadlineshapes
from services.api.paging import page_of
from services.api.parameters import Moment, PageQuery
from services.api.problems import bad_parameter
from services.api.resources.paged import here
from services.api.routes import V1, Answer, Call, Route
from services.runtime.clock import rfc3339

_DAY = 86_400_000
_WEEK = 7 * _DAY
_LONGEST = 92 * _DAY
"""A quarter: beyond it there are more alerts than one request should read."""


class DeadlinesQuery(PageQuery):
    """Of which alerts: those that fired within this span."""

    start: Moment | None = Field(None, description="From here; by default a week before the end.")
    end: Moment | None = Field(None, description="To before here; by default now.")


async def list_deadlines(call: Call[DeadlinesQuery, None]) -> Answer:
    """How long each stage took, by domain."""
    query = call.query
    end = call.deps.clock.now() if query.end is None else query.end
    start = max(0, end - _WEEK) if query.start is None else query.start
    if start >= end:
        raise bad_parameter("start", "must be before the end")
    if end - start > _LONGEST:
        raise bad_parameter("start", "lies too far before the end", "92 days at most")
    found = await here(call.deps.deadlines).deadlines(start=start, end=end)
    span = {"start": rfc3339(start), "end": rfc3339(end)}
    return Answer({**span, "all": found["all"], **page_of(found["items"], query)})


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/deadlines",
        handler=list_deadlines,
        summary="How soon alerts were told and taken up, by domain",
        tag="alerts",
        query=DeadlinesQuery,
        answer=deadlineshapes.Deadlines,
        codes=("not_found",),
    ),
)
