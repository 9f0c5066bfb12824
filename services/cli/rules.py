"""``nakhon rules``: check rule files, test them, play them on the past, compare them, explain alerts."""

from __future__ import annotations

import typer

from services.cli.rulework.backtest import backtest
from services.cli.rulework.check import check
from services.cli.rulework.diff import diff
from services.cli.rulework.explain import explain
from services.cli.rulework.prove import prove


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Rules: check them, test them, play them on the past.", no_args_is_help=True)
    group.command("check")(check)
    group.command("test")(prove)
    group.command("backtest")(backtest)
    group.command("diff")(diff)
    group.command("explain")(explain)
    app.add_typer(group, name="rules")
