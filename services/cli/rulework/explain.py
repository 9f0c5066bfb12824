"""``nakhon rules explain``: why an alert fired."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.alertwork.naming import WHOLE, alert_id, only
from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    RefusedError,
    Server,
    TokenOption,
    deployment,
    find_server,
    print_json,
    with_records,
)
from services.cli.rulework.explained import lines, same_version
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from services.store.records import Records


@dataclass(frozen=True, slots=True)
class _Found:
    """An alert with its history, the rule in force, and whether the rules in force are known at all."""

    alert: Mapping[str, Any]
    rule: Mapping[str, Any] | None
    known: bool
    timezone: str


def explain(
    alert: Annotated[str, typer.Argument(help="The alert's id, or a beginning that no other has.")],
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Why an alert fired: its rule and version, readings, arithmetic, and each step with its times.

    It asks the Nakhon that runs, or else reads the records of the deployment.
    """
    name = alert.strip().upper()
    if not name:
        raise StartupError("which alert? give its id, or the first letters of it (nakhon alerts lists them)")
    server = find_server(http, token, config, data)
    found = _ask(server, name) if server else _read(config, data, name)
    if json:
        print_json(
            {
                "alert": found.alert,
                "explanation": found.alert["explanation"],
                "rule": found.rule,
                "same_version": same_version(found.alert, found.rule),
            }
        )
        return
    told = lines(found.alert, found.rule, known=found.known, timezone=found.timezone)
    sys.stdout.write("".join(f"{line}\n" for line in told))


def _ask(server: Server, name: str) -> _Found:
    """From a Nakhon that runs."""
    whole = alert_id(server, name)
    alert = server.get(f"alerts/{whole}")
    try:
        rule = server.get(f"rules/{alert['rule']}")
    except RefusedError:
        rule = None
    return _Found(alert, rule, known=True, timezone=server.get("session")["city"]["timezone"])


def _read(config: Path | None, data: Path | None, name: str) -> _Found:
    """From the records, where nothing runs."""

    async def work(records: Records) -> Mapping[str, Any]:
        from services.alerts.document import full_document

        whole = (
            name if len(name) == WHOLE else only(name, "alert", await records.alerts.beginning(name, limit=6))
        )
        found = await records.alerts.get(whole)
        if found is None:
            raise StartupError(f"no alert {name}")
        return full_document(*found)

    alert = with_records(config, data, work)
    settings = deployment(config, data)
    if settings is None:
        return _Found(alert, None, known=False, timezone="UTC")
    rule, timezone = _rule_on_disk(settings.city, alert["rule"])
    return _Found(alert, rule, known=True, timezone=timezone)


def _rule_on_disk(city: Path, rule: str) -> tuple[Mapping[str, Any] | None, str]:
    """The rule as the city's files have it, and the city's zone of time."""
    from services.app.ruledocs import describe
    from services.app.rulefiles import Teller
    from services.runtime.cityfolder import read_city
    from services.runtime.cityrules import city_rules

    folder = read_city(city)
    found = city_rules(folder).rules.get(rule)
    return None if found is None else describe(found, Teller(city), {}, {}), folder.city.timezone
