"""``nakhon alerts incidents``: what operators work on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from services.cli.common import ConfigOption, DataOption, HttpOption, Json, TokenOption, print_json, server


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command()(incidents)


def incidents(
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    state: Annotated[str, typer.Option(help="open, resolved or merged.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    json: Json = False,
) -> None:
    """Incidents of a running Nakhon, newest first: alerts that belong together."""
    items = server(http, token, data, config).get("incidents", state=state, limit=str(limit))["items"]
    if json:
        print_json(items)
        return
    for incident in items:
        sys.stdout.write(f"{_line(incident)}\n")
    sys.stdout.write(f"{len(items)} {state}\n")


def _line(incident: Mapping[str, Any]) -> str:
    where = incident["service"] or incident["zone"] or incident["domain"]
    whose = incident["assigned_to"] or (incident["acknowledged"] or {}).get("by") or "nobody"
    counted = f"{incident['open']} of {incident['alerts']} open"
    head = f"{incident['severity']:<9} {incident['opened_at']} {incident['id']} {where:<20}"
    return f"{head} {counted:<16} {whose:<16} {incident['title']['en']}"
