"""``nakhon devices``: who may send."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from devices.devicefile import read_table, rows_of
from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, parse
from services.cli.checking.command import check
from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    RefusedError,
    TokenOption,
    fail,
    print_json,
    server,
    with_records,
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Devices of a running Nakhon.", no_args_is_help=True)
    group.command("add")(add)
    group.command("import")(import_file)
    group.command("list")(list_devices)
    group.command("show")(show)
    group.command("disable")(disable)
    group.command("enable")(enable)
    group.command("check")(check)
    app.add_typer(group, name="devices")


def add(
    device: Annotated[str, typer.Argument(metavar="ID")],
    kind: Annotated[str, typer.Option("--type", help="Observation types it may send: A or A;B.")],
    zone: Annotated[str, typer.Option(help="Zone it stands in.")],
    service: Annotated[str | None, typer.Option(help="Service it counts for.")] = None,
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    lon: Annotated[float | None, typer.Option(help="Longitude (WGS 84).")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude.")] = None,
    interval: Annotated[str | None, typer.Option(help="How often it reports, such as 5m.")] = None,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register a device, and print the topic that it publishes on."""
    row: dict[str, Any] = {
        "id": device,
        "type": kind,
        "zone": zone,
        "service": service,
        "name": name,
        "interval": interval,
    }
    if lon is not None and lat is not None:
        row["location"] = [lon, lat]
    made = server(http, token, data, config).post(
        "devices", {k: v for k, v in row.items() if v not in (None, "")}
    )
    sys.stdout.write(f"{made['topic']}\n")


def import_file(
    file: Annotated[Path, typer.Argument(help="devices.csv, or the same as YAML.")],
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register all devices of a file, or none when one is wrong."""
    parsed, at, rows = _rows(file)
    try:
        answer = server(http, token, data, config).post("devices", rows)
    except RefusedError as error:
        if not error.errors:
            raise
        raise ProblemsError(_in_file(parsed, at, problem) for problem in error.errors) from None
    sys.stdout.write(f"{len(answer['items'])} devices are registered\n")


def _rows(file: Path) -> tuple[Parsed, Loc, Sequence[Any]]:
    problems: list[Problem] = []
    try:
        document = Document(str(file), file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemsError([Problem(str(file), 0, "", f"can't be read: {error}")]) from None
    parsed = read_table(document, problems) if file.suffix == ".csv" else parse(document)
    if problems:
        raise ProblemsError(problems)
    at, rows = rows_of(parsed)
    return parsed, at, rows


def _in_file(parsed: Parsed, at: Loc, error: Mapping[str, Any]) -> Problem:
    """A mistake that the server names as ``[3].zone``, on its line of the file."""
    place, _, key = error["path"].removeprefix("[").partition("]")
    loc = (*at, int(place)) if place.isdigit() else at
    key = key.strip(".")
    found = parsed.problem((*loc, key), error["message"], allowed=error.get("allowed"))
    return replace(found, key=key)


def disable(
    device: Annotated[str, typer.Argument(metavar="ID")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take nothing more from a device; a running Nakhon follows within seconds."""
    _allow(device, config, data, allowed=False)


def enable(
    device: Annotated[str, typer.Argument(metavar="ID")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take readings from a disabled device again."""
    _allow(device, config, data, allowed=True)


def _allow(device: str, config: Path | None, data: Path | None, *, allowed: bool) -> None:
    if not with_records(config, data, lambda records: records.devices.allow(device, allowed)):
        raise fail(f"no device {device!r} is registered; see: nakhon devices list")


def list_devices(
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    zone: Annotated[str | None, typer.Option(help="Only this zone.")] = None,
    domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None,
    json: Json = False,
) -> None:
    """Every device, with when it was last heard."""
    wanted = {key: value for key, value in (("zone", zone), ("domain", domain)) if value}
    items = server(http, token, data, config).all("devices", **wanted)
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
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """One device: what it may send, on which topic, and how its readings ended."""
    running = server(http, token, data, config)
    found: dict[str, Any] = running.get(f"devices/{device}")
    found["ledger"] = running.get("ledger", device=device)
    if json:
        print_json(found)
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:<10} {_plain(value)}\n")


def _plain(value: Any) -> str:
    """A value of JSON as a person writes it: ``A, B``; ``k=v, k=v``; ``yes``; ``-``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_plain(part)}" for key, part in value.items()) or "-"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(part) for part in value) or "-"
    return "-" if value in (None, "") else str(value)
