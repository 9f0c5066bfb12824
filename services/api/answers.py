"""Answers as JSON: compressed where it pays, not sent again to who has them already."""

from __future__ import annotations

import asyncio
import gzip
import hashlib

import orjson
from aiohttp import web

from services.api.routes import Answer

_WORTH_COMPRESSING = 2_000
_WORTH_A_THREAD = 64_000
_LEVEL = 1  # three quarters of the gain of level 9 at a fifth of its time


async def response(answer: Answer, request: web.Request) -> web.Response:
    """The answer, ready to be sent."""
    if answer.body is None:
        return web.Response(status=answer.status, headers=_headers(answer))
    body = orjson.dumps(answer.body)
    headers = _headers(answer)
    if answer.lasting:
        headers["ETag"] = tag = etag(body)
        if matches(request, tag):
            return web.Response(status=304, headers=headers)
    if len(body) >= _WORTH_COMPRESSING:
        headers["Vary"] = "Accept-Encoding"
        if takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            body = await _compressed(body)
    return web.Response(
        body=body, status=answer.status, headers=headers, content_type="application/json", charset="utf-8"
    )


def etag(body: bytes) -> str:
    """A weak validator: the same content may be sent compressed or not."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(request: web.Request, tag: str) -> bool:
    """Whether the caller has this already."""
    if request.method not in {"GET", "HEAD"}:
        return False
    known = request.headers.get("If-None-Match", "")
    return known.strip() == "*" or tag.removeprefix("W/") in known


def takes_gzip(request: web.Request) -> bool:
    """Whether the caller reads gzip."""
    for part in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, parameters = part.strip().partition(";")
        if coding.strip().lower() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


async def _compressed(body: bytes) -> bytes:
    if len(body) < _WORTH_A_THREAD:
        return gzip.compress(body, _LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)


def _headers(answer: Answer) -> dict[str, str]:
    caching = "private, no-cache" if answer.lasting else "no-store"
    return {"Cache-Control": caching, **answer.headers}
