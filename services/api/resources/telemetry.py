"""``telemetry``: a payload over HTTP, as a device would publish it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiohttp import web
from pydantic import Field, RootModel

from services.api import bodies, telemetryshapes
from services.api.parameters import Query
from services.api.problems import ProblemError, bad_parameter
from services.api.routes import INTEGRATE, V1, Answer, Body, Call, Route
from services.runtime.ports import ConflictError

PATIENCE = 30.0
"""Seconds to wait for a verdict, in real time."""

KEY = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class TelemetryQuery(Query):
    """Whose reading it is."""

    device: str = Field(min_length=1, description="Id of the device that took the reading.")


class Payload(RootModel[Any]):
    """A telemetry payload in any of its forms; `types/{name}` has the schema for each type."""


async def take(call: Call[TelemetryQuery, Any]) -> Answer:
    """Take it in, and answer with its verdict."""
    key = _key(call.request)
    body = await bodies.read(call.request, call.deps.payload)
    try:
        async with asyncio.timeout(PATIENCE):
            return Answer(await call.deps.telemetry.submit(call.query.device, body, key=key))
    except ConflictError as error:
        raise ProblemError("key_reused", str(error)) from None
    except TimeoutError:
        text = "it was taken in, but judging it takes long; the same request with the same key asks again"
        if key is None:
            text = "it was taken in, but judging it takes long; the ledger and the quarantine will tell"
        raise ProblemError("unavailable", text, headers={"Retry-After": "30"}) from None


def _key(request: web.Request) -> str | None:
    """The idempotency key of a request, None without one. Quotes around it are not part of it.

    Raises:
        ProblemError: it is none.
    """
    given = request.headers.getall(KEY, [])
    if not given:
        return None
    key = given[0].strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(given) > 1 or not _KEY.fullmatch(key):
        raise bad_parameter(KEY, "is no idempotency key", "once, 1 to 255 visible ASCII characters")
    return key


ROUTES = (
    Route(
        method="POST",
        path=f"{V1}/telemetry",
        handler=take,
        summary="Hand in a telemetry payload; the answer is its verdict, 200 also when it is refused",
        tag="telemetry",
        roles=INTEGRATE,
        query=TelemetryQuery,
        body=Body(Payload, raw=True),
        answer=telemetryshapes.Verdict,
        codes=("bad_request", "too_large", "unsupported_encoding", "key_reused", "unavailable"),
        headers={
            KEY: "For a request that may be sent again: 1 to 255 visible ASCII characters, such as a UUID. "
            "For a day the same key of the same device takes nothing in again; the answer is the first one's."
        },
    ),
)
