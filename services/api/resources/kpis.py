"""``kpis``: indicators by KPI, zone and period, what they mean, and all of them as a file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from devices.model import Domain
from services.api import kpishapes
from services.api.paging import page_of
from services.api.parameters import Many, Moment, PageQuery, Query
from services.api.problems import ProblemError, bad_parameter, bad_parameters
from services.api.resources.paged import here
from services.api.routes import V1, Answer, Call, Route
from services.runtime.clock import rfc3339
from services.runtime.ports import InvalidError

_NOTHING = "no KPIs are computed here"
_MEDIA = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}


class _Which(Query):
    """Which KPIs, of where and when."""

    domain: Domain | None = None
    kpi: str | None = Field(None, description="Its id.")
    zone: Many = Field((), description="Zones; `*` is every zone. Left out: the whole city.")
    period: kpishapes.PeriodName = Field("month", description="How long each period is.")
    start: Moment | None = Field(None, description="Inclusive. Left out: of the period that goes on.")
    end: Moment | None = Field(None, description="Exclusive. Left out: now.")


class KpisQuery(_Which, PageQuery):
    """Which KPIs, and how many of them."""


class KpiExportQuery(_Which):
    """Which KPIs, and how they are written."""

    format: Literal["csv", "parquet", "json"] = Field("csv", description="What kind of file.")


class CatalogueQuery(PageQuery):
    """Which definitions."""

    domain: Domain | None = None


async def list_kpis(call: Call[KpisQuery, None]) -> Answer:
    """Values by KPI, zone and period."""
    return Answer(page_of(await _values(call, call.query), call.query))


async def list_kpi_catalogue(call: Call[CatalogueQuery, None]) -> Answer:
    """What each KPI says."""
    domain = call.query.domain
    found = here(call.deps.kpis, _NOTHING).catalogue()
    return Answer(page_of([one for one in found if domain in (None, one["domain"])], call.query))


async def export_kpis(call: Call[KpiExportQuery, None]) -> web.StreamResponse:
    """All that is meant, as a file."""
    write = here(call.deps.kpi_export, "no KPIs are written as files here")
    values = await _values(call, call.query)
    body = await asyncio.to_thread(write, values, call.query.format)
    moment = re.sub(r"[-:]|\.\d+", "", rfc3339(call.deps.clock.now()))
    name = f"kpis-{call.deps.city.id}-{moment}.{call.query.format}"
    headers = {
        "Content-Type": _MEDIA[call.query.format],
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=body, headers=headers)


async def _values(call: Call[Any, None], query: _Which) -> Sequence[Mapping[str, Any]]:
    port = here(call.deps.kpis, _NOTHING)
    if query.start is not None and query.end is not None and query.start >= query.end:
        raise bad_parameter("end", "must lie after start")
    try:
        return await port.kpis(
            domain=query.domain,
            kpi=query.kpi,
            zones=query.zone,
            period=query.period,
            start=query.start,
            end=query.end,
        )
    except InvalidError as error:
        raise wrong_parameters(error) from None


def wrong_parameters(error: InvalidError) -> ProblemError:
    """What a port says of what was asked, as a problem with parameters."""
    return bad_parameters(
        [
            {"parameter": one["path"], "message": one["message"], "allowed": one["allowed"]}
            for one in error.errors
        ]
    )


_CODES = ("not_found", "unavailable", "store_refused")

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/kpis",
        handler=list_kpis,
        summary="KPIs by KPI, zone and period",
        tag="status",
        query=KpisQuery,
        answer=kpishapes.KpiValues,
        codes=_CODES,
    ),
    Route(
        method="GET",
        path=f"{V1}/kpis/catalogue",
        handler=list_kpi_catalogue,
        summary="What each KPI says: formula, unit, direction, target, source",
        tag="status",
        query=CatalogueQuery,
        answer=kpishapes.KpiCatalogue,
        codes=("not_found",),
    ),
    Route(
        method="GET",
        path=f"{V1}/kpis/export",
        handler=export_kpis,
        summary="KPIs as a file",
        tag="status",
        query=KpiExportQuery,
        answer=str,
        media="text/csv",
        other_media=("application/vnd.apache.parquet", "application/json"),
        codes=_CODES,
    ),
)
