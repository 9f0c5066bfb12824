"""Which rules watch a device: found once per device and type, so that a reading meets only its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from devices.model import Device, Observation, Value
from rules.comparison import NEVER_QUIET
from rules.kinds.interface import Feed, Following, Host, PerDevice, PerSubject, Watcher
from rules.ruleset import Rule, Where


@dataclass(slots=True)
class Plan:
    """A set of rules that several devices share, and how many readings they saw.

    ``watchers`` are the idle watchers of those rules that watch one metric, ``readers`` of those that look at
    whole readings, ``listening`` the rules that listen, ``parts`` the hidden rules.
    ``remembers``: late readings matter to a watcher. ``places`` are those of rules among the watchers.
    """

    rules: tuple[Rule, ...]
    watchers: tuple[Watcher, ...]
    readers: tuple[Watcher, ...]
    listening: tuple[Rule, ...]
    parts: tuple[Rule, ...]
    remembers: bool
    places: Mapping[str, int]
    readings: int = 0

    @classmethod
    def of(cls, rules: Sequence[Rule], starting: Iterable[Rule]) -> Plan:
        """``starting`` are the rules that wait for the first reading of a device."""
        conditions = ((rule.condition, rule) for rule in rules)
        idle = [(one, one.idle(rule)) for one, rule in conditions if isinstance(one, PerDevice)]
        whole = tuple(watcher for condition, watcher in idle if condition.whole)
        watchers = tuple(watcher for condition, watcher in idle if not condition.whole)
        return cls(
            rules=tuple(rules),
            watchers=watchers,
            readers=(*whole, *(FirstHeard(rule) for rule in starting)),
            listening=tuple(rule for rule in rules if isinstance(rule.condition, PerSubject)),
            parts=tuple(rule for rule in rules if rule.hidden),
            remembers=any(condition.remembers for condition, _ in idle),
            places={watcher.rule.id: place for place, watcher in enumerate(watchers)},
        )


class FirstHeard:
    """Waits for the first reading of a device, for a rule that can be true while nothing fires."""

    __slots__ = ("high", "low", "metric", "rule")

    stateful: ClassVar[bool] = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.metric: str | None = None
        self.low, self.high = NEVER_QUIET

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        feed.drop(self)
        host.heard(self.rule, feed, observation.time)

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """It looks at no metric."""


_Key: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class _Shelf:
    """Rules of one type, each with its place in the order of the files, by what narrows them most."""

    narrow: dict[_Key, list[tuple[int, Rule]]] = field(default_factory=dict)
    everywhere: list[tuple[int, Rule]] = field(default_factory=list)

    def put(self, place: int, rule: Rule) -> None:
        keys = _keys(rule.where)
        for key in keys:
            self.narrow.setdefault(key, []).append((place, rule))
        if not keys:
            self.everywhere.append((place, rule))

    def candidates(self, device: Device, service: str | None) -> Iterator[tuple[int, Rule]]:
        """A few more than the rules that watch the device, none of which is left out."""
        labels = (("label", label, value) for label, value in device.labels.items())
        keys = (("device", device.id), ("zone", device.zone), ("service", service or ""), *labels)
        for key in keys:
            yield from self.narrow.get(key, ())
        yield from self.everywhere


def _is_bound(rule: Rule) -> bool:
    """Whether a rule has to do with readings itself; those that follow others mostly have not."""
    return not isinstance(rule.condition, Following) or rule.condition.starts_heard


def _keys(where: Where) -> set[_Key]:
    """Where to look a rule up: by its devices, else its labels, its services or its zones."""
    if where.exact_devices:
        return {("device", device) for device in where.exact_devices}
    if where.labels:
        label, values = next(iter(where.labels.items()))
        return {("label", label, value) for value in values}
    if where.services:
        return {("service", service) for service in where.services}
    return {("zone", zone) for zone in where.zones}


class Index:
    """Rules by the type they read. Its work per device grows with the rules that may apply, not with all.

    Where no rule of a type names devices, devices that are alike for all rules are resolved once.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        rules = list(rules)
        self.rules = {rule.id: rule for rule in rules}
        self._shelves: dict[str | None, _Shelf] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._alike: dict[tuple[str | None, ...], Plan] = {}
        self._labels = sorted({label for rule in rules for label in rule.where.labels})
        self._by_id = {rule.on for rule in rules if rule.where.devices and _is_bound(rule)}
        self._listening = {rule.on for rule in rules if rule.hidden or isinstance(rule.condition, PerSubject)}
        for place, rule in enumerate(rules):
            if _is_bound(rule):
                self._shelves.setdefault(rule.on, _Shelf()).put(place, rule)

    def listens(self, name: str) -> bool:
        """Whether a rule listens for readings of a type, or counts devices: they must be known beforehand."""
        return name in self._listening or None in self._listening

    def plan(self, device: Device, service: str | None, name: str) -> Plan:
        """The rules that watch a device's readings of a type. The same rules have the same plan."""
        if not self._by_id.isdisjoint((name, None)):
            return self._plan(device, service, name)
        labels = device.labels
        key = (name, device.zone, service, *(labels.get(label) for label in self._labels))
        plan = self._alike.get(key)
        if plan is None:
            plan = self._alike[key] = self._plan(device, service, name)
        return plan

    def _plan(self, device: Device, service: str | None, name: str) -> Plan:
        rules = self._rules(device, service, name)
        key = (name, *(rule.id for rule in rules))
        plan = self._plans.get(key)
        if plan is None:
            starting = [
                rule
                for rule in rules
                if isinstance(rule.condition, Following)
                and rule.condition.starts_heard
                and self.about(rule, device, service, name)
            ]
            plan = self._plans[key] = Plan.of(rules, starting)
        return plan

    def about(self, rule: Rule, device: Device, service: str | None, name: str) -> bool:
        """Whether a rule, or one of those that it follows, is about a device's readings of a type."""
        if not rule.where.matches(device, service):
            return False
        if not isinstance(rule.condition, Following):
            return rule.on is None or rule.on == name
        leaders = (self.rules[leader] for leader in rule.condition.leaders)
        return any(self.about(leader, device, service, name) for leader in leaders)

    def _rules(self, device: Device, service: str | None, name: str) -> list[Rule]:
        """In the order of the files."""
        found = {
            place: rule
            for shelf in (self._shelves.get(name), self._shelves.get(None))
            if shelf is not None
            for place, rule in shelf.candidates(device, service)
            if rule.where.matches(device, service)
        }
        return [found[place] for place in sorted(found)]

    def evaluations(self) -> Mapping[str, int]:
        """How many times rules of each group were held against a reading."""
        counts: Counter[str] = Counter()
        for plan in self._plans.values():
            for rule in plan.rules:
                if not rule.hidden:
                    counts[rule.group] += plan.readings
        return dict(counts)
