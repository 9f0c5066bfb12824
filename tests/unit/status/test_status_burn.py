"""Error budgets that burn too fast, and the alerts about them. The arithmetic is written out."""

from __future__ import annotations

import random
from typing import Any

import pytest

from devices.calendar import Holidays, Schedule, ScheduleForm
from devices.documents import Document, ProblemsError
from devices.model import City, Domain, Objective, SmartService, Text
from rules.model import Severity, State, Transition, fingerprint
from rules.model import Subject as AlertSubject
from services.runtime.ports import OpenAlert
from services.status.model import Change, Kind, Status, Subject, Verdict
from services.status.objectives.book import Objectives
from services.status.objectives.burning import Rates
from services.status.objectives.burntable import BurnTable, default_burn_table, read_burn_table
from services.status.objectives.watch import BurnWatch

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_767_546_000_000  # 2026-01-05T00:00+07:00, a Monday


class Watched:
    """Objectives, a watch, and what it has said: ``(seconds since START, rule, state)``."""

    def __init__(self, *services: SmartService, table: BurnTable | None = None) -> None:
        self.city = City("c", Text("", ""), "Asia/Bangkok", {}, {one.id: one for one in services})
        self.objectives = Objectives(self.city)
        self.watch = BurnWatch(self.city, self.objectives, table)
        self.said: list[tuple[float, str, str]] = []
        self.transitions: list[Transition] = []

    def tell(self, at: int, status: str, name: str = "a", counted: bool = True) -> None:
        verdict = Verdict(Status(status), "", Text("", ""), counted)
        self.objectives.take([Change(START + at, Subject(Kind.SERVICE, name), verdict)])

    def look(self, start: int, end: int, every: int = SECOND) -> None:
        for at in range(start, end, every):
            for one in self.watch.look(START + at):
                self.said.append((at / 1000, one.rule, one.state.value))
                self.transitions.append(one)


def service(name: str = "a", **more: Any) -> SmartService:
    objective = more.pop("objective", Objective(0.995, 30 * DAY))
    return SmartService(name, Domain.MOBILITY, Text("Traffic", "จราจร"), (), (), objective, **more)


def test_the_table_that_comes_along() -> None:
    pairs = [(pair.long, pair.short, pair.rate, pair.severity.value) for pair in default_burn_table().pairs]
    assert pairs == [
        (HOUR, 5 * MINUTE, 14.4, "critical"),
        (6 * HOUR, 30 * MINUTE, 6.0, "major"),
        (3 * DAY, 6 * HOUR, 1.0, "warning"),
    ]
    scaled = [(pair.long, pair.short) for pair in default_burn_table().scaled(7 * DAY)]
    assert scaled == [(14 * MINUTE, 70 * SECOND), (84 * MINUTE, 7 * MINUTE), (1_008 * MINUTE, 84 * MINUTE)]


def test_mistakes_in_a_table_are_told_with_their_place() -> None:
    text = (
        "window: 30d\nclear_below: 2\npairs:\n"
        "  - {id: a, long: 5m, short: 1h, rate: 1, severity: critical}\n"
        "  - {id: b, long: 1h, shrt: 5m, rate: 0, severity: worst}\n"
    )
    with pytest.raises(ProblemsError) as told:
        read_burn_table(Document("burn.yaml", text))
    found = str(told.value)
    assert all(word in found for word in ("clear_below", "short must be shorter", "shrt", "rate", "severity"))
    twice = text.replace("clear_below: 2", "clear_below: 1").replace("short: 1h", "short: 1m")
    twice = twice.replace("{id: b, long: 1h, shrt: 5m, rate: 0, severity: worst}", "").rstrip(" -\n")
    pair = "{id: a, long: 5m, short: 1m, rate: 1, severity: minor}"
    with pytest.raises(ProblemsError, match="same id"):
        read_burn_table(Document("burn.yaml", f"{twice}\n  - {pair}\n"))


def test_an_outage_is_told_as_soon_as_it_burns() -> None:
    """0.995 over 30 d: the budget is 0.005 × 720 h = 3.6 h = 12,960 s.

    burn-fast needs 14.4 × 1/720 of it in an hour: 259.2 s, and 14.4 × (1/12)/720 in 5 min: 21.6 s.
    burn-steady needs 6 × 6/720 = 5 % in 6 h: 648 s (and 54 s in 30 min).
    burn-slow needs 72/720 = 10 % in 3 d: 1,296 s (and 108 s in 6 h).
    Looks are once a second, so each fires at the next whole second: 260, 648, 1,296.

    It is over at 3,600 s. burn-fast ends when 5 min hold less than 0.9 × 21.6 = 19.44 s: 300 - 19.44 s
    later, at 3,881 s; burn-steady when 30 min hold less than 48.6 s: after 1,751.4 s, at 5,352 s; burn-slow
    when 6 h hold less than 97.2 s of the 3,600: those of the first 3,502.8 s must be past 6 h: at 25,103 s.
    """
    watched = Watched(service())
    watched.tell(-40 * DAY, "operational")
    watched.look(-5 * SECOND, 0)
    watched.tell(0, "outage")
    watched.look(0, HOUR)
    watched.tell(HOUR, "operational")
    watched.look(HOUR, 10 * HOUR)
    assert watched.said == [
        (260, "objectives/burn-fast", "firing"),
        (648, "objectives/burn-steady", "firing"),
        (1_296, "objectives/burn-slow", "firing"),
        (3_881, "objectives/burn-fast", "resolved"),
        (5_352, "objectives/burn-steady", "resolved"),
        (25_103, "objectives/burn-slow", "resolved"),
    ]


def test_a_blip_is_not_told() -> None:
    """Four minutes out: 240 s are less than 259.2 s."""
    watched = Watched(service())
    watched.tell(-40 * DAY, "operational")
    watched.tell(0, "outage")
    watched.tell(4 * MINUTE, "operational")
    watched.look(0, 3 * HOUR)
    assert watched.said == []


def test_the_first_minute_of_a_service_is_no_fire() -> None:
    """Nothing was known of it before: 259.2 s must be lost all the same."""
    watched = Watched(service())
    watched.tell(0, "outage")
    watched.look(0, 10 * MINUTE)
    assert watched.said[0] == (260, "objectives/burn-fast", "firing")


def test_what_does_not_count_does_not_burn() -> None:
    watched = Watched(service())
    watched.tell(-40 * DAY, "operational")
    watched.tell(0, "maintenance")
    watched.tell(2 * HOUR, "unknown", counted=False)
    watched.look(0, 5 * HOUR, 10 * SECOND)
    assert watched.said == []


def test_the_alert_says_what_burns_and_how_fast() -> None:
    """At 260 s: 260/3,600 of an hour / 0.005 = 14.44 times; 260/300 of 5 min / 0.005 = 173.33 times.

    Attained: 1 - 260/2,592,000 = 0.9999 (all 30 days count); left: 1 - 260/12,960 = 0.9799.
    """
    watched = Watched(service())
    watched.tell(-40 * DAY, "operational")
    watched.tell(0, "outage")
    watched.look(0, 5 * MINUTE)
    [fired] = watched.transitions
    assert (fired.rule, fired.severity, fired.state) == (
        "objectives/burn-fast",
        Severity.CRITICAL,
        State.FIRING,
    )
    assert (fired.domain, fired.subject.service, fired.subject.device) == (Domain.MOBILITY, "a", None)
    assert fired.starts_at == fired.at == START + 260 * SECOND
    assert "Traffic" in fired.title.en
    assert "จราจร" in fired.title.th
    assert fired.advice is not None
    assert (fired.evidence.metric, fired.evidence.value, fired.evidence.threshold) == (
        "burn_rate",
        14.44,
        14.4,
    )
    assert fired.evidence.details == {
        "long": "1h",
        "short": "5m",
        "rate_long": 14.44,
        "rate_short": 173.33,
        "lost_seconds_long": 260,
        "lost_seconds_short": 260,
        "budget_seconds": 12_960,
        "target": 0.995,
        "objective_window": "30d",
        "attained": 0.9999,
        "budget_left": 0.9799,
    }
    assert watched.watch.version_of(fired.rule) == fired.rule_version
    assert watched.watch.version_of("nakhon/burn-fast") is None
    documents = watched.watch.documents("a", START + 260 * SECOND)
    assert documents[0] == {
        "id": "burn-fast",
        "severity": "critical",
        "long": "1h",
        "short": "5m",
        "rate_long": 14.44,
        "rate_short": 173.33,
        "limit": 14.4,
        "firing": True,
    }
    assert [one["firing"] for one in documents] == [True, False, False]
    shown = watched.objectives.document("a", START + 260 * SECOND)
    assert shown is not None
    assert shown["burn"] == [*documents]


def test_a_service_with_hours_burns_by_the_time_that_it_is_open() -> None:
    """Mon-fri 08:00-16:00, 40 h of 168. In the 30 days to Monday 08:30 lie 21 working days and half an hour
    (7 December to 4 January hold 20 of them, Saturday 6 to Monday 5 …); the budget is what the hours say.
    """
    office = Schedule(ScheduleForm(days="mon-fri", hours="08:00-16:00"), "Asia/Bangkok", Holidays())
    watched = Watched(service(hours=office))
    watched.tell(-60 * DAY, "operational")
    opened, now = 8 * HOUR, 8 * HOUR + 30 * MINUTE
    # 30 d before Monday 08:30 is Saturday 6 December 08:30: four whole weeks of 5 × 8 h, and 30 min.
    rates = Rates(watched.objectives.ledger("a"), START + now)
    assert rates.budget == (160 * HOUR + 30 * MINUTE) // 200
    watched.tell(0, "outage")
    watched.look(opened - HOUR, opened + HOUR)
    # burn-fast: 14.4/720 = 2 % of about 160.02 h × 0.005 = 2,880.3 s: 57.6 s. The hour before it opened
    # counted nothing.
    assert watched.said[0] == (opened / 1000 + 58, "objectives/burn-fast", "firing")


def test_a_target_of_one_allows_nothing() -> None:
    watched = Watched(service(objective=Objective(1.0, 30 * DAY)))
    watched.tell(-40 * DAY, "operational")
    watched.look(-MINUTE, 0)
    assert watched.said == []
    watched.tell(0, "outage")
    watched.tell(2 * SECOND, "operational")
    watched.look(SECOND, 10 * MINUTE)
    # The five minutes after it hold nothing that was lost from 302 s on.
    assert watched.said[0] == (1, "objectives/burn-fast", "firing")
    assert (302, "objectives/burn-fast", "resolved") in watched.said
    assert watched.watch.documents("a", START)[0]["rate_long"] is None


def test_after_a_restart_it_goes_on_with_what_fires() -> None:
    before = Watched(service())
    before.tell(-40 * DAY, "operational")
    before.tell(0, "outage")
    before.look(0, 5 * MINUTE)
    again = Watched(service())
    again.tell(-40 * DAY, "operational")
    again.tell(0, "outage")
    again.watch.restore([opened("objectives/burn-fast", START + 260 * SECOND)])
    again.look(5 * MINUTE, 10 * MINUTE)
    assert again.said == []
    again.tell(10 * MINUTE, "operational")
    again.look(10 * MINUTE, 40 * MINUTE)
    [over] = again.transitions
    assert (over.rule, over.state, over.starts_at) == (
        "objectives/burn-fast",
        State.RESOLVED,
        START + 260 * SECOND,
    )
    assert over.fingerprint == before.transitions[0].fingerprint


def test_what_nobody_watches_any_more_ends() -> None:
    watched = Watched(service())
    alerts = [
        opened("objectives/burn-fast", START, service="gone"),
        opened("objectives/old-pair", START),
        opened("traffic/jam", START),
        opened("nakhon/broker-away", START, service=None),
    ]
    watched.watch.restore(alerts)
    watched.look(0, 2 * SECOND)
    assert watched.said == [
        (0, "objectives/burn-fast", "resolved"),
        (0, "objectives/old-pair", "resolved"),
    ]
    assert {one.fingerprint for one in watched.transitions} == {
        fingerprint("objectives/burn-fast", AlertSubject("", service="gone")),
        fingerprint("objectives/old-pair", AlertSubject("", service="a")),
    }


def test_late_data_that_give_the_time_back_end_it() -> None:
    watched = Watched(service())
    watched.tell(-40 * DAY, "operational")
    watched.tell(0, "outage")
    watched.look(0, 10 * MINUTE)
    assert [what for _, _, what in watched.said] == ["firing"]
    watched.objectives.replace("a", START, None, [])
    watched.look(10 * MINUTE, 11 * MINUTE)
    assert watched.said[-1] == (600, "objectives/burn-fast", "resolved")


@pytest.mark.parametrize("seed", range(4))
def test_looking_when_something_may_have_changed_is_as_good_as_looking_always(seed: int) -> None:
    """The same turns, at the same second, as a watch that looks at every service every second."""
    dice = random.Random(seed)
    hours = (
        Schedule(ScheduleForm(hours=["01:00-02:30", "03:00-04:00"]), "Asia/Bangkok", Holidays())
        if seed % 2
        else None
    )
    few, always = (Watched(service(objective=Objective(0.9, 8 * HOUR), hours=hours)) for _ in range(2))
    changes: dict[int, str] = {}
    at = 0
    while at < 4 * HOUR:
        changes[at] = dice.choice(["operational", "operational", "outage", "degraded", "maintenance"])
        at += dice.randrange(SECOND, 40 * MINUTE, SECOND)
    for moment in range(0, 4 * HOUR, SECOND):
        for watched in (few, always):
            if moment in changes:
                watched.tell(moment, changes[moment])
        always.objectives.touched.add("a")
        for watched in (few, always):
            watched.look(moment, moment + SECOND)
    assert always.said
    if hours is None:
        assert few.said == always.said
    else:  # what the calendar moves is seen within a minute
        assert [one[1:] for one in few.said] == [one[1:] for one in always.said]
        pairs = zip(few.said, always.said, strict=True)
        assert all(0 <= mine[0] - other[0] <= 60 for mine, other in pairs)


def test_a_look_costs_nothing_where_nothing_happens() -> None:
    watched = Watched(*(service(f"s{number}") for number in range(100)))
    for number in range(100):
        watched.tell(-40 * DAY, "operational", f"s{number}")
    watched.look(0, 2 * SECOND)
    assert watched.watch._wanted(START + DAY) == []
    watched.tell(DAY, "outage", "s7")
    assert watched.watch._wanted(START + DAY) == ["s7"]


def opened(rule: str, at: int, *, service: str | None = "a") -> OpenAlert:
    return OpenAlert(
        id="01J",
        fingerprint="f",
        rule=rule,
        domain="mobility",
        zone="",
        device=None,
        service=service,
        severity=Severity.CRITICAL,
        firing=True,
        shadow=False,
        starts_at=at,
        fired=at,
        labels={},
    )


def test_when_very_many_fail_at_once_each_has_its_turn() -> None:
    names = [f"s{number}" for number in range(700)]
    watched = Watched(*(service(name) for name in names))
    for name in names:
        watched.tell(-40 * DAY, "operational", name)
    watched.look(-10 * SECOND, 0)
    for name in names:
        watched.tell(0, "outage", name)
    watched.look(0, 5 * SECOND)
    watched.look(260 * SECOND, 263 * SECOND)
    assert [sum(at == second for at, _, _ in watched.said) for second in (260, 261, 262)] == [300, 300, 100]
    assert {one.subject.service for one in watched.transitions} == set(names)
