"""Which services a device counts for, looked up rather than searched. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from devices.model import City, Device
from devices.probefile import OBSERVED


class Finder:
    """As :meth:`devices.model.City.service_of` has it, for cities with many services."""

    def __init__(self, city: City) -> None:
        self._services = city.services
        self._by_type: dict[str, list[tuple[int, frozenset[str], str]]] = {}
        self._by_probe: dict[str, list[tuple[int, str]]] = {}
        for place, service in enumerate(city.services.values()):
            zones = frozenset(service.zones)
            for name in dict.fromkeys(service.types):
                self._by_type.setdefault(name, []).append((place, zones, service.id))
            for probe in dict.fromkeys(service.probes):
                self._by_probe.setdefault(probe, []).append((place, service.id))

    def services_of(self, device: Device) -> tuple[str, ...]:
        """The service that a device counts for; of a probe all those that name it, its own first."""
        own = self._own(device)
        found = [] if own is None or own not in self._services else [own]
        if is_probe(device):
            found += [name for _, name in self._by_probe.get(device.id, ())]
        return tuple(dict.fromkeys(found))

    def _own(self, device: Device) -> str | None:
        if device.service is not None:
            return device.service
        return min(self._needing(device), default=(0, None))[1]

    def _needing(self, device: Device) -> Iterable[tuple[int, str]]:
        yield from self._by_probe.get(device.id, ())
        for name in device.types:
            for place, zones, service in self._by_type.get(name, ()):
                if not zones or device.zone in zones:
                    yield place, service
                    break


def is_probe(device: Device) -> bool:
    """Whether its readings are what a probe found, asked by Nakhon or not."""
    return OBSERVED in device.types
