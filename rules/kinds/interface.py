"""What a kind of condition is to the file reader and to the engine.

A kind is one file in this folder and one line in the table of :mod:`rules.kinds`. It brings

- a :class:`Kind`: the form of its ``when`` and how that becomes a condition;
- a :class:`Condition`: one per rule, frozen, which makes
- watchers: what stands between a device's readings and an alert's :class:`rules.series.Series`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from devices.documents import Loc, Parsed, Problem
from devices.model import Device, Observation, Text, Value
from devices.types import Metric, ObservationType
from rules.comparison import NEVER_QUIET
from rules.model import Severity, Subject
from rules.ruleset import Rule
from rules.series import Host, Series


class Scope(StrEnum):
    """Whom an alert of a condition is about."""

    DEVICE = "device"
    ZONE = "zone"
    SERVICE = "service"

    def subject(self, device: Device, service: str | None) -> Subject | None:
        """The subject that a device belongs to; None when it belongs to no service and one is asked for."""
        if self is Scope.DEVICE:
            return Subject(device.zone, device.id, service)
        if self is Scope.ZONE:
            return Subject(device.zone)
        return None if service is None else Subject(device.zone, None, service)


@dataclass(slots=True)
class Draft:
    """A rule's entry while it is being checked, for a kind to read and to complain about."""

    parsed: Parsed
    at: Loc
    on: ObservationType | None
    metric: Metric | None
    severity: Severity
    levels: Mapping[Severity, float]
    problems: list[Problem]

    def complain(self, key: str, message: str, *, value: Any = None, allowed: str | None = None) -> None:
        """Note a problem with a dotted ``key`` of the rule: ``when.above``."""
        loc = (*self.at, *key.split("."))
        self.problems.append(self.parsed.problem(loc, message, value=value, allowed=allowed))


class Feed(Protocol):
    """The readings of one type from one device, as the engine keeps them."""

    @property
    def subject(self) -> Subject:
        """The device, as the subject of an alert of its own."""

    def replace(self, watcher: Watcher, by: Watcher) -> None:
        """Put another watcher in the place of one."""


class Watcher(Protocol):
    """What a device's readings are shown to, in order of their times.

    A number of ``metric`` from ``low`` to ``high`` would change nothing: the engine does not even call.
    """

    rule: Rule
    metric: str
    low: float
    high: float

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """A value that might change something, of a reading not older than any before it.

        A watcher without state puts one with state in its own place (``feed.replace``) when it needs to.
        """


class WatchingSeries(Series, ABC):
    """A series that is itself the watcher of its device."""

    __slots__ = ("high", "low", "metric")

    def __init__(self, rule: Rule, subject: Subject) -> None:
        super().__init__(rule, subject)
        assert rule.metric is not None
        self.metric = rule.metric
        self.low, self.high = NEVER_QUIET

    @abstractmethod
    def take(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """As :meth:`Watcher.take`."""


class ListeningSeries(Series, ABC):
    """A series that every reading of its subject's devices is told to, the late and the old ones too."""

    __slots__ = ()

    @abstractmethod
    def begin(self, host: Host, now: int) -> None:
        """The engine knows the subject from now on, or again after a restart."""

    @abstractmethod
    def members(self, intervals: Iterable[int]) -> None:
        """How often (ms) each of the subject's devices is expected to report."""

    @abstractmethod
    def hear(self, host: Host, observation: Observation) -> None:
        """A reading has come. Its time may lie before others'."""


class Condition(ABC):
    """What a rule holds to be wrong. Frozen, one per rule; the base of the two ways of being bound."""

    __slots__ = ()

    @property
    @abstractmethod
    def severities(self) -> tuple[Severity, ...]:
        """The severity of each step, rising."""

    @property
    @abstractmethod
    def variables(self) -> frozenset[str]:
        """What the rule's texts may name."""

    @property
    @abstractmethod
    def title(self) -> Text:
        """The title of its alerts when the rule gives none."""


class PerDevice(Condition):
    """A condition on one device's readings of one metric. A device starts without any state."""

    __slots__ = ()

    @abstractmethod
    def idle(self, rule: Rule) -> Watcher:
        """The watcher that all the rule's devices without state share."""

    @abstractmethod
    def awake(self, rule: Rule, subject: Subject) -> WatchingSeries:
        """A series in which nothing is wrong, to load a saved state into."""


class PerSubject(Condition):
    """A condition that listens to all devices of a subject, and has state from the first moment."""

    __slots__ = ()

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """Whom its alerts are about."""

    @abstractmethod
    def patience(self, interval: int) -> int:
        """The longest silence (ms) it lets pass, where no device reports less often than ``interval``."""

    @abstractmethod
    def listener(self, rule: Rule, subject: Subject) -> ListeningSeries:
        """A series that has heard nothing."""


class Kind(Protocol):
    """One kind of condition, as rule files write it."""

    @property
    def form(self) -> type[BaseModel]:
        """What may stand under ``when``."""

    def condition(self, form: Any, draft: Draft) -> Condition | None:
        """The condition that a checked form means; None when the draft was complained about."""
