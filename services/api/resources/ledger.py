"""``ledger``: what became of everything that was received."""

from __future__ import annotations

from pydantic import Field

from services.api import telemetryshapes
from services.api.parameters import Query
from services.api.resources.devices import known
from services.api.routes import V1, Answer, Call, Route


class LedgerQuery(Query):
    """Whose ledger."""

    device: str | None = Field(None, description="Of this device alone.")


async def get_ledger(call: Call[LedgerQuery, None]) -> Answer:
    """Counts of received copies since the first start."""
    device = call.query.device
    if device is not None:
        known(call, device)
    return Answer(call.deps.telemetry.ledger(device))


ROUTES = (
    Route(
        method="GET",
        path=f"{V1}/ledger",
        handler=get_ledger,
        summary="Received = stored + duplicate + quarantined + pending",
        tag="telemetry",
        query=LedgerQuery,
        answer=telemetryshapes.Ledger,
        codes=("not_found",),
    ),
)
