"""Beside the API: whether it lives, whether it is ready, its figures and its description."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from services.api import shapes
from services.api.routes import OPEN, Answer, Call, NoQuery, Route


async def livez(_: Call[NoQuery, None]) -> Answer:
    """The process runs and answers."""
    return Answer({"alive": True})


async def readyz(call: Call[NoQuery, None]) -> Answer:
    """Whether Nakhon does all of its work; 503 and the reasons when it doesn't."""
    ready, reasons = call.deps.ready()
    return Answer({"ready": ready, "reasons": list(reasons)}, status=200 if ready else 503)


async def metrics(call: Call[NoQuery, None]) -> web.StreamResponse:
    """The figures in Prometheus' text format."""
    text, content_type = call.deps.metrics()
    return web.Response(body=text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path="/livez",
        handler=livez,
        summary="The process runs",
        tag="system",
        roles=OPEN,
        answer=shapes.Live,
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=readyz,
        summary="Whether Nakhon does all of its work; 503 with the reasons when it doesn't",
        tag="system",
        roles=OPEN,
        answer=shapes.Ready,
    ),
    Route(
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="Figures for Prometheus",
        tag="system",
        answer=str,
        media="text/plain",
    ),
)
