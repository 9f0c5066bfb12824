"""``nakhon status``: how the domains, services and zones of a running Nakhon are, and how that came about."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer

from devices.documents import suggestion
from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    Server,
    TokenOption,
    fail,
    print_json,
    server,
)
from services.cli.statustree import Tree

Document: TypeAlias = Mapping[str, Any]
OUTAGE = "outage"


class Language(StrEnum):
    """In which words."""

    EN = "en"
    TH = "th"


NameArgument = Annotated[
    str | None, typer.Argument(help="A domain, service or zone by its id; the seven domains otherwise.")
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Every rule, with what it compared and found.")
]
ServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Only what is in this zone.")]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Reasons in this language.")]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(status)


def status(
    name: NameArgument = None,
    explain: ExplainOption = False,
    service: ServiceOption = None,
    zone: ZoneOption = None,
    lang: LanguageOption = Language.EN,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Status of the seven domains, or of a domain, service or zone; --explain tells how it came about.

    Exit code 1 when anything that is shown as asked for is in outage.
    """
    city = _Running(server(http, token, data, config))
    asked = _asked(city, name, service, zone)
    items: Sequence[Document]
    if explain:
        items = list(city.explained(asked))
        lines = Tree(lang.value).explanations(items, () if json else city.around(asked))
    else:
        items = city.shown(asked)
        lines = Tree(lang.value).statuses(items, whole=asked == _Asked())
    if json:
        print_json(items)
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    if any(item["status"] == OUTAGE for item in items):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to show: all of it, narrowed by each that is given."""

    domain: str | None = None
    service: str | None = None
    zone: str | None = None


def _asked(city: _Running, name: str | None, service: str | None, zone: str | None) -> _Asked:
    """What the words of the command mean, or the end with exit code 2."""
    if name is None and service is None and zone is None:
        return _Asked()
    services, zones = city.ids("services", "id"), city.ids("zones/status", "zone")
    domain = None
    if name is not None:
        domains = city.ids("domains", "domain")
        if name in domains:
            domain = name
        elif name in services and service is None:
            service = name
        elif name in zones and zone is None:
            zone = name
        else:
            known = [*domains, *services, *zones]
            raise fail(f"no domain, service or zone {name!r}{suggestion(name, known)}")
    for what, given, known in (("service", service, services), ("zone", zone, zones)):
        if given is not None and given not in known:
            raise fail(f"no {what} {given!r}{suggestion(given, known)}; there are {', '.join(known)}")
    return _Asked(domain, service, zone)


@dataclass(frozen=True, slots=True)
class _Running:
    """A running Nakhon, as far as statuses go."""

    server: Server

    def ids(self, path: str, key: str) -> list[str]:
        return [item[key] for item in self.server.all(path)]

    def shown(self, asked: _Asked) -> Sequence[Document]:
        """The documents of what was asked for: domains, services, or a zone and the services in it."""
        if asked == _Asked():
            return list(self.server.get("domains")["items"])
        if asked.service is not None and asked.zone is None:
            return [self.server.get(f"services/{asked.service}")]
        if asked.domain is not None and asked.zone is None:
            return [self.server.get(f"domains/{asked.domain}")]
        return [_in_zone(one, asked.zone or "") for one in self._services(asked)]

    def explained(self, asked: _Asked) -> Iterator[Document]:
        """The explanation of each service that was asked for; of its part in the zone when one is named."""
        for one in self._services(asked):
            document = self.server.get(f"services/{one['id']}/explain")
            if asked.zone is None:
                yield document
            else:
                yield from (_part(document, part) for part in document["zones"] if part["zone"] == asked.zone)

    def around(self, asked: _Asked) -> Sequence[Document]:
        """The domains or the zone that what is explained makes up; none for a service by itself."""
        if asked.service is not None:
            return ()
        if asked.zone is not None:
            return [one for one in self.server.all("zones/status") if one["zone"] == asked.zone]
        domains: Sequence[Document] = self.server.get("domains")["items"]
        return [one for one in domains if asked.domain in {None, one["domain"]}]

    def _services(self, asked: _Asked) -> list[Document]:
        """The services of the domain, with the id, and in the zone that are named."""
        return [
            one
            for one in self.server.all("services")
            if asked.service in {None, one["id"]}
            and asked.domain in {None, one["domain"]}
            and (asked.zone is None or any(part["zone"] == asked.zone for part in one["zones"]))
        ]


def _in_zone(service: Document, zone: str) -> Document:
    """A service as it is in one zone."""
    part = next(part for part in service["zones"] if part["zone"] == zone)
    kept = {key: service[key] for key in ("id", "name", "domain")}
    return {**kept, **part}


def _part(service: Document, part: Document) -> Document:
    """The explanation of a service's part."""
    return {**part, "id": service["id"], "name": service["name"], "domain": service["domain"]}
