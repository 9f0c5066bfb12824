"""``report``: a period of the city on one page, as HTML that needs nothing else."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import Field

from services.api.parameters import Query
from services.api.resources.kpis import wrong_parameters
from services.api.resources.paged import here
from services.api.routes import V1, Call, Route
from services.runtime.ports import InvalidError

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    # The page has its styles in itself, and runs nothing.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups"
    ),
}


class ReportQuery(Query):
    """Of when, and in which language."""

    period: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d{2}|-Q[1-4])?$",
        description="Such as `2026-10`, `2026-Q3`, `2026`. Left out: the last whole month.",
    )
    lang: Literal["en", "th"] | None = Field(None, description="Which shows first; English when left out.")


async def get_report(call: Call[ReportQuery, None]) -> web.StreamResponse:
    """The report of a period."""
    period = call.query.period
    if period is None:
        now, timezone = call.deps.clock.now(), call.deps.city.timezone
        period = await asyncio.to_thread(last_month, now, timezone)  # its rules may have to be read
    write = here(call.deps.report, "no reports are made here")
    try:
        text = await write(period, call.query.lang)
    except InvalidError as error:
        raise wrong_parameters(error) from None
    name = f"nakhon-{call.deps.city.id}-{period}.html"
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{name}"'}
    return web.Response(body=text.encode(), headers=headers)


def last_month(now: int, timezone: str) -> str:
    """The last month that is over in the city."""
    today = datetime.fromtimestamp(now / 1000, ZoneInfo(timezone)).date()
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/report",
        handler=get_report,
        summary="The report of a period, as HTML that needs nothing else",
        tag="status",
        query=ReportQuery,
        answer=str,
        media="text/html",
        codes=("not_found", "unavailable", "store_refused"),
    ),
)
