"""Which routes take an alert. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from services.alerts.policy.matcher import FIELDS, Matched
from services.alerts.policy.model import Route

_REMEMBERED = 20_000
"""Values of one part (zones, devices …) that are remembered; when there are more, they are looked at anew."""

_GLOB = frozenset("*?[")


class Router:
    """Finds by bits: each part of an alert says which routes it lets in, one bit a route.

    What a value lets in is found once and then remembered, so that an alert costs some look-ups however many
    routes there are.
    """

    __slots__ = ("_all", "_labels", "_parts", "routes")

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        matches = [route.match for route in self.routes]
        parts = ((name, _Part([getattr(match, name) for match in matches])) for name in FIELDS)
        self._parts = tuple((_READ[name], part) for name, part in parts if part.asked)
        labels = dict.fromkeys(label for match in matches for label in match.labels)
        self._labels = tuple(
            (label, _Part([match.labels.get(label, ()) for match in matches])) for label in labels
        )
        self._all = (1 << len(self.routes)) - 1

    def routes_for(self, alert: Matched, at: int) -> list[Route]:
        """The routes that take an alert which fires at ``at`` (ms), in their order.

        The first that matches takes it; those after it are asked only while those before continue.
        """
        taking: list[Route] = []
        for route in self._let_in(alert):
            if route.during is None or route.during.open(at):
                taking.append(route)
                if not route.continues:
                    break
        return taking

    def _let_in(self, alert: Matched) -> Iterator[Route]:
        """The routes whose match takes the alert, in their order."""
        bits = self._all
        for read, part in self._parts:
            bits &= part.lets_in(read(alert))
        for label, part in self._labels:
            bits &= part.lets_in(alert.labels.get(label))
        while bits:
            lowest = bits & -bits
            yield self.routes[lowest.bit_length() - 1]
            bits ^= lowest


_READ: dict[str, Callable[[Matched], str | None]] = {
    "rules": lambda alert: alert.rule,
    "domains": lambda alert: alert.domain,
    "zones": lambda alert: alert.zone,
    "services": lambda alert: alert.service,
    "devices": lambda alert: alert.device,
    "severities": lambda alert: alert.severity,
    "incidents": lambda alert: alert.incident,
}


class _Part:
    """One part of all routes' matches: which routes a value lets in, as bits."""

    __slots__ = ("_globs", "_known", "_names", "_unasked", "asked")

    def __init__(self, patterns: Sequence[Sequence[str]]) -> None:
        """``patterns``: those of each route; a route without any asks nothing and lets everything in."""
        self._unasked = 0
        self._names: dict[str, int] = {}
        self._globs: list[tuple[str, int]] = []
        self._known: dict[str, int] = {}
        for place, given in enumerate(patterns):
            bit = 1 << place
            if not given:
                self._unasked |= bit
            for pattern in given:
                if _GLOB.isdisjoint(pattern):
                    self._names[pattern] = self._names.get(pattern, 0) | bit
                else:
                    self._globs.append((pattern, bit))
        self.asked = bool(self._names or self._globs)

    def lets_in(self, value: str | None) -> int:
        if value is None:
            return self._unasked
        bits = self._known.get(value)
        if bits is None:
            bits = self._unasked | self._names.get(value, 0)
            for pattern, bit in self._globs:
                if not bits & bit and fnmatchcase(value, pattern):
                    bits |= bit
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[value] = bits
        return bits
