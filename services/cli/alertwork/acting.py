"""``nakhon alerts ack``, ``unack``, ``assign``, ``comment`` and ``close``: an operator's steps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from services.cli.alertwork.naming import alert_id
from services.cli.common import ConfigOption, DataOption, HttpOption, Json, TokenOption, print_json, server
from services.runtime.lifecycle import StartupError

AlertsArgument = Annotated[list[str], typer.Argument(help="Ids, or beginnings that no others have.")]
AlertArgument = Annotated[str, typer.Argument(help="The alert's id, or a beginning that no other has.")]


def add_to(group: typer.Typer) -> None:
    """Register the commands."""
    for command in (ack, unack, assign, comment, close):
        group.command()(command)


def ack(
    alerts: AlertsArgument,
    note: Annotated[str, typer.Option(help="What you have to say.")] = "",
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Say that you are on it: nobody else is called. Exit code 1 when one of several could not be."""
    there = server(http, token, data, config)
    ids = [alert_id(there, given) for given in alerts]
    if len(ids) == 1:
        _tell(there.post(f"alerts/{ids[0]}/acknowledge", {"note": note}), "acknowledged", json=json)
        return
    items = there.post("alerts/acknowledge", {"ids": ids, "note": note})["items"]
    if json:
        print_json(items)
    else:
        for item in items:
            sys.stdout.write(f"{item['id']} {'acknowledged' if item['ok'] else item['detail']}\n")
    if not all(item["ok"] for item in items):
        raise typer.Exit(1)


def unack(
    alert: AlertArgument,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Say that nobody is on it any more."""
    there = server(http, token, data, config)
    told = there.post(f"alerts/{alert_id(there, alert)}/unacknowledge", {"note": note})
    _tell(told, "no longer acknowledged", json=json)


def assign(
    alert: AlertArgument,
    to: Annotated[str | None, typer.Argument(help="Whose it is from now on.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Take it from whoever has it.")] = False,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Give it to somebody."""
    if (to is None) is not nobody:
        raise StartupError("name somebody, or say --nobody")
    there = server(http, token, data, config)
    told = there.post(f"alerts/{alert_id(there, alert)}/assign", {"to": to})
    _tell(told, f"assigned to {to}" if to else "assigned to nobody", json=json)


def comment(
    alert: AlertArgument,
    text: Annotated[str, typer.Argument(help="What is to stand in its history.")],
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Write into its history."""
    there = server(http, token, data, config)
    told = there.post(f"alerts/{alert_id(there, alert)}/comment", {"note": text})
    _tell(told, "written down", json=json)


def close(
    alert: AlertArgument,
    note: Annotated[str, typer.Option(help="Why; it stands in its history.")],
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Resolve it by hand, with a reason."""
    there = server(http, token, data, config)
    told = there.post(f"alerts/{alert_id(there, alert)}/close", {"note": note})
    _tell(told, "closed", json=json)


def _tell(alert: Mapping[str, Any], said: str, *, json: bool) -> None:
    if json:
        print_json(alert)
    else:
        sys.stdout.write(f"{alert['id']} {said}: {alert['title']['en']}\n")
