"""Rules as the engine takes them: checked against a catalogue and a city, ready to be bound to devices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from devices.model import Device, Domain, Text
from rules.context import Context
from rules.model import Severity

if TYPE_CHECKING:
    from devices.calendar.schedule import Schedule
    from rules.kinds.interface import Condition
    from rules.testcases import RuleTest


@dataclass(frozen=True, slots=True)
class Where:
    """Which devices a rule is about: all that meet each given line. An empty line limits nothing.

    ``devices`` are ids or globs, ``labels`` map a label to the values that will do, ``services`` go by what
    :meth:`devices.model.City.service_of` answers.
    """

    zones: frozenset[str] = frozenset()
    devices: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    _device: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.compile("|".join(translate(glob) for glob in self.devices)) if self.devices else None
        object.__setattr__(self, "_device", pattern)

    def matches(self, device: Device, service: str | None) -> bool:
        """Whether a device that counts for ``service`` is meant."""
        if self.zones and device.zone not in self.zones:
            return False
        if self._device is not None and self._device.match(device.id) is None:
            return False
        if self.services and service not in self.services:
            return False
        return all(device.labels.get(label) in values for label, values in self.labels.items())

    @property
    def exact_devices(self) -> tuple[str, ...]:
        """The ids, when only ids are given and no glob."""
        return () if any(set(glob) & set("*?[") for glob in self.devices) else self.devices


@dataclass(frozen=True, slots=True)
class Heading:
    """What of a rule goes into its transitions. It outlives the rule in snapshots.

    ``metric`` and ``unit`` are those of the metric that the rule looks at, as people call them.
    """

    id: str
    version: str
    domain: Domain
    title: Text
    advice: Text | None = None
    shadow: bool = False
    metric: Text | None = None
    unit: str | None = None

    @property
    def hidden(self) -> bool:
        """Whether it is that of a part of another rule, which is told to nobody."""
        return PART in self.id


PART = ":"
"""Between the id of a rule and the name of its part; no rule in a file has it in its id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``hold`` is its ``for`` and ``keep`` its ``keep_firing_for`` (ms).

    ``on`` is the observation type it reads, None for whatever a device sends; ``metric`` the one metric that
    it looks at, if it looks at one. ``schedule`` is when it may be true at all, ``lateness`` how long (ms) it
    waits for readings that come out of order. ``kind`` is the key of ``when`` that says its kind,
    ``document`` the entry as its file has it, ``source`` where that stands (``file:line``). ``against`` names
    the live rule that one in shadow mode means to replace.
    """

    heading: Heading
    group: str
    on: str | None
    metric: str | None
    where: Where
    condition: Condition
    hold: int = 0
    keep: int = 0
    schedule: Schedule | None = None
    lateness: int = 0
    kind: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    against: str | None = None

    @property
    def id(self) -> str:
        """``group/rule``."""
        return self.heading.id

    @property
    def hidden(self) -> bool:
        """Whether it is a part of another rule."""
        return self.heading.hidden

    def part(self, name: str, condition: Condition) -> Rule:
        """A hidden rule about the same readings, which holds another condition and tells at once."""
        heading = replace(self.heading, id=f"{self.id}{PART}{name}")
        return replace(self, heading=heading, condition=condition, hold=0, keep=0, schedule=None)

    @property
    def version(self) -> str:
        """``sha256:`` and the digest of the rule's content."""
        return self.heading.version

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severity of each step of its condition, rising."""
        return self.condition.severities


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a city, by id, in the order of their files, and the tests that came with them.

    ``context`` is what they were checked against.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    tests: tuple[RuleTest, ...] = ()
    context: Context = field(default_factory=Context, repr=False, compare=False)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups, in order."""
        return tuple(dict.fromkeys(rule.group for rule in self.rules.values()))

    def only(self, rules: Iterable[str]) -> RuleSet:
        """These rules and those that they follow, without tests."""
        wanted: set[str] = set()
        more = set(rules) & self.rules.keys()
        while more:
            wanted |= more
            more = {leader for name in more for leader in self.rules[name].condition.leaders}
            more = (more & self.rules.keys()) - wanted
        return RuleSet({rule.id: rule for rule in self if rule.id in wanted}, context=self.context)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)
