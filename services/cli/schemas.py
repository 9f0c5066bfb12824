"""``nakhon schema``: the JSON Schema of everything that people write, and of what the API speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from devices import schemas as forms
from devices.catalog import Catalog
from devices.documents import suggestion
from rules.schemas import rules_schema
from services.api import document as openapi_document
from services.cli.common import fail, print_json
from services.runtime.cityfolder import read_city
from simulators.scenario import scenario_schema

FORMS: Mapping[str, Callable[[], Any]] = {
    "openapi": openapi_document,
    "city": forms.city_schema,
    "devices": forms.devices_schema,
    "type": forms.type_schema,
    "rules": rules_schema,
    "scenario": scenario_schema,
}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(schema)


def schema(
    name: Annotated[str, typer.Argument(help=f"{', '.join(FORMS)}, or an observation type")],
    city: Annotated[Path | None, typer.Option(help="A city with observation types of its own.")] = None,
) -> None:
    """Print a JSON Schema: of a file that you write, or of a type's telemetry payload."""
    if name in FORMS:
        print_json(FORMS[name]())
        return
    catalog = read_city(city).catalog if city else Catalog.builtin()
    if name not in catalog:
        hint = suggestion(name, [*FORMS, *catalog])
        raise fail(f"no schema {name!r}{hint}; there are {', '.join([*FORMS, *catalog])}")
    print_json(forms.payload_schema(catalog[name]))
