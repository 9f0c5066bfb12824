"""``telemetry``: a payload over HTTP, as a device would publish it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import Field, RootModel

from devices.refusal import Code
from services.api import bodies, shapes
from services.api.parameters import Query
from services.api.problems import ProblemError
from services.api.routes import INTEGRATE, V1, Answer, Body, Call, Route
from services.runtime.clock import rfc3339
from services.runtime.ports import NotFoundError

PATIENCE = 30.0
"""Seconds to wait for a verdict, in real time."""


class TelemetryQuery(Query):
    """Whose reading it is."""

    device: str = Field(min_length=1, description="Id of the device that took the reading.")


class Payload(RootModel[Any]):
    """A telemetry payload in any of its forms; `types/{name}` has the schema for each type."""


async def take(call: Call[TelemetryQuery, Any]) -> Answer:
    """Take it in, and answer with its verdict."""
    body = await bodies.read(call.request, call.deps.payload)
    device = call.query.device
    try:
        async with asyncio.timeout(PATIENCE):
            return Answer(await call.deps.telemetry.submit(device, body))
    except NotFoundError:
        return Answer(_of_nobody(device, call.deps.clock.now()))
    except TimeoutError:
        text = "it was taken in, but judging it takes long; the ledger and the quarantine will tell"
        raise ProblemError("unavailable", text, headers={"Retry-After": "30"}) from None


def _of_nobody(device: str, now: int) -> Mapping[str, Any]:
    """The verdict on what an unregistered device sends."""
    rejection = {
        "index": 0,
        "code": Code.UNKNOWN_DEVICE.value,
        "path": "device",
        "value": device[:100],
        "expected": "a registered device; register it, or correct the id",
        "contract": None,
        "also": [],
    }
    return {"received": rfc3339(now), "accepted": 0, "rejected": [rejection]}


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
        answer=shapes.Verdict,
        codes=("too_large", "unsupported_encoding", "unavailable"),
    ),
)
