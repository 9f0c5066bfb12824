"""The book of incidents: gathers alerts into them, and puts alerts under their causes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from devices.model import City
from services.alerts.board import Board
from services.alerts.incidents.held import Held
from services.alerts.incidents.kinship import Kin, Outlook
from services.alerts.incidents.links import IsAbsence, Key, Linked, Links
from services.alerts.incidents.operations import Operation, outdated
from services.alerts.incidents.planning import Began, Plan, Planning
from services.alerts.policy.model import MINUTE, Dependency, Gathering
from services.runtime.ports import NotFoundError, OpenAlert
from services.store.records.alerts import AlertRecord, Changes
from services.store.records.incidents import IncidentRecord, locked, put, step_of_a_person

_T = TypeVar("_T")

PLAN = "incidents"
"""The name of this book's :class:`Plan` among ``Changes.plans``."""

OPERATIONS = "incident operations"

MOST_DUE = 500
"""So many alerts are offered to be looked at anew at a time."""

_MOST_LOOKED_AT = 5_000


def _never(_rule: str) -> bool:
    """No rule is about silence."""
    return False


class IncidentBook:
    """A :class:`~services.alerts.book.Book`: every alert that fires is in one incident.

    The alerts of an incident share a key, or stand under one of its alerts, their cause. An alert is in the
    incident of its cause as soon as :meth:`due` has been emptied: when a cause fires after its effects, or
    goes to another incident, they are offered there and follow when they are looked at anew.

    Args:
        gathering: which alerts go together.
        dependencies: the city's own; those of :data:`~services.alerts.incidents.links.BUILT_IN` follow them.
        is_absence: whether the condition of a rule is that nothing is heard.
        remembers: how long (ms) an alert may come back after its end; its incident is kept for so long.
        patience: how long (ms) effects stay under a cause that is over, before they stand by themselves.
    """

    def __init__(
        self,
        gathering: Gathering,
        dependencies: Sequence[Dependency],
        city: City,
        board: Board,
        *,
        is_absence: IsAbsence = _never,
        remembers: int = 0,
        patience: int = MINUTE,
    ) -> None:
        self._gathering = gathering
        self._city = city
        self._board = board
        self._links = Links(dependencies, is_absence)
        self._patience = patience
        self.remembers = max(gathering.reopen, remembers)
        """How long (ms) incidents that were resolved are kept: those are to be loaded, too."""
        self._begin()

    def _begin(self) -> None:
        self._held = Held(self._gathering, self.remembers)
        self._kin = Kin(self._links, self._patience)
        self._looks: dict[str, None] = {}
        self._parents: dict[str, None] = {}
        self._links_to_see: dict[Key, None] = {}
        self._left: deque[str] = deque()
        self._endings: deque[tuple[int, str]] = deque()

    def load(self, incidents: Iterable[IncidentRecord]) -> None:
        """Begin anew with these, those that are open and those that may be again, and with the board."""
        self._begin()
        self._held.load(incidents)
        alive = [alert for alert in self._board.all().values() if _lives(alert)]
        doubtful = [alert.id for alert in alive if not self._take_in(alert)]
        self._looks.update((one.cause, None) for one in self._held.incidents.values() if one.cause)
        self._left.extend(doubtful)

    def _take_in(self, alert: OpenAlert) -> bool:
        """Answers whether there is surely nothing to decide about it."""
        effects = self._links.as_effect(alert)
        self._kin.add(alert.id, self._links.as_cause(alert), effects)
        self._kin.move(alert.id, None, alert.cause)
        if alert.incident not in self._held.incidents:
            return False
        self._held.place(alert.id, None, alert.incident, alert.severity)
        return alert.cause is None and not effects

    def get(self, incident: str) -> IncidentRecord | None:
        """An incident that is open or was so shortly ago."""
        return self._held.incidents.get(incident)

    def open(self) -> list[IncidentRecord]:
        """The open incidents, the newest first."""
        found = [one for one in self._held.incidents.values() if one.state == "open"]
        return sorted(found, key=lambda one: one.id, reverse=True)

    def members(self, incident: str) -> list[str]:
        """The open alerts of an incident."""
        return list(self._held.members.get(incident, ()))

    @property
    def searching(self) -> bool:
        """Whether :meth:`due` has more to look through at once."""
        return bool(self._looks or self._parents or self._links_to_see or self._left)

    def dependency(self, alert: Linked) -> Dependency | None:
        """What puts an open alert under its cause; None when it stands under none that fires."""
        cause = None if alert.cause is None else self._board.get(alert.cause)
        return None if cause is None or not cause.firing else self._links.between(cause, alert)

    def quiet(self, alert: Linked, changes: Changes) -> bool:
        """Whether nobody is told of an alert by itself while it stands under its cause.

        ``changes`` are those that are being planned; the cause may be among them.
        """
        said = {self._links.dependency(key[0]).quiet for key in self._links.as_effect(alert)}
        if len(said) < 2 or alert.cause is None:
            return said != {False}
        cause = changes.alerts.get(alert.cause) or self._board.get(alert.cause)
        found = None if cause is None else self._links.between(cause, alert)
        return found is None or found.quiet

    def plan(self, changes: Changes, now: int) -> None:
        """Decide where alerts belong, and write it beside them; see :class:`~services.alerts.book.Book`."""
        planning = Planning(
            self._held,
            self._kin,
            self._board.all(),
            by=self._gathering.by,
            city=self._city,
            changes=changes,
            now=now,
        )
        for incident, operation in changes.plans.get(OPERATIONS, ()):
            planning.operate(incident, operation)
        planning.decide()
        planning.write()
        changes.plans[PLAN] = planning.plan

    def commit(self, changes: Changes, now: int) -> None:
        """Take over what was planned."""
        plan: Plan = changes.plans[PLAN]
        for incident in plan.kept:
            self._held.keep(incident)
        for placed in plan.placed:
            self._held.place(*placed)
        for alert, before, after in plan.moved:
            self._kin.move(alert, before, after)
        for began in plan.began:
            self._begins(began)
        for record in plan.ended:
            self._ends(record, now)
        for record in plan.shifted:
            self._see_effects(self._links.graver_causes(record))
        for alert, before, after, _ in plan.placed:
            if before != after and alert in self._kin.children:
                self._parents[alert] = None
        self._looks.update(plan.looks)
        self._held.expire(now)

    def _begins(self, began: Began) -> None:
        """An alert fires: what might stand under it is looked at."""
        self._kin.move(began.alert, None, began.cause)
        self._kin.add(began.alert, began.causes, began.effects)
        self._see_effects(began.causes)

    def _see_effects(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if key in self._kin.effects:
                self._links_to_see[key] = None

    def _ends(self, record: AlertRecord, now: int) -> None:
        self._kin.move(record.id, record.cause, None)
        self._kin.remove(record, now)
        if record.id in self._kin.ended:
            self._endings.append((now, record.id))

    def due(self, now: int) -> list[str]:
        """Alerts to be looked at anew by now (ms), at most :data:`MOST_DUE`: another cause may be theirs.

        Each is offered once; after a failure :meth:`load` finds those that are left. It may answer none and
        have more to look through: that goes on with the next call.
        """
        self._held.expire(now)
        self._mature(now)
        found = dict.fromkeys(self._some_looks())
        outlook = Outlook(self._kin, self._board.all(), now)
        for _ in range(_MOST_LOOKED_AT):
            alert = self._next() if len(found) < MOST_DUE else None
            if alert is None:
                break
            if self._belongs_elsewhere(outlook, alert):
                found[alert] = None
        return list(found)

    def _some_looks(self) -> list[str]:
        some = [alert for _, alert in zip(range(MOST_DUE), self._looks, strict=False)]
        for alert in some:
            del self._looks[alert]
        return [alert for alert in some if self._board.get(alert) is not None]

    def _mature(self, now: int) -> None:
        """Let go of the effects of causes that have been over for long enough."""
        while self._endings and now - self._endings[0][0] >= self._patience:
            _, cause = self._endings.popleft()
            if cause in self._kin.ended:
                self._parents[cause] = None

    def _next(self) -> str | None:
        """The next alert to look at; None when there is no more."""
        while not self._left:
            if self._parents:
                self._left.extend(self._kin.children.get(_first(self._parents)))
            elif self._links_to_see:
                self._left.extend(self._kin.effects.get(_first(self._links_to_see)))
            else:
                return None
        return self._left.popleft()

    def _belongs_elsewhere(self, outlook: Outlook, name: str) -> bool:
        """Whether an open alert is to have another cause than it has, or another incident."""
        alert = self._board.get(name)
        if alert is None or not _lives(alert):
            return False
        if alert.incident not in self._held.incidents or outlook.choose(alert)[0] != alert.cause:
            return True
        top = self._board.get(outlook.top(alert.id))
        return top is not None and top.incident != alert.incident and top.incident in self._held.incidents

    def operate(self, incident: str, operation: Operation) -> Callable[[Changes, int], None]:
        """A person's step as something to put into changes, before :meth:`plan` sees them.

        While it is put in, planned or written there is raised

        - :class:`~services.runtime.ports.NotFoundError`: there is no such incident;
        - :class:`~services.runtime.ports.ConflictError`: it is past that, or another person has taken a step
          since the one that was expected to be the last.
        """

        def step(changes: Changes, _now: int) -> None:
            record = self._held.incidents.get(incident)
            if operation.expected is not None and (record is None or record.changes > operation.expected):
                changes.also.append(lambda connection: _check(connection, incident, operation))
            if record is None:
                changes.also.append(
                    lambda connection: _operate_stored(connection, incident, operation, changes)
                )
            else:
                changes.plans.setdefault(OPERATIONS, []).append((incident, operation))

        return step


def _first(names: dict[_T, None]) -> _T:
    """Take out the one that has waited for longest."""
    name = next(iter(names))
    del names[name]
    return name


def _lives(alert: OpenAlert) -> bool:
    return alert.firing and not alert.shadow


def _check(connection: Connection, incident: str, operation: Operation) -> None:
    assert operation.expected is not None
    since = step_of_a_person(connection, incident, operation.expected)
    if since is not None:
        raise outdated(incident, since)


def _operate_stored(connection: Connection, incident: str, operation: Operation, changes: Changes) -> None:
    """A person's step on an incident that was over long ago, and is not in memory."""
    record = locked(connection, incident)
    if record is None:
        raise NotFoundError(f"no incident {incident}")
    outcome = operation.apply(record)
    if outcome is not None:
        put(connection, (), [outcome[0]], [outcome[1]])
        changes.plans[PLAN].changed.append((outcome[1].change, outcome[0]))
