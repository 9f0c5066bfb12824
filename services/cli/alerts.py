"""``nakhon alerts``: list them, work on them, and see who hears of them."""

from __future__ import annotations

import typer

from services.cli.alertwork import acting, check, incidents, show, silences, who
from services.cli.common import ConfigOption, DataOption, HttpOption, Json, TokenOption
from services.cli.looking import LimitOption, StateOption, alerts


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Alerts: list them, work on them, see who hears of them.")
    group.callback(invoke_without_command=True)(_listed)
    for module in (show, acting, incidents, silences, who, check):
        module.add_to(group)
    app.add_typer(group, name="alerts")


def _listed(
    context: typer.Context,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    state: StateOption = "firing",
    limit: LimitOption = 100,
    json: Json = False,
) -> None:
    """Alerts of a running Nakhon, newest first; or one of the commands below."""
    if context.invoked_subcommand is None:
        alerts(http, token, config, data, state, limit, json)
