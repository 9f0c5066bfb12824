"""The series that listen: who belongs to which, and which are left without anybody."""

from __future__ import annotations

from collections.abc import Iterator

from devices.model import Device
from rules.kinds.interface import ListeningSeries, PerSubject
from rules.model import Subject
from rules.ruleset import Rule


class Listeners:
    """Listening series by rule and subject. Each subject that is no device knows its member devices."""

    def __init__(self) -> None:
        self._series: dict[str, dict[Subject, ListeningSeries]] = {}
        self._members: dict[tuple[str, Subject], dict[str, int]] = {}
        self._left: dict[tuple[str, Subject], None] = {}

    def __iter__(self) -> Iterator[ListeningSeries]:
        for series in self._series.values():
            yield from series.values()

    def find(self, rule: str, subject: Subject) -> ListeningSeries | None:
        """The series of a rule and a subject, if there is one."""
        return self._series.get(rule, {}).get(subject)

    def join(self, rule: Rule, device: Device, service: str | None) -> ListeningSeries | None:
        """The series that a device's readings are told to, for a rule that listens.

        None when the rule is about services and the device counts for none.
        """
        assert isinstance(rule.condition, PerSubject)
        subject = rule.condition.scope.subject(device, service)
        if subject is None:
            return None
        of_rule = self._series.setdefault(rule.id, {})
        series = of_rule.get(subject)
        if series is None:
            series = of_rule[subject] = rule.condition.listener(rule, subject)
        self._left.pop((rule.id, subject), None)
        self._count(series, device)
        return series

    def _count(self, series: ListeningSeries, device: Device) -> None:
        if series.subject.device is not None:
            series.members((device.interval,))
            return
        members = self._members.setdefault((series.rule.id, series.subject), {})
        members[device.id] = device.interval
        series.members(members.values())

    def leave(self, series: ListeningSeries, device: Device) -> None:
        """A device is bound anew: until it joins again it does not belong to the series."""
        key = (series.rule.id, series.subject)
        members = self._members.get(key, {})
        members.pop(device.id, None)
        if members:
            series.members(members.values())
        else:
            self._left[key] = None

    def sweep(self) -> list[ListeningSeries]:
        """Take out the series that everybody left."""
        gone = []
        for rule, subject in self._left:
            self._members.pop((rule, subject), None)
            gone.append(self._series[rule].pop(subject))
        self._left.clear()
        return gone
