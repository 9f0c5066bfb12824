"""Which routes take an alert: the first that matches, in its hours, and those after one that continues."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.calendar.forms import ScheduleForm
from devices.calendar.holidays import Holidays
from devices.calendar.schedule import Schedule
from rules.model import Severity
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import HOUR, Route, Step
from services.alerts.routing import router
from services.alerts.routing.query import Query
from services.alerts.routing.router import Router

MONDAY_NOON = 1_767_589_200_000  # 2026-01-05T12:00 in Bangkok
STEPS = (Step(0, ("duty",)),)
ALERT = Query(
    domain="energy",
    severity=Severity.MAJOR,
    at=MONDAY_NOON,
    rule="lights/out",
    zone="samyan",
    service="street-lighting",
    device="lamp-01",
    labels={"feeder": "fd-1"},
)


def hours(text: str) -> Schedule:
    return Schedule(ScheduleForm.model_validate({"hours": text}), "Asia/Bangkok", Holidays())


def route(name: str, match: Matcher | None = None, **more: object) -> Route:
    return Route(name, match or Matcher(), STEPS, **more)  # type: ignore[arg-type]


def taking(*routes: Route, alert: Query = ALERT, at: int = MONDAY_NOON) -> list[str]:
    return [route.id for route in Router(routes).routes_for(alert, at)]


def test_without_routes_nobody_takes_it() -> None:
    assert taking() == []


def test_the_first_that_matches_takes_it() -> None:
    assert taking(route("other", Matcher(zones=("yothi",))), route("one"), route("two")) == ["one"]


def test_those_after_one_that_continues_are_tried_too() -> None:
    assert taking(route("a", continues=True), route("b", Matcher(zones=("yothi",)), continues=True),
                  route("c", continues=True), route("d"), route("e")) == ["a", "c", "d"]  # fmt: skip


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        (Matcher(rules=("lights/*",)), True),
        (Matcher(rules=("air/*",)), False),
        (Matcher(domains=("energy",)), True),
        (Matcher(services=("street-lighting",)), True),
        (Matcher(devices=("lamp-*",)), True),
        (Matcher(devices=("lamp-02",)), False),
        (Matcher(labels={"feeder": ("fd-1", "fd-2")}), True),
        (Matcher(labels={"feeder": ("fd-2",)}), False),
        (Matcher(labels={"gateway": ("*",)}), False),
        (Matcher(incidents=("x",)), False),
        (Matcher(severities=("critical", "major"), zones=("samyan",), devices=("lamp-01",)), True),
        (Matcher(severities=("critical",), devices=("lamp-01",)), False),
    ],
)
def test_each_part_of_a_match_is_asked(match: Matcher, takes: bool) -> None:
    assert taking(route("one", match)) == (["one"] if takes else [])


def test_outside_its_hours_the_next_takes_it() -> None:
    routes = route("day", during=hours("08:00-17:00")), route("always")
    assert taking(*routes) == ["day"]
    assert taking(*routes, at=MONDAY_NOON + 5 * HOUR - 1) == ["day"]
    assert taking(*routes, at=MONDAY_NOON + 5 * HOUR) == ["always"]


def test_mute_hours_take_it_all_the_same() -> None:
    assert taking(route("one", mute=hours("08:00-17:00")), route("two")) == ["one"]


def test_another_device_of_the_same_sort_is_judged_by_itself() -> None:
    one = Router([route("lamps", Matcher(labels={"feeder": ("fd-1",)})), route("rest")])
    for labels, taken in (({"feeder": "fd-1"}, "lamps"), ({"feeder": "fd-2"}, "rest"), ({}, "rest")):
        assert [found.id for found in one.routes_for(replace(ALERT, labels=labels), MONDAY_NOON)] == [taken]


def test_it_forgets_rather_than_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "_REMEMBERED", 3)
    one = Router([route("samyan", Matcher(zones=("sam*",))), route("rest")])
    for zone in ("a", "b", "c", "d", "samyan", "a"):
        taken = [found.id for found in one.routes_for(replace(ALERT, zone=zone), MONDAY_NOON)]
        assert taken == ["samyan" if zone == "samyan" else "rest"]
        assert all(len(part._known) <= 3 for _, part in one._parts)


NAMES = st.sampled_from(["a", "b", "a*", "*"])
SOME = st.lists(NAMES, max_size=2).map(tuple)
MATCHES = st.builds(
    Matcher,
    rules=SOME,
    zones=SOME,
    devices=SOME,
    severities=st.lists(st.sampled_from(["major", "minor"]), max_size=1).map(tuple),
    labels=st.dictionaries(st.just("a"), st.lists(NAMES, min_size=1, max_size=2).map(tuple), max_size=1),
)
ROUTES = st.lists(st.tuples(MATCHES, st.booleans(), st.booleans()), max_size=5)
ALERTS = st.lists(
    st.builds(
        Query,
        domain=st.just("energy"),
        severity=st.sampled_from([Severity.MAJOR, Severity.MINOR]),
        at=st.just(MONDAY_NOON),
        rule=st.sampled_from(["a", "b"]),
        zone=st.sampled_from(["a", "ab"]),
        device=st.sampled_from(["a", "c", None]),
        labels=st.sampled_from([{}, {"a": "a"}, {"a": "c"}]),
    ),
    max_size=6,
)


@given(ROUTES, ALERTS)
def test_it_is_as_if_every_route_were_asked_in_turn(
    given_routes: list[tuple[Matcher, bool, bool]], alerts: list[Query]
) -> None:
    shut = hours("00:00-01:00")
    routes = [
        route(str(place), match, continues=continues, during=shut if closed else None)
        for place, (match, continues, closed) in enumerate(given_routes)
    ]
    one = Router(routes)
    for alert in alerts:
        expected = []
        for each in routes:
            if each.during is None and each.match.matches(alert):
                expected.append(each)
                if not each.continues:
                    break
        assert one.routes_for(alert, MONDAY_NOON) == expected
