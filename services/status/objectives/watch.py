"""Error budgets that burn too fast, as alerts like any other. Pure: time is an argument.

The rule engine can't watch them: it works on readings. A look costs by what happens: a service of which
nothing was lost lately is not looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from devices.model import City, Domain, SmartService, Text
from rules.model import OBJECTIVES_GROUP, Evidence, Severity, State, Subject, Transition
from services.runtime.ports import OpenAlert
from services.status.objectives.book import Objectives
from services.status.objectives.burning import PairState, Rates
from services.status.objectives.burntable import BurnPair, BurnTable, default_burn_table
from services.status.objectives.documents import seconds, shares, span_text
from services.status.objectives.ledger import Ledger
from services.status.objectives.wording import advice_of, title_of

MOST = 300
"""Services that one look goes into at most."""


@dataclass(frozen=True, slots=True)
class _Orphan:
    """An alert of before that nothing watches any more."""

    alert: OpenAlert


class BurnWatch:
    """Looks at the burn rates of every objective, and remembers only which alerts it has raised."""

    def __init__(self, city: City, objectives: Objectives, table: BurnTable | None = None) -> None:
        self._objectives = objectives
        self._table = table or default_burn_table()
        self._clear = Fraction(str(self._table.clear_below))
        self._services = {name: city.services[name] for name in objectives}
        self._pairs = {name: self._states(name) for name in objectives}
        self._written = {pair.id: pair for pair in self._table.pairs}
        self._due: list[tuple[int, str]] = []
        self._queued: dict[str, int] = {}
        self._orphans: list[_Orphan] = []
        self._waiting: dict[str, None] = {}
        objectives.burning = self.documents

    def version_of(self, rule: str) -> str | None:
        """The version of one of these rules, None when it is none of them."""
        group, _, name = rule.partition("/")
        pair = self._written.get(name)
        return self._table.version(pair) if pair is not None and group == OBJECTIVES_GROUP else None

    def restore(self, alerts: Iterable[OpenAlert]) -> None:
        """Go on with those that fire already, after a restart. Those that nothing watches now will end."""
        for alert in alerts:
            if not alert.rule.startswith(f"{OBJECTIVES_GROUP}/") or not alert.firing:
                continue
            for state in self._pairs.get(alert.service or "", ()):
                if state.pair.rule == alert.rule:
                    state.since = alert.starts_at
                    self._objectives.touched.add(alert.service or "")
                    break
            else:
                self._orphans.append(_Orphan(alert))

    def look(self, now: int) -> list[Transition]:
        """What has begun to burn too fast by ``now`` (ms), and what no longer does.

        When very many services fail at once the rest has its turn in the next look.
        """
        found = [_ended(orphan.alert, now) for orphan in self._orphans]
        self._orphans.clear()
        for service in self._wanted(now):
            found += self._look_at(service, now)
        return found

    def documents(self, service: str, now: int) -> Sequence[Mapping[str, Any]]:
        """The burn rates of a service as the API tells them, those of the fastest pair first."""
        states = self._pairs.get(service)
        if not states:
            return ()
        ledger = self._objectives.ledger(service)
        if ledger.objective.target < 1 and not ledger.lost_since(now - max(one.pair.long for one in states)):
            return [_document(state, 0.0, 0.0) for state in states]
        rates = Rates(ledger, now)
        return [
            _document(state, rates.rate(state.pair.long), rates.rate(state.pair.short)) for state in states
        ]

    def _states(self, service: str) -> list[PairState]:
        objective = self._objectives.ledger(service).objective
        return [PairState(pair, objective, self._clear) for pair in self._table.scaled(objective.window)]

    def _wanted(self, now: int) -> list[str]:
        """Services of which something changed, or of which time alone may change something."""
        self._waiting |= dict.fromkeys(sorted(self._objectives.touched & self._pairs.keys()))
        self._objectives.touched.clear()
        while self._due and self._due[0][0] <= now:
            due, service = heapq.heappop(self._due)
            if self._queued.get(service) == due:
                del self._queued[service]
                self._waiting[service] = None
        wanted = list(islice(self._waiting, MOST))
        for service in wanted:
            del self._waiting[service]
        return wanted

    def _look_at(self, service: str, now: int) -> list[Transition]:
        ledger, states = self._objectives.ledger(service), self._pairs[service]
        if self._calm(ledger, states, now):
            return []
        rates = Rates(ledger, now)
        found: list[Transition] = []
        due: list[int] = []
        for state in states:
            look = rates.look(state)
            if look.burns is (state.since is None):
                found.append(self._turn(self._services[service], state, rates, now))
            if look.due is not None:
                due.append(look.due)
        self._queue(service, min(due, default=None))
        return found

    @staticmethod
    def _calm(ledger: Ledger, states: Sequence[PairState], now: int) -> bool:
        """Whether nothing fires and nothing was lost within any window."""
        if any(state.since is not None for state in states):
            return False
        return not ledger.lost_since(now - max((state.pair.long for state in states), default=0))

    def _turn(self, service: SmartService, state: PairState, rates: Rates, now: int) -> Transition:
        """It begins to burn, or no longer does."""
        begun = now if state.since is None else state.since
        becomes = State.FIRING if state.since is None else State.RESOLVED
        state.since = now if state.since is None else None
        return Transition(
            rule=state.pair.rule,
            rule_version=self._table.version(self._written[state.pair.id]),
            domain=service.domain,
            subject=Subject("", service=service.id),
            state=becomes,
            severity=state.pair.severity,
            at=now,
            starts_at=begun,
            title=title_of(state.pair, service),
            evidence=self._evidence(service, state.pair, rates),
            advice=advice_of(state.pair),
            taken=now,
            received=now,
        )

    def _evidence(self, service: SmartService, pair: BurnPair, rates: Rates) -> Evidence:
        ledger = self._objectives.ledger(service.id)
        objective = ledger.objective
        attained = ledger.between(rates.now - objective.window, rates.now)
        long, short = rates.rate(pair.long), rates.rate(pair.short)
        details = {
            "long": span_text(pair.long),
            "short": span_text(pair.short),
            "rate_long": long,
            "rate_short": short,
            "lost_seconds_long": seconds(ledger.between(rates.now - pair.long, rates.now).lost),
            "lost_seconds_short": seconds(ledger.between(rates.now - pair.short, rates.now).lost),
            "budget_seconds": seconds(rates.budget),
            "target": objective.target,
            "objective_window": span_text(objective.window),
            **shares(attained, objective.target),
        }
        window = f"{details['long']} and {details['short']}"
        return Evidence("burn_rate", long, pair.rate, window=window, details=details)

    def _queue(self, service: str, due: int | None) -> None:
        self._queued.pop(service, None)
        if due is not None:
            self._queued[service] = due
            heapq.heappush(self._due, (due, service))


def _document(state: PairState, long: float | None, short: float | None) -> dict[str, Any]:
    pair = state.pair
    return {
        "id": pair.id,
        "severity": pair.severity.value,
        "long": span_text(pair.long),
        "short": span_text(pair.short),
        "rate_long": long,
        "rate_short": short,
        "limit": pair.rate,
        "firing": state.since is not None,
    }


def _ended(alert: OpenAlert, now: int) -> Transition:
    """The end of an alert whose objective or pair is no more."""
    return Transition(
        rule=alert.rule,
        rule_version="",
        domain=Domain(alert.domain),
        subject=Subject(alert.zone, alert.device, alert.service),
        state=State.RESOLVED,
        severity=Severity(alert.severity),
        at=now,
        starts_at=alert.starts_at,
        title=Text("This objective is no longer watched", "ไม่ได้ติดตามเป้าหมายนี้แล้ว"),
        evidence=Evidence(None, None, None),
        taken=now,
        received=now,
    )
