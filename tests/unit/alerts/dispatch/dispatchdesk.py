"""A book of cases with a board, a clock and a shelf in memory: what is told when, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from rules.model import Severity, State
from services.alerts.board import Board, opened
from services.alerts.dispatch.book import CaseBook
from services.alerts.dispatch.flushing import Flush
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Route, Step
from services.runtime.ports import OpenAlert
from services.store.records.alertdata import AlertRecord, Changes
from services.store.records.cases import FIRING, CaseChanges, CaseRow, KeptCase, Told

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
START = 1_767_546_000_000


class Hours:
    """A schedule that is open within given spans (s since START)."""

    def __init__(self, *spans: tuple[int, int]) -> None:
        self._spans = [(START + a * SECOND, START + b * SECOND) for a, b in spans]

    def open(self, moment: int) -> bool:
        return any(a <= moment < b for a, b in self._spans)

    def next_change(self, after: int) -> int | None:
        return min((edge for span in self._spans for edge in span if edge > after), default=None)


def route(name: str = "all", **given: Any) -> Route:
    """A route to "ops": a first message after 10 s, the next after a minute, again after an hour."""
    plain: dict[str, Any] = {
        "match": Matcher(),
        "steps": (Step(0, ("ops",)),),
        "group_by": ("zone",),
        "group_wait": 10 * SECOND,
        "group_interval": MINUTE,
        "repeat": HOUR,
    }
    return Route(id=name, **plain | given)


def alert(name: str, **given: Any) -> AlertRecord:
    """A firing alert."""
    plain: dict[str, Any] = {
        "id": name,
        "fingerprint": name,
        "rule": "air/pm25",
        "rule_version": "1",
        "domain": "environment",
        "zone": "samyan",
        "device": "aq-01",
        "service": None,
        "severity": Severity.MINOR,
        "highest_severity": Severity.MINOR,
        "state": State.FIRING,
        "shadow": False,
        "starts_at": START,
        "title": {"en": name, "th": name},
        "advice": None,
        "evidence": {},
        "fired": START,
        "changes": 1,
    }
    return AlertRecord(**plain | given)


class Heard(NamedTuple):
    """What a receiver heard: seconds since START, why, and of which alerts it learned what."""

    at: int
    receiver: str
    why: str
    news: dict[str, str]


@dataclass
class Shelf:
    """What is written, as the store would give it back."""

    rows: dict[str, CaseRow] = field(default_factory=dict)
    members: dict[tuple[str, str], tuple[bool, int]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def put(self, changes: CaseChanges) -> None:
        self.rows |= {row.id: row for row in changes.rows}
        for case, name, before in changes.joined:
            self.members[case, name] = (False, before)
        for case, name, moved in changes.moved:
            self.members[case, name] = (moved, self.members[case, name][1])
        for key in changes.left:
            self.members.pop(key, None)
        self.told += changes.told

    def open(self) -> dict[str, KeptCase]:
        found = {row.id: KeptCase(row) for row in self.rows.values() if row.closed is None}
        for (case, name), (moved, _) in self.members.items():
            if case in found:
                found[case].alerts[name] = moved
        for told in self.told:
            case, audience, number = told.telling.split(".")
            _, before = self.members.get((case, told.alert), (False, 1 << 30))
            if case in found and int(number) > before:
                heard = found[case].told.setdefault(int(audience), {})
                heard.pop(told.alert, None)
                if told.state == FIRING:
                    heard[told.alert] = Severity(told.severity)
        return found


class Desk:
    """Alerts happen, time passes, and what is told is written down."""

    def __init__(self, *routes: Route, channels: Callable[[str], Sequence[str]] | None = None) -> None:
        self.now = START
        self.routes = routes
        self.channels = channels or (lambda _receiver: ("log",))
        self.alerts: dict[str, AlertRecord] = {}
        self.board = Board()
        self.shelf = Shelf()
        self.flushes: list[Flush] = []
        self.book = self._new()

    def _new(self) -> CaseBook:
        return CaseBook(
            self._routes_for, {one.id: one for one in self.routes}, self.channels, self.board, "c"
        )

    def _routes_for(self, found: AlertRecord | OpenAlert, moment: int) -> Sequence[Route]:
        taken = []
        for one in self.routes:
            if one.match.matches(found) and (one.during is None or one.during.open(moment)):
                taken.append(one)
                if not one.continues:
                    break
        return taken

    def restart(self, *routes: Route) -> None:
        """As after a crash: only what was written is known."""
        self.routes = routes or self.routes
        still = [opened(one) for one in self.alerts.values() if one.state is not State.RESOLVED]
        self.board = Board()
        self.board.load(still, {})
        self.book = self._new()
        self.shelf.put(self.book.load(self.shelf.open(), self.now))
        self.look_again(self.book.strays())

    def change(self, *records: AlertRecord) -> None:
        before = {one.id: self.alerts[one.id] for one in records if one.id in self.alerts}
        self._decide(Changes(alerts={one.id: one for one in records}, before=before))
        self.alerts |= {one.id: one for one in records}

    def look_again(self, names: Sequence[str]) -> None:
        found = {name: self.alerts[name] for name in names}
        self._decide(Changes(again=found, before=found))

    def _decide(self, changes: Changes) -> None:
        for _ in range(2):  # the first attempt was undone
            changes.also.clear()
            self.book.plan(changes, self.now)
        for write in changes.also:
            self.shelf.put(write.keywords["changes"])  # type: ignore[attr-defined]
        self.board.count(changes)
        self.book.commit(changes, self.now)

    def fire(self, name: str, **given: Any) -> None:
        self.change(alert(name, fired=self.now, **given))

    def amend(self, name: str, **given: Any) -> None:
        self.change(replace(self.alerts[name], changes=self.alerts[name].changes + 1, **given))

    def resolve(self, *names: str) -> None:
        for name in names:
            self.amend(name, state=State.RESOLVED, ends_at=self.now)

    def resolve_unseen(self, name: str) -> None:
        """It ended in the store, and nobody told the book."""
        self.alerts[name] = replace(self.alerts[name], state=State.RESOLVED)

    def acknowledge(self, name: str) -> None:
        severity = self.alerts[name].severity.value
        self.amend(name, acknowledged_at=self.now, acknowledged_by="o", acknowledged_severity=severity)

    def unacknowledge(self, name: str) -> None:
        self.amend(name, acknowledged_at=None, acknowledged_by=None, acknowledged_severity=None)

    def suppress(self, name: str) -> None:
        self.amend(name, suppressed={"kind": "silence"})

    def release(self, name: str) -> None:
        self.amend(name, suppressed=None)

    def flush(self) -> list[Heard]:
        """What is told now."""
        self.look_again(self.book.shifts(self.now))
        found: list[Heard] = []
        for case in self.book.due(self.now):
            documents = {name: {"id": name} for name in self.book.needed(case, self.now)}
            flush = self.book.flush(case, self.now, documents, None)
            again = self.book.flush(case, self.now, documents, None)
            assert flush == again
            rows = [] if flush.row is None else [flush.row]
            left = [(case, name) for name in flush.left]
            self.shelf.put(CaseChanges(rows=rows, left=left, told=flush.told()))
            self.book.took(flush)
            self.flushes.append(flush)
            found += _heard(flush)
        return found

    def until(self, seconds: int) -> list[Heard]:
        """Let time pass until so many seconds since START; what is told on the way."""
        found: list[Heard] = []
        while self.now < START + seconds * SECOND:
            due = self.book.next_due()
            step = START + seconds * SECOND if due is None else min(due, START + seconds * SECOND)
            self.now = max(step, self.now)
            if due is not None and due <= self.now:
                found += self.flush()
                assert (self.book.next_due() or self.now + 1) > self.now, "it would be asked for ever"
        return found


def _heard(flush: Flush) -> list[Heard]:
    found = []
    for telling in flush.tellings:
        news = {said.alert: _said(said) for said in telling.news}
        receivers = dict.fromkeys(notice.receiver for notice in telling.notices)
        at = (flush.at - START) // SECOND
        found += [Heard(at, receiver, telling.reason.value, news) for receiver in receivers]
    return found


def _said(said: Any) -> str:
    return said.severity.value if said.state == FIRING else "over"
