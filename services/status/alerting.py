"""Which open alerts speak about which service. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devices.model import City, SmartService
from services.runtime import ports
from services.status.evaluate import OpenAlert


def alerts_by_service(
    city: City, alerts: Iterable[ports.OpenAlert], zones: Mapping[str, frozenset[str]]
) -> dict[str, tuple[OpenAlert, ...]]:
    """Open alerts under the services that they speak about.

    An alert that names a service counts there. One about a whole zone counts for those services of its
    domain that have devices in that zone; ``zones`` maps services to these. One of a device that belongs to
    no service counts nowhere.
    """
    found: dict[str, list[OpenAlert]] = {}
    for alert in alerts:
        opened = OpenAlert(alert.severity, alert.zone, alert.device)
        for service in _concerned(city, alert, zones):
            found.setdefault(service, []).append(opened)
    return {service: tuple(sorted(opened, key=_order)) for service, opened in found.items()}


def _concerned(city: City, alert: ports.OpenAlert, zones: Mapping[str, frozenset[str]]) -> Sequence[str]:
    if alert.service is not None:
        return [alert.service] if alert.service in city.services else []
    if alert.device is not None:
        return []
    return [service.id for service in city.services.values() if _serves(service, alert, zones)]


def _serves(service: SmartService, alert: ports.OpenAlert, zones: Mapping[str, frozenset[str]]) -> bool:
    return service.domain == alert.domain and alert.zone in zones.get(service.id, ())


def _order(alert: OpenAlert) -> tuple[int, str, str]:
    return -alert.severity.rank, alert.zone, alert.device or ""
