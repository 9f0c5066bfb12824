"""The series that follow other rules: who follows whom, and which devices are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devices.model import Device
from rules.kinds.interface import Following, FollowingSeries, Host
from rules.model import Evidence, Subject
from rules.ruleset import Rule


class Followers:
    """Following series by rule and subject, made when one of their leaders first fires.

    ``asked`` are those for which something has changed, and as of when.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._series: dict[str, dict[Subject, FollowingSeries]] = {}
        self._of: dict[str, list[Rule]] = {}
        self._members: dict[tuple[str, Subject], dict[str, Device]] = {}
        self.asked: dict[FollowingSeries, int] = {}
        self._depths: dict[str, int] = {}
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
        if name not in self._depths:
            below = (self._measure(leader) + 1 for leader in self._rules[name].condition.leaders)
            self._depths[name] = max(below, default=0)
        return self._depths[name]

    def follow(self, leader: str) -> bool:
        """Whether any rule follows one."""
        return leader in self._of

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
    ) -> None:
        """A rule began to fire for a subject, on this evidence, or ceased to (None)."""
        for rule in self._of.get(leader, ()):
            assert isinstance(rule.condition, Following)
            subject = rule.condition.scope.over(by)
            if evidence is not None and _concerns(rule, by, device):
                self.find(rule, subject)
            series = self._series.get(rule.id, {}).get(subject)
            if series is not None:
                series.led(leader, by, at, evidence)
                self.ask(series, at)

    def ask(self, series: FollowingSeries, at: int) -> None:
        """Something has changed for a series: it is to be judged as of then."""
        self.asked[series] = max(at, self.asked.get(series, at))

    def judge(self, host: Host) -> None:
        """Judge all for which something has changed, those that others follow first."""
        while self.asked:
            series = min(self.asked, key=self._order)
            series.judge(host, self.asked.pop(series))

    def _order(self, series: FollowingSeries) -> tuple[int, str, str, str, str]:
        zone, device, service = series.subject
        return self._depths[series.rule.id], series.rule.id, zone, device or "", service or ""

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
                self.asked.pop(series, None)
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
