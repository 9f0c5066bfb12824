"""``nakhon schema``: the JSON Schema of everything that people write, and of what the API speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from devices.documents import suggestion
from services.cli.common import fail, print_json

FORMS = ("openapi", "asyncapi", "city", "devices", "type", "rules", "scenario")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(schema)


def schema(
    name: Annotated[str, typer.Argument(help=f"{', '.join(FORMS)}, or an observation type")],
    city: Annotated[Path | None, typer.Option(help="A city with observation types of its own.")] = None,
) -> None:
    """Print a JSON Schema: of a file that you write, of a type's telemetry payload; or what the APIs are."""
    from devices.catalog import Catalog
    from devices.schemas import payload_schema
    from services.runtime.cityfolder import read_city

    if name in FORMS and name != "asyncapi":
        print_json(_form(name))
        return
    folder = read_city(city) if city else None
    catalog = folder.catalog if folder else Catalog.builtin()
    if name == "asyncapi":
        from services.api.asyncapi import describe

        print_json(describe(catalog, folder.city if folder else None))
        return
    if name not in catalog:
        hint = suggestion(name, [*FORMS, *catalog])
        raise fail(f"no schema {name!r}{hint}; there are {', '.join([*FORMS, *catalog])}")
    print_json(payload_schema(catalog[name]))


def _form(name: str) -> Any:
    from devices import schemas
    from rules.schemas import rules_schema
    from services.api import document
    from simulators.scenario import scenario_schema

    return {
        "openapi": document,
        "city": schemas.city_schema,
        "devices": schemas.devices_schema,
        "type": schemas.type_schema,
        "rules": rules_schema,
        "scenario": scenario_schema,
    }[name]()
