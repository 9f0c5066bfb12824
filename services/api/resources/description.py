"""``/openapi.json``: what this API is, for programs."""

from __future__ import annotations

from typing import Any

from services.api.keys import DESCRIPTION
from services.api.routes import Answer, Call, NoQuery, Route


async def openapi(call: Call[NoQuery, None]) -> Answer:
    """The OpenAPI 3.1 document."""
    return Answer(await call.request.app[DESCRIPTION].get(), lasting=True)


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path="/openapi.json",
        handler=openapi,
        summary="This document",
        tag="system",
        answer=dict[str, Any],
    ),
)
