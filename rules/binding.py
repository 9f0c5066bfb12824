"""Which rules watch a device: found once per device and type, so that a reading meets only its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from devices.model import Device
from rules.kinds.interface import PerDevice, PerSubject, Watcher
from rules.ruleset import Rule, Where


@dataclass(slots=True)
class Plan:
    """A set of rules that several devices share, and how many readings they saw.

    ``watchers`` are the idle watchers of those rules that watch, ``listening`` the rules that listen.
    """

    rules: tuple[Rule, ...]
    watchers: tuple[Watcher, ...]
    listening: tuple[Rule, ...]
    readings: int = 0


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
        self._shelves: dict[str | None, _Shelf] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._alike: dict[tuple[str | None, ...], Plan] = {}
        self._labels = sorted({label for rule in rules for label in rule.where.labels})
        self._by_id = {rule.on for rule in rules if rule.where.devices}
        self._listening = {rule.on for rule in rules if isinstance(rule.condition, PerSubject)}
        for place, rule in enumerate(rules):
            self._shelves.setdefault(rule.on, _Shelf()).put(place, rule)

    def listens(self, name: str) -> bool:
        """Whether any rule may listen for readings of a type, so that devices must be known beforehand."""
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
        key = tuple(rule.id for rule in rules)
        plan = self._plans.get(key)
        if plan is None:
            idle = tuple(rule.condition.idle(rule) for rule in rules if isinstance(rule.condition, PerDevice))
            listening = tuple(rule for rule in rules if isinstance(rule.condition, PerSubject))
            plan = self._plans[key] = Plan(tuple(rules), idle, listening)
        return plan

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
                counts[rule.group] += plan.readings
        return dict(counts)
