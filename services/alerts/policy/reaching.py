"""Whether a deployment says how the receivers of a city's routes are reached."""

from __future__ import annotations

from collections.abc import Iterator

from devices.documents import Document, Loc, Problem, parse, suggestion
from services.alerts.policy.model import Policy
from services.runtime.notifyconfig import Notify


def unreached(policy: Policy, notify: Notify) -> list[str]:
    """Receivers that routes name and ``notify`` does not, in the order of the routes."""
    named = (name for route in policy.routes for step in route.steps for name in step.receivers)
    return [name for name in dict.fromkeys(named) if name not in notify.receivers]


def unreached_problems(document: Document | None, policy: Policy, notify: Notify) -> list[Problem]:
    """The same as mistakes, at the first route of the ``alerting.yaml`` that names each."""
    missing = unreached(policy, notify)
    if document is None or not missing:
        return []
    parsed = parse(document)
    first: dict[str, Loc] = {}
    for name, at in _named(parsed.data):
        first.setdefault(name, at)
    return [
        parsed.problem(
            first.get(name, ("routes",)),
            f"nakhon.yaml does not say how {name} is reached; "
            f"add notify.receivers.{name} there{suggestion(name, notify.receivers)}",
            value=name,
            allowed=", ".join(notify.receivers) or None,
        )
        for name in missing
    ]


def _named(data: dict[str, object]) -> Iterator[tuple[str, Loc]]:
    """Each receiver that the routes of a sound file name, and where."""
    routes = data.get("routes")
    for place, route in enumerate(routes if isinstance(routes, list) else ()):
        at: Loc = ("routes", place)
        yield from _listed(route.get("notify"), (*at, "notify"))
        for step, entry in enumerate(route.get("steps", ())):
            yield from _listed(entry["notify"], (*at, "steps", step, "notify"))


def _listed(names: object, at: Loc) -> Iterator[tuple[str, Loc]]:
    if isinstance(names, str):
        yield names, at
    for place, name in enumerate(names if isinstance(names, list) else ()):
        yield name, (*at, place)
