"""``floods``: more new alerts than an operator can take in (ISA-18.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.api import incidentshapes
from services.api.parameters import PageQuery
from services.api.resources.paged import here, listed
from services.api.routes import V1, Answer, Call, Route
from services.runtime.ports import Page


async def list_floods(call: Call[PageQuery, None]) -> Answer:
    """Floods: those that last, then the others, newest first."""
    port = here(call.deps.floods)

    async def floods(*, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        del filters  # it has none
        return await port.floods(limit=limit, cursor=cursor)

    return await listed(call.query, floods)


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/floods",
        handler=list_floods,
        summary="Floods of alerts, those that last first",
        tag="alerts",
        query=PageQuery,
        answer=incidentshapes.Floods,
        codes=("not_found",),
    ),
)
