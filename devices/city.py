"""A city's folder, read as a whole: its documents in, the city and its devices out, or every mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from devices.calendar.holidays import Holidays
from devices.catalog import Catalog
from devices.citychecks import entries, ids, mismatches
from devices.cityfile import CityForm
from devices.devicefile import References, device_places, parse_devices
from devices.documents import Document, Parsed, Problem, ProblemsError, build, parse
from devices.geojson import Rings, outlines
from devices.holidays import HolidayList, parse_holidays
from devices.model import City, Device
from devices.probefile import probe_device

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CityDocuments:
    """The files of a city's folder. ``zones`` are its GeoJSON files by the path that city.yaml gives them."""

    city: Document
    devices: Document | None = None
    types: tuple[Document, ...] = ()
    zones: Mapping[str, Document] = field(default_factory=dict)
    rules: tuple[Document, ...] = ()
    kpis: Document | None = None
    holidays: Document | None = None
    indices: tuple[Document, ...] = ()
    alerting: Document | None = None
    status: Document | None = None


@dataclass(frozen=True, slots=True)
class CityFolder:
    """A city as its folder describes it.

    ``devices`` are those that it lists, then one for each of its probes.
    ``packs`` are the rule packs of the library that it switches on; ``rules``, ``kpis``, ``indices`` (its own
    limits of derived metrics), ``alerting`` (who hears of its alerts) and ``status`` (how statuses come
    about) are its own files, which their readers check. ``holidays`` are the days of its own; without them
    Nakhon's count.
    """

    city: City
    catalog: Catalog
    devices: tuple[Device, ...]
    packs: tuple[str, ...] = ()
    rules: tuple[Document, ...] = ()
    kpis: Document | None = None
    holidays: HolidayList | None = None
    indices: tuple[Document, ...] = ()
    alerting: Document | None = None
    status: Document | None = None


def parse_city(documents: CityDocuments, builtin: Catalog | None = None) -> CityFolder:
    """The city that the documents describe; ``builtin`` is Nakhon's own catalogue when left out.

    Raises:
        ProblemsError: all mistakes of all files together.
    """
    problems: list[Problem] = []
    builtin = Catalog.builtin() if builtin is None else builtin
    catalog = _try(lambda: builtin.extended(documents.types), problems)
    parsed = _try(lambda: parse(documents.city), problems)
    form = _try(lambda: build(CityForm, parsed), problems) if parsed else None
    if parsed:
        problems += mismatches(parsed, catalog, _places(documents.devices, parsed))
    geometries = _geometries(documents, parsed, problems) if parsed else {}
    zones, services = (ids(parsed, section) if parsed else None for section in ("zones", "services"))
    references = References(zones, services, catalog)
    listed = documents.devices
    devices = _try(lambda: parse_devices(listed, references), problems) if listed else ()
    own = documents.holidays
    holidays = _try(lambda: parse_holidays(own), problems) if own else None
    if problems or form is None or catalog is None or devices is None:
        raise ProblemsError(problems)
    city = form.city(geometries, Holidays.of(holidays))
    devices += tuple(probe_device(probe, city) for probe in city.probes.values())
    own_files = (form.packs, documents.rules, documents.kpis, holidays, documents.indices, documents.alerting)
    return CityFolder(city, catalog, devices, *own_files, status=documents.status)


def geometry_files(city: Document) -> tuple[str, ...]:
    """The GeoJSON files that a city.yaml names, as it names them; none when it can't be read."""
    try:
        return tuple(dict.fromkeys(path for path, _ in _named_geometries(parse(city))))
    except ProblemsError:
        return ()


def _places(devices: Document | None, parsed: Parsed) -> dict[str, str]:
    """The ids of listed devices and where each stands, when there is a probe that could have one of them."""
    return device_places(devices) if devices and entries(parsed, "probes") else {}


def _try(read: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return read()
    except ProblemsError as error:
        problems += error.problems
        return None


def _named_geometries(parsed: Parsed) -> list[tuple[str, int]]:
    """Each file, and the place of the zone that names it."""
    named = ((zone.get("geometry"), place) for place, zone in entries(parsed, "zones"))
    return [(path, place) for path, place in named if isinstance(path, str)]


def _geometries(documents: CityDocuments, parsed: Parsed, problems: list[Problem]) -> dict[str, Rings]:
    read: dict[str, Rings] = {}
    for path, place in _named_geometries(parsed):
        if path in read:
            continue
        document = documents.zones.get(path)
        if document is None:
            at = ("zones", place, "geometry")
            problems.append(parsed.problem(at, f"no file {path!r} in the city's folder", value=path))
        else:
            read[path] = _try(partial(outlines, document), problems) or ()
    return read
