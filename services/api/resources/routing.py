"""``routes/explain``: who would hear of an alert, and when."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from devices.model import Domain
from services.api import notificationshapes, shapes
from services.api.parameters import Many, Moment, Query
from services.api.problems import bad_parameter, bad_parameters
from services.api.resources.paged import here
from services.api.routes import OPERATE, V1, Answer, Call, Route
from services.runtime.ports import InvalidError


class ExplainQuery(Query):
    """The alert; what is left out follows from its rule and its device."""

    rule: str | None = Field(None, max_length=200, description="`group/rule`.")
    device: str | None = Field(None, max_length=200)
    zone: str | None = Field(None, max_length=200)
    service: str | None = Field(None, max_length=200)
    domain: Domain | None = None
    severity: shapes.SeverityName | None = None
    label: Many = Field((), description="`key=value`; the device's when left out.")
    at: Moment | None = Field(None, description="When it fires; now when left out.")


async def explain_routes(call: Call[ExplainQuery, None]) -> Answer:
    """Who would hear of it, and when."""
    query = call.query
    asked = query.model_dump(mode="json", exclude={"label", "at"})
    labels = dict(_label(text) for text in query.label)
    at = call.deps.clock.now() if query.at is None else query.at
    port = here(call.deps.routes)
    try:
        return Answer(await port.explain({**asked, "labels": labels or None, "at": at}))
    except InvalidError as error:
        errors = [{"parameter": one["path"], **one} for one in error.errors]
    raise bad_parameters(errors)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise bad_parameter("label", f"{text!r} has no value", "key=value")
    return key, value


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/routes/explain",
        handler=explain_routes,
        summary="Who would hear of an alert, and when",
        tag="notifications",
        roles=OPERATE,
        query=ExplainQuery,
        answer=notificationshapes.Explanation,
        codes=("not_found",),
    ),
)
