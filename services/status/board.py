"""The statuses as they stand: of each service, and of each domain from its services. Pure.

Time is an argument; :meth:`Board.judge` is told what is there and answers which domains moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.model import DOMAIN_TITLES, City, Domain, SmartService, Text
from services.runtime.clock import rfc3339
from services.status.account import Account, objective_document
from services.status.evaluate import Cause, DataQuality, Evidence, Policy, Status, assess, worst
from services.status.texts import NO_SERVICE, Speaker, domain_reason

_NOTHING_YET = Evidence((), (), None)


@dataclass(slots=True)
class _Standing:
    """A status, and since when it holds (ms). ``before`` is what it was before a restart."""

    status: Status
    since: int
    reason: Text
    before: tuple[Status, int] | None = None

    def move(self, status: Status, reason: Text, now: int) -> None:
        """Take a new status over; one that held before the restart goes on since then."""
        if status is not self.status:
            self.status, self.since = status, now
            if self.before is not None and status is not Status.UNKNOWN:
                if self.before[0] is status:
                    self.since = self.before[1]
                self.before = None
        self.reason = reason


@dataclass(slots=True)
class _Service:
    service: SmartService
    standing: _Standing
    evidence: Evidence = _NOTHING_YET
    account: Account | None = None
    counted: int = 0
    heard: bool = False
    judged: bool = False

    def count(self, now: int) -> None:
        """Book the time since the last call to the status that held."""
        if self.account is not None and self.judged and now > self.counted:
            self.account.add(self.counted, now, operational=self.standing.status is Status.OPERATIONAL)
        self.counted = max(self.counted, now)


@dataclass(slots=True)
class _DomainState:
    standing: _Standing
    services: list[_Service] = field(default_factory=list)


class Board:
    """All services and domains of a city."""

    def __init__(self, city: City, policy: Policy, speaker: Speaker) -> None:
        self._policy = policy
        self._speaker = speaker
        now = speaker.started
        self._domains = {
            domain: _DomainState(_Standing(Status.UNKNOWN, now, NO_SERVICE)) for domain in Domain
        }
        self._services = {service.id: _service(service, now) for service in city.services.values()}
        for own in self._services.values():
            self._domains[own.service.domain].services.append(own)

    def judge(self, evidence: Mapping[str, Evidence], now: int) -> list[Domain]:
        """Look at these services anew. Answers the domains of which status, reason or counts moved."""
        judged = [self._services[service] for service in evidence]
        moved = {own.service.domain for own in judged if self._judge(own, evidence[own.service.id], now)}
        for domain in moved:
            self._sum_up(self._domains[domain], now)
        return [domain for domain in Domain if domain in moved]

    def count(self, now: int) -> None:
        """Book the time up to now to the statuses that hold, before they are kept."""
        for own in self._services.values():
            own.count(now)

    def document(self, domain: Domain, freshest: Mapping[str, int | None], now: int) -> dict[str, Any]:
        """The contract's domain status. ``freshest`` is the time of each service's newest reading (ms)."""
        state = self._domains[domain]
        for own in state.services:
            own.count(now)
        return {
            "domain": domain.value,
            "title": DOMAIN_TITLES[domain].as_dict(),
            **_standing_document(state.standing),
            "services": [_document(own, freshest.get(own.service.id), now) for own in state.services],
        }

    def statuses(self) -> Iterable[tuple[Domain, Status]]:
        """The status of each domain, in their official order."""
        return [(domain, state.standing.status) for domain, state in self._domains.items()]

    def dump(self) -> dict[str, Any]:
        """What is worth keeping over a restart."""
        return {
            "domains": {domain.value: _kept(state.standing) for domain, state in self._domains.items()},
            "services": {
                name: {**_kept(own.standing), "account": own.account.dump() if own.account else []}
                for name, own in self._services.items()
            },
        }

    def load(self, saved: Mapping[str, Any], now: int) -> None:
        """Take over what :meth:`dump` gave: a status that comes back after the start goes on since then."""
        for name, kept in saved.get("domains", {}).items():
            if name in set(Domain):
                self._domains[Domain(name)].standing.before = _before(kept)
        for name, kept in saved.get("services", {}).items():
            if (own := self._services.get(name)) is not None:
                own.standing.before = _before(kept)
                if own.account is not None:
                    own.account.load(kept["account"], now)

    def _judge(self, own: _Service, evidence: Evidence, now: int) -> bool:
        own.count(now)
        status, cause = assess(evidence, self._policy)
        reason = self._speaker.reason(own.service.name, cause, evidence)
        before = (own.standing.status, own.standing.reason, _counts(own.evidence))
        own.standing.move(status, reason, now)
        own.evidence = evidence
        own.heard |= evidence.reporting > 0
        own.judged = own.heard and not _undecided(cause, evidence)
        return before != (status, reason, _counts(evidence))

    @staticmethod
    def _sum_up(state: _DomainState, now: int) -> None:
        statuses = [(own.standing.status, own.standing.reason) for own in state.services]
        status = worst(status for status, _ in statuses)
        state.standing.move(status, domain_reason(status, statuses), now)


def _service(service: SmartService, now: int) -> _Service:
    account = Account(service.objective.window) if service.objective else None
    return _Service(service, _Standing(Status.UNKNOWN, now, Text("", "")), account=account, counted=now)


def _undecided(cause: Cause, evidence: Evidence) -> bool:
    """Whether a status says only that it is too early to tell."""
    if cause is Cause.NOTHING_HEARD:
        return evidence.awaited > 0
    return cause in {Cause.AWAITED, Cause.DEAF, Cause.NO_DEVICE}


def _counts(evidence: Evidence) -> tuple[int, ...]:
    """What is announced when it moves. How complete the data is moves all the time, and is only shown."""
    data = evidence.data or DataQuality()
    return evidence.devices, evidence.reporting, len(evidence.alerts), data.stuck, data.clock


def _standing_document(standing: _Standing) -> dict[str, Any]:
    return {
        "status": standing.status.value,
        "since": rfc3339(standing.since),
        "reason": standing.reason.as_dict(),
    }


def _document(own: _Service, newest: int | None, now: int) -> dict[str, Any]:
    evidence, objective = own.evidence, own.service.objective
    attained = own.account.attained() if own.account else None
    return {
        "id": own.service.id,
        "name": own.service.name.as_dict(),
        **_standing_document(own.standing),
        "evidence": {
            "devices": evidence.devices,
            "reporting": evidence.reporting,
            "freshness": None if newest is None else max(0, now - newest) // 1000,
            "open_alerts": len(evidence.alerts),
            "probe": None,
            "quality": _quality(evidence.data),
        },
        "objective": objective_document(objective, attained) if objective else None,
    }


def _quality(data: DataQuality | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {
        "completeness": data.completeness,
        "refused": data.refused,
        "stuck": data.stuck,
        "clock": data.clock,
        "gaps": data.gaps,
    }


def _kept(standing: _Standing) -> dict[str, Any]:
    status, since = standing.before or (standing.status, standing.since)
    return {"status": status.value, "since": since}


def _before(kept: Mapping[str, Any]) -> tuple[Status, int]:
    return Status(kept["status"]), int(kept["since"])
