"""``nakhon alerts who``: who would hear of an alert, when, as the files say. Nothing needs to run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devices.documents import suggestion
from devices.model import Domain
from rules.model import Severity
from services.cli.alertwork.silences import Several, labels_of
from services.cli.common import ConfigOption, Json, deployment, print_json
from services.cli.rulework.moments import parse_moment
from services.cli.rulework.setting import CityOption, default_city
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from devices.city import CityFolder
    from rules.ruleset import RuleSet
    from services.alerts.routing.query import Query
    from services.runtime.notifyconfig import Notify


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command()(who)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is given of the alert."""

    rule: str | None
    domain: str | None
    zone: str | None
    service: str | None
    device: str | None
    severity: str | None
    labels: Mapping[str, str]


def who(
    rule: Annotated[str | None, typer.Option(help="group/rule.")] = None,
    device: Annotated[str | None, typer.Option(help="Its zone, service and labels follow from it.")] = None,
    zone: Annotated[str | None, typer.Option()] = None,
    service: Annotated[str | None, typer.Option()] = None,
    domain: Annotated[str | None, typer.Option()] = None,
    severity: Annotated[
        str | None, typer.Option(help="Otherwise the worst that the rule can raise; critical without a rule.")
    ] = None,
    label: Annotated[Several, typer.Option(help="key=value, of the device.")] = None,
    at: Annotated[str | None, typer.Option(help="When it fires: 2026-01-05T03:00; otherwise now.")] = None,
    city: CityOption = None,
    config: ConfigOption = None,
    json: Json = False,
) -> None:
    """Who would hear of an alert, when, if nobody acknowledged it; and why other routes do not take it.

    With --config (or a nakhon.yaml here) it also says how each is reached. Exit code 1 when nobody hears.
    """
    from services.alerts.policy.files import read_policy
    from services.alerts.routing.explain import explain
    from services.cli.alertwork.drawing import draw
    from services.runtime.cityfolder import read_city
    from services.runtime.cityrules import city_rules

    settings = deployment(config, None) if config or city is None else None
    folder = read_city(city or (settings.city if settings else default_city()))
    rules = city_rules(folder)
    labels = {key: values[-1] for key, values in labels_of(label or []).items()}
    asked = _Asked(rule, domain, zone, service, device, severity, labels)
    query = _query(asked, _moment(at, folder.city.timezone), folder, rules)
    policy = read_policy(folder.alerting, rules.context, set(rules.rules), folder.devices)
    notify = settings.notify if settings else None
    found = explain(policy, query, _channels(notify))
    if json:
        print_json(found)
    else:
        draw(found, folder.city.timezone, decided=folder.alerting is not None, deployed=notify is not None)
    if not found["timeline"]:
        raise typer.Exit(1)


def _moment(at: str | None, timezone: str) -> int:
    from services.runtime.clock import SystemClock

    return SystemClock().now() if at is None else parse_moment("--at", at, timezone)


def _channels(notify: Notify | None) -> Mapping[str, list[str]]:
    receivers = notify.receivers if notify else {}
    return {name: [channel.kind for channel in one.channels] for name, one in receivers.items()}


def _query(asked: _Asked, at: int, folder: CityFolder, rules: RuleSet) -> Query:
    """What is asked, completed from the city; a name that is not there ends it."""
    from services.alerts.own import WATCHES
    from services.alerts.routing.query import complete

    devices = {device.id: device for device in folder.devices}
    own = [watch.rule for watch in WATCHES]
    known: dict[str, tuple[str | None, Collection[str]]] = {
        "rule": (asked.rule, [*rules.rules, *own]),
        "device": (asked.device, devices),
        "zone": (asked.zone, folder.city.zones),
        "service": (asked.service, folder.city.services),
        "domain": (asked.domain, [domain.value for domain in Domain]),
        "severity": (asked.severity, [severity.value for severity in Severity]),
    }
    for option, (name, names) in known.items():
        if name is not None and name not in names:
            raise StartupError(f"--{option}: there is no {option} {name!r}{suggestion(name, names)}")
    given: dict[str, Any] = {name: getattr(asked, name) for name in _Asked.__dataclass_fields__}
    device, rule = devices.get(asked.device or ""), rules.rules.get(asked.rule or "")
    try:
        return complete(given, at, city=folder.city, device=device, rule=rule)
    except ValueError as error:
        raise StartupError(str(error)) from None
