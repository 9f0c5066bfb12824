"""Who would hear of an alert, drawn as a line of time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from rich.console import Console
from rich.text import Text as Line

from devices.spans import format_span
from services.cli.rulework.moments import when

Doc: TypeAlias = Mapping[str, Any]

_SEVERITIES = {"critical": "bold red", "major": "red", "minor": "yellow", "warning": "cyan"}
_STYLES = {"firing": "bold", "escalation": "yellow", "repeat": "dim"}
_SAYING = {
    "firing": "hears first",
    "escalation": "nobody has acknowledged",
    "repeat": "is told again",
}
_FAR = 26


def draw(found: Doc, timezone: str, *, decided: bool, deployed: bool) -> None:
    """Print what :func:`services.alerts.routing.explain.explain` found.

    ``decided``: the city has an alerting.yaml; ``deployed``: the channels of receivers are known.
    """
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for line in lines(found, timezone, decided=decided, deployed=deployed):
        console.print(line)


def lines(found: Doc, timezone: str, *, decided: bool, deployed: bool) -> Iterator[Line]:
    """The drawing, line by line."""
    alert = found["alert"]
    yield from _head(alert, timezone)
    yield Line()
    yield Line.assemble((f"{_when(alert['at'], timezone):<19}", "bold"), " " * 12, "● it fires")
    yield from _timeline(found["timeline"], timezone, deployed=deployed)
    if not decided:
        yield Line("The city has no alerting.yaml: only the console tells of its alerts.", "yellow")
    elif not found["timeline"]:
        yield Line("Nobody would hear of it; only the console tells of it.", "yellow")
    yield from _held(found["held"], timezone)
    yield from _routes(found["routes"], timezone)


def _head(alert: Doc, timezone: str) -> Iterator[Line]:
    severity = alert["severity"]
    yield Line.assemble(
        (alert["rule"] or "any rule", "bold"), ", ", (severity, _SEVERITIES[severity]), f", {alert['domain']}"
    )
    about = [f"{name} {alert[name]}" for name in ("device", "zone", "service") if alert[name]]
    about += [f"{label}={value}" for label, value in alert["labels"].items()]
    yield Line("  " + (", ".join(about) or "any device"))
    yield Line(f"  times are those of {timezone}", "dim")


def _timeline(timeline: list[Doc], timezone: str, *, deployed: bool) -> Iterator[Line]:
    together = [list(told) for _, told in groupby(timeline, key=_moment)]
    for place, told in enumerate(together):
        first = told[0]
        branch = "╰─" if place == len(together) - 1 else "├─"
        again = f", and every {format_span(first['every'])}" if first["every"] else ""
        yield Line.assemble(
            (f"{_when(first['at'], timezone):<19}", "bold"),
            f" {'+' + format_span(first['after']):<10} {branch} ",
            (f"{_SAYING[first['reason']]}{again}", _STYLES[first["reason"]]),
            (f"  (route {first['route']})", "dim"),
        )
        for one in told:
            yield from _receiver(one, last=branch == "╰─", deployed=deployed)


def _moment(one: Doc) -> tuple[str, str, str, int | None]:
    return one["at"], one["route"], one["reason"], one["every"]


def _receiver(one: Doc, *, last: bool, deployed: bool) -> Iterator[Line]:
    title = one["title"]
    names = title["en"] if title["en"] == title["th"] else f"{title['en']} {title['th']}"
    line = Line(" " * 31 + (" " if last else "│") + "    " + names)
    line.append(f"  {one['receiver']}", "dim")
    if one["channels"]:
        line.append(f"  by {', '.join(one['channels'])}", "green")
    elif deployed:
        line.append("  nakhon.yaml does not say how", "bold red")
    yield line


def _held(held: list[Doc], timezone: str) -> Iterator[Line]:
    if not held:
        return
    yield Line()
    yield Line("What would keep it from being told", "bold")
    for one in held:
        until = f" until {_when(one['until'], timezone)}" if one["until"] else ""
        style = "red" if one["now"] else ""
        yield Line(f"  {one['kind']} {one['id']}{until}: {one['reason']['en']}", style)


def _routes(routes: list[Doc], timezone: str) -> Iterator[Line]:
    if not routes:
        return
    yield Line()
    yield Line("Routes", "bold")
    for one in routes:
        mark, style = ("✓", "green") if one["takes"] else ("·", "dim")
        yield Line(f"  {mark} {one['route']:<{_FAR}} {_said(one, timezone)}", style)


def _said(one: Doc, timezone: str) -> str:
    if not one["takes"]:
        return str(one["why"]["en"])
    said = ["takes it"]
    if one["muted_until"]:
        said.append(f"mute until {_when(one['muted_until'], timezone)}")
    if one["closes"]:
        closes = _when(one["closes"], timezone)
        said.append(f"its hours end {closes}: what is not acknowledged is routed anew")
    return ", ".join(said)


def _when(text: str, timezone: str) -> str:
    return when(round(datetime.fromisoformat(text).timestamp() * 1000), timezone)
