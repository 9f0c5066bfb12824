"""What one transaction's changes to alerts bring about among incidents; memory stays as it is."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from devices.model import City
from rules.model import Severity, State
from services.alerts.incidents import titles
from services.alerts.incidents.held import Held
from services.alerts.incidents.kinship import Kin, Outlook
from services.alerts.incidents.links import Key
from services.alerts.incidents.operations import Operation
from services.alerts.incidents.sheet import Sheet, severities
from services.alerts.policy.keys import values_of
from services.runtime.ports import NotFoundError, OpenAlert
from services.store.records.alerts import FIRES, AlertRecord, Changes
from services.store.records.incidents import OPEN, IncidentEvent, IncidentRecord, count_off, put
from services.store.records.ulid import ulid


class Began(NamedTuple):
    """An alert that fires since, what it stands under, and its keys as a cause and as an effect."""

    alert: str
    cause: str | None
    causes: Sequence[Key]
    effects: Sequence[Key]


@dataclass(slots=True)
class Plan:
    """What was decided, for :meth:`IncidentBook.commit` and for who announces it.

    ``changed`` are the incidents as they are by now, each with the name of its step; ``kept`` those of them
    that are in memory. ``placed`` are alerts
    with the incident that counted them before and the one that does now; ``began`` and ``ended`` those that
    fire since, and no more, ``shifted`` those with another severity, ``moved`` those with another cause:
    (alert, before, after). ``looks`` are causes whose row is wanted for the title of their incident.
    """

    changed: list[tuple[str, IncidentRecord]] = field(default_factory=list)
    kept: list[IncidentRecord] = field(default_factory=list)
    placed: list[tuple[str, str | None, str | None, Severity]] = field(default_factory=list)
    began: list[Began] = field(default_factory=list)
    ended: list[AlertRecord] = field(default_factory=list)
    shifted: list[AlertRecord] = field(default_factory=list)
    moved: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    looks: dict[str, None] = field(default_factory=dict)


class Planning:
    """The decisions of one transaction at ``now`` (ms)."""

    def __init__(
        self,
        held: Held,
        kin: Kin,
        board: Mapping[str, OpenAlert],
        *,
        by: tuple[str, ...],
        city: City,
        changes: Changes,
        now: int,
    ) -> None:
        self._held, self._kin, self._city, self._by = held, kin, city, by
        self._changes, self._now = changes, now
        self._outlook = Outlook(kin, board, now)
        self._board = board
        self._sheets: dict[str, Sheet] = {}
        self._takers: dict[tuple[str | None, ...], str] = {}
        self._numbers: dict[str, int] = {}
        self._off: Counter[str] = Counter()
        self.plan = Plan()

    def operate(self, incident: str, operation: Operation) -> None:
        """Let a person's step be the first of the incident in this transaction."""
        if incident not in self._held.incidents:
            raise NotFoundError(f"no incident {incident}")
        sheet = self._sheet(incident)
        before = sheet.record
        outcome = operation.apply(before)
        if outcome is not None:
            record, event = outcome
            number = before.changes + len(sheet.events) + 1
            sheet.record = replace(record, changes=before.changes)
            sheet.events.append(replace(event, number=number))

    def decide(self) -> None:
        """Place every alert of the transaction that fires, and count off those that are over."""
        seen = [one for one in self._changes.seen() if not one.shadow and one.state is not State.PENDING]
        taken = [(self._outlook.take(one), one) for one in seen]
        for _, record in sorted(taken, key=lambda pair: not pair[0]):  # causes before what has none under it
            if record.id in self._outlook.firing:
                self._choose(record)
        for record in seen:
            if record.state is not State.FIRING:
                self._end(record)
        self._place_all()
        self._title_causes()

    def _place_all(self) -> None:
        """Place those that stand under nothing, then the others, where the last of their causes is."""
        under: list[tuple[AlertRecord, str]] = []
        for record in self._outlook.firing.values():
            top = record.id if self._outlook.causes[record.id] is None else self._outlook.top(record.id)
            if top == record.id:
                self._place(record, self._own(record) or self._gathered(record))
            else:
                under.append((record, top))
        for record, top in under:
            self._place_under(record, top)

    def write(self) -> None:
        """Hand over what is to be written."""
        new: list[IncidentRecord] = []
        moved: list[IncidentRecord] = []
        events: list[IncidentEvent] = []
        for incident, sheet in self._sheets.items():
            self._name(sheet)
            record = sheet.finish(self._now)
            if record == replace(sheet.record, changes=record.changes) and not sheet.events:
                continue
            (moved if incident in self._held.incidents else new).append(record)
            events += sheet.events
            self.plan.kept.append(record)
            self.plan.changed.append((sheet.headline, record))
        off = dict(self._off)
        if new or moved or off:

            def write(connection: Connection) -> None:
                put(connection, new, moved, events)
                count_off(connection, off)

            self._changes.also.append(write)

    def _choose(self, record: AlertRecord) -> None:
        cause, number = self._outlook.choose(record)
        self._outlook.causes[record.id] = cause
        if number is not None:
            self._numbers[record.id] = number

    def _place_under(self, record: AlertRecord, top: str) -> None:
        """Put an effect where the last of its causes is."""
        target = self._where(top)
        if target is None:  # its cause is in no incident yet: it will be looked at, and this one after it
            self.plan.looks[top] = None
            target = self._own(record) or self._gathered(record)
        changed = self._place(record, target)
        if changed and self._where(top) == target:
            self._give_cause(target, top)

    def _where(self, alert: str) -> str | None:
        """The incident of an open alert, as far as it is known."""
        record = self._outlook.firing.get(alert)
        if record is not None:
            return self._own(self._changes.alerts.get(alert, record))
        known = self._board.get(alert)
        incident = None if known is None else known.incident
        return incident if incident in self._held.incidents else None

    def _own(self, record: AlertRecord) -> str | None:
        """The incident that it belongs to already."""
        incident = record.incident
        return incident if incident in self._held.incidents or incident in self._sheets else None

    def _gathered(self, record: AlertRecord) -> str:
        """The incident that takes it for what it has in common with others: perhaps a new one."""
        values = values_of(record, self._by)
        found = self._takers.get(values)
        if found is None:
            common = dict(zip(self._by, values, strict=True))
            key = orjson.dumps(common, option=orjson.OPT_SORT_KEYS).decode()
            found = next((one for one in self._held.of_key(key) if self._takes(one)), None)
            found = self._takers[values] = found or self._open(record, key)
        return found

    def _takes(self, incident: str) -> bool:
        sheet = self._sheets.get(incident)
        record = self._held.incidents[incident] if sheet is None else sheet.record
        return self._held.takes(record, self._now)

    def _open(self, record: AlertRecord, key: str) -> str:
        incident = IncidentRecord(
            id=incident_id(record.id, self._now),
            key=key,
            state=OPEN,
            title=record.title,
            severity=record.severity,
            highest_severity=record.highest_severity,
            domain=record.domain,
            zone=record.zone or None,
            service=record.service,
            opened_at=self._now,
            joined_at=self._now,
        )
        self._sheets[incident.id] = Sheet(incident, severities(()), 0, new=True)
        return incident.id

    def _sheet(self, incident: str) -> Sheet:
        found = self._sheets.get(incident)
        if found is None:
            record = self._held.incidents[incident]
            found = self._sheets[incident] = Sheet(record, self._held.tally(incident), record.alerts)
        return found

    def _place(self, record: AlertRecord, target: str) -> bool:
        """Count an alert that fires where it belongs. Answers whether incident or cause is another."""
        source, cause = record.incident, self._outlook.causes[record.id]
        before = self._held.counted(record.id, source)
        if before is None:
            self.plan.began.append(Began(record.id, cause, *self._outlook.keys[record.id]))
        elif before is not record.severity:
            self.plan.shifted.append(record)
        if before is not record.severity or source != target:
            self._count(record, before, target)
        if source == target and cause == record.cause:
            return False
        if cause != record.cause:
            self.plan.moved.append((record.id, record.cause, cause))
        self._tell(record, cause, target)
        return True

    def _count(self, record: AlertRecord, before: Severity | None, target: str) -> None:
        source, sheet = record.incident, self._sheet(target)
        if before is not None and source is not None:
            self._sheet(source).count(before, -1)
        if source != target:
            self._leave(record, target)
            sheet.take(
                record, self._held_one(source), under_cause=self._outlook.causes[record.id] is not None
            )
        sheet.count(record.severity, +1)
        sheet.only = record.title
        self.plan.placed.append((record.id, None if before is None else source, target, record.severity))

    def _leave(self, record: AlertRecord, target: str) -> None:
        """Take an alert off the incident that it belonged to."""
        source = record.incident
        if source is None:
            return
        if self._held_one(source) is None:
            self._off[source] += 1
            return
        sheet = self._sheet(source)
        sheet.lose(target)
        if sheet.record.cause == record.id:
            sheet.forsaken = True

    def _held_one(self, incident: str | None) -> str | None:
        return incident if incident in self._held.incidents else None

    def _tell(self, record: AlertRecord, cause: str | None, target: str) -> None:
        """Write the step into the alert's history."""
        after = {"incident": target, "cause": cause}
        if cause == record.cause:
            self._join(record, target, after)
            return
        told: dict[str, str | None] = {"cause": cause}
        if record.id in self._numbers:
            told["dependency"] = self._kin.links.dependency(self._numbers[record.id]).id
        if target != record.incident:
            told["incident"] = target
        self._changes.amend(record, "caused", at=self._now, becomes=after, detail=told)

    def _join(self, record: AlertRecord, target: str, after: Mapping[str, str | None]) -> None:
        """Into which incident an alert goes when it fires is part of that step, and no step of its own."""
        said = {"incident": target}
        events = self._changes.events.get(record.id, [])
        for place in reversed(range(len(events))):
            if events[place].change in FIRES:
                events[place] = replace(events[place], detail={**(events[place].detail or {}), **said})
                self._changes.alerts[record.id] = replace(record, **after)  # type: ignore[arg-type]
                return
        self._changes.amend(record, "joined", at=self._now, becomes=after, detail=said)

    def _end(self, record: AlertRecord) -> None:
        """Count off an alert that is over; one that was so at once is counted among the others, too."""
        counted = self._held.counted(record.id, record.incident)
        if counted is not None and record.incident is not None:
            self._sheet(record.incident).count(counted, -1)
            self.plan.placed.append((record.id, record.incident, None, counted))
            self.plan.ended.append(record)
        elif record.incident is None and self._fired_now(record):
            target = self._gathered(record)
            self._sheet(target).take(record, None, under_cause=False)
            self._outlook.causes[record.id] = None
            self._tell(record, None, target)

    def _fired_now(self, record: AlertRecord) -> bool:
        before = self._changes.before.get(record.id)
        was = before is not None and before.state is not State.PENDING and not before.shadow
        return record.id in self._changes.alerts and record.fired is not None and not was

    def _give_cause(self, incident: str, cause: str) -> None:
        """Let an incident know the alert under which others of it stand. The first stays while it fires."""
        sheet = self._sheet(incident)
        current = sheet.cause or sheet.record.cause
        if current == cause:
            return
        if current is not None and self._outlook.alive(current) and self._outlook.top(current) != cause:
            return
        sheet.cause, sheet.title = cause, self._title_of_cause(sheet, cause)
        if sheet.title is None:
            self.plan.looks[cause] = None

    def _title_of_cause(self, sheet: Sheet, cause: str) -> titles.Title | None:
        """What an incident is called by its cause; None when that can't be told without its row."""
        record = self._outlook.firing.get(cause)
        if record is not None:
            return titles.of_cause(self._city, record.title, record.zone)
        known = self._board.get(cause)
        alone = sheet.record.alerts == 1 and self._held.counted(cause, sheet.record.id) is not None
        return titles.of_cause(self._city, sheet.record.title, known.zone) if known and alone else None

    def _title_causes(self) -> None:
        """Call incidents by their causes where these were looked at."""
        for record in self._outlook.firing.values():
            incident = self._held.incidents.get(record.incident or "")
            if incident is None or incident.cause != record.id or self._forsakes(incident.id):
                continue
            title = titles.of_cause(self._city, record.title, record.zone)
            if title != incident.title:
                self._sheet(incident.id).title = title

    def _forsakes(self, incident: str) -> bool:
        sheet = self._sheets.get(incident)
        return sheet is not None and sheet.forsaken

    def _name(self, sheet: Sheet) -> None:
        """Call an incident without a cause by its only alert, or by what its alerts have in common."""
        before = sheet.record
        if sheet.title is not None or (sheet.cause or (before.cause and not sheet.forsaken)):
            return
        if sheet.total == 1 and sheet.only is not None:
            sheet.title = sheet.only
        elif sheet.forsaken or (sheet.total > 1 and (sheet.new or before.alerts <= 1)):
            sheet.title = titles.of_several(self._city, before.key, before.domain)


def incident_id(alert: str, now: int) -> str:
    """A ULID of when it was opened (ms) and of the alert that opened it: the same for the same two."""
    digest = hashlib.sha256(f"incident\x1f{alert}\x1f{now}".encode()).digest()
    return ulid(now, int.from_bytes(digest[:10], "big"))
