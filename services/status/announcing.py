"""Tells the bus what moved: statuses at once, counts and words as far as that takes little of the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from devices.model import City, Domain
from services.bus.protocol import Bus, ServiceChanged, StatusChanged
from services.runtime.ports import NotFoundError
from services.status.course import Course, Moved
from services.status.course.scope import Service
from services.status.documents import (
    ObjectiveOf,
    domain_document,
    explanation_document,
    service_document,
    zone_document,
)
from services.status.model import Kind

MOST = 500
"""Of how many services at most it is told in one look; the others follow in the next."""
_NOTICED = 0.02
_COST = 10
"""Telling what is not a status may take one part in so many of the time."""


ErrorOf: TypeAlias = Callable[[str], Mapping[str, str] | None]


def _no_error(_probe: str) -> None:
    """Nobody asks probes here."""


class Announcer:
    """Makes the documents of statuses, and tells of those that moved."""

    def __init__(self, city: City, bus: Bus, objective_of: ObjectiveOf) -> None:
        self._city = city
        self._bus = bus
        self._objective_of = objective_of
        self.error_of: ErrorOf = _no_error
        """Tells what is wrong with a probe now, as the API tells it; it may be set at any time."""
        self._services: dict[str, None] = {}
        self._urgent: dict[str, None] = {}
        self._domains: set[Domain] = set()
        self._urgent_domains: set[Domain] = set()
        self._due = 0.0

    @property
    def waiting(self) -> int:
        """Of how many services it is still to be told."""
        return len(self._urgent | self._services)

    def moved(self, moved: Moved) -> None:
        """Remember whom to tell of."""
        for change in moved.changes:
            subject = change.subject
            if subject.kind is Kind.DOMAIN:
                self._urgent_domains.add(Domain(subject.id))
            elif subject.kind is Kind.SERVICE:
                self._urgent[subject.id] = None
        self._domains |= moved.domains
        self._services |= dict.fromkeys(sorted(moved.services))

    def services_moved(self, course: Course, services: Iterable[str]) -> None:
        """Something else about services is otherwise: since when, or what was attained."""
        known = course.services()
        self._services |= dict.fromkeys(name for name in services if name in known)
        self._domains |= {known[name].domain for name in services if name in known}

    def tell(self, course: Course, now: int) -> None:
        """Tell what moved of statuses, and of the rest what there is time for."""
        began = time.monotonic()
        domains = self._urgent_domains | (self._domains if began >= self._due else set())
        self._domains -= domains
        self._urgent_domains.clear()
        services = [*self._urgent, *(name for name in self._services if name not in self._urgent)][:MOST]
        for name in services:
            self._urgent.pop(name, None)
            self._services.pop(name, None)
            self._bus.publish(ServiceChanged(self.service(course, name, now)))
        for domain in Domain:
            if domain in domains:
                self._bus.publish(StatusChanged(self.domain(course, domain, now)))
        took = time.monotonic() - began
        if took > _NOTICED:
            self._due = began + _COST * took

    def service(self, course: Course, name: str, now: int) -> dict[str, Any]:
        """A service in the API's shape.

        Raises:
            NotFoundError: there is none of that id.
        """
        service = course.services().get(name)
        if service is None:
            raise NotFoundError(f"no service {name}")
        return self._document(course, service, now)

    def services(self, course: Course, now: int) -> Sequence[Mapping[str, Any]]:
        """All of them, by domain."""
        return [one for domain in Domain for one in self._of_domain(course, domain, now)]

    def domain(self, course: Course, domain: Domain, now: int) -> dict[str, Any]:
        """The contract's domain status."""
        return domain_document(course, domain, self._of_domain(course, domain, now))

    def domains(self, course: Course, now: int) -> Sequence[Mapping[str, Any]]:
        """All seven, in their official order."""
        return [self.domain(course, domain, now) for domain in Domain]

    def zones(self, course: Course) -> Sequence[Mapping[str, Any]]:
        """Every zone, as the city lists them."""
        return [zone_document(course, self._city, zone) for zone in self._city.zones]

    def explain(self, course: Course, name: str, now: int) -> dict[str, Any]:
        """How a service's status came about.

        Raises:
            NotFoundError: there is none of that id.
        """
        service = course.services().get(name)
        if service is None:
            raise NotFoundError(f"no service {name}")
        return explanation_document(course, service, now)

    def _of_domain(self, course: Course, domain: Domain, now: int) -> list[dict[str, Any]]:
        services = course.services().values()
        return [self._document(course, service, now) for service in services if service.domain is domain]

    def _document(self, course: Course, service: Service, now: int) -> dict[str, Any]:
        document = service_document(course, service, self._objective_of(service.id, now), now)
        if (found := document["evidence"]["probe"]) is not None:
            for probe in found["items"]:
                probe["error"] = self.error_of(probe["id"])
        return document
