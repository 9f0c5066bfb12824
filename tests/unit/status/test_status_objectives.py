"""What counts for an objective, and what is attained of it. The arithmetic is written out."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.calendar import Holidays, Schedule, ScheduleForm
from devices.model import City, Domain, Objective, SmartService, Text
from services.status.history.opening import OpenTime
from services.status.history.timeline import Held
from services.status.model import Change, Kind, Status, Subject, Verdict
from services.status.objectives.book import Objectives
from services.status.objectives.counting import Attainment, Weight, weigh
from services.status.objectives.documents import objective_document
from services.status.objectives.ledger import Ledger
from services.store.records.history import StatusStep

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_767_546_000_000  # 2026-01-05T00:00+07:00, a Monday
OBJECTIVE = Objective(0.99, 30 * DAY)
STATUSES = [Held(status, counted) for status in Status for counted in (True, False)]


def held(status: str, counted: bool = True) -> Held:
    return Held(Status(status), counted)


def ledger_of(*changes: tuple[int, str], objective: Objective = OBJECTIVE, **options: Any) -> Ledger:
    ledger = Ledger(objective, **options)
    for at, status in changes:
        name, _, mark = status.partition("/")
        ledger.add(START + at, held(name, mark != "uncounted"))
    return ledger


def hours(**form: Any) -> OpenTime:
    return OpenTime(Schedule(ScheduleForm(**form), "Asia/Bangkok", Holidays()))


@pytest.mark.parametrize(
    ("status", "more", "weight"),
    [
        ("operational", {}, Weight.GOOD),
        ("degraded", {}, Weight.LOST),
        ("degraded", {"degraded": True}, Weight.GOOD),
        ("outage", {"degraded": True, "maintenance": True}, Weight.LOST),
        ("unknown", {}, Weight.LOST),
        ("maintenance", {}, Weight.OUT),
        ("maintenance", {"maintenance": True}, Weight.LOST),
    ],
)
def test_what_counts(status: str, more: dict[str, bool], weight: Weight) -> None:
    objective = Objective(0.99, DAY, **more)
    assert weigh(held(status), objective) is weight
    assert weigh(held(status, counted=False), objective) is Weight.OUT


def test_the_rules_of_counting_by_hand() -> None:
    """A day: 10 h operational, 2 h degraded, 1 h outage, 3 h maintenance, 2 h unknown, 6 h operational.

    Counted: 24 h - 3 h of maintenance = 21 h. Good: 10 + 6 = 16 h. Attained: 16/21.
    Lost: 2 + 1 + 2 = 5 h. The budget of 21 h at 0.99: 0.01 × 21 h = 0.21 h; left: 1 - 5/0.21 = -22.8095.
    """
    changes = [(0, "operational"), (10, "degraded"), (12, "outage"), (13, "maintenance"), (16, "unknown")]
    day = [(at * HOUR, status) for at, status in [*changes, (18, "operational")]]
    found = ledger_of(*day).between(START, START + DAY)
    assert found == Attainment(16 * HOUR, 21 * HOUR)
    assert found.share == Fraction(16, 21)
    assert found.budget_left(0.99) == 1 - Fraction(5 * 100, 21)
    # Degraded is good: 18/21. Maintenance counts: 16/24. Both: 18/24.
    for more, good, counted in [
        ({"degraded": True}, 18, 21),
        ({"maintenance": True}, 16, 24),
        ({"degraded": True, "maintenance": True}, 18, 24),
    ]:
        ledger = ledger_of(*day, objective=Objective(0.99, 30 * DAY, **more))
        assert ledger.between(START, START + DAY) == Attainment(good * HOUR, counted * HOUR)


def test_what_a_verdict_leaves_out_is_left_out() -> None:
    """1 h too early to tell, 4 h operational, 1 h in which Nakhon could not hear, 2 h unknown: 4/6."""
    ledger = ledger_of(
        (0, "unknown/uncounted"),
        (HOUR, "operational"),
        (5 * HOUR, "unknown/uncounted"),
        (6 * HOUR, "unknown"),
    )
    assert ledger.between(START, START + 8 * HOUR) == Attainment(4 * HOUR, 6 * HOUR)


def test_time_outside_the_hours_is_left_out() -> None:
    """Mon-fri 08:00-18:00. Out from Monday 17:00 to Tuesday 09:30, else operational, Monday to Sunday.

    Open: 5 × 10 h = 50 h. Lost: Monday 17-18 and Tuesday 08-09:30 = 2.5 h. Good: 47.5 h.
    """
    office = hours(days="mon-fri", hours="08:00-18:00")
    ledger = ledger_of(
        (0, "operational"), (17 * HOUR, "outage"), (33 * HOUR + 30 * MINUTE, "operational"), open_time=office
    )
    found = ledger.between(START, START + 7 * DAY)
    assert found == Attainment(47 * HOUR + 30 * MINUTE, 50 * HOUR)
    # Within one afternoon: 16:00 to 17:30 is 1 h good of 1.5 h.
    assert ledger.between(START + 16 * HOUR, START + 17 * HOUR + 30 * MINUTE) == Attainment(
        HOUR, HOUR + 30 * MINUTE
    )
    assert ledger.between(START + 5 * DAY, START + 6 * DAY) == Attainment(0, 0)


def test_nothing_counts_before_anything_is_known() -> None:
    ledger = ledger_of((HOUR, "operational"))
    assert ledger.between(START - DAY, START + HOUR) == Attainment(0, 0)
    assert ledger.between(START - DAY, START + HOUR).share is None
    assert ledger.between(START - DAY, START + 2 * HOUR) == Attainment(HOUR, HOUR)
    assert Ledger(OBJECTIVE).between(0, START) == Attainment(0, 0)


def test_the_window_rolls() -> None:
    """Out for the 3rd hour. Over 24 h: at hour 24, 23/24; at hour 26.5, half of it is left: 23.5/24."""
    ledger = ledger_of((0, "operational"), (2 * HOUR, "outage"), (3 * HOUR, "operational"))
    for now, good in [(24 * HOUR, 23 * HOUR), (26 * HOUR + 30 * MINUTE, 23 * HOUR + 30 * MINUTE)]:
        assert ledger.between(START + now - DAY, START + now) == Attainment(good, DAY)
    assert ledger.between(START + 3 * HOUR, START + 27 * HOUR) == Attainment(DAY, DAY)


def test_a_status_that_is_told_of_an_earlier_moment_takes_the_place_of_what_followed() -> None:
    ledger = ledger_of((0, "operational"), (5 * HOUR, "outage"), (3 * HOUR, "degraded"))
    assert ledger.between(START, START + 6 * HOUR) == Attainment(3 * HOUR, 6 * HOUR)


def test_a_part_is_replaced_by_what_is_known_later() -> None:
    """Out from hour 2 to hour 8; late data show that it was well from 2 to 7: lost are 1 h of 10."""
    ledger = ledger_of((0, "operational"), (2 * HOUR, "outage"), (8 * HOUR, "operational"))
    ledger.replace(START + 2 * HOUR, START + 8 * HOUR, [(START + 7 * HOUR, held("outage"))])
    assert ledger.between(START, START + 10 * HOUR) == Attainment(9 * HOUR, 10 * HOUR)
    # Up to hour 5 only: from there on it goes on as it was told.
    ledger = ledger_of((0, "operational"), (2 * HOUR, "outage"), (8 * HOUR, "operational"))
    ledger.replace(START + 2 * HOUR, START + 5 * HOUR, [])
    assert ledger.between(START, START + 10 * HOUR) == Attainment(7 * HOUR, 10 * HOUR)


@pytest.mark.parametrize(
    ("target", "good", "counted", "attained", "left"),
    [
        (0.995, 99_710, 100_000, 0.9971, 0.42),  # the contract's own example: 1 - 0.0029/0.005
        (0.99, 100, 100, 1.0, 1.0),
        (0.99, 99, 100, 0.99, 0.0),
        (0.99, 98, 100, 0.98, -1.0),
        (1.0, 100, 100, 1.0, 1.0),
        (1.0, 999, 1_000, 0.999, 0.0),
        (0.99, 0, 0, None, None),
        (0.9, 0, 10, 0.0, -9.0),
    ],
)
def test_the_budget_is_what_is_left_of_the_time_allowed(
    target: float, good: int, counted: int, attained: float | None, left: float | None
) -> None:
    document = objective_document(Objective(target, 30 * DAY), Attainment(good, counted))
    shown = {name: document[name] for name in ("target", "window", "attained", "budget_left")}
    assert shown == {"target": target, "window": "30d", "attained": attained, "budget_left": left}


def test_the_budget_in_seconds() -> None:
    """Of 1,000 h at 0.995 may be lost 0.005 × 1,000 h = 5 h = 18,000 s; 2 h are, 3 h = 10,800 s are left."""
    document = objective_document(Objective(0.995, 42 * DAY), Attainment(998 * HOUR, 1_000 * HOUR))
    assert (document["budget_seconds"], document["budget_left_seconds"]) == (18_000, 10_800)
    assert (document["good_seconds"], document["counted_seconds"]) == (3_592_800, 3_600_000)
    assert objective_document(OBJECTIVE, Attainment(1_500, 2_001))["good_seconds"] == 1.5


@given(
    st.lists(st.tuples(st.integers(0, 3 * DAY), st.sampled_from(STATUSES)), max_size=20),
    st.integers(-DAY, 4 * DAY),
    st.integers(-DAY, 4 * DAY),
    st.booleans(),
)
def test_sums_are_those_of_a_count_minute_by_minute(
    changes: list[tuple[int, Held]], start: int, end: int, office: bool
) -> None:
    schedule = Schedule(ScheduleForm(hours="08:00-18:00"), "Asia/Bangkok", Holidays())
    ledger = Ledger(OBJECTIVE, OpenTime(schedule) if office else None)
    minutes = sorted({START + at // MINUTE * MINUTE: one for at, one in changes}.items())
    start, end = (START + moment // MINUTE * MINUTE for moment in (start, end))
    for at, one in minutes:
        ledger.add(at, one)
    good = counted = 0
    for moment in range(start, end, MINUTE):
        now = next((one for at, one in reversed(minutes) if at <= moment), None)
        weight = Weight.OUT if now is None else weigh(now, OBJECTIVE)
        if office and not schedule.open(moment):
            weight = Weight.OUT
        good += MINUTE * (weight is Weight.GOOD)
        counted += MINUTE * (weight is not Weight.OUT)
    assert ledger.between(start, end) == Attainment(good, counted)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from(STATUSES)), max_size=20),
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from(STATUSES)), max_size=8),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_a_replaced_ledger_is_one_that_was_told_so_from_the_beginning(
    before: list[tuple[int, Held]], new: list[tuple[int, Held]], start: int, end: int
) -> None:
    start, end = min(start, end), max(start, end)
    told = sorted(dict(before).items())
    within = sorted((at, one) for at, one in dict(new).items() if start <= at < end)
    ledger, other = Ledger(OBJECTIVE), Ledger(OBJECTIVE)
    for at, one in told:
        ledger.add(at, one)
    ledger.replace(start, end, within)
    at_end = next((one for at, one in reversed(told) if at <= end), held("unknown", counted=False))
    rest = [(end, at_end), *((at, one) for at, one in told if at > end)]
    for at, one in [*((at, one) for at, one in told if at < start), *within, *rest]:
        other.add(at, one)
    for moment in range(0, 120, 7):
        assert ledger.between(moment, 120) == other.between(moment, 120)


def test_what_is_forgotten_changes_no_later_sum() -> None:
    ledger = ledger_of(*((n * HOUR, "outage" if n % 3 else "operational") for n in range(50)))
    before = ledger.between(START + 20 * HOUR, START + 60 * HOUR)
    ledger.forget(START + 20 * HOUR)
    assert len(ledger) < 25
    assert ledger.between(START + 20 * HOUR, START + 60 * HOUR) == before
    assert ledger.between(START - DAY, START + 60 * HOUR).counted < 60 * HOUR


@given(st.integers(-40 * DAY, 40 * DAY), st.integers(0, 20 * DAY), st.integers(-40 * DAY, 40 * DAY))
def test_open_time_is_the_same_whatever_was_asked_for_before(start: int, span: int, first: int) -> None:
    form: dict[str, Any] = {"days": "mon-fri", "hours": ["08:00-12:00", "22:00-02:00"]}
    fresh, asked = hours(**form), hours(**form)
    asked.between(START + first, START + first + HOUR)
    found = asked.between(START + start, START + start + span)
    assert found == fresh.between(START + start, START + start + span)
    assert 0 <= found <= span


def service(name: str, **more: Any) -> SmartService:
    objective = more.pop("objective", Objective(0.995, 30 * DAY))
    return SmartService(name, Domain.MOBILITY, Text(name, name), (), (), objective, **more)


def city(*services: SmartService, timezone: str = "Asia/Bangkok") -> City:
    return City("smallville", Text("", ""), timezone, {}, {one.id: one for one in services})


def change(name: str, at: int, status: str, kind: Kind = Kind.SERVICE, counted: bool = True) -> Change:
    return Change(START + at, Subject(kind, name), Verdict(Status(status), "", Text("", ""), counted))


def test_the_document_of_a_service() -> None:
    """Operational since 1 January 00:00 but for 2 h on 2 January; asked on 11 January at 00:00.

    30 days: 10 d known = 240 h, lost 2 h: 238/240 = 0.991667; left 1 - (2/240)/0.005 = -0.6667.
    The month is the same ten days.
    """
    first = round(datetime.fromisoformat("2026-01-01T00:00+07:00").timestamp() * 1000)
    objectives = Objectives(city(service("a"), service("b", objective=None)))
    objectives.load(
        "a",
        [
            StatusStep(first, "operational", True, ""),
            StatusStep(first + 30 * HOUR, "outage", True, ""),
            StatusStep(first + 32 * HOUR, "operational", True, ""),
        ],
    )
    document = objectives.document("a", first + 10 * DAY)
    assert document == {
        "target": 0.995,
        "window": "30d",
        "attained": 0.991667,
        "budget_left": -0.6667,
        "good_seconds": 238 * 3_600,
        "counted_seconds": 240 * 3_600,
        "budget_seconds": 4_320,
        "budget_left_seconds": -2_880,
        "burn": [],
        "month": {"start": "2025-12-31T17:00:00.000Z", "attained": 0.991667, "budget_left": -0.6667},
    }
    assert objectives.document("b", first) is None
    assert [*objectives] == ["a"]
    # A month later the month is good again; 30 days hold the outage no more.
    later = objectives.document("a", first + 35 * DAY)
    assert later is not None
    assert (later["attained"], later["month"]["attained"]) == (1.0, 1.0)


def test_only_services_with_an_objective_are_followed() -> None:
    objectives = Objectives(city(service("a")))
    objectives.take([change("a", 0, "operational"), change("a", HOUR, "outage", Kind.DOMAIN)])
    objectives.take([change("b", 0, "outage"), change("a", 2 * HOUR, "outage")])
    assert objectives.attainment("a", START, START + 3 * HOUR) == Attainment(2 * HOUR, 3 * HOUR)
    assert objectives.attainment("b", START, START + DAY) == Attainment(0, 0)
    assert objectives.touched == {"a"}


def test_services_with_the_same_hours_share_them() -> None:
    same = [Schedule(ScheduleForm(hours="08:00-18:00"), "Asia/Bangkok", Holidays()) for _ in range(2)]
    objectives = Objectives(city(service("a", hours=same[0]), service("b", hours=same[1])))
    assert objectives.ledger("a").open_time is objectives.ledger("b").open_time


def test_the_past_is_kept_as_far_as_it_is_asked_for() -> None:
    """A service that flaps every hour: 24 changes a day, of which no more than 62 days stay."""
    objectives = Objectives(city(service("a")))
    names = ["outage", "operational"]
    for number in range(200 * 24):
        objectives.take([change("a", number * HOUR, names[number % 2])])
    assert len(objectives.ledger("a")) < 2 * 62 * 24 + 24
    end = START + 200 * DAY
    assert objectives.attainment("a", end - 62 * DAY, end) == Attainment(31 * DAY, 62 * DAY)


def test_what_is_loaded_is_what_was_attained() -> None:
    objectives, again = Objectives(city(service("a"))), Objectives(city(service("a")))
    told = [(0, "operational"), (5 * HOUR, "outage"), (6 * HOUR, "operational")]
    objectives.take([change("a", at, status) for at, status in told])
    again.load("a", [StatusStep(START + at, status, True, "") for at, status in told])
    assert again.document("a", START + DAY) == objectives.document("a", START + DAY)
