"""Rules as the engine takes them: checked against a catalogue and a city, ready to be bound to devices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import TYPE_CHECKING

from devices.model import Device, Domain, Text
from rules.model import Severity

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``hold`` is its ``for`` and ``keep`` its ``keep_firing_for`` (ms).

    ``on`` is the observation type it reads, None for whatever a device sends; ``metric`` the one metric that
    it looks at, if it looks at one.
    """

    heading: Heading
    group: str
    on: str | None
    metric: str | None
    where: Where
    condition: Condition
    hold: int = 0
    keep: int = 0

    @property
    def id(self) -> str:
        """``group/rule``."""
        return self.heading.id

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
    """All rules of a city, by id, in the order of their files, and the tests that came with them."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    tests: tuple[RuleTest, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups, in order."""
        return tuple(dict.fromkeys(rule.group for rule in self.rules.values()))

    def only(self, rules: Iterable[str]) -> RuleSet:
        """These rules alone, without tests."""
        wanted = frozenset(rules)
        return RuleSet({rule.id: rule for rule in self if rule.id in wanted})

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)
