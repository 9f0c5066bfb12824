"""Charts as inline SVG. They are as wide as their place; lines and words keep their size."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby, pairwise
from math import floor, log10

from devices.model import Text
from services.status.model import Status
from services.status.report.model import Course, DayBar, KpiPart, KpiPoint
from services.status.report.page.words import (
    STATUS,
    both,
    day_name,
    drawn,
    number,
    percent,
    say,
    short_period,
    with_unit,
)

_ORDER = (Status.OPERATIONAL, Status.DEGRADED, Status.OUTAGE, Status.MAINTENANCE, Status.UNKNOWN)
_MOST_DAYS = 92
_MOST_ZONES = 12


def days(course: Course, label: Text) -> str:
    """A column for each day, coloured by how long each status held; of a year, one for each week."""
    bars = _weeks(course.days) if len(course.days) > _MOST_DAYS else list(course.days)
    if not bars:
        return ""
    width = 100 / len(bars)
    columns = "".join(_column(bar, place * width, width) for place, bar in enumerate(bars))
    title = f"{escape(label.en)} / {escape(label.th)}"
    return f'<svg class="days" role="img" aria-label="{title}">{columns}</svg>'


def _weeks(bars: Sequence[DayBar]) -> list[DayBar]:
    found = []
    for _, group in groupby(bars, key=lambda bar: bar.day.isocalendar()[:2]):
        week = list(group)
        seconds = {status: sum(bar.seconds.get(status, 0.0) for bar in week) for status in Status}
        worst = max((bar.worst for bar in week if bar.worst), key=lambda one: one.rank, default=None)
        found.append(DayBar(week[0].day, seconds, worst))
    return found


def _column(bar: DayBar, x: float, width: float) -> str:
    total = sum(bar.seconds.values())
    if not total:
        return ""
    below, parts = 0.0, []
    for status in _ORDER:
        share = bar.seconds.get(status, 0.0) / total
        if share > 0:
            parts.append(
                f'<rect class="{status}" x="{x:.3f}%" width="{width * 0.86:.3f}%" '
                f'y="{100 * below:.2f}%" height="{100 * share:.2f}%"/>'
            )
        below += share
    return f"<g><title>{escape(_said(bar, total))}</title>{''.join(parts)}</g>"


def _said(bar: DayBar, total: float) -> str:
    shares = [
        f"{STATUS[status].en} / {STATUS[status].th} {percent(bar.seconds.get(status, 0.0) / total, 1)}"
        for status in _ORDER
        if bar.seconds.get(status, 0.0) > 0
    ]
    return f"{day_name(bar.day).en}: {', '.join(shares)}"


def shares(course: Course) -> str:
    """One bar that shows which share of the time each status held."""
    x, parts = 0.0, []
    for status in _ORDER:
        share = course.share(status) or 0.0
        if share > 0:
            words = f"{STATUS[status].en} / {STATUS[status].th} {percent(share)}"
            parts.append(
                f'<rect class="{status}" x="{100 * x:.3f}%" width="{100 * share:.3f}%" height="100%">'
                f"<title>{escape(words)}</title></rect>"
            )
        x += share
    return f'<svg class="shares" aria-hidden="true">{"".join(parts)}</svg>'


def trend(kpi: KpiPart) -> str:
    """The KPI over the last periods, oldest first, with its target or band."""
    values = [point.value for point in kpi.trend if point.value is not None]
    if not values:
        return ""
    low, high = _bounds([*values, *_limits(kpi)])
    width = (100 - _LEFT) / len(kpi.trend)
    marks = "".join(
        _mark(point, _LEFT + (place + 0.5) * width, low, high, place == len(kpi.trend) - 1)
        for place, point in enumerate(kpi.trend)
    )
    return (
        f'<svg class="trend" role="img" aria-label="{escape(kpi.title.en)} / {escape(kpi.title.th)}">'
        f"{_band(kpi, low, high)}{_axis(low, high)}{_lines(kpi.trend, width, low, high)}{marks}"
        f"{_target(kpi, low, high)}</svg>"
    )


_LEFT = 6.0
"""Per cent of the width for the names of values."""

_TOP, _PLOT = 8.0, 72.0
"""Per cent of the height above the plot, and of the plot itself; names stand below."""


def _y(value: float, low: float, high: float) -> float:
    return round(_TOP + _PLOT * (high - value) / (high - low), 2)


def _limits(kpi: KpiPart) -> list[float]:
    ends = kpi.band or ()
    return [value for value in (kpi.target, *ends) if value is not None]


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """From 0 where that leaves anything to see, with room above."""
    low, high = min(values), max(values)
    if low >= 0 and (high == 0 or low < 0.6 * high):
        low = 0.0
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - room), high + room


def _lines(points: Sequence[KpiPoint], width: float, low: float, high: float) -> str:
    """From each value to the next; where one is missing the line breaks."""
    found = []
    for place, (point, following) in enumerate(pairwise(points)):
        if point.value is None or following.value is None:
            continue
        x1, x2 = _LEFT + (place + 0.5) * width, _LEFT + (place + 1.5) * width
        y1, y2 = _y(point.value, low, high), _y(following.value, low, high)
        found.append(f'<line class="line" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y1}%" y2="{y2}%"/>')
    return "".join(found)


def _mark(point: KpiPoint, x: float, low: float, high: float, last: bool) -> str:
    name = drawn(short_period(point.name.en), f'x="{x:.2f}%" y="98%" text-anchor="middle"')
    words = f'<g class="axis">{name}</g>'
    if point.value is None:
        none = f'x="{x:.2f}%" y="{_TOP + _PLOT - 3}%" text-anchor="middle"'
        return f'<text class="axis" {none}>×</text>{words}'
    y = _y(point.value, low, high)
    title = f"{point.name.en}: {number(point.value)} ({percent(point.coverage, 0)})"
    dot = f'class="dot {point.state}" cx="{x:.2f}%" cy="{y}%" r="{5 if last else 3.5}"'
    return f"<circle {dot}><title>{escape(title)}</title></circle>{words}"


def _axis(low: float, high: float) -> str:
    step = _round_step((high - low) / 3)
    value, found = floor(low / step + 1) * step, []
    if low == 0:
        found.append(f'<line class="grid" x2="100%" y1="{_TOP + _PLOT}%" y2="{_TOP + _PLOT}%"/>')
    while value < high:
        y = _y(value, low, high)
        found.append(f'<line class="grid" x2="100%" y1="{y}%" y2="{y}%"/>')
        found.append(f'<text class="axis" x="2" y="{y}%" dy="-2">{number(round(value, 10))}</text>')
        value += step
    return "".join(found)


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _target(kpi: KpiPart, low: float, high: float) -> str:
    if kpi.target is None:
        return ""
    y = _y(kpi.target, low, high)
    name = with_unit(kpi.target, kpi.unit)
    return f'<line class="limit" x2="100%" y1="{y}%" y2="{y}%"/>' + drawn(
        Text(f"target {name}", f"เป้าหมาย {name}"), f'x="100%" y="{y}%" dx="-3" dy="-3" text-anchor="end"'
    )


def _band(kpi: KpiPart, low: float, high: float) -> str:
    if kpi.band is None:
        return ""
    bottom, top = kpi.band
    y = _y(high if top is None else min(top, high), low, high)
    under = _y(low if bottom is None else max(bottom, low), low, high)
    return f'<rect class="band" width="100%" y="{y}%" height="{max(0.0, under - y):.2f}%"/>'


def zones(kpi: KpiPart) -> str:
    """The zones side by side, the best first; those without a value are named."""
    known = sorted(
        ((point.value, point) for point in kpi.zones if point.value is not None),
        key=lambda one: one[0],
        reverse=kpi.direction != "down",
    )
    if len(known) < 2:
        return ""
    shown = known[:_MOST_ZONES]
    most = max([abs(value) for value, _ in shown] + [abs(limit) for limit in _limits(kpi)] + [1e-9])
    rows = "".join(_zone_row(point, value, most, kpi) for value, point in shown)
    return f'<div class="zones">{rows}</div>{_not_shown(kpi, len(known))}'


def _not_shown(kpi: KpiPart, known: int) -> str:
    """Zones of which there is no bar, and why."""
    lines = []
    if known > _MOST_ZONES:
        lines.append(say(f"{_MOST_ZONES} of {known} zones", f"{_MOST_ZONES} จาก {known} พื้นที่"))
    dark = [point.name for point in kpi.zones if point.value is None]
    if dark:
        named = dark[:_MOST_ZONES]
        more = len(dark) - len(named)
        english, thai = ", ".join(name.en for name in named), ", ".join(name.th for name in named)
        rest = (f" and {more} more", f" และอีก {more}") if more else ("", "")
        lines.append(say(f"not enough data: {english}{rest[0]}", f"ข้อมูลไม่เพียงพอ: {thai}{rest[1]}"))
    return f'<p class="soft">{"; ".join(lines)}</p>' if lines else ""


def _zone_row(point: KpiPoint, value: float, most: float, kpi: KpiPart) -> str:
    mark = ""
    if kpi.target is not None:
        x = 100 * abs(kpi.target) / most
        mark = f'<line class="limit" x1="{x:.2f}%" x2="{x:.2f}%" y2="100%"/>'
    return (
        f"<span>{both(point.name)}</span>"
        f'<svg aria-hidden="true"><rect class="bar {point.state}" width="{100 * abs(value) / most:.2f}%" '
        f'height="100%"/>{mark}</svg><b>{number(value)}</b>'
    )
