"""``city.yaml`` as it is written: its form, and the city in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from devices.calendar.holidays import Holidays
from devices.documents import suggestion
from devices.forms import Form, Id, TextForm, text_or
from devices.geojson import Rings
from devices.model import City, Position, Zone
from devices.probefile import ProbeForm
from devices.servicefile import ServiceForm, Setting, smart_service

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


class CityForm(Form):
    """``city.yaml``."""

    model_config = ConfigDict(title="Nakhon city")

    id: Id = Field(description="First level of its topics.")
    name: TextForm | None = None
    timezone: Timezone = Field(description="IANA name: Asia/Bangkok.")
    zones: tuple[ZoneForm, ...] = Field(min_length=1)
    services: tuple[ServiceForm, ...] = ()
    probes: tuple[ProbeForm, ...] = Field((), description="What Nakhon asks the services by itself.")
    packs: tuple[Id, ...] = Field((), description="Rule packs of the library that the city switches on.")

    def city(self, geometries: Mapping[str, Rings], holidays: Holidays) -> City:
        """The city, its zones with the outlines of ``geometries`` (GeoJSON file to rings).

        ``holidays`` are the days that the hours of its services go by.

        Raises:
            ScheduleError: planned work whose schedule has mistakes.
        """
        zones = {form.id: _zone(form, geometries) for form in self.zones}
        asking = self._asking()
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for probe, service in asking.items():
            asked[service].append(probe)
        setting = Setting(self.timezone, holidays, asked)
        services = {form.id: smart_service(form, setting) for form in self.services}
        probes = {form.id: form.probe(asking.get(form.id)) for form in self.probes}
        return City(self.id, text_or(self.name, self.id), self.timezone, zones, services, probes)

    def _asking(self) -> dict[str, str]:
        """Probe to the service that it asks after: the one it names, or the one that names it."""
        named = {probe: form.id for form in self.services for probe in form.needs.probes}
        return named | {form.id: form.service for form in self.probes if form.service is not None}


def _zone(form: ZoneForm, geometries: Mapping[str, Rings]) -> Zone:
    rings = geometries.get(form.geometry, ()) if form.geometry else ()
    center: Position | None = form.center
    return Zone(form.id, text_or(form.name, form.id), rings, center, form.radius)
