"""The web application, made of the table of routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from services.api import asyncapi
from services.api.access import Access
from services.api.backtesting import Backtests
from services.api.bodies import LIMIT
from services.api.console import Console
from services.api.deps import ApiDeps
from services.api.derived import DerivedNames
from services.api.description import Description
from services.api.endpoint import endpoint
from services.api.events.hub import Hub
from services.api.keys import (
    ACCESS,
    BACKTESTS,
    CONSOLE,
    DEPS,
    DERIVED,
    DESCRIPTION,
    HUB,
    PUBLIC,
    REPLAYS,
    TALLY,
    TOPICS,
)
from services.api.middleware import add_headers, shell
from services.api.openapi import document
from services.api.public.pages import PublicPages
from services.api.replays import Replays
from services.api.table import ROUTES
from services.api.tally import Tally


def make_app(deps: ApiDeps) -> web.Application:
    """The application, ready for an :class:`aiohttp.web.AppRunner`.

    Its streams end when the runner shuts down; nothing of ``deps`` is closed.
    """
    app = web.Application(
        middlewares=[shell],
        client_max_size=max(LIMIT, deps.payload),
        handler_args={"auto_decompress": False},  # bodies are decompressed within their limit
    )
    app[DEPS] = deps
    app[ACCESS] = Access(deps)
    app[BACKTESTS] = Backtests()
    app[REPLAYS] = Replays()
    app[PUBLIC] = PublicPages(deps)
    app[TALLY] = Tally(deps.alerts, deps.clock)
    app[DERIVED] = DerivedNames(deps.catalog)
    app[HUB] = Hub(deps.bus, deps.clock, deps.registry, app[DERIVED])
    app[CONSOLE] = Console()
    app[DESCRIPTION] = Description(document)
    app[TOPICS] = Description(lambda: asyncapi.describe(deps.catalog, deps.city))
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.aiohttp_path, endpoint(route))
        else:
            app.router.add_route(route.method, route.aiohttp_path, endpoint(route))
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_close_streams)
    app.cleanup_ctx.append(_events)
    app.cleanup_ctx.append(_console_files)
    return app


async def _events(app: web.Application) -> AsyncIterator[None]:
    await app[HUB].start()
    yield
    await app[HUB].stop()


async def _console_files(app: web.Application) -> AsyncIterator[None]:
    await asyncio.to_thread(app[CONSOLE].load, app[DEPS].console)
    yield


async def _close_streams(app: web.Application) -> None:
    app[HUB].close()
