"""Alerts beside a book of suppression, as the service keeps them: rows, board, turns and minder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from devices.model import City, Text
from rules.model import Severity, State
from services.alerts.board import Board, opened
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Inhibition, Policy, Recurring
from services.alerts.suppression.book import SuppressionBook
from services.alerts.suppression.planned import Planned
from services.store.records.alerts import AlertRecord, Changes
from services.store.records.maintenance import MaintenanceRecord
from services.store.records.silences import SilenceRecord

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = 1_767_546_000_000  # Monday 2026-01-05T00:00 in Bangkok

CITY = City("bangkok-pilot", Text("Bangkok pilot", "กรุงเทพฯ นำร่อง"), "Asia/Bangkok", {}, {})


def firing(name: str, **fields: Any) -> AlertRecord:
    """A firing alert of a rule and a device in a zone."""
    given: dict[str, Any] = {
        "id": name,
        "fingerprint": name,
        "rule": "air/high",
        "rule_version": "1",
        "domain": "environment",
        "zone": "samyan",
        "device": "aq-01",
        "service": None,
        "severity": Severity.MAJOR,
        "highest_severity": Severity.MAJOR,
        "state": State.FIRING,
        "shadow": False,
        "starts_at": NOW,
        "title": {"en": "High", "th": "สูง"},
        "advice": None,
        "evidence": {},
        "fired": NOW,
        "changes": 1,
    }
    return AlertRecord(**given | fields)


def inhibition(
    source: Matcher, target: Matcher, *equal: str, name: str = "source-explains-target"
) -> Inhibition:
    return Inhibition(name, source, target, equal)


def silence_body(ends_after: int = HOUR, *, now: int = NOW, **fields: Any) -> dict[str, Any]:
    """What an operator hands in."""
    given = {"matcher": {"rules": ["air/*"]}, "ends_at": now + ends_after, "reason": "the sensor is cleaned"}
    return given | fields


def recurring(name: str, matcher: Matcher, schedule: dict[str, object]) -> Recurring:
    return Recurring(name, Text(f"Work {name}", f"งาน {name}"), matcher, schedule, "planned")


class Quiet:
    """Rows of alerts, and the book beside them. Time is what ``now`` says."""

    def __init__(self, policy: Policy = Policy(), *, quiet_causes: bool = True) -> None:  # noqa: B008
        self.policy = policy
        self.now = NOW
        self.rows: dict[str, AlertRecord] = {}
        self.silences: dict[str, SilenceRecord] = {}
        self.maintenance: dict[str, MaintenanceRecord] = {}
        self.steps: list[tuple[str, str, dict[str, Any]]] = []
        self.quiet_causes = quiet_causes
        self.restart()

    def restart(self) -> None:
        """Begin anew with the rows alone."""
        self.board = Board()
        self.board.load([opened(row) for row in self.open()], {})
        self.book = SuppressionBook(
            self.policy, CITY, self.board, quiet=lambda _alert, _changes: self.quiet_causes
        )
        live = [one for one in self.silences.values() if one.ends_at > self.now]
        self.book.load(live, [one for one in self.maintenance.values() if one.ended_at is None], self.now)

    def open(self) -> list[AlertRecord]:
        return [row for row in self.rows.values() if row.state is not State.RESOLVED]

    def apply(self, *records: AlertRecord, passed: Iterable[str] = ()) -> None:
        """These alerts become so."""
        before = {one.id: self.rows[one.id] for one in records if one.id in self.rows}
        gone = dict.fromkeys(passed, 2)
        self._turn(Changes(alerts={one.id: one for one in records}, passed=gone, before=before))

    def change(self, name: str, **fields: Any) -> None:
        self.apply(replace(self.rows[name], **fields))

    def resolve(self, *names: str) -> None:
        over = [replace(self.rows[name], state=State.RESOLVED, ends_at=self.now) for name in names]
        self.apply(*over)

    def look(self) -> list[str]:
        """What the minder does until there is nothing more to look at; answers what it looked at."""
        looked: list[str] = []
        while True:
            found = self.book.due(self.now)
            looked += found
            self.again(found)
            if self.book.next_moment(self.now) != self.now:
                return looked

    def again(self, names: Sequence[str]) -> None:
        known = {name: self.rows[name] for name in names if name in self.rows}
        self._turn(Changes(again=known, before=known))

    def pass_time(self, span: int) -> list[str]:
        self.now += span
        return self.look()

    def take(self, planned: Planned[Any]) -> Any:
        """What an operator wished is written, and taken over."""
        kept: dict[str, Any]
        kept = self.silences if isinstance(planned.record, SilenceRecord) else self.maintenance
        kept[planned.record.id] = planned.record
        planned.take()
        return planned.record

    def silence(self, ends_after: int = HOUR, *, by: str = "nok", **fields: Any) -> SilenceRecord:
        body = silence_body(ends_after, now=self.now, **fields)
        record: SilenceRecord = self.take(self.book.add_silence(body, by=by, now=self.now))
        return record

    def suppressed(self, name: str) -> str | None:
        """By what kind and id an alert is held."""
        said = self.rows[name].suppressed
        return None if said is None else f"{said['kind']} {said['id']}"

    def kinds(self) -> dict[str, str | None]:
        """By what kind each open alert is held."""
        return {row.id: row.suppressed and row.suppressed["kind"] for row in self.open()}

    def _turn(self, changes: Changes) -> None:
        if not (changes or changes.again):
            return
        self.book.plan(replace_changes(changes), self.now)  # a first attempt that was undone
        self.book.plan(changes, self.now)
        for name in changes.passed:
            self.rows.pop(name, None)
        self.rows |= changes.alerts
        for name, events in changes.events.items():
            self.steps += [(name, event.change, dict(event.detail or {})) for event in events]
        if changes:
            self.board.count(changes)
            self.book.commit(changes, self.now)


def replace_changes(changes: Changes) -> Changes:
    """The same changes, to be planned without a trace."""
    return Changes(
        alerts=dict(changes.alerts),
        passed=dict(changes.passed),
        before=changes.before,
        again=dict(changes.again),
    )
