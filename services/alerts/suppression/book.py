"""Of which alerts nobody is told, and why: always written on the alert, never a silent loss."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import structlog
from sqlalchemy import Connection

from devices.calendar.windows import ScheduleError
from devices.model import City, Text
from rules.model import State
from services.alerts.board import Board
from services.alerts.policy.matcher import Matched, Matcher
from services.alerts.policy.model import Policy
from services.alerts.suppression import silencing
from services.alerts.suppression.asking import matcher_of
from services.alerts.suppression.hold import Hold, Kind, says
from services.alerts.suppression.inhibition import NO_MOVES, Moves, Sources
from services.alerts.suppression.planned import Planned
from services.alerts.suppression.standing import Standing, Suppressors
from services.alerts.suppression.work import (
    Work,
    ended_by,
    idle_work,
    planned_by,
    work_document,
    work_of,
    work_of_city,
)
from services.runtime.ports import ConflictError, OpenAlert
from services.store.records.alerts import AlertRecord, Changes
from services.store.records.maintenance import (
    MaintenanceRecord,
    adding_maintenance,
    changing_maintenance,
)
from services.store.records.silences import SilenceRecord, adding_silence, changing_silence

PORTION = 5_000
"""Open alerts that one call of :meth:`SuppressionBook.due` looks at."""

NAME = "suppression"
_BITS = 80
_TIMED = frozenset({Kind.SILENCE, Kind.MAINTENANCE})
_OF_CAUSE = Text("It follows from another alert, which is told", "เป็นผลจากการแจ้งเตือนอื่นซึ่งแจ้งไปแล้ว")

_log = structlog.get_logger(__name__)


class _Judged(Matched, Protocol):
    """What is judged: an alert's record, or what is kept of it in memory."""

    @property
    def fired(self) -> int | None: ...
    @property
    def cause(self) -> str | None: ...


Quiet: TypeAlias = Callable[["_Judged", Changes], bool]
_NOTHING = Changes()


def _always(_alert: _Judged, _changes: Changes) -> bool:
    """Whatever stands under another is quiet."""
    return True


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which alerts are held by what from now on, and which sources of inhibition moved."""

    holds: Mapping[str, Hold | None]
    moves: Moves


class SuppressionBook:
    """A :class:`~services.alerts.book.Book`: silences, maintenance, inhibition, and quiet causes.

    Of several that hold an alert, a silence is named before maintenance, that before inhibition, that before
    the cause. Alerts that are over keep what they had. An alert is judged whenever anything happens to it;
    when a silence or a window begins, changes or ends, or something begins or ceases to inhibit, all open
    alerts are gone through (:meth:`due`), and only those that are to be told otherwise are answered.

    Args:
        quiet: whether nobody is told of an alert by itself while it stands under another, as of the changes
            that are being planned.
    """

    def __init__(self, policy: Policy, city: City, board: Board, *, quiet: Quiet = _always) -> None:
        self._city = city
        self._board = board
        self._quiet = quiet
        self._planned_by_city = [work_of_city(one, city.timezone) for one in policy.maintenance]
        self._known = Suppressors(self._planned_by_city)
        self._sources = Sources(policy.inhibitions)
        self._held: dict[str, Hold] = {}
        self._counts: Counter[tuple[Kind, str]] = Counter()
        self._active: dict[tuple[Kind, str], Hold] = {}
        self._past: set[tuple[Kind, str]] = set()  # what holds an alert though it is over
        self._turned: list[tuple[Kind, str]] = []
        self._asked = False
        self._unsure: list[str] = []
        self._walk: Iterator[str] = iter(())
        self._walking = False

    def load(
        self, silences: Iterable[SilenceRecord], maintenance: Iterable[MaintenanceRecord], now: int
    ) -> None:
        """Begin with what the store holds, once the board has the open alerts.

        What an alert's record says of its suppression is not in memory: those that are suppressed, or should
        be, come up in :meth:`due` once, so that what happened meanwhile is made up for.
        """
        self._known = Suppressors(self._planned_by_city)
        self._known.put(*silences, *map(self._work, maintenance))
        self._known.refresh(now)
        self._active = self._known.active(now)
        self._asked, self._walk, self._walking, self._turned = False, iter(()), False, []
        self._held, self._counts, self._past = {}, Counter(), set()
        firing = [one for one in self._board.all().values() if one.firing and not one.shadow]
        self._sources.clear()
        self._sources.take(self._sources.moved((one, True) for one in firing))
        standing = self._known.standing(now)
        judged = {one.id: self._judged(one, standing, NO_MOVES, _NOTHING)[0] for one in firing}
        for one in firing:
            self._hold(one.id, judged[one.id] if one.suppressed else None)
        self._unsure = [one.id for one in firing if one.suppressed or judged[one.id] is not None]

    def plan(self, changes: Changes, now: int) -> None:
        """Say on every alert that fires whether anybody is told of it, where that is not said already."""
        seen = changes.seen()
        moves = self._sources.moved(((one, _concerns(one)) for one in seen), changes.passed)
        standing = self._known.standing(now)
        holds: dict[str, Hold | None] = {}
        for record in seen:
            if _concerns(record):
                hold, by = self._judged(record, standing, moves, changes)
                holds[record.id] = hold
                _amend(changes, record, None if hold is None else hold.as_dict(by), now)
        changes.plans[NAME] = _Plan(holds, moves)

    def commit(self, changes: Changes, now: int) -> None:  # noqa: ARG002 - as a book has it
        """Follow who holds what, and what inhibits."""
        plan: _Plan = changes.plans[NAME]
        for alert in (*changes.passed, *changes.alerts):
            if alert not in plan.holds:
                self._hold(alert, None)
        for alert, hold in plan.holds.items():
            self._hold(alert, hold)
        self._asked |= self._sources.take(plan.moves)

    def due(self, now: int) -> list[str]:
        """Open alerts that are to be told otherwise than they are, to be looked at again.

        It looks at :data:`PORTION` alerts at most; while there are more, :meth:`next_moment` is now.
        """
        self._notice(now)
        if self._unsure:
            found, self._unsure = self._unsure[:PORTION], self._unsure[PORTION:]
            return found
        if self._asked and not self._walking:
            self._asked, self._walking, self._walk = False, True, iter(list(self._board.all()))
        return self._walked(self._known.standing(now)) if self._walking else []

    def next_moment(self, now: int) -> int | None:
        """When :meth:`due` is to be asked next; None: not before something changes."""
        if self._unsure or self._asked or self._walking:
            return now
        return self._known.next_moment(now)

    def turned(self, now: int) -> list[tuple[str, dict[str, Any]]]:
        """Silences and maintenance that began, changed or ended since this was asked: kind and document."""
        turned, self._turned = self._turned, []
        silences, works = self._known.silences, self._known.works
        said: list[tuple[str, dict[str, Any]]] = []
        for kind, name in turned:
            if kind is Kind.SILENCE and name in silences:
                said.append((kind.value, self.silence_document(silences[name], now)))
            elif name in works:
                said.append((kind.value, self._work_document(works[name], now)))
        return said

    def holding(self, kind: str, name: str) -> int:
        """How many open alerts a silence, maintenance, inhibition or cause holds now."""
        return self._counts[Kind(kind), name]

    def held_by(self, alert: Matched, now: int) -> Hold | None:
        """The silence or maintenance that would hold an alert back that fired now, if one would."""
        return self._known.standing(now).hold(alert)

    def preview(self, matcher: Mapping[str, Any]) -> list[str]:
        """The ids of the firing alerts that a silence would hold now, newest first.

        It may run on another thread, where many alerts are open.

        Raises:
            InvalidError: a matcher that makes no sense.
        """
        wanted = Matcher.of(matcher) if not matcher else matcher_of(matcher)
        alerts: Sequence[OpenAlert] = list(self._board.all().values())
        found = [one.id for one in alerts if one.firing and not one.shadow and wanted.matches(one)]
        return sorted(found, reverse=True)

    def add_silence(self, body: Mapping[str, Any], *, by: str, now: int) -> Planned[SilenceRecord]:
        """A new silence. Raises: as :func:`~services.alerts.suppression.silencing.added`."""
        record = silencing.added(body, by=by, now=now, rest=secrets.randbits(_BITS))
        return Planned(record, adding_silence(record), lambda: self._known.put(record))

    def edit_silence(
        self,
        record: SilenceRecord,
        body: Mapping[str, Any],
        *,
        by: str,
        now: int,
        number: int | None = None,
    ) -> Planned[SilenceRecord]:
        """What a silence, as it is kept, is to be from now on; ``record`` of the answer holds from then on.

        Raises: as :func:`~services.alerts.suppression.silencing.edited`.
        """
        rest = secrets.randbits(_BITS)
        changed, new = silencing.edited(record, body, by=by, now=now, rest=rest, number=number)
        write = changing_silence(changed)
        if new is None:
            return Planned(changed, write, lambda: self._known.put(changed))
        add = adding_silence(new)

        def both(connection: Connection) -> None:
            write(connection)
            add(connection)

        return Planned(new, both, lambda: self._known.put(changed, new))

    def end_silence(self, record: SilenceRecord, *, by: str, now: int) -> Planned[SilenceRecord]:
        """A silence that ends now. Raises: as :func:`~services.alerts.suppression.silencing.ended`."""
        ended = silencing.ended(record, by=by, now=now)
        return Planned(ended, changing_silence(ended), lambda: self._known.put(ended))

    def add_maintenance(self, body: Mapping[str, Any], *, by: str, now: int) -> Planned[MaintenanceRecord]:
        """New maintenance. Raises: as :func:`~services.alerts.suppression.work.planned_by`."""
        timezone = self._city.timezone
        record = planned_by(body, by=by, now=now, rest=secrets.randbits(_BITS), timezone=timezone)
        work = work_of(record, timezone)
        return Planned(record, adding_maintenance(record), lambda: self._known.put(work))

    def end_maintenance(self, record: MaintenanceRecord, *, by: str, now: int) -> Planned[MaintenanceRecord]:
        """Maintenance that ends now, for good. Raises: as :func:`~.work.ended_by`."""
        ended = ended_by(record, by=by, now=now)
        work = self._work(ended)
        return Planned(ended, changing_maintenance(ended), lambda: self._known.put(work))

    def refuse_if_city(self, maintenance: str) -> None:
        """Maintenance of the city's file is not ended here.

        Raises:
            ConflictError: it is.
        """
        if any(one.id == maintenance for one in self._planned_by_city):
            text = f"maintenance {maintenance} stands in the city's alerting.yaml; change or remove it there"
            raise ConflictError(text)

    def silence_document(self, record: SilenceRecord, now: int) -> dict[str, Any]:
        """A silence as the API tells it."""
        return silencing.silence_document(record, now=now, alerts=self.holding(Kind.SILENCE, record.id))

    def maintenance_document(self, record: MaintenanceRecord, now: int) -> dict[str, Any]:
        """Maintenance that an operator planned, as the API tells it."""
        return self._work_document(self._work(record), now)

    def city_maintenance(self, now: int) -> list[dict[str, Any]]:
        """The maintenance of the city's file, as the API tells it."""
        return [self._work_document(work, now) for work in self._planned_by_city]

    def _work_document(self, work: Work, now: int) -> dict[str, Any]:
        return work_document(work, now=now, alerts=self.holding(Kind.MAINTENANCE, work.id))

    def _work(self, record: MaintenanceRecord) -> Work:
        try:
            return work_of(record, self._city.timezone)
        except ScheduleError as error:  # this machine knows fewer time zones than that which planned it
            _log.error("maintenance can't be followed", maintenance=record.id, reason=str(error))
            return idle_work(record)

    def _judged(
        self, alert: _Judged, standing: Standing, moves: Moves, changes: Changes
    ) -> tuple[Hold | None, str | None]:
        """Why nobody is told of an alert, and the alert that brings that about, where one does."""
        hold = standing.hold(alert)
        if hold is not None:
            return hold, None
        inhibited = self._sources.inhibiting(alert, moves)
        if inhibited is not None:
            return inhibited
        if alert.cause is not None and self._quiet(alert, changes):
            return _under(alert.cause), None
        return None, None

    def _hold(self, alert: str, hold: Hold | None) -> None:
        before = self._held.get(alert)
        if before is not None:
            key = before.kind, before.id
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
        if hold is None:
            self._held.pop(alert, None)
        else:
            self._held[alert] = hold
            self._counts[hold.kind, hold.id] += 1

    def _notice(self, now: int) -> None:
        """See what has begun, changed or ended; then every open alert is to be looked at."""
        self._known.tidy(now)
        self._known.refresh(now)
        active = self._known.active(now)
        if active != self._active:
            names = {**self._active, **active}
            self._turned += [name for name in names if active.get(name) != self._active.get(name)]
            self._active, self._asked = active, True
        # What came and went between two looks may have held what fired meanwhile.
        past = {name for name in self._counts if name[0] in _TIMED and name not in active}
        self._asked |= bool(past - self._past)
        self._past = past

    def _walked(self, standing: Standing) -> list[str]:
        """Go on through the open alerts."""
        found = []
        for _ in range(PORTION):
            name = next(self._walk, None)
            if name is None:
                self._walking = False
                break
            alert = self._board.get(name)
            if alert is not None and alert.firing and not alert.shadow:
                hold = self._judged(alert, standing, NO_MOVES, _NOTHING)[0]
                if hold != self._held.get(name):
                    found.append(name)
        return found


@lru_cache(maxsize=1_024)
def _under(cause: str) -> Hold:
    return Hold(Kind.CAUSE, cause, None, _OF_CAUSE)


def _concerns(record: AlertRecord) -> bool:
    return record.state is State.FIRING and not record.shadow


def _amend(changes: Changes, record: AlertRecord, wanted: Mapping[str, Any] | None, now: int) -> None:
    if says(record.suppressed, wanted):
        return
    change = "unsuppressed" if wanted is None else "suppressed"
    detail = record.suppressed if wanted is None else wanted
    changes.amend(replace(record, suppressed=wanted), change, at=now, detail=detail)
