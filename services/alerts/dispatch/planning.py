"""What changes of alerts bring about in the cases. Pure: the cases stay as they are.

An alert is routed when it fires (again), becomes worse, comes to another incident, is no longer suppressed,
or still waits for somebody when the hours of its route are over. Where that leads it elsewhere, the case that
it leaves tells only of its end any more, if at all; a case of the same route takes over what was told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rules.model import Severity, State
from services.alerts.dispatch.audience import Mark
from services.alerts.dispatch.case import Case, Key, case_id, first_marks
from services.alerts.dispatch.standing import Standing, of_record, standing
from services.alerts.policy.keys import values_of
from services.alerts.policy.model import Route
from services.runtime.ports import OpenAlert
from services.store.records.alertdata import AlertRecord, Changes
from services.store.records.cases import FIRING, CaseChanges, CaseRow, Told, telling_id

RoutesFor: TypeAlias = Callable[[AlertRecord | OpenAlert, int], Sequence[Route]]
"""The routes that take an alert at a moment (ms), in their order."""


@dataclass(slots=True)
class Draft:
    """One case as it is to be: how alerts stand (None: no longer its), what it takes over from another."""

    case: Case
    new: bool = False
    standings: dict[str, Standing | None] = field(default_factory=dict)
    carried: list[tuple[int, str, Severity]] = field(default_factory=list)
    marks: list[Mark] | None = None
    since: int | None = None
    waiting: int | None = None
    closed: int | None = None

    def stand(self, alert: str) -> Standing | None:
        """How an alert of it stands by now; None when it is none of its."""
        return self.standings[alert] if alert in self.standings else self.case.members.get(alert)

    @property
    def number(self) -> int:
        """How often the case has told something then; what it takes over counts as a telling."""
        return self.case.number + bool(self.carried)

    def heard(self, alert: str) -> bool:
        """Whether somebody was told by this case that it fires."""
        return self.case.heard(alert) or any(name == alert for _, name, _ in self.carried)


@dataclass(slots=True)
class Plan:
    """What becomes of the cases: drafts by case, and the cases of each alert that moved."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    opened: dict[Key, Draft] = field(default_factory=dict)
    belongs: dict[str, tuple[Case, ...]] = field(default_factory=dict)


class Planner:
    """Plans one set of changes over the cases as they are.

    Args:
        cases: the open case of each key.
        belongs: the cases of each alert.
    """

    def __init__(
        self,
        routes_for: RoutesFor,
        cases: Mapping[Key, Case],
        belongs: Mapping[str, tuple[Case, ...]],
        changes: Changes,
        now: int,
    ) -> None:
        self._routes_for = routes_for
        self._cases = cases
        self._belongs = belongs
        self._changes = changes
        self._now = now
        self._plan = Plan()

    def plan(self) -> Plan:
        """All of it."""
        for record in self._changes.seen():
            if not record.shadow and record.state is not State.PENDING:
                self._follow(record)
        for draft in self._plan.drafts.values():
            self._settle(draft)
        return self._plan

    def _follow(self, record: AlertRecord) -> None:
        cases = self._belongs.get(record.id, ())
        if record.state is State.RESOLVED:
            self._ended(record, cases)
            return
        here = [case for case in cases if not case.members[record.id].moved]
        moment = self._routing_moment(record, here)
        if moment is not None:
            cases = self._routed(record, cases, here, moment)
        how = of_record(record)
        for case in cases:
            before = self._draft_stand(case, record.id)
            if before is not None and before.moved:
                continue
            if before is not how:
                self._draft(case).standings[record.id] = how

    def _routing_moment(self, record: AlertRecord, here: Sequence[Case]) -> int | None:
        """As of when it is to be routed; None: it stays where it is."""
        if self._moved_on(record, here):
            return self._now
        if not here:
            return record.fired  # whatever is done to it: nobody took it when it fired, unless routes changed
        return None

    def _moved_on(self, record: AlertRecord, here: Sequence[Case]) -> bool:
        before = self._changes.before.get(record.id)
        if before is None or before.state is not State.FIRING:
            return True
        return (
            record.severity.rank > before.severity.rank
            or record.incident != before.incident
            or (before.suppressed is not None and record.suppressed is None)
            or any(self._off_duty(case, record) for case in here)
        )

    def _off_duty(self, case: Case, record: AlertRecord) -> bool:
        """Whether the hours of its route are over, and nobody has taken it on."""
        during = case.route.during
        return during is not None and not during.open(self._now) and of_record(record).waits

    def _routed(
        self, record: AlertRecord, cases: tuple[Case, ...], here: Sequence[Case], moment: int
    ) -> tuple[Case, ...]:
        """The cases of an alert from now on; those that it left are drafted."""
        routes = self._routes_for(record, moment)
        wanted = {(route.id, values_of(record, route.group_by)): route for route in routes}
        if not wanted:
            return cases  # nobody else takes it: it stays where it is
        left = [case for case in here if case.key not in wanted]
        found = [self._case(key, route, record) for key, route in wanted.items()]
        gone = [case for case in left if self._leave(case, found, record.id)]
        belongs = tuple(dict.fromkeys([*(case for case in cases if case not in gone), *found]))
        for case in found:
            self._rejoin(case, record)
        self._plan.belongs[record.id] = belongs
        return belongs

    def _rejoin(self, case: Case, record: AlertRecord) -> None:
        """It is (again) one of the case's own."""
        stand = self._draft_stand(case, record.id)
        if stand is None or stand.moved:
            self._draft(case).standings[record.id] = of_record(record)

    def _case(self, key: Key, route: Route, record: AlertRecord) -> Case:
        """The open case of a key, or a new one."""
        if (case := self._cases.get(key)) is not None:
            return case
        if (draft := self._plan.opened.get(key)) is None:
            name = case_id(key, record, self._now)
            incident = record.incident if {"incident", "alert"} & set(route.group_by) else None
            case = Case(name, route, key[1], incident, self._now, first_marks(route))
            draft = self._plan.opened[key] = self._plan.drafts[name] = Draft(case, new=True)
        return draft.case

    def _leave(self, case: Case, found: Sequence[Case], alert: str) -> bool:
        """It goes to other cases; answers whether this one has nothing to do with it any more."""
        heir = next((other for other in found if other.route.id == case.route.id), None)
        if heir is not None:
            self._carry(case, heir, alert)
        stays = heir is None and case.heard(alert) and case.route.resolved
        how = case.members[alert]
        moved = standing(how.severity, False, how.suppressed, how.acknowledged, True)
        self._draft(case).standings[alert] = moved if stays else None
        return not stays

    def _carry(self, case: Case, heir: Case, alert: str) -> None:
        """The same receivers know of it already."""
        draft = self._draft(heir)
        marks = [audience.mark for audience in heir.audiences] if draft.marks is None else draft.marks
        for number, audience in enumerate(case.audiences[: len(marks)]):
            if alert in audience.told:
                draft.carried.append((number, alert, audience.told[alert]))
                marks[number] = _joined(marks[number], audience.mark)
        if draft.carried:
            draft.marks = marks
            draft.since = case.waiting if draft.since is None else draft.since

    def _ended(self, record: AlertRecord, cases: Sequence[Case]) -> None:
        how = of_record(record)
        for case in cases:
            stays = case.route.resolved and case.heard(record.id)
            self._draft(case).standings[record.id] = how if stays else None
        if cases:
            self._plan.belongs[record.id] = tuple(
                case for case in cases if self._plan.drafts[case.id].standings[record.id] is not None
            )

    def _draft(self, case: Case) -> Draft:
        draft = self._plan.drafts.get(case.id)
        if draft is None:
            draft = self._plan.drafts[case.id] = Draft(case)
        return draft

    def _draft_stand(self, case: Case, alert: str) -> Standing | None:
        draft = self._plan.drafts.get(case.id)
        return case.members.get(alert) if draft is None else draft.stand(alert)

    def _settle(self, draft: Draft) -> None:
        """What follows for the case as a whole."""
        case, members = draft.case, draft.case.members
        size, waits = len(members), case.waiting_alerts
        unheard = True
        for alert, how in draft.standings.items():
            before = members.get(alert)
            size += (how is not None) - (before is not None)
            waits += (how is not None and how.waits) - (before is not None and before.waits)
            unheard = unheard and not (how is not None and how.waits and draft.heard(alert))
        draft.waiting = case.waiting if draft.since is None or case.waiting is not None else draft.since
        if not waits:
            draft.waiting = None
        elif draft.waiting is None and not unheard:
            draft.waiting = self._now
        draft.closed = None if size else self._now


def _joined(mark: Mark, other: Mark) -> Mark:
    """How far an audience is that takes over what another of the same step was told."""
    return replace(
        mark,
        reached=mark.reached or other.reached,
        last=other.last if mark.last is None else mark.last,
        worst=max(mark.worst, other.worst),
    )


def written(plan: Plan) -> CaseChanges:
    """What of a plan is to be written."""
    changes = CaseChanges()
    for draft in plan.drafts.values():
        case = draft.case
        if _to_be_kept(draft):
            changes.rows.append(_row(draft))
        for alert, how in draft.standings.items():
            before = case.members.get(alert)
            if how is None:
                if before is not None:
                    changes.left.append((case.id, alert))
            elif before is None:
                changes.joined.append((case.id, alert, case.number))
            elif before.moved is not how.moved and not how.over:
                changes.moved.append((case.id, alert, how.moved))
        changes.told += [
            Told(alert, telling_id(case.id, audience, draft.number), FIRING, severity.value)
            for audience, alert, severity in draft.carried
        ]
    return changes


def _to_be_kept(draft: Draft) -> bool:
    moved = draft.marks is not None or draft.waiting != draft.case.waiting
    return draft.new or moved or draft.closed is not None


def _row(draft: Draft) -> CaseRow:
    return draft.case.row(closed=draft.closed, waiting=draft.waiting, marks=draft.marks, number=draft.number)
