"""``nakhon alerts silence``, ``silences`` and ``unsilence``: who hears nothing for a while, and why."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from devices.spans import parse_span
from services.cli.alertwork.naming import whole_id
from services.cli.common import ConfigOption, DataOption, HttpOption, Json, TokenOption, print_json, server
from services.runtime.lifecycle import StartupError

Several = list[str] | None


def add_to(group: typer.Typer) -> None:
    """Register the commands."""
    for command in (silence, silences, unsilence):
        group.command()(command)


def silence(
    reason: Annotated[str, typer.Option(help="Why; everybody sees it.")],
    for_: Annotated[str, typer.Option("--for", help="How long: 2h, 1d.")],
    rule: Annotated[Several, typer.Option(help="group/rule, or a glob; may be given again.")] = None,
    domain: Annotated[Several, typer.Option()] = None,
    zone: Annotated[Several, typer.Option()] = None,
    service: Annotated[Several, typer.Option()] = None,
    device: Annotated[Several, typer.Option(help="An id, or a glob: aq-*.")] = None,
    severity: Annotated[Several, typer.Option()] = None,
    label: Annotated[Several, typer.Option(help="key=value, of the device.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what it would hold now.")] = False,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Tell nobody of certain alerts for a while. They stay in every list, marked."""
    given = {
        "rules": rule,
        "domains": domain,
        "zones": zone,
        "services": service,
        "devices": device,
        "severities": severity,
    }
    matcher: dict[str, Any] = {name: values for name, values in given.items() if values}
    if label:
        matcher["labels"] = labels_of(label)
    if not matcher:
        raise StartupError("which alerts? give at least one of --zone, --rule, --device … (all: --rule '*')")
    there = server(http, token, data, config)
    if preview:
        _preview(there.post("silences/preview", {"matcher": matcher}), json=json)
        return
    body = {"matcher": matcher, "duration": _span(for_), "reason": reason}
    made = there.post("silences", body)
    if json:
        print_json(made)
    else:
        sys.stdout.write(f"{made['id']} holds {made['alerts']} alert(s) now, until {made['ends_at']}\n")


def silences(
    every: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Silences of a running Nakhon, newest first."""
    wanted = {} if every else {"state": "active,pending"}
    items = server(http, token, data, config).all("silences", **wanted)
    if json:
        print_json(items)
        return
    for one in items:
        sys.stdout.write(f"{_line(one)}\n")
    sys.stdout.write(f"{len(items)} silence(s)\n")


def unsilence(
    silence: Annotated[str, typer.Argument(help="The silence's id, or a beginning that no other has.")],
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """End a silence now. What it held and still fires is told."""
    there = server(http, token, data, config)
    ended = there.delete(f"silences/{whole_id(there, 'silences', 'silence', silence)}")
    if json:
        print_json(ended)
    else:
        sys.stdout.write(f"{ended['id']} is over\n")


def labels_of(given: list[str]) -> dict[str, list[str]]:
    """``["site=school", "site=market"]`` → the label with its values.

    Raises:
        StartupError: one has no value.
    """
    found: dict[str, list[str]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise StartupError(f"--label {text!r} must be key=value")
        found.setdefault(key, []).append(value)
    return found


def _span(text: str) -> str:
    try:
        if parse_span(text):
            return text
    except ValueError:
        pass
    raise StartupError(f"--for {text!r} must be a span of time such as 30m, 2h or 1d")


def _preview(found: Mapping[str, Any], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    for alert in found["items"]:
        who = alert["device"] or alert["service"] or alert["zone"]
        sys.stdout.write(f"{alert['severity']:<9} {alert['id']} {who:<20} {alert['title']['en']}\n")
    sys.stdout.write(f"it would hold {found['alerts']} alert(s) now\n")


def _line(one: Mapping[str, Any]) -> str:
    head = f"{one['state']:<8} {one['id']} until {one['ends_at']} by {one['created_by']:<16}"
    return f"{head} holds {one['alerts']}: {matcher_text(one['matcher'])} — {one['reason']}"


def matcher_text(matcher: Mapping[str, Any]) -> str:
    """Which alerts, in a few words."""
    parts = [
        f"{name} {' | '.join(values)}" for name, values in matcher.items() if values and name != "labels"
    ]
    parts += [f"{label}={' | '.join(values)}" for label, values in (matcher.get("labels") or {}).items()]
    return ", ".join(parts) or "all"
