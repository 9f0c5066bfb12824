"""Planned work becomes facts at the moments at which its windows open and close."""

from __future__ import annotations

from typing import Any

import pytest

from devices.calendar.windows import Windows
from devices.model import PlannedWork, SmartService, Text
from services.status.facts import Worked
from services.status.works import Works, WorkSource, city_works, matched_work, worked
from tests.unit.status.coursecity import CITY
from tests.unit.status.statuscity import MINUTE, START

TITLE = Text("New cables", "สายใหม่")
NIGHTLY = Windows.of(
    {"start": "2026-01-05T01:00", "duration": "30m", "rrule": "FREQ=DAILY;COUNT=2"}, "Asia/Bangkok"
)
OPENS, CLOSES = START + 60 * MINUTE, START + 90 * MINUTE
DAY = 24 * 60 * MINUTE


def source(**fields: Any) -> WorkSource:
    return WorkSource("cables", TITLE, NIGHTLY, ("power",), **fields)


def seen(facts: list[Worked]) -> list[tuple[int, int | None]]:
    return [
        (fact.at - START, None if fact.until is None else fact.until - START * bool(fact.until))
        for fact in facts
    ]


def test_windows_open_and_close_at_their_moments_however_seldom_somebody_looks() -> None:
    works = Works()
    assert works.put([source()], START) == []
    assert works.until(OPENS - 1) == []

    facts = works.until(START + 3 * DAY)

    assert seen(facts) == [
        (60 * MINUTE, 90 * MINUTE),
        (90 * MINUTE, 0),
        (DAY + 60 * MINUTE, DAY + 90 * MINUTE),
        (DAY + 90 * MINUTE, 0),
    ]
    assert works.until(START + 9 * DAY) == []


def test_history_says_the_same() -> None:
    works = Works()
    live = [*works.put([source()], START), *works.until(OPENS + MINUTE), *works.until(START + 3 * DAY)]

    assert list(worked(source(), START, START + 3 * DAY)) == live
    assert seen(list(worked(source(), OPENS + MINUTE, CLOSES - 1))) == [(61 * MINUTE, 90 * MINUTE)]
    assert seen(list(worked(source(), OPENS + MINUTE, CLOSES))) == [
        (61 * MINUTE, 90 * MINUTE),
        (90 * MINUTE, 0),
    ]


def test_what_is_planned_while_its_window_is_open_begins_then() -> None:
    works = Works()
    works.put([], START)

    facts = [*works.put([source(created=OPENS + 5_000)], OPENS), *works.until(OPENS + 10_000)]

    assert seen(facts) == [(60 * MINUTE + 5_000, 90 * MINUTE)]


def test_what_somebody_ends_is_over_at_that_moment() -> None:
    works = Works()
    works.put([source(created=START)], START)
    works.until(OPENS)

    facts = [
        *works.put([source(created=START, ended=OPENS + 7_000)], OPENS + 6_000),
        *works.until(OPENS + 8_000),
    ]

    assert seen(facts)[-1] == (60 * MINUTE + 7_000, 0)
    assert works.until(START + 9 * DAY) == []


def test_what_is_planned_no_more_is_over() -> None:
    works = Works()
    works.put([source()], START)
    works.until(OPENS)

    assert seen(works.put([], OPENS + MINUTE)) == [(61 * MINUTE, 0)]
    assert works.until(START + 9 * DAY) == []


def test_two_files_may_choose_the_same_id() -> None:
    works = Works()
    works.put([source(), WorkSource("cables", TITLE, NIGHTLY, (), ("yothi",))], START)

    assert [fact.id for fact in works.until(OPENS)] == ["cables", "cables-2"]


def test_a_service_plans_its_own_work() -> None:
    own = SmartService(
        "power", CITY.services["power"].domain, TITLE, (), (), maintenance=(PlannedWork("w", TITLE, NIGHTLY),)
    )
    city = type(CITY)(CITY.id, CITY.name, CITY.timezone, CITY.zones, {"power": own})

    assert city_works(city) == [WorkSource("w", TITLE, NIGHTLY, ("power",))]


@pytest.mark.parametrize(
    ("matcher", "services", "zones"),
    [
        ({"services": ["power"]}, ("power",), ()),
        ({"services": ["p*"]}, ("parking", "power", "permits"), ()),
        ({"zones": ["sam*", "yothi"]}, (), ("yothi", "samyan")),
        ({"services": ["power"], "zones": ["samyan"]}, ("power",), ("samyan",)),
        ({"domains": ["governance"]}, ("permits", "kiosks"), ()),
        ({"services": ["power"], "severities": ["critical", "major", "minor", "warning"]}, ("power",), ()),
    ],
)
def test_a_matcher_of_services_and_zones_is_work_on_them(
    matcher: dict[str, Any], services: tuple[str, ...], zones: tuple[str, ...]
) -> None:
    found = matched_work(CITY, "m", TITLE, matcher, NIGHTLY, created=START, ended=CLOSES)

    assert found == WorkSource("m", TITLE, NIGHTLY, services, zones, START, CLOSES)


@pytest.mark.parametrize(
    "matcher",
    [
        {},
        {"services": ["gone"]},
        {"zones": ["gone"]},
        {"services": ["power"], "domains": ["mobility"]},
        {"services": ["power"], "severities": ["warning"]},
        {"services": ["power"], "rules": ["power/*"]},
        {"zones": ["yothi"], "devices": ["pw-1"]},
        {"zones": ["yothi"], "labels": {"feeder": ["fd-1"]}},
        {"services": ["power"], "incidents": ["01J"]},
    ],
)
def test_a_matcher_of_certain_alerts_only_quiets_these(matcher: dict[str, Any]) -> None:
    assert matched_work(CITY, "m", TITLE, matcher, NIGHTLY) is None
