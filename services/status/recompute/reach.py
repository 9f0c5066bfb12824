"""What a recomputation has to judge, and what it only has to be told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from devices.model import City, Device, Domain, SmartService
from services.status.course.finder import Finder, is_probe
from services.status.facts import Registered
from services.status.model import Kind, Subject
from services.status.policy.model import StatusPolicy
from services.store.records.history import Named

_MARGIN = 10_000


def involved(city: City, services: Collection[str]) -> frozenset[str]:
    """These services, those that stand on them, and those that they all stand on."""
    dependents: dict[str, list[str]] = {}
    for service in city.services.values():
        for need in service.services:
            dependents.setdefault(need, []).append(service.id)
    known = [name for name in services if name in city.services]
    above = _closure(known, lambda name: dependents.get(name, ()))
    return frozenset(_closure(above, lambda name: city.services[name].services)) & city.services.keys()


def _closure(names: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += following(name)
    return found


@dataclass(frozen=True, slots=True)
class Reach:
    """``services`` are judged; ``devices`` are theirs, as registered at the beginning.

    ``places`` are their parts, as (service, zone), ``others`` the parts of other services in the same zones.
    ``patience`` is the longest (ms) that one of the devices may be silent, ``lead`` how long before a moment
    one has to begin so that no patience and no rule's timer is cut short. ``counts_for`` are the judged
    services of every device that is or comes to be theirs, ``types`` what these devices send.
    """

    services: frozenset[str]
    devices: Mapping[str, Device]
    places: frozenset[tuple[str, str]]
    others: frozenset[tuple[str, str]]
    domains: frozenset[Domain]
    patience: int
    lead: int
    counts_for: Mapping[str, tuple[str, ...]]
    types: frozenset[str]

    @property
    def zones(self) -> frozenset[str]:
        return frozenset(zone for _, zone in self.places)

    def part_of(self, city: City) -> City:
        """The city with no more services than are judged or told of.

        A device that counts for one of the judged does so in here, too: of several services that need its
        type the first has it, and that one is there.
        """
        zoned = {name for name, _ in self.others}
        services = {
            name: service
            for name, service in city.services.items()
            if name in self.services or name in zoned or service.domain in self.domains
        }
        return replace(city, services=services)

    def judged(self) -> list[Named]:
        """Whose history is found anew: services, their parts, and the zones and domains that they make."""
        return [
            *(Named(Kind.SERVICE.value, name) for name in sorted(self.services)),
            *(Named(Kind.PART.value, f"{name}/{zone}") for name, zone in sorted(self.places)),
            *(Named(Kind.ZONE.value, zone) for zone in sorted(self.zones)),
            *(Named(Kind.DOMAIN.value, domain.value) for domain in sorted(self.domains)),
        ]

    def told(self, city: City) -> list[Named]:
        """Whose recorded history goes in, so that zones and domains are summed up."""
        services = [one.id for one in city.services.values() if one.domain in self.domains]
        return [
            *(Named(Kind.SERVICE.value, name) for name in services if name not in self.services),
            *(Named(Kind.PART.value, f"{name}/{zone}") for name, zone in sorted(self.others)),
        ]


def reach(
    city: City,
    policy: StatusPolicy,
    services: Collection[str],
    devices: Iterable[Device],
    registered: Iterable[Registered],
) -> Reach:
    """What hangs together with ``services``.

    ``devices`` are those registered at the beginning, ``registered`` what changes of them until the end.
    """
    judged = involved(city, services)
    finder = Finder(city)
    first = {device.id: device for device in devices}
    later = [device for fact in registered for device in (fact.device, fact.before) if device is not None]
    mine: dict[str, Device] = {}
    counts: dict[str, tuple[str, ...]] = {}
    places: set[tuple[str, str]] = set()
    types: set[str] = set()
    patience = 0
    for device in [*first.values(), *later]:
        for name in finder.services_of(device):
            places.add((name, device.zone))
            if name in judged:
                types.update(device.types)
                counts[device.id] = (*counts.get(device.id, ()), name)
                patience = max(patience, patience_of(device, city.services[name], policy))
    for name in counts:
        if name in first:
            mine[name] = first[name]
    own = frozenset(place for place in places if place[0] in judged)
    zones = {zone for _, zone in own}
    others = frozenset(place for place in places - own if place[1] in zones)
    domains = frozenset(city.services[name].domain for name in judged)
    lead = patience + _longest_timer(city, policy, judged) + _MARGIN
    counts = {name: tuple(dict.fromkeys(found)) for name, found in counts.items()}
    return Reach(judged, mine, own, others, domains, patience, lead, counts, frozenset(types))


def patience_of(device: Device, service: SmartService, policy: StatusPolicy) -> int:
    """How long (ms) a device of a service may be silent."""
    interval = device.interval if is_probe(device) else service.interval or device.interval
    return round(interval * policy.silent_after)


def _longest_timer(city: City, policy: StatusPolicy, services: Iterable[str]) -> int:
    sets = {id(rules): rules for rules in (policy.rules_of(city.services[name]) for name in services)}
    timers = (rule.hold + rule.keep for rules in sets.values() for rule in rules.rules)
    return max(timers, default=0)


def subject_of(named: Named) -> Subject:
    """Whose history a record is."""
    return Subject(Kind(named.kind), named.subject)
