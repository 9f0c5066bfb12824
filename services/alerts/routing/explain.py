"""Who would hear of an alert, when, if nobody acknowledged it: what the routes plan. Pure.

Times are ms. What is told here is what the policy decides alone: how many alerts come at once, what has been
told already and how fast a receiver may be told is not known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.model import Text
from services.alerts.policy.matcher import Matched
from services.alerts.policy.model import Policy, Route
from services.alerts.routing.held import Held, held_back, released
from services.alerts.routing.query import Query
from services.alerts.routing.router import Router
from services.alerts.routing.why import taken_by, why_not
from services.runtime.clock import optional_rfc3339, rfc3339

DAY = 86_400_000
LOOKED_AHEAD = DAY
"""How far the plan goes: what a day later is still not acknowledged is told again and again."""

FIRING, ESCALATION, REPEAT = "firing", "escalation", "repeat"

_MOST_COURSES = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One receiver hears of it at ``at``, ``after`` so long. ``every``: and so often from then on."""

    after: int
    at: int
    receiver: str
    route: str
    reason: str
    every: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a route makes of it. ``why``: what keeps it from taking the alert, None when it takes it.

    ``muted_until``: before that it tells nobody. ``closes``: then its hours end, and what nobody has
    acknowledged is routed anew.
    """

    route: str
    why: Text | None = None
    muted_until: int | None = None
    closes: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Who hears, in order; what each route makes of it by then; what holds it back, or may."""

    timeline: tuple[Told, ...]
    tried: tuple[Tried, ...]
    held: tuple[Held, ...] = ()


def who(
    routes: Iterable[Route] | Router,
    alert: Matched,
    at: int,
    *,
    held: Iterable[Held] = (),
    ahead: int = LOOKED_AHEAD,
) -> Explained:
    """Who would hear of the alert when it fires at ``at`` and nobody acknowledges it for ``ahead``.

    While something of ``held`` holds it back nobody does; it goes its ways as if it had fired afterwards.
    """
    router = routes if isinstance(routes, Router) else Router(routes)
    held = tuple(held)
    start = released(held, at)
    if start is None:
        return Explained((), tuple(_tried(router, alert, at)), held)
    order = {route.id: place for place, route in enumerate(router.routes)}
    until = start + ahead
    told = [one for course in _courses(router, alert, start, until) for one in _plan(course, at, until)]
    told.sort(key=lambda one: (one.at, order[one.route]))
    return Explained(tuple(told), tuple(_tried(router, alert, start)), held)


def explain(
    policy: Policy, query: Query, receivers: Mapping[str, Sequence[str]], *, router: Router | None = None
) -> dict[str, Any]:
    """What :func:`who` finds, JSON-ready; ``receivers`` are the kinds of channels of each.

    ``{"alert", "timeline": [{"after", "at", "receiver", "title", "channels", "route", "reason", "every"}],
    "routes": [{"route", "takes", "why", "muted_until", "closes"}], "held": [{"kind", "id", "now", "by",
    "reason", "until"}]}``: times RFC 3339, spans in ms, texts in both languages. ``held`` is what would keep
    it from being told: ``now``, or while what ``reason`` says is so.
    """
    held = held_back(policy, query, query.at)
    found = who(router or policy.routes, query, query.at, held=held)
    return {
        "alert": query.as_dict(),
        "timeline": [_told_document(one, policy, receivers) for one in found.timeline],
        "routes": [_tried_document(one) for one in found.tried],
        "held": [one.as_dict() for one in found.held],
    }


@dataclass(slots=True)
class _Course:
    """A route that has an alert from ``start`` on, until another has it in its place."""

    route: Route
    start: int
    end: int | None = None


def _courses(router: Router, alert: Matched, at: int, until: int) -> list[_Course]:
    """The routes that take it, and those that have it after them.

    When the hours of one of them end, all is routed anew: those that take it then go on or begin, the others
    end.
    """
    found: list[_Course] = []
    running: dict[str, _Course] = {}
    moment: int | None = at
    while moment is not None and moment < until and len(found) < _MOST_COURSES:
        taking = {route.id: route for route in router.routes_for(alert, moment)}
        for gone in running.keys() - taking.keys():
            running.pop(gone).end = moment
        for name, route in taking.items():
            if name not in running:
                running[name] = _Course(route, moment)
                found.append(running[name])
        ends = (closes(route, moment) for route in taking.values())
        moment = min((end for end in ends if end is not None), default=None)
    return found


def closes(route: Route, at: int) -> int | None:
    """When the hours end in which a route has it; None: they do not."""
    return None if route.during is None else route.during.next_change(at)


def unmuted(route: Route, at: int) -> int:
    """The first moment from ``at`` on at which the route tells somebody."""
    if route.mute is None or not route.mute.open(at):
        return at
    return route.mute.next_change(at) or at + DAY


def _plan(course: _Course, fired: int, until: int) -> Iterator[Told]:
    """What one route tells, from the first message to the first repetition of each step."""
    route = course.route
    end = until if course.end is None else min(until, course.end)
    first = unmuted(route, course.start + route.group_wait)
    heard: set[str] = set()
    for step in route.steps:
        at = unmuted(route, first + step.after)
        reason = ESCALATION if step.after else FIRING
        later = [name for name in step.receivers if name not in heard]
        heard.update(step.receivers)
        if at < end:
            yield from (Told(at - fired, at, name, route.id, reason) for name in step.receivers)
        again = unmuted(route, at + route.repeat)
        if route.repeat and again < end:
            yield from (Told(again - fired, again, name, route.id, REPEAT, route.repeat) for name in later)


def _tried(router: Router, alert: Matched, at: int) -> Iterator[Tried]:
    taken: Route | None = None
    for route in router.routes:
        why = why_not(route, alert, at)
        if why is None and taken is not None:
            why = taken_by(taken)
        if why is not None:
            yield Tried(route.id, why)
            continue
        first = at + route.group_wait
        muted = unmuted(route, first)
        yield Tried(route.id, None, muted if muted > first else None, closes(route, at))
        if not route.continues:
            taken = route


def _told_document(one: Told, policy: Policy, receivers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    title = policy.receivers.get(one.receiver) or Text(one.receiver, one.receiver)
    return {
        "after": one.after,
        "at": rfc3339(one.at),
        "receiver": one.receiver,
        "title": _text(title),
        "channels": list(receivers.get(one.receiver, ())),
        "route": one.route,
        "reason": one.reason,
        "every": one.every,
    }


def _tried_document(one: Tried) -> dict[str, Any]:
    return {
        "route": one.route,
        "takes": one.why is None,
        "why": None if one.why is None else _text(one.why),
        "muted_until": optional_rfc3339(one.muted_until),
        "closes": optional_rfc3339(one.closes),
    }


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "th": text.th}
