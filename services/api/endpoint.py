"""From a line of the table to a handler: admit, check parameters and body, call, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from services.api.answers import response
from services.api.bodies import read_model
from services.api.keys import ACCESS, DEPS
from services.api.parameters import parse_query
from services.api.routes import Answer, Call, Route
from services.runtime.ports import Principal

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANYBODY = Principal("", "")


def endpoint(route: Route[Any, Any]) -> Handler:
    """The handler of a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        principal = ANYBODY
        if route.roles:
            principal = await request.app[ACCESS].admit(request, route.roles)
        query = parse_query(route.query, request.query)
        body = None
        if route.body is not None and not route.body.raw:
            body = await read_model(request, route.body.model, needed=route.body.needed)
        answer = await route.handler(Call(request, request.app[DEPS], principal, query, body))
        return await response(answer, request) if isinstance(answer, Answer) else answer

    return handle
