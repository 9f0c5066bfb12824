"""``nakhon schema``: the JSON Schema of everything that people write, and of what the API speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from devices.documents import suggestion
from services.cli.common import fail, print_json

FORMS = ("openapi", "city", "devices", "type", "rules", "scenario")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(schema)


def schema(
    name: Annotated[str, typer.Argument(help=f"{', '.join(FORMS)}, or an observation type")],
    city: Annotated[Path | None, typer.Option(help="A city with observation types of its own.")] = None,
) -> None:
    """Print a JSON Schema: of a file that you write, or of a type's telemetry payload."""
    from devices.catalog import Catalog
    from devices.schemas import payload_schema
    from services.runtime.cityfolder import read_city

    if name in FORMS:
        print_json(_form(name))
        return
    catalog = read_city(city).catalog if city else Catalog.builtin()
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
