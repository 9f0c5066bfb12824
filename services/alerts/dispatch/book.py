"""The cases that are open: which alerts are told of together, to whom, and when next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from heapq import heappop, heappush
from typing import Any

from services.alerts.board import Board
from services.alerts.dispatch import flushing, planning
from services.alerts.dispatch.audience import Audience, Mark
from services.alerts.dispatch.case import Case, Key, first_marks
from services.alerts.dispatch.flushing import Channels, Documents, Flush, Words
from services.alerts.dispatch.planning import Draft, Plan, Planner, RoutesFor
from services.alerts.dispatch.standing import Standing, of_open, standing
from services.alerts.policy.model import Route
from services.runtime.ports import OpenAlert
from services.store.records import cases as kept
from services.store.records.alertdata import Changes
from services.store.records.cases import CaseChanges, KeptCase

NAME = "cases"


class CaseBook:
    """A :class:`~services.alerts.book.Book`; every method is called under the turn.

    Args:
        routes_for: the routes that take an alert at a moment (ms), in their order.
        routes: all of them, by id.
        receivers: the channels by which a receiver is reached, such as "line", "email", "email-2".
        board: the open alerts.
        city_id: for the notices.
    """

    def __init__(
        self,
        routes_for: RoutesFor,
        routes: Mapping[str, Route],
        receivers: Channels,
        board: Board,
        city_id: str,
    ) -> None:
        self._routes_for = routes_for
        self._routes = routes
        self._channels = receivers
        self._board = board
        self._city = city_id
        self._cases: dict[str, Case] = {}
        self._open: dict[Key, Case] = {}
        self._belongs: dict[str, tuple[Case, ...]] = {}
        self._due: list[tuple[int, str]] = []
        self._shifts: list[tuple[int, str]] = []
        self._strays: dict[str, None] = {}
        self._found: dict[str, tuple[int, list[flushing.Telling] | None]] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def load(self, found: Mapping[str, KeptCase], now: int) -> CaseChanges:
        """Take over what the store holds, once the board has.

        Answers what is to be written of it: the cases of routes that are no more are closed. Their alerts,
        and those that are in no case though a route takes them, are :meth:`strays`.
        """
        self._cases, self._open, self._belongs, self._found = {}, {}, {}, {}
        self._due, self._shifts, self._strays = [], [], {}
        changes = CaseChanges()
        for one in found.values():
            route = self._routes.get(one.row.route)
            case = None if route is None else self._loaded(one, route)
            if case is None or not case.members:
                changes.rows.append(_closed(one, now))
            else:
                self._keep(case, now)
                self._look_at_hours(case, now)
            members = () if case is None else case.members
            changes.left += [(one.row.id, alert) for alert in one.alerts if alert not in members]
        self._strays = {alert: None for alert, seen in self._board.all().items() if self._is_stray(seen)}
        return changes

    def _is_stray(self, seen: OpenAlert) -> bool:
        if not seen.firing or seen.shadow or seen.fired is None or seen.id in self._belongs:
            return False
        return bool(self._routes_for(seen, seen.fired))

    def _look_at_hours(self, case: Case, now: int) -> None:
        """The route's hours may have ended while nobody looked."""
        during = case.route.during
        if during is not None and not during.open(now):
            case.shift = now
            heappush(self._shifts, (now, case.id))

    def _loaded(self, one: KeptCase, route: Route) -> Case | None:
        row = one.row
        if tuple(sorted(row.grouped)) != tuple(sorted(route.group_by)):
            return None  # the route groups otherwise by now
        given = [Mark.of(mark) for mark in row.state.get("audiences", ())]
        marks = given[: len(route.steps)] + first_marks(route)[len(given) :]
        values = tuple(row.grouped.get(name) for name in route.group_by)
        case = Case(row.id, route, values, row.incident, row.opened, marks)
        for number, audience in enumerate(case.audiences):
            audience.told = one.told.get(number, {})
        for alert, moved in one.alerts.items():
            how = self._stands(alert, moved, case)
            if how is not None:
                case.put(alert, how, row.opened)
                self._belongs[alert] = (*self._belongs.get(alert, ()), case)
        case.number = row.state.get("number", 0)
        case.waiting = row.state.get("waiting") if case.waiting_alerts else None
        return case

    def _stands(self, alert: str, moved: bool, case: Case) -> Standing | None:
        """How a member stands by now; one that is over and of which nobody has heard is none any more."""
        seen = self._board.get(alert)
        if seen is not None and seen.firing:
            return of_open(seen, moved=moved)
        worst = [audience.told[alert] for audience in case.audiences if alert in audience.told]
        if not worst or not case.route.resolved:
            return None
        return standing(max(worst, key=lambda severity: severity.rank), over=True)

    def strays(self) -> list[str]:
        """Firing alerts that are in no case since the routes changed: to be looked at again, once."""
        found = list(self._strays)
        self._strays = {}
        return found

    def plan(self, changes: Changes, now: int) -> None:
        """Route what is to be routed, and write what it brings about."""
        plan = Planner(self._routes_for, self._open, self._belongs, changes, now).plan()
        if plan.drafts:
            changes.plans[NAME] = plan
            if written := planning.written(plan):
                changes.also.append(partial(kept.put, changes=written))

    def commit(self, changes: Changes, now: int) -> None:
        """Take the plan over."""
        plan: Plan | None = changes.plans.get(NAME)
        if plan is None:
            return
        for draft in plan.drafts.values():
            self._take(draft, now)
        for alert, belongs in plan.belongs.items():
            self._belong(alert, belongs)

    def _take(self, draft: Draft, now: int) -> None:
        case = draft.case
        self._found.pop(case.id, None)
        reached = _mark(case, draft)
        case.number = draft.number
        for number, alert, severity in draft.carried:
            case.audiences[number].told[alert] = severity
        for alert, how in draft.standings.items():
            if how is None:
                case.drop(alert)
            else:
                case.put(alert, how, now)
        for audience in reached:
            for alert, stands in case.members.items():
                audience.look(alert, stands, now)
        case.waiting = draft.waiting
        if draft.closed is None:
            self._keep(case, now)
        else:
            self._close(case)

    def _belong(self, alert: str, belongs: tuple[Case, ...]) -> None:
        if belongs:
            self._belongs[alert] = belongs
        else:
            self._belongs.pop(alert, None)

    def _keep(self, case: Case, now: int) -> None:
        self._cases[case.id] = case
        self._open[case.key] = case
        self._schedule(case, now)
        if case.shift is None:
            case.shift = _closing(case.route, now)
            if case.shift is not None:
                heappush(self._shifts, (case.shift, case.id))

    def _schedule(self, case: Case, now: int) -> None:
        due = case.due(now)
        if due is not None and due != case.scheduled:
            heappush(self._due, (due, case.id))
        case.scheduled = due

    def _close(self, case: Case) -> None:
        self._cases.pop(case.id, None)
        if self._open.get(case.key) is case:
            del self._open[case.key]

    def next_due(self) -> int | None:
        """When (ms) the next case has something to tell, or the hours of a route end."""
        while self._due and not self._valid(*self._due[0]):
            heappop(self._due)
        moments = [heap[0][0] for heap in (self._due, self._shifts) if heap]
        return min(moments, default=None)

    def _valid(self, moment: int, name: str) -> bool:
        case = self._cases.get(name)
        return case is not None and case.scheduled == moment

    def due(self, now: int, most: int | None = None) -> list[str]:
        """The cases that have something to tell by now, the longest waiting first, at most ``most``."""
        taken: dict[str, tuple[int, str]] = {}
        while self._due and self._due[0][0] <= now and (most is None or len(taken) < most):
            moment, name = heappop(self._due)
            if self._valid(moment, name):
                taken[name] = (moment, name)
        for entry in taken.values():
            heappush(self._due, entry)  # until they are told
        return list(taken)

    def shifts(self, now: int) -> list[str]:
        """Alerts that nobody has acknowledged by the end of their route's hours: to be looked at again."""
        found: dict[str, None] = {}
        while self._shifts and self._shifts[0][0] <= now:
            case = self._cases.get(heappop(self._shifts)[1])
            if case is None or case.shift is None or case.shift > now:
                continue
            found |= {alert: None for alert, how in case.members.items() if how.waits}
            case.shift = None
            self._keep(case, now)
        return list(found)

    def needed(self, case_id: str, now: int) -> list[str]:
        """The alerts whose documents :meth:`flush` shows."""
        told = flushing.tellings(self._cases[case_id], now)
        self._found[case_id] = (now, told)
        return list(dict.fromkeys(alert for one in told for alert in one.shown))

    def incident(self, case_id: str) -> str | None:
        """The incident that a case is about."""
        return self._cases[case_id].incident

    def flush(
        self, case_id: str, now: int, documents: Documents, incident: Mapping[str, Any] | None
    ) -> Flush:
        """What the case tells now; it stays as it is until :meth:`took`."""
        words = Words(self._city, self._channels, documents, incident)
        at, found = self._found.pop(case_id, (now, None))
        return flushing.flush(self._cases[case_id], now, words, found if at == now else None)

    def took(self, flush: Flush) -> None:
        """It is written: take it over."""
        case = self._cases[flush.case]
        for one in flush.tellings:
            _tell(case.audiences[one.audience], one)
        for alert in flush.left:
            case.drop(alert)
            others = tuple(other for other in self._belongs.get(alert, ()) if other is not case)
            self._belong(alert, others)
        case.waiting, case.number = flush.waiting, flush.number
        for audience in case.audiences:
            due = audience.due(case.route, waiting=False)
            if due is not None and due <= flush.at and not _mute(case.route, flush.at):
                audience.calm()  # there was nothing that must be told
        if flush.closed:
            self._close(case)
        else:
            self._schedule(case, flush.at)


def _tell(audience: Audience, telling: flushing.Telling) -> None:
    audience.mark = telling.mark
    for said in telling.news:
        audience.fresh.pop(said.alert, None)
        if said.state == kept.FIRING:
            audience.told[said.alert] = said.severity
        else:
            audience.told.pop(said.alert, None)
    if not audience.fresh:
        audience.calm()


def _mute(route: Route, now: int) -> bool:
    return route.mute is not None and route.mute.open(now)


def _mark(case: Case, draft: Draft) -> list[Audience]:
    """How far its audiences are; answers those that are reached by this."""
    reached = []
    for audience, mark in zip(case.audiences, draft.marks or (), strict=False):
        if mark.reached and not audience.mark.reached:
            reached.append(audience)
        audience.mark = mark
    return reached


def _closing(route: Route, now: int) -> int | None:
    """When the hours of a route end next."""
    during = route.during
    if during is None:
        return None
    change = during.next_change(now)
    if change is None or during.open(now):
        return change
    return during.next_change(change)


def _closed(one: KeptCase, now: int) -> kept.CaseRow:
    row = one.row
    return kept.CaseRow(row.id, row.route, row.grouped, row.incident, row.opened, now, row.state)
