"""``nakhon doctor``, and the list of ``nakhon alerts``: how it stands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    TokenOption,
    print_json,
    server,
)

StateOption = Annotated[str, typer.Option(help="pending, firing or resolved.")]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000)]

_PORTS = {"mqtt": 1883, "mqtts": 8883, "https": 443, "postgresql": 5432}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(doctor)


def alerts(
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    state: StateOption = "firing",
    limit: LimitOption = 100,
    json: Json = False,
) -> None:
    """Alerts of a running Nakhon, newest first."""
    items = server(http, token, data, config).get("alerts", state=state, limit=str(limit))["items"]
    if json:
        print_json(items)
        return
    for alert in items:
        who = alert["device"] or alert["service"] or alert["zone"]
        head = f"{alert['severity']:<9} {alert['starts_at']} {alert['id']} {who:<20}"
        sys.stdout.write(f"{head} {alert['title']['en']}\n")
    sys.stdout.write(f"{len(items)} {state}\n")


def doctor(config: ConfigOption = None, json: Json = False) -> None:
    """Look at this machine and the configuration, and say what would keep Nakhon from running well."""
    from services.runtime.config import read_config

    checks: list[dict[str, Any]] = [_check("Mosquitto", _mosquitto)]
    if config is not None:
        settings = read_config(config)
        checks.append(_check("city", lambda: _city(settings.city)))
        checks.append(_check("data folder", lambda: _writable(settings.data)))
        if settings.mqtt.url:
            url = settings.mqtt.url
            checks.append(_check("broker", lambda: _reachable(url)))
        if settings.records.url:
            database = settings.records.url
            checks.append(_check("records", lambda: _reachable(database)))
        if settings.timeseries.url:
            address = settings.timeseries.url
            checks.append(_check("time series", lambda: _reachable(address)))
    if json:
        print_json(checks)
    else:
        for check in checks:
            sys.stdout.write(f"{'ok  ' if check['ok'] else 'FAIL'} {check['name']}: {check['detail']}\n")
    if not all(check["ok"] for check in checks):
        raise typer.Exit(1)


def _check(name: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": look()}
    except Exception as error:  # noqa: BLE001 - whatever it is, the doctor tells it and goes on
        return {"name": name, "ok": False, "detail": str(error)}


def _city(path: Path) -> str:
    from services.runtime.cityfolder import read_city
    from services.status.policy.model import read_status_policy

    folder = read_city(path)
    read_status_policy(folder)
    return f"{len(folder.devices)} devices"


def _mosquitto() -> str:
    from services.runtime.broker import find_mosquitto

    program = find_mosquitto()
    if program is None:
        raise LookupError(
            "not installed; the demo falls back to a small broker (Debian: apt install mosquitto)"
        )
    return program


def _writable(path: Path) -> str:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    probe = path / ".doctor"
    probe.touch()
    probe.unlink()
    return str(path)


def _reachable(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    default = _PORTS.get(parts.scheme.split("+")[0], 80)

    async def connect() -> None:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or default)
        writer.close()

    asyncio.run(connect())
    return f"{parts.hostname}:{parts.port or default} answers"
