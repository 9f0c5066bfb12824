"""What no single value of a ``city.yaml`` shows: names that stand twice, that are not there, that go round.

Everything here works on what the file does say, whatever else is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from devices.calendar.windows import ScheduleError, Windows, zone_of
from devices.circles import circles
from devices.documents import Loc, Parsed, Problem, suggestion
from devices.probefile import probe_problems
from devices.servicefile import schedule
from devices.types import ObservationType

Entries = list[tuple[int, dict[str, Any]]]


def entries(parsed: Parsed, section: str) -> Entries:
    """The mappings in a list of a city.yaml, each with its place, whatever else is wrong with the file."""
    data = parsed.data
    listed = data.get(section) if isinstance(data, dict) else None
    return _mappings(listed)


def ids(parsed: Parsed, section: str) -> set[str]:
    """The ids in a list of a city.yaml."""
    return {entry["id"] for _, entry in entries(parsed, section) if isinstance(entry.get("id"), str)}


def mismatches(
    parsed: Parsed, types: Mapping[str, ObservationType] | None, devices: Mapping[str, str]
) -> Iterator[Problem]:
    """All of them.

    ``types`` is None when the catalogue is broken itself: then nothing is said about types. ``devices`` are
    the ids of the city's devices, and where each stands.
    """
    for section in ("zones", "services", "probes"):
        yield from _twice(parsed, [((section, at), entry) for at, entry in entries(parsed, section)])
    zones = ids(parsed, "zones")
    needed = (
        ("types", "observation type", types),
        ("services", "service", ids(parsed, "services")),
        ("probes", "probe", ids(parsed, "probes")),
    )
    for place, service in entries(parsed, "services"):
        at: Loc = ("services", place)
        yield from _unknown("zone", service.get("zones"), zones, (*at, "zones"), parsed)
        yield from _needs(parsed, at, service, needed)
    yield from _circles(parsed)
    yield from _works(parsed)
    yield from _probes(parsed, zones, devices)
    yield from _claims(parsed)


def _mappings(listed: object) -> Entries:
    if not isinstance(listed, list):
        return []
    return [(place, entry) for place, entry in enumerate(listed) if isinstance(entry, dict)]


def _names(listed: object) -> list[tuple[int, str]]:
    texts = listed if isinstance(listed, list) else []
    return [(place, name) for place, name in enumerate(texts) if isinstance(name, str)]


def _twice(parsed: Parsed, listed: Iterable[tuple[Loc, Mapping[str, Any]]]) -> Iterator[Problem]:
    first: dict[str, Loc] = {}
    for at, entry in listed:
        name = entry.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            line = parsed.line((*first[name], "id"))
            message = f"{name} stands here a second time; the first is on line {line}"
            yield parsed.problem((*at, "id"), message, value=name)
        first.setdefault(name, at)


def _unknown(what: str, names: object, known: Collection[str], at: Loc, parsed: Parsed) -> Iterator[Problem]:
    for place, name in _names(names):
        if name not in known:
            yield _no(what, name, known, (*at, place), parsed)


def _no(what: str, name: str, known: Collection[str], at: Loc, parsed: Parsed) -> Problem:
    allowed = sorted(known)
    message = f"no {what} {name!r}{suggestion(name, allowed)}"
    return parsed.problem(at, message, value=name, allowed=", ".join(allowed) or f"the city has no {what}")


def _needs(
    parsed: Parsed,
    at: Loc,
    service: Mapping[str, Any],
    known: Iterable[tuple[str, str, Collection[str] | None]],
) -> Iterator[Problem]:
    needs = service.get("needs")
    if not isinstance(needs, dict):
        return
    for key, what, names in known:
        if names is not None:
            yield from _unknown(what, needs.get(key), names, (*at, "needs", key), parsed)


def _needed(service: Mapping[str, Any], key: str) -> list[tuple[int, str]]:
    needs = service.get("needs")
    return _names(needs.get(key)) if isinstance(needs, dict) else []


def _circles(parsed: Parsed) -> Iterator[Problem]:
    """Services that stand on themselves, by way of others or not: nothing could be told of any of them."""
    places = {
        entry["id"]: at for at, entry in entries(parsed, "services") if isinstance(entry.get("id"), str)
    }
    listed = dict(entries(parsed, "services"))
    edges = {name: [other for _, other in _needed(listed[at], "services")] for name, at in places.items()}
    for circle in circles(edges):
        first, second = circle[0], circle[1]
        at = ("services", places[first], "needs", "services", edges[first].index(second))
        text = "needs itself" if len(circle) == 2 else f"needs itself in the end: {' -> '.join(circle)}"
        yield parsed.problem(at, f"{first} {text}", value=second)


def _works(parsed: Parsed) -> Iterator[Problem]:
    works: list[tuple[Loc, Mapping[str, Any]]] = [
        (("services", place, "maintenance", number), work)
        for place, service in entries(parsed, "services")
        for number, work in _mappings(service.get("maintenance"))
    ]
    yield from _twice(parsed, works)
    timezone = _timezone(parsed)
    for at, work in works:
        yield from _schedule(parsed, at, work, timezone)


def _timezone(parsed: Parsed) -> str:
    """The city's; UTC while what it says is none, of which the form tells."""
    name = parsed.data.get("timezone") if isinstance(parsed.data, dict) else None
    try:
        return str(zone_of(str(name)))
    except ValueError:
        return "UTC"


def _schedule(parsed: Parsed, at: Loc, work: Mapping[str, Any], timezone: str) -> Iterator[Problem]:
    try:
        Windows.of(schedule(work), timezone)
    except ScheduleError as error:
        for key, message in error.mistakes.items():
            # What is not there at all, the form tells.
            if key in work:
                value = work[key] if isinstance(work[key], str | int | float) else None
                yield parsed.problem((*at, key), message, value=value)


def _probes(parsed: Parsed, zones: set[str], devices: Mapping[str, str]) -> Iterator[Problem]:
    services = ids(parsed, "services")
    for place, probe in entries(parsed, "probes"):
        at: Loc = ("probes", place)
        yield from probe_problems(parsed, at, probe)
        for key, known in (("zone", zones), ("service", services)):
            name = probe.get(key)
            if isinstance(name, str) and name not in known:
                yield _no(key, name, known, (*at, key), parsed)
        name = probe.get("id")
        if isinstance(name, str) and name in devices:
            message = f"{name} is a device already ({devices[name]}); a probe is a device of its own"
            yield parsed.problem((*at, "id"), message, value=name)


def _claims(parsed: Parsed) -> Iterator[Problem]:
    """A probe asks after one service: those that claim one which is another's already."""
    owner: dict[str, str] = {}
    for _, probe in entries(parsed, "probes"):
        name, service = probe.get("id"), probe.get("service")
        if isinstance(name, str) and isinstance(service, str):
            owner.setdefault(name, service)
    for place, entry in entries(parsed, "services"):
        service = entry.get("id")
        for number, name in _needed(entry, "probes"):
            if isinstance(service, str) and owner.setdefault(name, service) != service:
                at = ("services", place, "needs", "probes", number)
                message = (
                    f"asks after {owner[name]} already; give {service} a probe of its own, "
                    f"or let it need the service {owner[name]}"
                )
                yield parsed.problem(at, message, value=name)
