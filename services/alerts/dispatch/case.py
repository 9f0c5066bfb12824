"""A case in memory: alerts that a route tells of together, until all are over and that is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rules.model import Severity
from services.alerts.dispatch.audience import AWAITED, REACHED, Audience, Mark
from services.alerts.dispatch.standing import Standing
from services.alerts.notify.naming import name_of
from services.alerts.policy.model import Route
from services.store.records.alertdata import AlertRecord
from services.store.records.cases import CaseRow

Key = tuple[str, tuple[str | None, ...]]
"""A route and the values of what its cases are grouped by."""

_DAY = 86_400_000


def case_id(key: Key, opener: AlertRecord, now: int) -> str:
    """Of a case that a step of this alert opens: the step and the moment tell it from all before it."""
    return name_of(key[0], *key[1], opener.id, opener.changes, now)


def first_marks(route: Route) -> list[Mark]:
    """How far the audiences of a new case are."""
    return [AWAITED if step.after else REACHED for step in route.steps]


class Case:
    """What one case knows.

    ``suppressed`` and ``waiting_alerts`` count its alerts, ``ranks`` those that fire by the rank of their
    severity; ``number`` counts its tellings. ``waiting`` is since when (ms) those who were told have left
    something unacknowledged. ``shift`` is when the route's hours end next, ``scheduled`` when it is due.
    """

    __slots__ = (
        *(
            "audiences",
            "id",
            "incident",
            "members",
            "number",
            "opened",
            "ranks",
            "route",
            "scheduled",
            "shift",
        ),
        *("suppressed", "values", "waiting", "waiting_alerts"),
    )

    def __init__(
        self,
        case: str,
        route: Route,
        values: tuple[str | None, ...],
        incident: str | None,
        opened: int,
        marks: Sequence[Mark],
    ) -> None:
        self.id = case
        self.route = route
        self.values = values
        self.incident = incident
        self.opened = opened
        self.audiences = [Audience(mark) for mark in marks]
        self.members: dict[str, Standing] = {}
        self.ranks = [0] * len(Severity)
        self.suppressed = self.waiting_alerts = 0
        self.number = 0
        self.waiting: int | None = None
        self.scheduled: int | None = None
        self.shift: int | None = None

    @property
    def key(self) -> Key:
        """Its route and values."""
        return (self.route.id, self.values)

    @property
    def firing(self) -> int:
        """How many fire and may be told of."""
        return sum(self.ranks)

    @property
    def severity(self) -> Severity | None:
        """The worst of these."""
        return next((one for one in Severity if self.ranks[one.rank]), None)

    @property
    def told(self) -> bool:
        """Whether anybody has been told of it."""
        return any(audience.mark.last is not None for audience in self.audiences)

    def heard(self, alert: str) -> bool:
        """Whether somebody has been told that it fires, and not of its end."""
        return any(alert in audience.told for audience in self.audiences)

    def put(self, alert: str, how: Standing, now: int) -> None:
        """An alert joins, or stands otherwise than before."""
        before = self.members.get(alert)
        if before is not None:
            self._count(before, -1)
        self._count(how, +1)
        self.members[alert] = how
        for audience in self.audiences:
            if audience.mark.reached:
                audience.look(alert, how, now)

    def drop(self, alert: str) -> None:
        """An alert is no longer one of its."""
        before = self.members.pop(alert, None)
        if before is not None:
            self._count(before, -1)
        for audience in self.audiences:
            audience.forget(alert)

    def _count(self, how: Standing, step: int) -> None:
        if how.counts:
            self.ranks[how.severity.rank] += step
        self.waiting_alerts += step * how.waits
        self.suppressed += step * (how.suppressed and not how.over and not how.moved)

    def receivers(self, audience: int) -> tuple[str, ...]:
        """Who hears what is told to an audience; who hears it at an earlier step does not hear it twice."""
        before = {name for step in self.route.steps[:audience] for name in step.receivers}
        if not self.audiences[audience].mark.reached:
            before = set()  # the step comes now: everybody of it is asked
        return tuple(name for name in self.route.steps[audience].receivers if name not in before)

    def step_due(self, audience: int) -> int | None:
        """When (ms) a step that has not come yet comes, as things stand."""
        if self.waiting is None or not self.waiting_alerts:
            return None
        return self.waiting + self.route.steps[audience].after

    def due(self, now: int) -> int | None:
        """When (ms) there is something to tell, as things stand; a time of muting is waited for."""
        moments = [
            audience.due(self.route, self.waiting_alerts > 0)
            if audience.mark.reached
            else self.step_due(number)
            for number, audience in enumerate(self.audiences)
        ]
        due = min((moment for moment in moments if moment is not None), default=None)
        mute = self.route.mute
        if due is None or mute is None or not mute.open(max(due, now)):
            return due
        return mute.next_change(max(due, now)) or now + _DAY

    def row(
        self,
        *,
        closed: int | None = None,
        waiting: int | None = None,
        marks: Sequence[Mark] | None = None,
        number: int | None = None,
    ) -> CaseRow:
        """What is kept of it, with these parts as they are about to be."""
        marks = [audience.mark for audience in self.audiences] if marks is None else marks
        number = self.number if number is None else number
        audiences = [mark.as_dict() for mark in marks]
        state = {"waiting": waiting, "number": number, "audiences": audiences}
        grouped = dict(zip(self.route.group_by, self.values, strict=True))
        return CaseRow(self.id, self.route.id, grouped, self.incident, self.opened, closed, state)
