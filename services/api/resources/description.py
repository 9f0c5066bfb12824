"""``/openapi.json`` and ``/asyncapi.json``: what can be asked over HTTP, and what travels over MQTT."""

from __future__ import annotations

from typing import Any

from services.api.keys import DESCRIPTION, TOPICS
from services.api.routes import Answer, Call, NoQuery, Route


async def openapi(call: Call[NoQuery, None]) -> Answer:
    """The OpenAPI 3.1 document."""
    return Answer(await call.request.app[DESCRIPTION].get(), lasting=True)


async def asyncapi(call: Call[NoQuery, None]) -> Answer:
    """The AsyncAPI 3.0 document."""
    return Answer(await call.request.app[TOPICS].get(), lasting=True)


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path="/openapi.json",
        handler=openapi,
        summary="This document",
        tag="system",
        answer=dict[str, Any],
    ),
    Route(
        method="GET",
        path="/asyncapi.json",
        handler=asyncapi,
        summary="Every MQTT topic and payload, as AsyncAPI 3.0",
        tag="system",
        answer=dict[str, Any],
    ),
)
