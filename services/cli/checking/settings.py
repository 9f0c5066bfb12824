"""Against what is checked: a city's folder, a running Nakhon, or the catalogue alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from devices.catalog import Catalog
from devices.documents import Document
from devices.model import City, Device, Domain, Text
from devices.spans import parse_span
from devices.typefile import TypeForm, parse_type
from services.cli.checking.trial import Setting
from services.cli.common import Server
from services.runtime.cityfolder import read_city
from services.runtime.config import Limits
from services.telemetry.interpret import Bounds


def of_catalogue(bounds: Bounds) -> Setting:
    """The types that Nakhon brings along, and no city."""
    return Setting(catalog=Catalog.builtin(), bounds=bounds)


def of_folder(path: Path, bounds: Bounds) -> Setting:
    """A city as its folder describes it.

    Raises:
        ProblemsError: whatever is wrong in the folder.
    """
    folder = read_city(path)
    return Setting(folder.city, folder.catalog, folder.devices, bounds, f"city {folder.city.id} in {path}")


def of_server(server: Server, bounds: Bounds) -> Setting:
    """The city that a running Nakhon serves, with all that is registered there.

    Raises:
        StartupError: it does not answer, or refuses.
    """
    city = server.get("session")["city"]
    types = [
        parse_type(Document(f"{server.url} {item['name']}", orjson.dumps(_written(item)).decode()))
        for item in server.all("types")
    ]
    devices = devices_of(server)
    known = City(city["id"], Text(**city["name"]), city["timezone"], {}, {})
    return Setting(known, Catalog(types), devices, bounds, f"city {city['id']} at {server.url}")


def devices_of(server: Server) -> list[Device]:
    """All that is registered at a running Nakhon. Errors as :func:`of_server`."""
    return [_device(item) for item in server.all("devices")]


def bounds_of(limits: Limits | None) -> Bounds:
    """The bounds of a deployment, or those that hold where none are set."""
    limits = limits or Limits()
    return Bounds(
        limits.payload,
        limits.future,
        limits.retention,
        readings=limits.readings,
        retentions=limits.retentions,
    )


def _written(item: Mapping[str, Any]) -> dict[str, Any]:
    """What of a type's answer its file would say; a newer Nakhon may tell more."""
    return {key: value for key, value in item.items() if key in TypeForm.model_fields}


def _device(item: Mapping[str, Any]) -> Device:
    return Device(
        item["id"],
        tuple(item["types"]),
        item["zone"],
        Domain(item["domain"]),
        parse_span(item["interval"]),
        enabled=item["enabled"],
    )
