"""The periods of which a report can be made: ``2026-10``, ``2026-Q3``, ``2026``."""

from __future__ import annotations

import re
from datetime import date

from services.runtime.ports import InvalidError
from services.status.kpis.periods import Calendar, Kind, Period
from services.status.report.model import ReportPeriod

ALLOWED = "a month such as 2026-10, a quarter such as 2026-Q3 or a year such as 2026"
_FORM = re.compile(r"(2\d{3}|19\d{2})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


def parse_period(text: str, calendar: Calendar, now: int) -> ReportPeriod:
    """The period of that name, as far as it has passed at ``now`` (ms).

    Raises:
        InvalidError: it is none, or has not begun.
    """
    match = _FORM.fullmatch(text.strip().upper())
    if match is None:
        raise InvalidError.at("period", f"{text!r} is no period", ALLOWED)
    year, month, quarter = int(match[1]), match[2], match[3]
    if month:
        period = calendar.of(Kind.MONTH, date(year, int(month), 1))
    elif quarter:
        period = calendar.of(Kind.QUARTER, date(year, 3 * int(quarter) - 2, 1))
    else:
        period = calendar.of(Kind.YEAR, date(year, 1, 1))
    if period.start >= now:
        raise InvalidError.at("period", f"{text} has not begun yet", ALLOWED)
    until = min(period.end, now)
    days = len(calendar.days(period.start, until, until))
    return ReportPeriod(match[0], period.kind.value, period.start, period.end, until, days)


def trend_periods(calendar: Calendar, period: ReportPeriod, count: int) -> list[Period]:
    """The periods that a trend shows: the last ``count`` of that kind; of a year its months."""
    if period.kind == Kind.YEAR:
        return list(calendar.between(Kind.MONTH, period.start, period.end))
    last = calendar.at(Kind(period.kind), period.start)
    return [calendar.before(last, back) for back in reversed(range(count))]


def name_of(period: Period) -> str:
    """What a period is called: ``2026-10``, ``2026-Q3``, ``2026``."""
    first = period.first
    if period.kind is Kind.YEAR:
        return f"{first.year}"
    if period.kind is Kind.QUARTER:
        return f"{first.year}-Q{(first.month + 2) // 3}"
    return f"{first.year}-{first.month:02d}"
