"""The report: a month, quarter or year of a city on one page that needs nothing beside itself."""

from __future__ import annotations

import asyncio

from services.status.kpis.periods import Calendar
from services.status.report.gathering import gather
from services.status.report.model import ReportData
from services.status.report.page import write_page
from services.status.report.parts import ReportParts
from services.status.report.periods import parse_period

__all__ = ["ReportData", "ReportParts", "make_report"]


async def make_report(parts: ReportParts, period: str, lang: str | None) -> str:
    """The page of ``period`` (2026-10, 2026-Q3, 2026) as HTML.

    Both languages are in it; ``lang`` is the one that shows first (en or th; None: English).

    Raises:
        InvalidError: the period is none, or has not begun.
    """
    calendar = Calendar(parts.city.timezone)
    data = await gather(parts, parse_period(period, calendar, parts.clock.now()), calendar)
    return await asyncio.to_thread(write_page, data, lang or "en")
