"""``nakhon alerts show``: one alert with its log book and who was told of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import typer

from services.cli.alertwork.acting import AlertArgument
from services.cli.alertwork.naming import alert_id
from services.cli.common import ConfigOption, DataOption, HttpOption, Json, TokenOption, print_json, server
from services.cli.rulework.moments import when

Doc: TypeAlias = Mapping[str, Any]

_TIMES = ("taken", "received", "fired", "persisted", "delivered", "notified", "acknowledged")


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command()(show)


def show(
    alert: AlertArgument,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """One alert: how it stands, what happened to it, and who was told. Why it fired: nakhon rules explain."""
    there = server(http, token, data, config)
    found = there.get(f"alerts/{alert_id(there, alert)}")
    if json:
        print_json(found)
        return
    timezone = there.get("session")["city"]["timezone"]
    sys.stdout.write("".join(f"{line}\n" for line in lines(found, timezone)))


def lines(alert: Doc, timezone: str) -> Iterator[str]:
    """The alert, for people; times on the clock of ``timezone``."""
    yield from (alert["title"]["en"], alert["title"]["th"], "")
    yield from (f"  {name:<12} {value}" for name, value in _standing(alert, timezone))
    yield ""
    yield f"Times ({timezone})"
    yield from (f"  {name:<12} {_at(alert['times'].get(name), timezone)}" for name in _TIMES)
    yield ""
    yield "What happened"
    for step in alert["history"]:
        yield from _step(step, timezone)
    yield from _notified(alert.get("notifications"), timezone)


def _standing(alert: Doc, timezone: str) -> Iterator[tuple[str, str]]:
    named = ((name, alert[name]) for name in ("device", "zone", "service"))
    yield "alert", f"{alert['id']}  {alert['state']}, {alert['severity']}"
    yield "about", ", ".join(f"{name} {value}" for name, value in named if value) or "Nakhon itself"
    yield "rule", alert["rule"]
    if alert.get("incident"):
        yield "incident", alert["incident"]
    if alert.get("cause"):
        yield "under", alert["cause"]
    if (alert.get("occurrences") or 1) > 1:
        yield "fired", f"{alert['occurrences']} times"
    if alert.get("flapping"):
        yield "flapping", f"held until {_at(alert.get('held_until'), timezone)}"
    if known := alert["acknowledged"]:
        yield "acknowledged", f"by {known['by']}, {_at(known['at'], timezone)}{_note(known.get('note'))}"
    if alert["assigned_to"]:
        yield "assigned to", alert["assigned_to"]
    if held := alert["suppressed"]:
        until = f" until {_at(held['until'], timezone)}" if held.get("until") else ""
        yield "suppressed", f"{held['kind']} {held['id']}{until}: {held['reason']['en']}"


def _note(text: str | None) -> str:
    return f": {text}" if text else ""


def _step(step: Doc, timezone: str) -> Iterator[str]:
    yield f"  {_at(step['at'], timezone)}  {step['text']['en']}"
    if step.get("note") and step["note"] not in step["text"]["en"]:
        yield f"      {step['note']}"


def _notified(told: list[Doc] | None, timezone: str) -> Iterator[str]:
    if not told:
        return
    yield ""
    yield "Who was told"
    for one in told:
        at = _at(one["delivered"] or one["created"], timezone)
        error = f": {one['error']}" if one["error"] else ""
        yield f"  {at}  {one['receiver']} by {one['channel']}, {one['reason']}: {one['state']}{error}"


def _at(text: str | None, timezone: str) -> str:
    return when(None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000), timezone)
