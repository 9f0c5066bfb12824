"""``nakhon devices``: who may send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.common import DataOption, HttpOption, Json, TokenOption, print_json, server

_DATA = Path(".nakhon")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Devices of a running Nakhon.", no_args_is_help=True)
    group.command("list")(list_devices)
    group.command("show")(show)
    app.add_typer(group, name="devices")


def list_devices(
    http: HttpOption = None,
    token: TokenOption = None,
    data: DataOption = _DATA,
    zone: Annotated[str | None, typer.Option(help="Only this zone.")] = None,
    domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None,
    json: Json = False,
) -> None:
    """Every device, with when it was last heard."""
    wanted = {key: value for key, value in (("zone", zone), ("domain", domain)) if value}
    items = server(http, token, data).all("devices", **wanted)
    if json:
        print_json(items)
        return
    for device in items:
        heard = device["last_seen"] or "never heard"
        state = "" if device["enabled"] else "  disabled"
        sys.stdout.write(f"{device['id']:<24} {device['types'][0]:<28} {device['zone']:<20} {heard}{state}\n")
    sys.stdout.write(f"{len(items)} devices\n")


def show(
    device: Annotated[str, typer.Argument(metavar="ID")],
    http: HttpOption = None,
    token: TokenOption = None,
    data: DataOption = _DATA,
    json: Json = False,
) -> None:
    """One device: what it may send, on which topic, and how its readings ended."""
    running = server(http, token, data)
    found: dict[str, Any] = running.get(f"devices/{device}")
    found["ledger"] = running.get("ledger", device=device)
    if json:
        print_json(found)
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:<10} {value}\n")
