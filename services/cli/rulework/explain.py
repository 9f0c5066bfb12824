"""``nakhon rules explain``: why an alert fired."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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

_WHOLE = 26
"""Letters of a whole id."""

_PAGE = "1000"


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
    whole = name if len(name) == _WHOLE else _one(name, _matching(server, name))
    alert = server.get(f"alerts/{whole}")
    try:
        rule = server.get(f"rules/{alert['rule']}")
    except RefusedError:
        rule = None
    return _Found(alert, rule, known=True, timezone=server.get("session")["city"]["timezone"])


def _matching(server: Server, name: str) -> list[str]:
    """Ids that begin so. Newest come first, and ids fall: what lies below them need not be looked at."""
    matching: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("alerts", limit=_PAGE, **cursor)
        ids = [item["id"] for item in page["items"]]
        matching += [found for found in ids if found.startswith(name)]
        if page["next"] is None or (ids and ids[-1] < name):
            return matching
        cursor = {"cursor": page["next"]}


def _one(name: str, matching: list[str]) -> str:
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise StartupError(f"no alert begins with {name}")
    shown = ", ".join(matching[:5])
    raise StartupError(f"{name} is the beginning of several alerts ({shown} …); give more of it")


def _read(config: Path | None, data: Path | None, name: str) -> _Found:
    """From the records, where nothing runs."""

    async def work(records: Records) -> Mapping[str, Any]:
        from services.alerts.document import full_document

        whole = name if len(name) == _WHOLE else _one(name, await records.alerts.beginning(name, limit=6))
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
