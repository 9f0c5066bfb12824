"""``/status``, ``/status/atom`` and ``/status.json``: what everybody may know, without a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web
from pydantic import Field

from services.api.answers import matches, takes_gzip
from services.api.keys import PUBLIC
from services.api.language import Language, preferred
from services.api.parameters import PublicQuery
from services.api.public.pages import Made, What
from services.api.routes import OPEN, Call, Route

log = structlog.get_logger(__name__)

NOT_NOW = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="60">
<title>Status of city services</title>
<h1>Nobody can tell at the moment</h1>
<p>How the services do can't be shown now. That does not mean that all is well. This page tries again every
minute.</p>
<p lang="th">ขณะนี้แสดงสถานะของบริการไม่ได้ ซึ่งไม่ได้แปลว่าทุกอย่างปกติ หน้านี้จะลองใหม่ทุกนาที</p>
</html>
""".encode()
_NOT_NOW_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Retry-After": "60",
}
_CACHING = "public, max-age=5"
_FOR_ALL = {
    # Other sites may read what everybody may read.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class StatusPageQuery(PublicQuery):
    """How the page is shown."""

    lang: str | None = Field(None, description="en or th. Left out, or another: as Accept-Language says.")
    refresh: str | None = Field(None, description="off: the page does not read itself anew.")


class FeedQuery(PublicQuery):
    """In which language."""

    lang: str | None = Field(None, description="en or th. Left out, or another: as Accept-Language says.")


async def status_page(call: Call[StatusPageQuery, None]) -> web.StreamResponse:
    """The public page."""
    language = chosen(call)
    try:
        made = await call.request.app[PUBLIC].get(What("page", language, call.query.refresh != "off"))
    except Exception:
        log.exception("the public page could not be made")
        return web.Response(status=503, body=NOT_NOW, headers=_NOT_NOW_HEADERS)
    headers = {"Content-Type": "text/html; charset=utf-8", **_language(language)}
    return _sent(call.request, made, headers | {"Content-Security-Policy": made.policy or ""})


async def status_feed(call: Call[FeedQuery, None]) -> web.StreamResponse:
    """The Atom feed."""
    language = chosen(call)
    made = await call.request.app[PUBLIC].get(What("atom", language))
    headers = {"Content-Type": "application/atom+xml; charset=utf-8", **_language(language), **_FOR_ALL}
    return _sent(call.request, made, headers)


async def status_document(call: Call[PublicQuery, None]) -> web.StreamResponse:
    """The page as data."""
    made = await call.request.app[PUBLIC].get(What("json"))
    headers = {"Content-Type": "application/json", "Vary": "Accept-Encoding", **_FOR_ALL}
    return _sent(call.request, made, headers)


def chosen(call: Call[Any, None]) -> Language:
    """The language that was asked for, else the one that the visitor prefers."""
    match call.query.lang:
        case "en":
            return "en"
        case "th":
            return "th"
    return preferred(call.request.headers.get("Accept-Language"))


def _language(language: Language) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Encoding, Accept-Language"}


def _sent(request: web.Request, made: Made, headers: Mapping[str, str]) -> web.Response:
    kept = {"Cache-Control": _CACHING, "ETag": made.etag}
    if matches(request, made.etag):
        return web.Response(status=304, headers={**kept, "Vary": headers["Vary"]})
    if takes_gzip(request):
        return web.Response(body=made.zipped, headers={**headers, **kept, "Content-Encoding": "gzip"})
    return web.Response(body=made.body, headers={**headers, **kept})


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path="/status",
        handler=status_page,
        summary="The public status page",
        tag="status",
        roles=OPEN,
        query=StatusPageQuery,
        answer=str,
        media="text/html",
    ),
    Route(
        method="GET",
        path="/status/atom",
        handler=status_feed,
        summary="Notes and changes of services for everybody, as an Atom feed",
        tag="status",
        roles=OPEN,
        query=FeedQuery,
        answer=str,
        media="application/atom+xml",
    ),
    Route(
        method="GET",
        path="/status.json",
        handler=status_document,
        summary="The public status page as data",
        tag="status",
        roles=OPEN,
        query=PublicQuery,
        answer=dict[str, Any],
    ),
)
