"""The shapes of what the event stream tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from services.api.alertshapes import Alert, ChangeName
from services.api.incidentshapes import Flood, Incident
from services.api.noteshapes import Note
from services.api.shapes import DomainStatus, Reading, ServiceStatus, Shape
from services.api.suppressionshapes import Maintenance, Silence


class AlertEvent(Alert):
    """An alert as a step left it. The same `id` and `number` again is the same event told again."""

    change: ChangeName


class IncidentEvent(Incident):
    """An incident as a step left it. The same `id` and `number` again is the same event told again."""

    change: str


class SilenceEvent(Silence):
    """A silence that began, changed or ended."""

    kind: Literal["silence"]


class MaintenanceEvent(Maintenance):
    """Maintenance that was planned, began, or ended."""

    kind: Literal["maintenance"]


class StreamGap(Shape):
    """What followed the listener's last event is no longer kept: read anew what you show."""

    reason: str


EVENTS: Mapping[str, Any] = {
    "alert": AlertEvent,
    "incident": IncidentEvent,
    "suppression": SilenceEvent | MaintenanceEvent,
    "flood": Flood,
    "status": DomainStatus,
    "service": ServiceStatus,
    "note": Note,
    "reading": Reading,
    "gap": StreamGap,
}
"""The data of each event, by the event's name."""
