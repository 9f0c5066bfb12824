"""Which routes take an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from services.alerts.policy.matcher import Matched, Matcher
from services.alerts.policy.model import Route

_REMEMBERED = 20_000
"""Sorts of alerts whose routes are remembered; when there are more, they are found anew."""

_Sort = tuple[str, str, str, str | None, str]


class _Candidate(NamedTuple):
    """A route that takes a sort of alerts, as far as it goes by ``rest``: device, labels and incident."""

    route: Route
    rest: Matcher | None


class Router:
    """Answers by rule, domain, zone, service and severity once, and then remembers.

    Of these there are few beside the alerts, so that most alerts cost one look-up, however many routes there
    are.
    """

    __slots__ = ("_known", "routes")

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._known: dict[_Sort, tuple[_Candidate, ...]] = {}

    def routes_for(self, alert: Matched, at: int) -> list[Route]:
        """The routes that take an alert which fires at ``at`` (ms), in their order.

        The first that matches takes it; those after it are asked only while those before continue.
        """
        taking: list[Route] = []
        for route, rest in self._candidates(alert):
            if rest is not None and not rest.matches(alert):
                continue
            if route.during is not None and not route.during.open(at):
                continue
            taking.append(route)
            if not route.continues:
                break
        return taking

    def _candidates(self, alert: Matched) -> tuple[_Candidate, ...]:
        sort = (alert.rule, alert.domain, alert.zone, alert.service, alert.severity)
        found = self._known.get(sort)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[sort] = tuple(self._found(alert))
        return found

    def _found(self, alert: Matched) -> Iterable[_Candidate]:
        for route in self.routes:
            first, rest = parted(route.match)
            if not first.matches(alert):
                continue
            yield _Candidate(route, None if rest.anything else rest)
            if rest.anything and route.during is None and not route.continues:
                return


def parted(match: Matcher) -> tuple[Matcher, Matcher]:
    """What a matcher asks of the sort of an alert, and what of its device, labels and incident."""
    rest = Matcher(devices=match.devices, incidents=match.incidents, labels=match.labels)
    return replace(match, devices=(), incidents=(), labels={}), rest
