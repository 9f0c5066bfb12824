"""What happened, as server-sent events (WHATWG HTML, 9.2), and which of it somebody asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import orjson

from devices.model import Domain, Observation
from services.api.readings import reading_document
from services.bus.protocol import (
    AlertChanged,
    FloodChanged,
    IncidentChanged,
    NoteChanged,
    ServiceChanged,
    StatusChanged,
    SuppressionChanged,
)

_DOMAINS = frozenset(domain.value for domain in Domain)
KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(slots=True)
class Happening:
    """One event of the stream: its name, what it tells of, and what filters go by.

    Of a reading the values ``hidden`` are not told.

    Most readings are told to nobody, some to many: its JSON is made when first asked for, and once.
    """

    name: str
    source: Mapping[str, Any] | Observation
    domain: str | None = None
    zone: str | None = None
    device: str | None = None
    hidden: frozenset[str] = frozenset()
    _json: bytes | None = None

    def json(self) -> bytes:
        """Its data."""
        if self._json is None:
            source = self.source
            data = reading_document(source, hidden=self.hidden) if isinstance(source, Observation) else source
            self._json = orjson.dumps(data)
        return self._json


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events: any of each given line. An event that has no zone or device meets no line about it."""

    names: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()

    def __call__(self, event: Happening) -> bool:
        return (
            (not self.names or event.name in self.names)
            and (not self.domains or event.domain in self.domains)
            and (not self.zones or event.zone in self.zones)
            and (not self.devices or event.device in self.devices)
        )


News: TypeAlias = (
    AlertChanged
    | IncidentChanged
    | SuppressionChanged
    | FloodChanged
    | StatusChanged
    | ServiceChanged
    | NoteChanged
)
NEWS: tuple[type[News], ...] = get_args(News)
"""What the stream tells beside readings."""


def of_news(event: News) -> Happening:
    """Something in its new shape."""
    match event:
        case AlertChanged(change, alert, number):
            data = {**alert, "change": change, "number": number}
            return Happening("alert", data, alert["domain"], alert["zone"], alert["device"])
        case IncidentChanged(change, incident, number):
            data = {**incident, "change": change, "number": number}
            return Happening("incident", data, incident["domain"], incident["zone"])
        case SuppressionChanged(kind, document):
            return Happening("suppression", {**document, "kind": kind})
        case FloodChanged(flood):
            scope = flood["scope"]
            return Happening("flood", flood, scope if scope in _DOMAINS else None)
        case StatusChanged(domain):
            return Happening("status", domain, domain["domain"])
        case ServiceChanged(service):
            return Happening("service", service, service["domain"])
        case NoteChanged(note):
            return Happening("note", note, note["domain"])


def of_reading(
    observation: Observation, domain: str | None, hidden: frozenset[str] = frozenset()
) -> Happening:
    """A reading, in the shape in which lists of observations have it."""
    return Happening("reading", observation, domain, observation.zone, observation.device, hidden)


def frame(name: str, json: bytes, event_id: str) -> bytes:
    """An event as it goes over the wire. JSON has no line breaks, so one data line carries it."""
    return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), event_id.encode(), json)
