"""What services offer one another. They never import one another: :mod:`services.app` hands these out.

Answers are in the shapes of the public contract (JSON-ready: times RFC 3339 in UTC). What operators have
beside alerts (incidents, silences, maintenance, notifications …) is in :mod:`services.runtime.operatorports`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from devices.model import Device
from rules.model import Severity, Transition
from services.runtime.quality import DeviceQuality


class NotFoundError(LookupError):
    """No such thing. The text names it."""


class ConflictError(Exception):
    """Somebody was first, or the thing is past that step. The text says how it stands now."""


class InvalidError(ValueError):
    """What was handed in makes no sense. ``errors`` say where: ``{"path", "message", "allowed"}`` each."""

    def __init__(self, errors: Sequence[Mapping[str, str | None]]) -> None:
        super().__init__("; ".join(f"{error['path']}: {error['message']}" for error in errors))
        self.errors = tuple(errors)

    @classmethod
    def at(cls, path: str, message: str, allowed: str | None = None) -> InvalidError:
        """One mistake."""
        return cls([{"path": path, "message": message, "allowed": allowed}])


class BusyError(Exception):
    """Nothing more can be taken now; the text says why. ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 30.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class QuarantinedItem:
    """A refused item, to be taken again: ``index`` of the reading within ``payload``, received when (ms).

    ``device`` is the registered device on whose account it stands, None when there was none.
    """

    id: str
    index: int
    received: int
    topic: str
    device: str | None
    code: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """What is kept in memory of an alert that is not over: enough to count, match and group it.

    ``fired`` is when it fired (ms), None while it is pending. ``acknowledged``: somebody has, for its present
    severity. ``suppressed``: nobody outside is told of it. ``zone`` is empty for an alert about Nakhon
    itself.
    """

    id: str
    fingerprint: str
    rule: str
    domain: str
    zone: str
    device: str | None
    service: str | None
    severity: Severity
    firing: bool
    shadow: bool
    starts_at: int
    fired: int | None
    labels: Mapping[str, str]
    incident: str | None = None
    cause: str | None = None
    suppressed: bool = False
    acknowledged: bool = False
    held_until: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: the items and the cursor of the next one, None at the end."""

    items: Sequence[Mapping[str, Any]]
    next: str | None = None


class TelemetryPort(Protocol):
    """Intake, for who asks what became of what was sent."""

    def ledger(self, device: str | None = None) -> Mapping[str, Any]:
        """The contract's ledger, of everything or of one device."""

    async def submit(self, device: str, body: bytes, *, key: str | None = None) -> Mapping[str, Any]:
        """Take a payload as if the device had published it; answer with its verdict.

        The same ``key`` (an idempotency key) of the same device again takes nothing in: the answer is the
        verdict of the first time, for a day. A device that is not registered gets its verdict, too.

        Raises:
            ConflictError: the same key came with another payload.
            BusyError: nothing can be taken in now.
        """

    async def replay(self, entry: QuarantinedItem) -> Mapping[str, Any]:
        """Take a refused item again, as of when it was received; answer with its verdict.

        Raises:
            ConflictError: it was accepted before.
            BusyError: nothing can be taken in now.
        """


class QualityPort(Protocol):
    """How good the data of the devices is, over the last day."""

    def quality(self, device: str) -> DeviceQuality | None:
        """Of all that a device sends, as of now; None for a device that is not known."""


class NothingKnown:
    """A :class:`QualityPort` where no telemetry runs."""

    def quality(self, _device: str) -> DeviceQuality | None:
        return None


class AlertsPort(Protocol):
    """Alerts as operators handle them, and the intake of transitions."""

    async def apply(self, transitions: Sequence[Transition]) -> None:
        """Persist, then announce, in order. The same transitions again change and announce nothing."""

    async def settle(self, alive: Collection[str]) -> int:
        """End the open alerts that the rules do not follow; ``alive`` are the fingerprints of the others.

        Answers how many were ended.
        """

    async def alerts(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        """Alerts, newest first.

        Filters: state, severity, domain, zone, device, rule, service, incident, cause, assigned_to, and
        acknowledged and suppressed ("true", "false").
        """

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        """One alert, with its ``history`` and its ``notifications``."""

    async def acknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Acknowledge. ``number``, here and below: as :mod:`services.runtime.operatorports` has it.

        Raises:
            ConflictError: it is acknowledged already (by whom, when), over, or past ``number``.
        """

    async def acknowledge_many(
        self, alert_ids: Sequence[str], *, by: str, note: str
    ) -> Sequence[Mapping[str, Any]]:
        """Acknowledge each of them: ``{"id", "ok", "detail"}`` in their order.

        ``detail`` says why one was not, null for those that were.
        """

    async def unacknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Take the acknowledgement back.

        Raises:
            ConflictError: it is not acknowledged.
        """

    async def comment(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Write into the alert's history."""

    async def assign(
        self, alert_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        """Give the alert to somebody, or to nobody."""

    async def close(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Resolve by hand, with a reason."""

    async def compare(self, shadow: str, live: str, *, start: int, end: int) -> Mapping[str, Any]:
        """The alerts of a rule in shadow mode beside those of the live one, over a span (ms)."""

    def open_alerts(self) -> Sequence[OpenAlert]:
        """All firing alerts, newest beginning first, from memory; shadow ones are left out."""


class RulesPort(Protocol):
    """The rule files of the city, and the rules that they put into force."""

    def state(self) -> Mapping[str, Any]:
        """The files in force, since when, and what is wrong with those that are not."""

    async def reload(self, by: str) -> Mapping[str, Any]:
        """Read the files now, for whom is said; ``{kept, changed, added, removed}``, ids of rules.

        Raises:
            ProblemsError: all mistakes in them; the rules in force stay as they are.
            BusyError: nothing can be taken over now.
        """


class NoRuleFiles:
    """A :class:`RulesPort` where no rules run."""

    def state(self) -> Mapping[str, Any]:
        raise NotFoundError("no rules run here")

    async def reload(self, by: str) -> Mapping[str, Any]:  # noqa: ARG002 - as the port has it
        raise NotFoundError("no rules run here")


class StatusPort(Protocol):
    """The seven domains."""

    def domains(self) -> Sequence[Mapping[str, Any]]:
        """The contract's domain status, all seven in their official order."""


class DeviceDirectory(Protocol):
    """Devices in memory, for whoever looks one up for each reading."""

    def get(self, device_id: str) -> Device | None:
        """The device, or None."""

    def all(self) -> Sequence[Device]:
        """Every device, disabled ones too."""


class RegistryPort(DeviceDirectory, Protocol):
    """Devices and who may do what."""

    def describe(self, device: Device) -> Mapping[str, Any]:
        """The contract's device, with ``topic``, ``last_seen`` and ``online``."""

    async def put(self, devices: Sequence[Device]) -> None:
        """Add or replace devices, and tell everyone."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a token's or a session's name and role (viewer, operator, integrator, admin)."""

    name: str
    role: str
