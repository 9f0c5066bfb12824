"""Around every request: its id, its errors as problem details, and the headers that keep browsers safe."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from services.api.bodies import invalid
from services.api.keys import CONSOLE
from services.api.problems import REQUEST_ID, ProblemError, from_http, response
from services.runtime.ports import BusyError, ConflictError, InvalidError, NotFoundError
from services.store.errors import StoreRefusedError, StoreUnavailableError

log = structlog.get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RETRY_AFTER = 5

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@web.middleware
async def shell(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the request an id, look among the console's files, and turn whatever goes wrong into a problem."""
    given = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = given if _ID.fullmatch(given) else secrets.token_hex(8)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        if error.status == 404 and (file := request.app[CONSOLE].serve(request)) is not None:
            return file
        return response(from_http(error), request)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - the last line: nobody meets a traceback
        return response(_problem(error, request), request)


async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """Headers of every answer, streams and files too."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers["Server"] = "Nakhon"
    if request_id := request.get(REQUEST_ID):
        answer.headers["X-Request-ID"] = request_id


def _problem(error: Exception, request: web.Request) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, NotFoundError):
        return ProblemError("not_found", str(error))
    if isinstance(error, ConflictError):
        return ProblemError("conflict", str(error))
    if isinstance(error, InvalidError):
        return invalid(error.errors)
    if isinstance(error, BusyError):
        wait = str(max(1, math.ceil(error.retry_after)))
        return ProblemError("unavailable", str(error), headers={"Retry-After": wait})
    if isinstance(error, StoreUnavailableError):
        wait = str(max(1, round(error.retry_after or _RETRY_AFTER)))
        return ProblemError("unavailable", str(error), headers={"Retry-After": wait})
    if isinstance(error, StoreRefusedError):
        return ProblemError("store_refused", str(error))
    log.error(
        "a request failed",
        method=request.method,
        path=request.path,
        exc_info=error,
        request_id=request[REQUEST_ID],
    )
    text = "something that should not happen did; the log has it under this request_id"
    return ProblemError("internal", text)
