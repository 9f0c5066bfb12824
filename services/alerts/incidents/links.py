"""Which alerts can stand under which, and by what they are linked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from services.alerts.policy.keys import values_of
from services.alerts.policy.matcher import Matched, Matcher
from services.alerts.policy.model import Dependency

LINKS = ("gateway", "feeder", "parent", "stands_on")
"""Labels of a device that name the device which it can't be heard without."""

BUILT_IN: tuple[Dependency, ...] = (
    Dependency("zone-silent", cause=Matcher(), effects=Matcher(), equal=("zone",)),
    Dependency("stands-on", cause=Matcher(), effects=Matcher(), label="stands_on"),
)
"""What holds in every city, after its own: silence of a whole zone or service takes the silences of its
devices, and silence of a device those of the devices that name it under one of :data:`LINKS`."""

_MOST_PROFILES = 20_000

Key: TypeAlias = tuple[int, Hashable]
"""The number of a dependency, and what cause and effect have in common under it."""

IsAbsence = Callable[[str], bool]
"""Whether the condition of the rule of that id is that nothing is heard."""


class Linked(Matched, Protocol):
    """What decides where an alert stands: its record, or what is kept of it in memory."""

    @property
    def fired(self) -> int | None: ...
    @property
    def cause(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a dependency: who belongs to it, and under which values each is found.

    ``always`` asks what is the same for all alerts of a rule and place, ``each`` what is of one alone;
    ``now`` asks the severity, which moves. None asks nothing.
    """

    always: Matcher
    each: Matcher | None
    now: Matcher | None
    values: Callable[[Matched], Sequence[Hashable]]


class Links:
    """The dependencies of a city, then the built-in ones: the order of preference.

    One of the city's with the id of a built-in one takes its place.
    """

    def __init__(self, dependencies: Sequence[Dependency], is_absence: IsAbsence) -> None:
        own = {one.id for one in dependencies}
        built_in = [
            pair for pair in zip(BUILT_IN, _built_in(is_absence), strict=True) if pair[0].id not in own
        ]
        self._dependencies = (*dependencies, *(one for one, _ in built_in))
        sides = [_sides(one) for one in dependencies] + [both for _, both in built_in]
        self._causes = tuple(cause for cause, _ in sides)
        self._effects = tuple(effect for _, effect in sides)
        self._profiles: dict[Hashable, tuple[tuple[int, ...], tuple[int, ...]]] = {}

    def as_cause(self, alert: Matched) -> list[Key]:
        """Where others find it as their cause. It stays the same for as long as the alert lives."""
        return _keys(alert, self._profile(alert)[0], self._causes)

    def as_effect(self, alert: Matched) -> list[Key]:
        """Where it finds its causes, in the order of preference. It stays the same, too."""
        return _keys(alert, self._profile(alert)[1], self._effects)

    def graver_causes(self, alert: Matched) -> list[Key]:
        """Of :meth:`as_cause`, those under which it depends on its severity whether it is one."""
        return [key for key in self.as_cause(alert) if self._causes[key[0]].now is not None]

    def agree(self, number: int, cause: Linked, effect: Linked, *, fresh: bool) -> bool:
        """Whether two alerts that share a key of the dependency of that number are cause and effect now.

        ``fresh``: the effect fires just now. One that does so already must not have fired long before.
        """
        return (
            (fresh or self._soon(number, cause, effect))
            and _holds(self._causes[number].now, cause)
            and _holds(self._effects[number].now, effect)
        )

    def _soon(self, number: int, cause: Linked, effect: Linked) -> bool:
        if effect.fired is None or cause.fired is None:
            return False
        return cause.fired - effect.fired <= self._dependencies[number].within

    def dependency(self, number: int) -> Dependency:
        """The dependency of that number."""
        return self._dependencies[number]

    def between(self, cause: Matched, effect: Matched) -> Dependency | None:
        """The dependency by which one stands under the other, None when nothing links them."""
        found = set(self.as_cause(cause))
        return next((self._dependencies[key[0]] for key in self.as_effect(effect) if key in found), None)

    def _profile(self, alert: Matched) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The dependencies in which alerts of this rule and place can be causes, and effects."""
        name = (alert.rule, alert.domain, alert.zone, alert.service)
        found = self._profiles.get(name)
        if found is None:
            if len(self._profiles) >= _MOST_PROFILES:
                self._profiles.clear()
            found = self._profiles[name] = (_among(alert, self._causes), _among(alert, self._effects))
        return found


def _among(alert: Matched, sides: Sequence[_Side]) -> tuple[int, ...]:
    return tuple(number for number, side in enumerate(sides) if side.always.matches(alert))


def _keys(alert: Matched, numbers: Sequence[int], sides: Sequence[_Side]) -> list[Key]:
    found: list[Key] = []
    for number in numbers:
        side = sides[number]
        if side.each is None or side.each.matches(alert):
            found += [(number, value) for value in side.values(alert)]
    return found


def _sides(dependency: Dependency) -> tuple[_Side, _Side]:
    if dependency.label is not None:
        return (
            _side(dependency.cause, _device),
            _side(dependency.effects, _named(dependency.label)),
        )
    common = _common(dependency.equal)
    return _side(dependency.cause, common), _side(dependency.effects, common)


def _side(matcher: Matcher, values: Callable[[Matched], Sequence[Hashable]]) -> _Side:
    return _Side(
        always=replace(matcher, devices=(), severities=(), incidents=(), labels={}),
        each=_asking(Matcher(devices=matcher.devices, labels=matcher.labels)),
        now=_asking(Matcher(severities=matcher.severities)),
        values=values,
    )


def _asking(matcher: Matcher) -> Matcher | None:
    return None if matcher.anything else matcher


def _holds(matcher: Matcher | None, alert: Matched) -> bool:
    return matcher is None or matcher.matches(alert)


def _device(alert: Matched) -> Sequence[Hashable]:
    return () if alert.device is None else (alert.device,)


def _named(label: str) -> Callable[[Matched], Sequence[Hashable]]:
    def named(alert: Matched) -> Sequence[Hashable]:
        device = alert.labels.get(label)
        return () if device is None else (device,)

    return named


def _common(names: Sequence[str]) -> Callable[[Matched], Sequence[Hashable]]:
    """What alerts have in common; nothing when one of the values is missing, which nobody shares."""

    def common(alert: Matched) -> Sequence[Hashable]:
        values = values_of(alert, names)
        return () if None in values else (values,)

    return common


def _built_in(is_absence: IsAbsence) -> list[tuple[_Side, _Side]]:
    """The sides of :data:`BUILT_IN`. An alert does not tell that it is a silence; its rule does."""

    def silent(values: Callable[[Matched], Sequence[Hashable]]) -> _Side:
        def of_silence(alert: Matched) -> Sequence[Hashable]:
            return values(alert) if is_absence(alert.rule) else ()

        return _Side(Matcher(), None, None, of_silence)

    return [(silent(_whole), silent(_parts)), (silent(_device), silent(_stands_on))]


def _whole(alert: Matched) -> Sequence[Hashable]:
    """A zone, or a service in it, as that which takes its parts."""
    return () if alert.device is not None else ((alert.zone, alert.service),)


def _parts(alert: Matched) -> Sequence[Hashable]:
    """What a device, or a service in a zone, is part of."""
    zone: tuple[Hashable, ...] = ((alert.zone, None),)
    if alert.service is None:
        return zone if alert.device is not None else ()
    return zone if alert.device is None else ((alert.zone, alert.service), *zone)


def _stands_on(alert: Matched) -> Sequence[Hashable]:
    if alert.device is None or not alert.labels:
        return ()
    return [alert.labels[label] for label in LINKS if label in alert.labels]
