"""The city that rules are held against: its devices, which of them a rule is about, and the other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.metrics import Metric
from devices.model import City, Device
from devices.types import ObservationType
from rules.indices import derived_metrics
from rules.linting.written import Written
from rules.ruleset import Rule
from rules.testcases import RuleTest


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a rule. Without devices nothing is said that would need them.

    ``rules`` are those that it is held against, ``in_force`` those of the city, which it may name.
    """

    city: City
    devices: Sequence[Device]
    catalog: Mapping[str, ObservationType]
    rules: Sequence[Written]
    tests: Sequence[RuleTest] = ()
    in_force: Mapping[str, Rule] = field(default_factory=dict)
    _alike: dict[Hashable, list[Written]] = field(default_factory=dict, repr=False)
    _found: dict[str, tuple[Device, ...]] = field(default_factory=dict, repr=False)

    def alike(self, rule: Written) -> Sequence[Written]:
        """The rules that look at the same thing as one of them, itself among them, in the set's order."""
        if not self._alike:
            for one in self.rules:
                self._alike.setdefault(one.measure, []).append(one)
        return self._alike[rule.measure]

    def devices_of(self, rule: Rule) -> tuple[Device, ...]:
        """The devices that a rule is about, disabled ones left out."""
        if rule.id not in self._found:
            self._found[rule.id] = tuple(
                device
                for device in self.devices
                if device.enabled
                and (rule.on is None or rule.on in device.types)
                and rule.where.matches(device, self.city.service_of(device))
            )
        return self._found[rule.id]

    def metric_of(self, rule: Rule) -> Metric | None:
        """The metric that a rule looks at; None when it looks at none."""
        on = self.catalog.get(rule.on or "")
        if on is None or rule.metric is None:
            return None
        return on.metrics.get(rule.metric) or derived_metrics(on).get(rule.metric)

    def shortest(self, rule: Rule) -> int | None:
        """How often (ms) the quickest of a rule's devices reports; without any, the type's."""
        on = self.catalog.get(rule.on or "")
        default = None if on is None else on.interval
        return min((device.interval for device in self.devices_of(rule)), default=default)

    def longest(self, rule: Rule) -> Device | None:
        """The slowest of a rule's devices."""
        return max(self.devices_of(rule), key=lambda device: device.interval, default=None)

    def zones_of(self, rule: Rule) -> Counter[str]:
        """How many of a rule's devices each zone has."""
        return Counter(device.zone for device in self.devices_of(rule))
