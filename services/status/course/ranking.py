"""Which service stands on which: each is judged after those that it needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from devices.model import City
from services.status.course.scope import Service


def link(city: City, services: Mapping[str, Service]) -> None:
    """Let services know whom they need and who needs them, and rank them.

    A circle is a mistake in the city's file, which its reader tells; here the need that closes it is left
    out.
    """
    done: dict[str, int] = {}
    for name in services:
        _rank(name, city, services, done)


def _rank(first: str, city: City, services: Mapping[str, Service], done: dict[str, int]) -> None:
    """Depth first, without recursion: chains may be as long as they like."""
    path: list[str] = [first]
    on_path = {first}
    while path:
        name = path[-1]
        waiting = [need for need in _needs(name, city, services) if need not in done and need not in on_path]
        if name in done or not waiting:
            path.pop()
            on_path.discard(name)
            if name not in done:
                done[name] = _link(services[name], city, services, done)
        else:
            path.append(waiting[0])
            on_path.add(waiting[0])


def _needs(name: str, city: City, services: Mapping[str, Service]) -> list[str]:
    return [need for need in city.services[name].services if need in services and need != name]


def _link(own: Service, city: City, services: Mapping[str, Service], done: Mapping[str, int]) -> int:
    needed = [services[need] for need in _needs(own.id, city, services) if need in done]
    own.needs = tuple(needed)
    for need in needed:
        need.dependents.append(own)
    own.rank = 1 + max((need.rank for need in needed), default=-1)
    return own.rank
