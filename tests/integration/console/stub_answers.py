"""How the made-up city answers."""

from __future__ import annotations

from aiohttp import web


def problem(status: int, title: str, detail: str) -> web.Response:
    """Problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
