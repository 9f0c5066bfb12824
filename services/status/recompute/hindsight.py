"""Of whom was enough heard after all, in a time in which Nakhon itself could hear nothing. Pure.

Devices keep what they could not deliver. When their readings of such a time come in later, nothing that
mattered was missed: a device whose readings follow one another without a gap longer than its patience was
there all along. A service of which enough devices were is judged as at any other time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devices.model import City
from services.status.facts import Heard, Hearing
from services.status.model import Status
from services.status.policy.model import StatusPolicy
from services.status.policy.rules import Op, RuleList, comparisons
from services.status.recompute.reach import Reach, patience_of

_ENOUGH = 0.5
"""The share to be heard where the rules ask for none."""


class Deaf(NamedTuple):
    """A time [start, end) in which nothing could be heard; ``end`` None: it goes on."""

    start: int
    end: int | None

    def touches(self, start: int, end: int) -> bool:
        """Whether it has anything of [start, end]."""
        return self.start <= end and (self.end is None or self.end >= start)


def deaf_spans(facts: Iterable[Hearing]) -> list[Deaf]:
    """The times of which it was told that nothing could be heard, in order."""
    found: list[Deaf] = []
    since: int | None = None
    for fact in sorted(facts, key=_moment):
        if fact.deaf:
            since = fact.at if since is None else since
        elif since is not None:
            found.append(Deaf(since, fact.at))
            since = None
    if since is not None:
        found.append(Deaf(since, None))
    return found


class Attendance:
    """Which devices were heard all through a span [start, end), told of their readings in order of time."""

    def __init__(self, patience: Mapping[str, int], start: int, end: int) -> None:
        """``patience``: how long (ms) each of the devices may be silent."""
        self._patience = patience
        self._start = start
        self._end = end
        self._until = dict.fromkeys(patience, start - 1)
        self._gone: set[str] = set()

    def heard(self, device: str, at: int) -> None:
        """It took a reading, at any time before the end."""
        patience = self._patience.get(device)
        if patience is None or device in self._gone or at >= self._end:
            return
        if at > max(self._until[device], self._start - 1) + 1:
            self._gone.add(device)  # it was silent by then
        else:
            self._until[device] = max(self._until[device], at + patience)

    def heard_all(self, facts: Iterable[Heard]) -> None:
        """As :meth:`heard`, of many."""
        for fact in facts:
            self.heard(fact.device, fact.at)

    def present(self) -> frozenset[str]:
        """Those that never were silent in it."""
        there = (name for name, until in self._until.items() if until >= self._end - 1)
        return frozenset(name for name in there if name not in self._gone)


def heard_despite(city: City, policy: StatusPolicy, reach: Reach, present: frozenset[str]) -> frozenset[str]:
    """The services of which enough devices were ``present``; of one without devices, enough that it needs."""
    own: dict[str, list[bool]] = {}
    for device, services in reach.counts_for.items():
        for name in services:
            own.setdefault(name, []).append(device in present)
    found: dict[str, bool] = {}
    for name in _in_order(city, reach.services):
        service = city.services[name]
        heard = own.get(name) or [found.get(need, False) for need in service.services]
        share = sum(heard) / len(heard) if heard else 0.0
        found[name] = bool(heard) and share >= share_asked(policy.rules_of(service))
    return frozenset(name for name, enough in found.items() if enough)


def share_asked(rules: RuleList) -> float:
    """The share of its sources that has to be heard before a service is more than unknown."""
    limits = [
        comparison.limit
        for rule in rules.rules
        if rule.status is Status.UNKNOWN
        for comparison in comparisons(rule.when)
        if comparison.asked.name in {"heard", "reporting"} and comparison.op in {Op.BELOW, Op.AT_MOST}
    ]
    return max(limits, default=0.0) or _ENOUGH


def patience_by_device(city: City, policy: StatusPolicy, reach: Reach) -> dict[str, int]:
    """How long each device may be silent, as it is judged for the first service that it counts for."""
    return {
        name: patience_of(device, city.services[reach.counts_for[name][0]], policy)
        for name, device in reach.devices.items()
        if device.enabled
    }


def _in_order(city: City, services: frozenset[str]) -> Sequence[str]:
    """Each after those that it needs."""
    done: dict[str, None] = {}

    def visit(name: str, path: frozenset[str]) -> None:
        if name in done or name in path or name not in services:
            return
        for need in city.services[name].services:
            visit(need, path | {name})
        done[name] = None

    for name in sorted(services):
        visit(name, frozenset())
    return [*done]


def _moment(fact: Hearing) -> tuple[int, bool]:
    return fact.at, fact.deaf
