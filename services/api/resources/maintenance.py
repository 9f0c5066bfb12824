"""``maintenance``: windows in which work is done, once or recurring (RFC 5545)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from devices.spans import parse_span
from services.api import suppressionshapes
from services.api.parameters import PageQuery, split_many
from services.api.resources.matcherbody import WorkForm
from services.api.resources.operatorbodies import LONGEST_NAME, Reason, Written
from services.api.resources.paged import here, listed
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route

_LOCAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$"
_LOCAL_OR_DAY = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$"
_MOST_DATES = 500


def _local(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a local time, such as 2026-01-05T01:00") from None
    return text


def _span(text: str) -> str:
    if parse_span(text) == 0:
        raise ValueError("must be more than nothing")
    return text


_Local = Annotated[str, StringConstraints(pattern=_LOCAL), AfterValidator(_local)]
_LocalOrDay = Annotated[str, StringConstraints(pattern=_LOCAL_OR_DAY), AfterValidator(_local)]
_Span = Annotated[str, StringConstraints(max_length=40), AfterValidator(_span)]
_Zone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]
_Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]


class MaintenanceQuery(PageQuery):
    """Which maintenance."""

    origin: Annotated[tuple[suppressionshapes.OriginName, ...], BeforeValidator(split_many)] = ()
    active: bool | None = Field(None, description="Whether it is under way now.")


class TitleForm(Written):
    """What it is called, in both languages."""

    en: _Title
    th: _Title


class ScheduleForm(Written):
    """When: from `start` for `duration`, and again as `rrule` says."""

    start: _Local = Field(description="Local time of `timezone`, such as `2026-01-05T01:00`.")
    duration: _Span = Field(description="Such as `2h`.", examples=["2h"])
    rrule: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = Field(
        None, description="RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO`. Left out: once."
    )
    exdates: Annotated[tuple[_LocalOrDay, ...], Field(max_length=_MOST_DATES)] = Field(
        (), description="Starts, or whole days, that are left out."
    )
    timezone: _Zone | None = Field(None, description="Such as `Asia/Bangkok`; the city's when left out.")


class MaintenanceForm(Written):
    """What is worked on, when and why."""

    title: TitleForm
    matcher: WorkForm
    schedule: ScheduleForm
    reason: Reason

    def as_dict(self) -> dict[str, Any]:
        """What was said, as the port takes it."""
        return {**self.model_dump(mode="json"), "matcher": self.matcher.as_dict()}


async def list_maintenance(call: Call[MaintenanceQuery, None]) -> Answer:
    """Maintenance: the city's, and what was added."""
    return await listed(call.query, here(call.deps.maintenance).maintenance)


async def get_maintenance(call: Call[NoQuery, None]) -> Answer:
    """One of them."""
    return Answer(await here(call.deps.maintenance).maintenance_window(call.path("id")))


async def add_maintenance(call: Call[NoQuery, MaintenanceForm]) -> Answer:
    """Plan one."""
    port = here(call.deps.maintenance)
    made = await port.add_maintenance(call.body.as_dict(), by=call.principal.name)
    return Answer(made, status=201, headers={"Location": f"{V1}/maintenance/{made['id']}"})


async def end_maintenance(call: Call[NoQuery, None]) -> Answer:
    """End it now, for good; what it held and still fires is told."""
    port = here(call.deps.maintenance)
    return Answer(await port.end_maintenance(call.path("id"), by=call.principal.name))


_ID = {"id": "The maintenance's id."}

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/maintenance",
        handler=list_maintenance,
        summary="Maintenance windows, once or recurring",
        tag="alerts",
        query=MaintenanceQuery,
        answer=suppressionshapes.Maintenances,
        codes=("not_found",),
    ),
    Route(
        method="POST",
        path=f"{V1}/maintenance",
        handler=add_maintenance,
        summary="Plan maintenance",
        tag="alerts",
        roles=OPERATE,
        body=Body(MaintenanceForm),
        answer=suppressionshapes.Maintenance,
        status=201,
        codes=("malformed_json", "invalid_body", "not_found"),
    ),
    Route(
        method="GET",
        path=f"{V1}/maintenance/{{id}}",
        handler=get_maintenance,
        summary="One maintenance window, and when it comes next",
        tag="alerts",
        answer=suppressionshapes.Maintenance,
        codes=("not_found",),
        parameters=_ID,
    ),
    Route(
        method="DELETE",
        path=f"{V1}/maintenance/{{id}}",
        handler=end_maintenance,
        summary="End maintenance now, for good",
        tag="alerts",
        roles=OPERATE,
        answer=suppressionshapes.Maintenance,
        codes=("not_found", "conflict"),
        parameters=_ID,
    ),
)
