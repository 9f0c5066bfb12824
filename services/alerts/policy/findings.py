"""What is odd about a policy that works: routes that nothing reaches, receivers that nobody tells."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from devices.calendar.schedule import HORIZON, Schedule
from devices.model import Domain
from rules.model import Severity
from services.alerts.policy.matcher import FIELDS, Matcher
from services.alerts.policy.model import Policy, Route
from services.alerts.policy.names import is_glob
from services.alerts.policy.notes import Notes

_ALL = {
    "domains": frozenset(domain.value for domain in Domain),
    "severities": frozenset(severity.value for severity in Severity),
}
"""Parts of a match that mean everything when they name everything."""


def find(policy: Policy, notes: Notes) -> None:
    """Note it."""
    _unreachable(policy.routes, notes)
    _never_open(policy.routes, notes)
    _idle(policy, notes)
    _unheard(policy.routes, notes)


def covers(wide: Matcher, narrow: Matcher) -> bool:
    """Whether every alert of ``narrow`` is one of ``wide``, as far as their patterns show."""
    parts = all(_takes(name, getattr(wide, name), getattr(narrow, name)) for name in FIELDS)
    labels = (narrow.labels.get(label, ()) for label in wide.labels)
    return parts and all(
        given and _takes(label, wide.labels[label], given)
        for label, given in zip(wide.labels, labels, strict=True)
    )


def _takes(part: str, wide: Sequence[str], narrow: Sequence[str]) -> bool:
    if not wide or _ALL.get(part, frozenset("?")) <= set(wide):
        return True
    return bool(narrow) and all(
        pattern in wide or (not is_glob(pattern) and any(fnmatchcase(pattern, one) for one in wide))
        for pattern in narrow
    )


def _unreachable(routes: Sequence[Route], notes: Notes) -> None:
    for place, route in enumerate(routes):
        before = next((one for one in routes[:place] if _takes_all_of(one, route)), None)
        if before is not None:
            message = (
                f"is never reached: {before.id} takes all its alerts before it (or give that one continue)"
            )
            notes.warning(("routes", place, "id"), message, value=route.id)


def _takes_all_of(first: Route, later: Route) -> bool:
    always = first.during is None or first.during == later.during
    return always and not first.continues and covers(first.match, later.match)


def _never_open(routes: Sequence[Route], notes: Notes) -> None:
    """Hours that never come: the first of them is looked for over more than a year."""
    for place, route in enumerate(routes):
        for name, hours in (("during", route.during), ("mute", route.mute)):
            if hours is not None and _closed(hours):
                notes.warning(("routes", place, name), f"is not once open within {HORIZON} days")


_SOME_DAY = 1_767_200_400_000
"""2026-01-01T00:00 in Bangkok: from where a schedule is tried."""


def _closed(hours: Schedule) -> bool:
    return not hours.open(_SOME_DAY) and hours.next_change(_SOME_DAY) is None


def _idle(policy: Policy, notes: Notes) -> None:
    used = {name for route in policy.routes for step in route.steps for name in step.receivers}
    for name in policy.receivers:
        if name not in used:
            notes.hint(("receivers", name), "no route tells this receiver of anything", value=name)


def _unheard(routes: Sequence[Route], notes: Notes) -> None:
    """Domains of which no route takes a severity at all, whatever else it asks."""
    if not routes:
        return
    for domain in Domain:
        missing = [
            severity.value
            for severity in Severity
            if not any(_may_take(route.match, domain, severity) for route in routes)
        ]
        if missing:
            notes.hint(("routes",), f"nobody hears of {', '.join(missing)} in the domain {domain.value}")


def _may_take(match: Matcher, domain: Domain, severity: Severity) -> bool:
    return (not match.domains or domain.value in match.domains) and (
        not match.severities or severity.value in match.severities
    )
