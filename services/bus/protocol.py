"""What travels between services, and how it is subscribed to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from devices.model import Observation


@dataclass(frozen=True, slots=True)
class Seen:
    """What each device last sent: presence, at most once a second, only devices that were heard since.

    ``latest`` maps device id to its newest observation; ``first`` to when the first was taken (ms), of those
    that were heard more than once.
    """

    latest: Mapping[str, Observation]
    first: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Online:
    """A device, or its broker for it, said whether it is there (the ``status`` channel)."""

    device: str
    online: bool
    at: int


ALERT_CHANGES = (
    *("pending", "firing", "severity", "resolved", "inactive"),
    *("acknowledged", "unacknowledged", "assigned", "commented", "closed"),
    *("reopened", "recurred", "flapping", "held"),
    *("joined", "caused", "suppressed", "unsuppressed"),
)
"""What can happen to an alert: by its rule, by people, by its coming back, by what is decided beside it."""


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert was persisted in a new shape. ``alert`` is the contract's alert; ``change`` names the step.

    ``change``: one of :data:`ALERT_CHANGES`; inactive ends a pending alert that never fired (it is in no
    list from then on). ``number`` counts the alert's changes: who hears the same (alert id, number) again has
    heard it already.
    """

    change: str
    alert: Mapping[str, Any]
    number: int = 0


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """An incident was persisted in a new shape: ``incident`` is the API's document, ``change`` the step.

    ``change`` is that of its last step, or counted: its alerts came and went, and that is all. ``number``
    counts its changes: who hears the same (incident id, number) again has heard it already.
    """

    change: str
    incident: Mapping[str, Any]
    number: int = 0


@dataclass(frozen=True, slots=True)
class FloodChanged:
    """A flood of alerts began, grew or ended; ``flood`` is the API's document."""

    flood: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SuppressionChanged:
    """A silence or a maintenance window began, changed or ended.

    ``kind`` is silence or maintenance, ``document`` the API's of it.
    """

    kind: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A domain's status, reason or evidence moved. ``domain`` is the contract's domain status."""

    domain: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service's status moved. ``service`` is the API's document of it, with its domain."""

    service: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoteChanged:
    """Operators told the public something, or more of it. ``note`` is the API's document."""

    note: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Late:
    """Readings that were taken long before they came, and are stored: history has to be looked at again.

    ``devices`` maps device id to the first and the last time (ms) of such readings since the last such event.
    """

    devices: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """The registry changed: everyone who keeps devices in memory reads them again."""

    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listening:
    """Whether devices can be heard at all. ``deaf_since`` (ms) None: they can; else the broker is away."""

    deaf_since: int | None


Event: TypeAlias = (
    Listening
    | Seen
    | Online
    | AlertChanged
    | IncidentChanged
    | FloodChanged
    | SuppressionChanged
    | StatusChanged
    | ServiceChanged
    | NoteChanged
    | Late
    | DevicesChanged
)


class Bus(Protocol):
    """Publish and subscribe. A subscriber sees events in the order in which they were published."""

    def publish(self, event: Event) -> None:
        """Hand an event to every subscriber of its class. Never blocks."""

    def subscribe(self, *kinds: type[Event], size: int = 1_000) -> AbstractAsyncContextManager[Subscription]:
        """Events of these classes from now on. Subscribed as soon as the context is entered."""


class Subscription(Protocol):
    """A bounded queue of events. When it is full the oldest go, and ``dropped`` counts them."""

    dropped: int

    def __aiter__(self) -> AsyncIterator[Event]: ...
