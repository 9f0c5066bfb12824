"""The series that follow other rules: who follows whom, and which devices are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from devices.model import Device
from rules.kinds.interface import Following, FollowingSeries
from rules.model import Evidence, Subject
from rules.ruleset import Rule
from rules.series import Series


class Followers:
    """Following series by rule and subject, made when one of their leaders first fires.

    ``depths`` say how many rules stand one upon the other below each.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._series: dict[str, dict[Subject, FollowingSeries]] = {}
        self._of: dict[str, list[Rule]] = {}
        self._members: dict[tuple[str, Subject], dict[str, Device]] = {}
        self.depths: dict[str, int] = {}
        for name in rules:
            self._measure(name)
        for rule in rules.values():
            if isinstance(rule.condition, Following):
                for leader in rule.condition.leaders:
                    self._of.setdefault(leader, []).append(rule)

    def __iter__(self) -> Iterator[FollowingSeries]:
        for series in self._series.values():
            yield from series.values()

    def _measure(self, name: str) -> int:
        """How many rules stand one upon the other below a rule."""
        if name not in self.depths:
            below = (self._measure(leader) + 1 for leader in self._rules[name].condition.leaders)
            self.depths[name] = max(below, default=0)
        return self.depths[name]

    def follow(self, leader: str) -> bool:
        """Whether any rule follows one."""
        return leader in self._of

    def there(self, rule: str, subject: Subject) -> FollowingSeries | None:
        """The series of a rule and a subject, if there is one."""
        return self._series.get(rule, {}).get(subject)

    def find(self, rule: Rule, subject: Subject) -> FollowingSeries:
        """The series of a rule and a subject; a new one when there is none."""
        assert isinstance(rule.condition, Following)
        of_rule = self._series.setdefault(rule.id, {})
        series = of_rule.get(subject)
        if series is None:
            devices = self._members.setdefault((rule.id, subject), {})
            series = of_rule[subject] = rule.condition.follower(rule, subject, devices)
        return series

    def lead(
        self, leader: str, by: Subject, device: Device | None, at: int, evidence: Evidence | None
    ) -> Iterator[FollowingSeries]:
        """A rule began to fire for a subject, on this evidence, or ceased to (None): whom it matters to."""
        for rule in self._of.get(leader, ()):
            assert isinstance(rule.condition, Following)
            subject = rule.condition.scope.over(by)
            if evidence is not None:
                if not _concerns(rule, by, device):
                    continue
                self.find(rule, subject)
            series = self._series.get(rule.id, {}).get(subject)
            if series is not None:
                series.led(leader, by, at, evidence)
                yield series

    def brief(
        self, leader: Series, device: Device | None, known: Collection[FollowingSeries]
    ) -> Iterator[FollowingSeries]:
        """A series fires: those that should follow it and are not among the ``known`` hear of it."""
        for rule in self._of.get(leader.rule.id, ()):
            assert isinstance(rule.condition, Following)
            subject = rule.condition.scope.over(leader.subject)
            there = self._series.get(rule.id, {}).get(subject)
            if there not in known and _concerns(rule, leader.subject, device):
                series = self.find(rule, subject)
                series.led(leader.rule.id, leader.subject, leader.moved_at, leader.evidence())
                yield series

    def join(self, part: Rule, device: Device) -> Iterator[FollowingSeries]:
        """A device is one of those that rules count by a hidden part of theirs; the series it matters to."""
        for members, series in self._counting(part, device):
            members[device.id] = device
            if series is not None:
                yield series

    def leave(self, part: Rule, device: Device) -> Iterator[FollowingSeries]:
        """A device is none of them any more."""
        for members, series in self._counting(part, device):
            members.pop(device.id, None)
            if series is not None:
                yield series

    def drop(self, subject: Subject, device: Device | None) -> Iterator[FollowingSeries]:
        """A subject is gone (None), or changed: the series about it that are no more."""
        for name, of_rule in self._series.items():
            if device is not None and self._rules[name].where.matches(device, subject.service):
                continue
            if (series := of_rule.pop(subject, None)) is not None:
                yield series

    def _counting(
        self, part: Rule, device: Device
    ) -> Iterator[tuple[dict[str, Device], FollowingSeries | None]]:
        subject = Subject(device.zone)
        for rule in self._of.get(part.id, ()):
            members = self._members.setdefault((rule.id, subject), {})
            yield members, self._series.get(rule.id, {}).get(subject)


def _concerns(rule: Rule, by: Subject, device: Device | None) -> bool:
    """Whether what is found of a subject is within a rule's ``where``."""
    if device is not None:
        return rule.where.matches(device, by.service)
    return not rule.where.zones or by.zone in rule.where.zones
