"""What is told to one receiver at one time, before anybody has put it into words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

MOST_SHOWN = 20
"""Alerts that a notice carries as documents; all are counted."""


class Reason(StrEnum):
    """Why something is told."""

    FIRING = "firing"
    """Alerts fire of which this receiver has not heard."""
    SEVERITY = "severity"
    """One that it has heard of became worse."""
    RESOLVED = "resolved"
    """Some that it has heard of are over."""
    REPEAT = "repeat"
    """They still fire, and nobody has acknowledged."""
    ESCALATION = "escalation"
    """Nobody has acknowledged in time: now this receiver is asked."""
    DIGEST = "digest"
    """What was to be told one by one is told together."""
    TEST = "test"
    """Somebody tries whether it arrives."""


@dataclass(frozen=True, slots=True)
class Notice:
    """JSON-ready all through; times are ms.

    ``id`` is the idempotency key: the same again is the same notice. ``firing`` and ``resolved`` count the
    alerts of its group as they were when it was made; ``alerts`` are the contract's documents of the worst
    and newest of them, at most :data:`MOST_SHOWN`. ``grouped`` is what they have in common. ``after`` is how
    long (ms) nobody had acknowledged, of an escalation. ``digest`` are the summaries that a digest tells:
    ``{"reason", "title": {en, th}, "severity", "firing", "resolved", "at"}`` each; ``others`` counts those
    that it leaves out.
    """

    id: str
    receiver: str
    channel: str
    reason: Reason
    created: int
    city: str
    case: str = ""
    route: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    severity: str | None = None
    firing: int = 0
    resolved: int = 0
    suppressed: int = 0
    grouped: Mapping[str, str | None] = field(default_factory=dict)
    incident: Mapping[str, Any] | None = None
    alerts: tuple[Mapping[str, Any], ...] = ()
    after: int | None = None
    digest: tuple[Mapping[str, Any], ...] = ()
    others: int = 0

    def as_dict(self) -> dict[str, Any]:
        """What the outbox keeps."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}  # shallow: it may be large
        return given | {"reason": self.reason.value}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Notice:
        """The notice that :meth:`as_dict` told."""
        given = {**data, "reason": Reason(data["reason"])}
        for name in ("alerts", "digest"):
            given[name] = tuple(data.get(name, ()))
        return cls(**given)
