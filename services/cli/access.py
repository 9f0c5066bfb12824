"""``nakhon tokens``: who may ask."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from services.cli.common import ConfigOption, DataOption, Json, fail, print_json, with_records
from services.runtime.clock import optional_rfc3339


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Tokens for scripts, dashboards and devices.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_tokens)
    group.command("revoke")(revoke)
    app.add_typer(group, name="tokens")


def _now() -> int:
    return time.time_ns() // 1_000_000


def add(
    role: Annotated[str, typer.Option(help="viewer, operator, integrator or admin.")],
    name: Annotated[str, typer.Option(help="Whose it is, or what for.")] = "",
    days: Annotated[float | None, typer.Option(min=0, help="How long it is good for.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make a token and print it, alone and only now."""
    from services.store.records.tokens import ROLES

    if role not in ROLES:
        raise fail(f"--role {role}: choose from {', '.join(ROLES)}")
    try:
        made = with_records(
            config, data, lambda records: records.tokens.add(name or role, role, now=_now(), days=days)
        )
    except ValueError as error:
        raise fail(str(error)) from None
    sys.stdout.write(f"{made.secret}\n")


def list_tokens(config: ConfigOption = None, data: DataOption = None, json: Json = False) -> None:
    """Every token, without its secret."""
    tokens = with_records(config, data, lambda records: records.tokens.all())
    rows = [
        {
            "id": token.id,
            "name": token.name,
            "role": token.role,
            "created": optional_rfc3339(token.created),
            "expires": optional_rfc3339(token.expires),
            "revoked": optional_rfc3339(token.revoked),
            "last_used": optional_rfc3339(token.last_used),
        }
        for token in tokens
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked"] else f"until {row['expires']}" if row["expires"] else "valid"
        sys.stdout.write(f"{row['id']}  {row['role']:<10}  {state:<32}  {row['name']}\n")


def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As in: nakhon tokens list")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """End a token at once."""
    if not with_records(config, data, lambda records: records.tokens.revoke(token_id, now=_now())):
        raise fail(f"no token {token_id}; see: nakhon tokens list")
