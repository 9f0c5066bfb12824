"""Charts as inline SVG. They are as wide as the page is; lines and words keep their size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from math import ceil, log10

from devices.model import Text
from rules.backtest.alerts import Alert
from rules.backtest.readings import Surroundings, number
from rules.backtest.report import Report, day_of
from rules.model import Severity
from rules.texts import value_text
from services.cli.rulework.moments import when
from services.cli.rulework.page.axis import ticks
from services.cli.rulework.page.words import WORDS, drawn

_CELLS = 1_000
_MOST_BARS = 200
_LINE_HEIGHT = 190


def strip(alerts: Sequence[Alert], report: Report) -> str:
    """One rule's alerts along the whole history, coloured by how bad they were."""
    assert report.start is not None
    assert report.end is not None
    span = max(1, report.end - report.start)
    cells: dict[int, Alert] = {}
    for alert in alerts:
        over = report.end if alert.ends_at is None else alert.ends_at
        first = _cell(alert.starts_at - report.start, span)
        for cell in range(first, _cell(over - report.start, span) + 1):
            if cell not in cells or alert.severity.rank > cells[cell].severity.rank:
                cells[cell] = alert
    marks = "".join(
        f'<rect class="{severity}" x="{first / 10:g}%" width="{(last - first + 1) / 10:g}%" height="100%"/>'
        for first, last, severity in _runs(cells)
    )
    return f'<svg class="strip" aria-hidden="true">{marks}</svg>'


def _cell(after: int, span: int) -> int:
    return max(0, min(_CELLS - 1, after * _CELLS // span))


def _runs(cells: Mapping[int, Alert]) -> list[tuple[int, int, Severity]]:
    """Neighbours of one severity as one."""
    runs: list[tuple[int, int, Severity]] = []
    for cell in sorted(cells):
        severity = cells[cell].severity
        if runs and runs[-1][1] == cell - 1 and runs[-1][2] is severity:
            runs[-1] = (runs[-1][0], cell, severity)
        else:
            runs.append((cell, cell, severity))
    return runs


def scale(start: int, end: int, timezone: str) -> str:
    """The names of moments below charts of a span."""
    names = "".join(
        f'<span style="left:{tick.at:.2%}">{escape(tick.name)}</span>'
        for tick in ticks(start, end, timezone, 6)
        if tick.at < 0.9
    )
    return f'<div class="scale">{names}</div>'


def bars(report: Report) -> tuple[str, str]:
    """How many alerts fired day by day, or week or month where there are many days; and the word for it."""
    from zoneinfo import ZoneInfo

    assert report.start is not None
    assert report.end is not None
    zone = ZoneInfo(report.timezone)
    first, last = (date.fromisoformat(day_of(ms, zone)) for ms in (report.start, report.end))
    days = (last - first).days + 1
    width, word = next(
        (width, word)
        for width, word in ((1, "per_day"), (7, "per_week"), (30, "per_month"), (days, "per_month"))
        if ceil(days / width) <= _MOST_BARS
    )
    counts: dict[int, Counter[Severity]] = defaultdict(Counter)
    for alert in report.alerts:
        place = (date.fromisoformat(day_of(alert.fired_at, zone)) - first).days // width
        counts[place][alert.severity] += 1
    return _bars(counts, ceil(days / width), first, width), word


def _bars(counts: Mapping[int, Counter[Severity]], places: int, first: date, width: int) -> str:
    most = max((sum(count.values()) for count in counts.values()), default=1)
    drawn_bars = []
    for place, count in sorted(counts.items()):
        day = first + timedelta(days=place * width)
        below = 0
        for severity in reversed(Severity):
            if number_of := count[severity]:
                below += number_of
                drawn_bars.append(
                    f'<rect class="{severity}" x="{100 * place / places:.3f}%" width="{90 / places:.3f}%" '
                    f'y="{100 - 100 * below / most:.2f}%" height="{100 * number_of / most:.2f}%">'
                    f"<title>{day.isoformat()}: {number_of} {severity}</title></rect>"
                )
    return f'<div class="most">{most}</div><svg class="bars" role="img">{"".join(drawn_bars)}</svg>'


def around(one: Surroundings, timezone: str) -> str:
    """An alert among the readings of its metric, with its limit, and where it begins, fires and ends."""
    values = [value for line in one.lines.values() for _, value in line]
    limit = _limit(one.alert) if one.rule.condition.on_scale else None
    low, high = _bounds([*values, *([] if limit is None else [limit])])
    left, right = one.start, one.end
    height = _LINE_HEIGHT
    lines = "".join(
        f'<polyline class="line l{place % 4}" points="{_points(line, left, right, low, high)}"/>'
        for place, line in enumerate(one.lines.values())
    )
    over = right if one.alert.ends_at is None else one.alert.ends_at
    x_fired, x_over = _x(one.alert.fired_at, left, right), _x(over, left, right)
    width = max(x_over - x_fired, 0.2)
    band = f'<rect class="band {one.alert.severity}" x="{x_fired:g}%" width="{width:g}%" height="100%"/>'
    plot = f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none">{lines}</svg>'
    return (
        f'<svg class="around" height="{height}" role="img">{band}{_grid(low, high)}{plot}'
        f"{_limit_line(limit, low, high)}{_marks(one)}</svg>{scale(left, right, timezone)}"
    )


def _limit(alert: Alert) -> float | None:
    threshold = alert.evidence.threshold
    return number(threshold) if isinstance(threshold, float | bool) else None


def _bounds(values: Iterable[float]) -> tuple[float, float]:
    """The ends of the value axis, with some room."""
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _x(ms: int, left: int, right: int) -> float:
    return round(100 * (ms - left) / max(1, right - left), 3)


def _y(value: float, low: float, high: float) -> float:
    return round(100 * (high - value) / (high - low), 3)


def _points(line: Sequence[tuple[int, float]], left: int, right: int, low: float, high: float) -> str:
    return " ".join(f"{10 * _x(ms, left, right):.1f},{10 * _y(value, low, high):.1f}" for ms, value in line)


def _grid(low: float, high: float) -> str:
    """Round values across."""
    step = _round_step((high - low) / 4)
    value = ceil(low / step) * step
    found = []
    while value <= high:
        y = _y(value, low, high)
        name = escape(value_text(round(value, 10)) or "")
        found.append(f'<line class="grid" x2="100%" y1="{y}%" y2="{y}%"/>')
        found.append(f'<text class="axis" x="4" y="{y}%" dy="-3">{name}</text>')
        value += step
    return "".join(found)


def _round_step(rough: float) -> float:
    power = 10.0 ** int(log10(rough) // 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _limit_line(limit: float | None, low: float, high: float) -> str:
    if limit is None:
        return ""
    y = _y(limit, low, high)
    name = value_text(limit) or ""
    word = WORDS["threshold"]
    text = Text(f"{word.en} {name}", f"{word.th} {name}")
    return f'<line class="limit" x2="100%" y1="{y}%" y2="{y}%"/>' + drawn(
        text, f'x="100%" y="{y}%" dx="-4" dy="-4" text-anchor="end"'
    )


def _marks(one: Surroundings) -> str:
    alert = one.alert
    moments = (("starts", alert.starts_at), ("fires", alert.fired_at), ("ends", alert.ends_at))
    found = []
    for row, (key, ms) in enumerate(moments):
        if ms is None or (key == "fires" and ms == alert.starts_at):
            continue
        x = _x(ms, one.start, one.end)
        anchor, shift = ("end", -3) if x > 70 or (key == "starts" and x > 15) else ("start", 3)
        found.append(f'<line class="mark" x1="{x}%" x2="{x}%" y2="100%"/>')
        found.append(drawn(WORDS[key], f'x="{x}%" y="{14 + 13 * row}" dx="{shift}" text-anchor="{anchor}"'))
    return "".join(found)


def caption(alert: Alert, timezone: str) -> str:
    """When an alert began, fired and ended, as text."""
    parts = [when(alert.starts_at, timezone), when(alert.fired_at, timezone), when(alert.ends_at, timezone)]
    return " → ".join(escape(part) for part in dict.fromkeys(parts))
