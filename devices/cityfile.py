"""``city.yaml`` as it is written: its form, and the city in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from devices.documents import Loc, Parsed, Problem, suggestion
from devices.forms import Form, Id, Interval, TextForm, text_or
from devices.geojson import Rings
from devices.model import City, Domain, Objective, Position, SmartService, Zone
from devices.types import ObservationType

_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|km)")
_METRES = {"m": 1.0, "km": 1_000.0}


def parse_length(text: object) -> float:
    """``600m`` → 600.0, ``1.2km`` → 1200.0; a bare number is metres.

    Raises:
        ValueError: not a length; the message says how to write one.
    """
    if isinstance(text, str) and (match := _LENGTH.fullmatch(text)):
        return float(match[1]) * _METRES[match[2]]
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    raise ValueError("must be a length such as 600m or 1.2km")


def check_timezone(name: str) -> str:
    """The name of a zone of time, as it came.

    Raises:
        ValueError: the IANA database has no such zone.
    """
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        near = suggestion(name, available_timezones())
        raise ValueError(f"no IANA time zone {name!r}{near}") from None
    return name


Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Length = Annotated[
    float, BeforeValidator(parse_length, json_schema_input_type=str | float), Field(gt=0, le=100_000)
]
Timezone = Annotated[str, AfterValidator(check_timezone)]


class ZoneForm(Form):
    """One zone: an area in a GeoJSON file, or a circle."""

    id: Id
    name: TextForm | None = None
    geometry: str | None = Field(None, min_length=1, description="GeoJSON file, relative to the folder.")
    center: tuple[Longitude, Latitude] | None = Field(None, description="[longitude, latitude] of a circle.")
    radius: Length | None = Field(None, description="Its radius: 600m.")

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        circle = (self.center is not None) + (self.radius is not None)
        if (self.geometry is not None and circle) or (self.geometry is None and circle != 2):
            raise ValueError("needs either geometry (a GeoJSON file), or center and radius")
        return self


class NeedsForm(Form):
    """What a service stands on."""

    types: tuple[str, ...] = Field((), description="Observation types whose devices the service needs.")


class ObjectiveForm(Form):
    """How good a service means to be."""

    target: float = Field(gt=0, le=1, description="Share of time operational, 0 to 1.")
    window: Interval = Field(description="Rolling window over which it counts: 30d.")


class ServiceForm(Form):
    """One smart service of the city."""

    id: Id
    domain: Domain
    name: TextForm | None = None
    zones: tuple[str, ...] = Field((), description="Zones that it serves; all when left out.")
    needs: NeedsForm = NeedsForm()
    objective: ObjectiveForm | None = None


class CityForm(Form):
    """``city.yaml``."""

    model_config = ConfigDict(title="Nakhon city")

    id: Id = Field(description="First level of its topics.")
    name: TextForm | None = None
    timezone: Timezone = Field(description="IANA name: Asia/Bangkok.")
    zones: tuple[ZoneForm, ...] = Field(min_length=1)
    services: tuple[ServiceForm, ...] = ()
    packs: tuple[Id, ...] = Field((), description="Rule packs of the library that the city switches on.")

    def city(self, geometries: Mapping[str, Rings]) -> City:
        """The city, its zones with the outlines of ``geometries`` (GeoJSON file to rings)."""
        zones = {form.id: _zone(form, geometries) for form in self.zones}
        services = {form.id: _service(form) for form in self.services}
        return City(self.id, text_or(self.name, self.id), self.timezone, zones, services)


def _zone(form: ZoneForm, geometries: Mapping[str, Rings]) -> Zone:
    rings = geometries.get(form.geometry, ()) if form.geometry else ()
    center: Position | None = form.center
    return Zone(form.id, text_or(form.name, form.id), rings, center, form.radius)


def _service(form: ServiceForm) -> SmartService:
    objective = Objective(form.objective.target, form.objective.window) if form.objective else None
    name = text_or(form.name, form.id)
    return SmartService(form.id, form.domain, name, form.zones, form.needs.types, objective)


def entries(parsed: Parsed, section: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings in a list of a city.yaml, each with its place, whatever else is wrong with the file."""
    data = parsed.data
    listed = data.get(section) if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return []
    return [(place, entry) for place, entry in enumerate(listed) if isinstance(entry, dict)]


def ids(parsed: Parsed, section: str) -> set[str]:
    """The ids in a list of a city.yaml."""
    return {entry["id"] for _, entry in entries(parsed, section) if isinstance(entry.get("id"), str)}


def mismatches(parsed: Parsed, types: Mapping[str, ObservationType] | None) -> Iterator[Problem]:
    """What no single value shows: ids that stand twice, zones and types that are not there.

    ``types`` is None when the catalogue is broken itself: then nothing is said about types.
    """
    yield from _twice("zones", parsed)
    yield from _twice("services", parsed)
    zones = ids(parsed, "zones")
    for place, service in entries(parsed, "services"):
        at: Loc = ("services", place)
        yield from _unknown("zone", service.get("zones"), zones, (*at, "zones"), parsed)
        needs = service.get("needs")
        if types is not None and isinstance(needs, dict):
            yield from _unknown(
                "observation type", needs.get("types"), types, (*at, "needs", "types"), parsed
            )


def _twice(section: str, parsed: Parsed) -> Iterator[Problem]:
    first: dict[object, int] = {}
    for place, entry in entries(parsed, section):
        name = entry.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            line = parsed.line((section, first[name], "id"))
            message = f"{name} stands here a second time; the first is on line {line}"
            yield parsed.problem((section, place, "id"), message, value=name)
        first.setdefault(name, place)


def _unknown(what: str, names: object, known: Iterable[str], at: Loc, parsed: Parsed) -> Iterator[Problem]:
    allowed = sorted(known)
    for place, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in allowed:
            message = f"no {what} {name!r}{suggestion(name, allowed)}"
            yield parsed.problem((*at, place), message, value=name, allowed=", ".join(allowed))
