"""What is to be judged at a moment, in the order of who needs whom; and what becomes of it. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping

from devices.model import City, Domain, Text
from services.status.course.agenda import Agenda
from services.status.course.moved import Moved
from services.status.course.noted import noted
from services.status.course.scope import Part, Scope, Service, evidence_of
from services.status.course.speech import NO_TEXT, Hush
from services.status.course.summary import Effect, Summary
from services.status.facts import Stated
from services.status.model import Change, Evidence, Kind, OpenAlert, Status, Subject, Verdict
from services.status.policy.model import StatusPolicy

MANY = 500
"""With more open alerts than this, a scope looks at them anew only so often:"""
GRAIN = 500
"""at multiples of this (ms). Else each of very many alerts would be gone through for each of them."""

NOTHING_THERE = Text("no service has anything there", "ไม่มีบริการในพื้นที่นี้")
"""What is said of a zone without services."""

Wide = Callable[[Service], Mapping[str, Mapping[str, OpenAlert]]]


class Docket:
    """The scopes that something moved of, judged moment by moment; and the zones and domains they make.

    ``at`` is the moment that is being looked at. It may lie before the end of the look before: what was told
    of a service holds up to ``service.judged`` only. What comes for an earlier moment than that is late: it
    takes effect at the end of the look before, and is told.
    """

    def __init__(
        self, city: City, policy: StatusPolicy, services: Mapping[str, Service], start: int, hush: Hush
    ) -> None:
        self.at = start
        self._hush = hush
        self.due: Agenda[Scope] = Agenda()
        self.zones = {
            zone: Summary(Subject(Kind.ZONE, zone), policy.zones, start, self.worded, NOTHING_THERE)
            for zone in city.zones
        }
        self.domains = {
            domain: Summary(Subject(Kind.DOMAIN, domain.value), policy.domains, start, self.worded)
            for domain in Domain
        }
        self.wide: Wide = lambda _service: {}
        self.deaf: Callable[[], bool] = lambda: False
        self._services = services
        self._now = start
        self._moved = Moved()
        self._dirty: dict[Service, set[Scope]] = {}
        self._order: list[tuple[int, int, Service]] = []
        self._sums: set[Summary] = set()
        self._begun = False
        self._verdicts: dict[tuple[Status, str, bool], Verdict] = {}

    def summary(self, subject: Subject) -> Summary:
        """That zone or domain.

        Raises:
            KeyError: there is none.
        """
        if subject.kind is Kind.ZONE:
            return self.zones[subject.id]
        return {domain.value: summary for domain, summary in self.domains.items()}[subject.id]

    def begin(self, now: int, moved: Moved) -> None:
        """A look begins; the last one ended at ``now``."""
        self._now, self._moved = now, moved

    def finish(self) -> None:
        """A look is over."""
        self._moved.changes.sort(key=_at)

    def touch(self, scope: Scope) -> None:
        """Something of it moved at this moment."""
        service = scope.service
        if service.stated:
            return
        if self.at < service.judged:
            self._moved.came_late(service.id, self.at)
            self._look_at(scope, self._now)
            return
        dirty = self._dirty.get(service)
        if dirty is None:
            self._dirty[service] = {scope}
            heapq.heappush(self._order, (service.rank, service.place, service))
        else:
            dirty.add(scope)

    def touch_alerts(self, scope: Scope) -> None:
        """Its open alerts moved."""
        if len(scope.alerts) <= MANY or self.at < scope.service.judged:
            self.touch(scope)
        else:
            self._look_at(scope, (self.at // GRAIN + 1) * GRAIN)

    def appeared(self, part: Part) -> None:
        """There is something in a part now, or nothing any more: who needs the service sees another of it."""
        for dependent in part.service.dependents:
            if (theirs := dependent.parts.get(part.place)) is not None:
                self.touch(theirs)

    def pass_time(self, moment: int) -> None:
        """Look at what waited for this moment."""
        due = self.due
        while due.next <= moment:
            at, scope = due.pop()
            if scope.due == at:
                scope.due = None
                self.touch(scope)

    def _look_at(self, scope: Scope, at: int) -> None:
        if scope.due is None or at < scope.due:
            scope.due = at
            self.due.put(at, scope)

    def judge(self) -> None:
        """Judge all that was touched; then sum up the zones and domains that it moves."""
        while self._order:
            service = heapq.heappop(self._order)[2]
            scopes = self._dirty.pop(service)
            for scope in sorted(scopes) if len(scopes) > 1 else scopes:
                self._judge(service, scope)
            service.judged = self.at
        if self._sums and self._begun:
            sums, self._sums = self._sums, set()
            for summary in sorted(sums, key=_subject):
                self._sum_up(summary)

    def _judge(self, service: Service, scope: Scope) -> None:
        judge, standing = scope.judge, scope.standing
        assert judge is not None
        evidence = evidence_of(scope, self.wide(service))
        before = standing.verdict.status
        self._hush.on = self._begun
        verdict = judge.look(evidence, self.at)
        self._hush.on = False
        self._wait(scope, judge.due())
        moved = standing.move(self._plain(verdict), self.at, deaf=service.deaf is not None)
        scope.words = None
        if moved:
            verdict = judge.look(evidence, self.at) if self._begun else verdict
            change = Change(self.at, scope.subject, verdict, noted(evidence), judge.dump())
            self._moved.changes.append(change)
            if verdict.status is not before:
                self._tell(scope)
        self._enter(scope, new=moved)
        self._show(service, scope, evidence, new=moved)

    def _plain(self, verdict: Verdict) -> Verdict:
        """A verdict without words: one for all that are alike."""
        key = (verdict.status, verdict.rule, verdict.counted)
        found = self._verdicts.get(key)
        if found is None:
            found = self._verdicts[key] = verdict._replace(reason=NO_TEXT)
        return found

    def worded(self, scope: Scope) -> Verdict:
        """How it stands, in words."""
        if scope.words is None:
            judge = scope.judge
            if judge is None or not scope.standing.judged:
                return scope.standing.verdict
            evidence = evidence_of(scope, self.wide(scope.service))
            scope.words = judge.look(evidence, max(self.at, self._now)).reason
        return scope.standing.verdict._replace(reason=scope.words)

    def _wait(self, scope: Scope, due: int | None) -> None:
        if due is not None and due <= self.at:
            due = self.at + 1
        if due != scope.due:
            scope.due = due
            if due is not None:
                self.due.put(due, scope)

    def _tell(self, scope: Scope) -> None:
        """Those who need it."""
        service = scope.service
        for dependent in service.dependents:
            if isinstance(scope, Part):
                if (theirs := dependent.parts.get(scope.place)) is not None:
                    self.touch(theirs)
                continue
            self.touch(dependent.whole)
            for part in dependent.parts.values():
                here = service.parts.get(part.place)
                if here is None or not here.present:
                    self.touch(part)

    def _enter(self, scope: Scope, *, new: bool) -> None:
        """Let its zone or domain know how it stands."""
        if isinstance(scope, Part):
            summary = self.zones.get(scope.place)
            if summary is None:
                return
            if not scope.present:
                self._member(summary, scope, summary.remove(scope))
                return
        else:
            summary = self.domains[scope.service.domain]
        if new or scope not in summary:
            self._member(summary, scope, summary.put(scope))

    def _member(self, summary: Summary, scope: Scope, moved: Effect) -> None:
        """Something of a member of a zone or domain moved."""
        if moved is Effect.WORDS:
            return
        if self.at < summary.judged:
            self._moved.came_late(scope.service.id, self.at)
        summary.judged = max(summary.judged, self.at)
        if moved is Effect.STATUS:
            self._sums.add(summary)

    def _show(self, service: Service, scope: Scope, evidence: Evidence, *, new: bool) -> None:
        """Note what moved of what is shown. How complete the data is moves all the time, and is no news."""
        if not isinstance(scope, Part):
            shown = hash(_shown(evidence))  # ten thousand of them are less to keep than what they are of
            new |= shown != service.shown
            service.shown = shown
        if new:
            self._moved.services.add(service.id)
            self._moved.domains.add(service.domain)

    def _sum_up(self, summary: Summary) -> None:
        verdict = summary.summed_up()
        if summary.standing.move(verdict, max(self.at, summary.judged), deaf=self.deaf()):
            at = max(self.at, summary.judged)
            self._moved.changes.append(Change(at, summary.subject, verdict))
            if summary.subject.kind is Kind.DOMAIN:
                self._moved.domains.add(Domain(summary.subject.id))

    def open(self) -> None:
        """Everything was judged for the first time: sum up every zone and domain."""
        self._begun = True
        for service in self._services.values():
            self._enter(service.whole, new=True)
            for part in service.parts.values():
                self._enter(part, new=True)
        self._sums.clear()
        for summary in (*self.zones.values(), *self.domains.values()):
            self._sum_up(summary)

    def state(self, fact: Stated, part: Callable[[Service, str], Part]) -> None:
        """Take over what was found elsewhere of a service, or of its part in a zone."""
        name, _, zone = fact.subject.id.partition("/")
        service = self._services.get(name)
        if service is None or not service.stated:
            return
        scope = part(service, zone) if zone else service.whole
        before: Status = scope.standing.verdict.status
        scope.standing.move(fact.verdict, self.at, deaf=False)
        scope.words = fact.verdict.reason
        if isinstance(scope, Part):
            scope.devices = 1
        self._enter(scope, new=True)
        if before is not fact.verdict.status:
            self._tell(scope)


def _shown(evidence: Evidence) -> tuple[object, ...]:
    data = evidence.data
    return (
        evidence.zones,
        len(evidence.alerts),
        sum(alert.severity.rank for alert in evidence.alerts) if evidence.alerts else 0,
        (0, 0) if data is None else (data.stuck, data.clock),
        tuple([probe.up for probe in evidence.probes]),
        tuple([need.status for need in evidence.needs]),
        evidence.work,
    )


def _at(change: Change) -> int:
    return change.at


def _subject(summary: Summary) -> Subject:
    return summary.subject
