"""What a kind of condition is to the file reader and to the engine.

A kind is one file in this folder and one line in the table of :mod:`rules.kinds`. It brings

- a :class:`Kind`: the form of its ``when`` and how that becomes a condition;
- a :class:`Condition`: one per rule, frozen, which makes
- watchers: what stands between a device's readings and an alert's :class:`rules.series.Series`; or
- listeners, which hear whatever comes from a subject; or
- followers, which hear what other rules do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from pydantic import BaseModel

from devices.documents import Loc, Parsed, Problem
from devices.model import Device, Observation, Text, Value
from devices.types import Metric, ObservationType
from rules import series
from rules.comparison import NEVER_QUIET
from rules.context import Context
from rules.ground import Ground
from rules.measures.interface import Judgement
from rules.model import Evidence, Severity, Subject
from rules.moments import Judged
from rules.ruleset import Rule
from rules.series import Series

DEVICE_VARIABLES = frozenset({"city", "zone", "service", "device", "name", "severity", "metric", "unit"})
"""What the texts of every rule about a device may name."""

ZONE_VARIABLES = frozenset({"city", "zone", "severity", "metric", "unit"})
"""What the texts of every rule about a zone may name."""


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

    def over(self, subject: Subject) -> Subject:
        """The subject that another one belongs to: itself, or its zone."""
        return subject if self is Scope.DEVICE else Subject(subject.zone)


_SERVICE = "/"
"""Before the name of a service among names of devices, which have no such sign in them."""


def name_of(subject: Subject) -> str:
    """What tells a subject from others of its zone: its device, its service, or that it is the zone."""
    if subject.device is not None:
        return subject.device
    return "" if subject.service is None else f"{_SERVICE}{subject.service}"


def named(name: str) -> dict[str, str | None]:
    """A name of :func:`name_of`, as evidence says it."""
    if name.startswith(_SERVICE):
        return {"device": None, "service": name.removeprefix(_SERVICE)}
    return {"device": name or None}


class Reference(NamedTuple):
    """A rule that another one names, and where in its file."""

    parsed: Parsed
    loc: Loc
    rule: str

    def problem(self, message: str) -> Problem:
        """What is wrong with it."""
        return self.parsed.problem(self.loc, message, value=self.rule)


@dataclass(slots=True)
class Draft:
    """A rule's entry while it is being checked, for a kind to read and to complain about.

    ``when`` is the dotted key under which the condition stands. ``references`` gathers the rules that it
    names.
    """

    context: Context
    parsed: Parsed
    at: Loc
    group: str
    rule_id: str
    on: ObservationType | None
    metric: Metric | None
    severity: Severity
    levels: Mapping[Severity, float]
    problems: list[Problem]
    read: Callable[[Draft, Mapping[str, Any]], Condition | None]
    references: list[Reference] = field(default_factory=list)
    when: str = "when"

    def complain(self, key: str, message: str, *, value: Any = None, allowed: str | None = None) -> None:
        """Note a problem with a dotted ``key`` of the rule: ``when.above``."""
        self.problems.append(self.parsed.problem(self.location(key), message, value=value, allowed=allowed))

    def leader(self, key: str, name: str) -> str:
        """The whole id of a rule that the condition names: of the same group when it says none."""
        rule = name if "/" in name else f"{self.group}/{name}"
        self.references.append(Reference(self.parsed, self.location(key), rule))
        return rule

    def inner(self, key: str, when: Mapping[str, Any]) -> Condition | None:
        """The condition that stands under a key of this one's, about the same readings."""
        within = replace(self, levels={}, when=f"{self.when}.{key}")
        return self.read(within, when)

    def location(self, key: str) -> Loc:
        """Where a dotted key of the rule stands in the file."""
        first, _, rest = key.partition(".")
        whole = key if first != "when" else f"{self.when}.{rest}" if rest else self.when
        return (*self.at, *(int(part) if part.isdigit() else part for part in whole.split(".")))


class Feed(Protocol):
    """The readings of one type from one device, as the engine keeps them."""

    device: Device

    @property
    def subject(self) -> Subject:
        """The device, as the subject of an alert of its own."""

    def replace(self, watcher: Watcher, by: Watcher) -> None:
        """Put another watcher in the place of one."""

    def drop(self, watcher: Watcher) -> None:
        """A watcher of whole readings has seen what it waited for."""


class Host(series.Host, Protocol):
    """What a watcher may ask of the engine that runs it."""

    @property
    def ground(self) -> Ground:
        """What it stands on beside readings."""

    def judged(self, rule: Rule, device: str, judgement: Judgement) -> None:
        """A reading got a score."""

    def ask(self, series: Judged, at: int) -> None:
        """Have a series judged when all readings of a moment are known."""

    def failed(self, rule: Rule, subject: Subject, error: Exception) -> None:
        """A rule failed at its work for a subject."""

    def heard(self, rule: Rule, feed: Feed, at: int) -> None:
        """A device that a rule is about, which can be true while nothing fires, was heard."""


class Watcher(Protocol):
    """What a device's readings are shown to, in order of their times.

    ``stateful``: it is a series. ``metric`` is the one that it looks at. A number of it from ``low`` to
    ``high`` would change nothing: the engine does not even call. One that looks at whole readings has no
    metric, and is called with each.
    """

    rule: Rule
    stateful: ClassVar[bool]
    metric: str | None
    low: float
    high: float

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:
        """A value that might change something, of a reading not older than any before it.

        A watcher without state puts one with state in its own place (``feed.replace``) when it needs to.
        """

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """A value of a reading that came too late, or too old, to be judged by."""


class WatchingSeries(Series, ABC):
    """A series that is itself the watcher of its device."""

    __slots__ = ("high", "low", "metric")

    stateful: ClassVar[bool] = True

    def __init__(self, rule: Rule, subject: Subject) -> None:
        super().__init__(rule, subject)
        self.metric = rule.metric
        self.low, self.high = NEVER_QUIET

    @abstractmethod
    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:
        """As :meth:`Watcher.take`."""

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """As :meth:`Watcher.fill`."""


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
    def metrics(self) -> frozenset[str]:
        """The metrics that it looks at beside the rule's own."""
        return frozenset()

    @property
    def on_scale(self) -> bool:
        """Whether what it compares is on the scale of the metric: no score, count or difference."""
        return False

    @property
    def leaders(self) -> tuple[str, ...]:
        """The ids of the rules that it follows."""
        return ()

    @property
    @abstractmethod
    def title(self) -> Text:
        """The title of its alerts when the rule gives none."""


class PerDevice(Condition):
    """A condition on one device's readings. A device starts without any state."""

    __slots__ = ()

    @property
    def whole(self) -> bool:
        """Whether it looks at whole readings, not at one metric."""
        return False

    @property
    def remembers(self) -> bool:
        """Whether readings that came too late to be judged by still matter to it."""
        return False

    @abstractmethod
    def idle(self, rule: Rule) -> Watcher:
        """The watcher that all the rule's devices without state share."""

    @abstractmethod
    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> WatchingSeries:
        """A series in which nothing is wrong, to show readings to, or to load a saved state into."""


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


class FollowingSeries(Series, ABC):
    """A series whose condition is what other rules do."""

    __slots__ = ()

    @abstractmethod
    def led(self, leader: str, by: Subject, at: int, evidence: Evidence | None) -> None:
        """A rule that it follows began to fire for a subject, on this evidence, or ceased to (None)."""

    @abstractmethod
    def holds(self) -> bool:
        """Whether the condition is true, by what is known. Asked once of all that one reading changed."""

    def judge(self, host: Host, at: int) -> None:
        """Hold what is known now against the condition."""
        if self.alive:
            self.elapse(host, at)
        if self.holds():
            self.found(host, at, 0)
        elif self.alive:
            self.cleared(host, at)
        if self.alive:
            host.arm(self)

    def begin(self) -> None:
        """The subject was heard for the first time."""


class Following(Condition):
    """A condition on what other rules do, of one device or of a zone.

    Such a condition has state from the first moment at which one of them fires, or,
    when it ``starts_heard``, from the first reading of a device that they are about.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """Whom its alerts are about."""

    @property
    def starts_heard(self) -> bool:
        """Whether it can be true while nothing fires."""
        return False

    def parts(self, rule: Rule) -> tuple[Rule, ...]:  # noqa: ARG002 - only some are made of parts
        """The hidden rules that it brings along and follows."""
        return ()

    @abstractmethod
    def follower(self, rule: Rule, subject: Subject, devices: Mapping[str, Device]) -> FollowingSeries:
        """A series for which nothing fires.

        ``devices`` are those of its zone that its hidden parts are about, as they are at any time.
        """


class Kind(Protocol):
    """One kind of condition, as rule files write it."""

    @property
    def form(self) -> type[BaseModel]:
        """What may stand under ``when``."""

    def condition(self, form: Any, draft: Draft) -> Condition | None:
        """The condition that a checked form means; None when the draft was complained about."""
