"""``nakhon schema``: the JSON Schema of everything that people write, and of what the API speaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devices.documents import suggestion
from services.cli.common import fail, json_text, print_json

if TYPE_CHECKING:
    from devices.city import CityFolder

FILES = ("city", "devices", "type", "holidays", "rules", "alerting", "status", "kpis", "map", "scenario")
"""What people write."""

FORMS = ("openapi", "asyncapi", *FILES)
ALL = "all"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(schema)


def schema(
    name: Annotated[
        str, typer.Argument(help=f"{', '.join(FORMS)}, an observation type, or all (of the files, with --to)")
    ],
    city: Annotated[
        Path | None,
        typer.Option(help="A city: its types, and for rules also its zones, services, devices and labels."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Write NAME.schema.json into this folder, for an editor.")
    ] = None,
) -> None:
    """Print a JSON Schema: of a file that you write, of a type's telemetry payload; or what the APIs are."""
    from services.cli.rulework.writing import write_file
    from services.runtime.cityfolder import read_city

    if name == ALL and to is None:
        raise fail("all schemas are for a folder: nakhon schema all --to DIR")
    folder = read_city(city) if city else None
    for one in FILES if name == ALL else (name,):
        document = _document(one, folder)
        if to is None:
            print_json(document)
        else:
            write_file(to / f"{one}.schema.json", json_text(document))


def _document(name: str, folder: CityFolder | None) -> Any:
    from devices.catalog import Catalog
    from devices.schemas import payload_schema

    catalog = folder.catalog if folder else Catalog.builtin()
    if name == "rules":
        return _rules(folder)
    if name == "asyncapi":
        from services.api.asyncapi import describe

        return describe(catalog, folder.city if folder else None)
    if name in FORMS:
        return _form(name)
    if name not in catalog:
        hint = suggestion(name, [*FORMS, *catalog])
        raise fail(f"no schema {name!r}{hint}; there are {', '.join([*FORMS, *catalog])}")
    return payload_schema(catalog[name])


def _rules(folder: CityFolder | None) -> Any:
    from rules.schemas import rules_schema
    from rules.vocabulary import Vocabulary

    if folder is None:
        return rules_schema()
    return rules_schema(Vocabulary.of_city(folder.city, folder.devices, folder.catalog))


def _form(name: str) -> Any:
    from devices import schemas
    from devices.recordings.mapform import map_schema
    from services.alerts.policy.schema import alerting_schema
    from services.api import document
    from services.status.kpis.schema import kpis_schema
    from services.status.policy.schema import status_schema
    from simulators.scenario import scenario_schema

    return {
        "openapi": document,
        "city": schemas.city_schema,
        "devices": schemas.devices_schema,
        "type": schemas.type_schema,
        "holidays": schemas.holidays_schema,
        "alerting": alerting_schema,
        "status": status_schema,
        "kpis": kpis_schema,
        "map": map_schema,
        "scenario": scenario_schema,
    }[name]()
