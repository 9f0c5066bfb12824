"""What the rules speak of: severities, states, and the transitions that an engine hands out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from devices.model import Domain, Text


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    WARNING = "warning"

    @property
    def rank(self) -> int:
        """0 for warning to 3 for critical."""
        return _RANKS[self]


_RANKS = {Severity.WARNING: 0, Severity.MINOR: 1, Severity.MAJOR: 2, Severity.CRITICAL: 3}


OWN_GROUP = "nakhon"
"""The group of the alerts about Nakhon itself (``nakhon/broker-away``)."""

OBJECTIVES_GROUP = "objectives"
"""The group of the alerts about objectives of services (``objectives/burn-fast``)."""

RESERVED_GROUPS: Mapping[str, str] = {OWN_GROUP: "Nakhon itself", OBJECTIVES_GROUP: "objectives of services"}
"""Groups of alerts that no rule raises, and what they are about. No rule file may have them."""


def is_reserved(rule: str) -> bool:
    """Whether an alert of this rule (``group/rule``) is raised by no rule of a city's files."""
    return rule.partition("/")[0] in RESERVED_GROUPS


class State(StrEnum):
    """Where an alert is in its life. ``inactive`` ends one that never fired; it is not kept."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    INACTIVE = "inactive"


class Subject(NamedTuple):
    """Whom an alert is about: a device, or the whole of a zone or service (``device`` is None then)."""

    zone: str
    device: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The arithmetic behind a transition: what was compared with what.

    ``window`` says in words what made ``value`` of the readings (``24h mean``); ``readings`` are the newest
    that it stands on, each ``{"time": ms, "value": …}``. ``details`` is what else a kind has to say for its
    arithmetic (coverage, expected value, members of a quorum …), JSON-ready, times in ms.
    """

    metric: str | None
    value: float | str | bool | None
    threshold: float | str | bool | None
    window: str | None = None
    readings: tuple[Mapping[str, Any], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of one alert, computed from event time alone, hence the same live, in test and in backtest.

    Times are ms. ``at`` is the moment the step counts for, ``starts_at`` that at which the condition
    began. ``taken`` and ``received`` belong to the reading behind it (None: a timer was).
    ``state`` is the new state, ``severity`` the new severity; a step from firing to firing moves the
    severity.
    """

    rule: str
    rule_version: str
    domain: Domain
    subject: Subject
    state: State
    severity: Severity
    at: int
    starts_at: int
    title: Text
    evidence: Evidence
    advice: Text | None = None
    shadow: bool = False
    taken: int | None = None
    received: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Identity of the alert's series: rule and subject, never its texts or its numbers."""
        return fingerprint(self.rule, self.subject)


def fingerprint(rule: str, subject: Subject) -> str:
    """16 hex digits that are the same for the same rule and subject, for ever."""
    text = "\x1f".join((rule, subject.zone, subject.device or "", subject.service or ""))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
