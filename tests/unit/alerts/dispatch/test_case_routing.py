"""Alerts that go from one case to another, and what a restart finds."""

from __future__ import annotations

import pytest

from rules.model import Severity
from services.alerts.dispatch.dispatcher import _changes
from services.alerts.notify.notice import MOST_SHOWN
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Step
from tests.unit.alerts.dispatch.dispatchdesk import MINUTE, SECOND, START, Desk, Heard, route

BY_INCIDENT = route(group_by=("incident",), repeat=0)


def test_a_worse_severity_may_be_another_route_s() -> None:
    bad = route("bad", match=Matcher(severities=("critical",)), steps=(Step(0, ("chief",)),), repeat=0)
    desk = Desk(bad, route("all", repeat=0))
    desk.fire("a")
    desk.until(20)
    desk.amend("a", severity=Severity.CRITICAL)
    assert desk.until(100) == [Heard(30, "chief", "firing", {"a": "critical"})]
    desk.resolve("a")
    assert sorted(desk.until(300)) == [
        Heard(110, "chief", "resolved", {"a": "over"}),
        Heard(110, "ops", "resolved", {"a": "over"}),
    ]


def test_a_less_severe_one_stays_where_it_is() -> None:
    bad = route("bad", match=Matcher(severities=("critical",)), steps=(Step(0, ("chief",)),), repeat=0)
    desk = Desk(bad, route("all"))
    desk.fire("a", severity=Severity.CRITICAL)
    desk.until(20)
    desk.amend("a", severity=Severity.MINOR)
    assert desk.until(1_000) == []


def test_a_worse_one_that_no_route_takes_is_still_told_where_it_was() -> None:
    desk = Desk(route("mild", match=Matcher(severities=("minor",)), repeat=0))
    desk.fire("a")
    desk.until(20)
    desk.amend("a", severity=Severity.CRITICAL)
    assert desk.until(100) == [Heard(20, "ops", "severity", {"a": "critical"})]


def test_another_incident_is_another_case_and_nobody_hears_it_twice() -> None:
    desk = Desk(BY_INCIDENT)
    desk.fire("a", incident="one")
    desk.fire("b", incident="two")
    desk.until(20)
    desk.amend("a", incident="two")
    assert desk.until(1_000) == []
    assert len(desk.book) == 1
    desk.restart()
    assert desk.until(2_000) == []
    desk.resolve("a", "b")
    assert desk.until(3_000) == [Heard(2_010, "ops", "resolved", {"a": "over", "b": "over"})]


def test_a_case_that_takes_over_goes_on_with_the_steps() -> None:
    steps = (Step(0, ("ops",)), Step(5 * MINUTE, ("duty",)))
    desk = Desk(route(group_by=("incident",), repeat=0, steps=steps))
    desk.fire("a", incident="one")
    desk.until(100)
    desk.amend("a", incident="two")
    assert [(one.at, one.receiver) for one in desk.until(1_000)] == [(310, "duty")]
    desk.fire("b", incident="three")
    desk.until(1_100)
    desk.amend("a", incident="three")
    heard = desk.until(1_200)  # the duty officer knows of a, and of its case, so hears of b
    assert heard == [Heard(1_110, "duty", "firing", {"b": "minor"})]


def test_what_was_not_told_yet_is_told_by_the_case_it_came_to() -> None:
    desk = Desk(BY_INCIDENT)
    desk.fire("a", incident="one")
    desk.until(5)
    desk.amend("a", incident="two")
    assert desk.until(1_000) == [Heard(15, "ops", "firing", {"a": "minor"})]
    assert len(desk.book) == 1


def test_each_receiver_has_a_key_of_its_own_for_each_channel() -> None:
    steps = (Step(0, ("ops", "city")),)
    desk = Desk(route(steps=steps), channels=lambda _: ("line", "email", "email-2"))
    desk.fire("a")
    desk.until(3_700)
    notices = [notice for flush in desk.flushes for one in flush.tellings for notice in one.notices]
    assert len({notice.id for notice in notices}) == len(notices) == 2 * 2 * 3
    assert {(notice.receiver, notice.channel) for notice in notices} == {
        (receiver, channel) for receiver in ("ops", "city") for channel in ("line", "email", "email-2")
    }


def test_the_same_again_has_the_same_keys() -> None:
    def keys() -> list[str]:
        desk = Desk(route())
        desk.fire("a")
        desk.until(60)
        return [notice.id for one in desk.flushes[0].tellings for notice in one.notices]

    assert keys() == keys()


def test_a_notice_shows_the_worst_and_newest_and_counts_all() -> None:
    desk = Desk(route())
    for n in range(40):
        desk.fire(f"n{n:02}", severity=Severity.MAJOR if n == 3 else Severity.MINOR)
    desk.until(20)
    notice = desk.flushes[0].tellings[0].notices[0]
    shown = [one["id"] for one in notice.alerts]
    assert (notice.firing, notice.severity, len(shown)) == (40, "major", MOST_SHOWN)
    assert shown == ["n03", *(f"n{n:02}" for n in range(39, 20, -1))]
    desk.resolve("n39")
    desk.fire("x")
    desk.until(100)
    notice = desk.flushes[-1].tellings[0].notices[0]
    assert [one["id"] for one in notice.alerts][:4] == ["x", "n39", "n03", "n38"]
    assert (notice.firing, notice.resolved, notice.created) == (40, 1, START + 70 * SECOND)


def test_of_an_end_the_worst_that_is_over_is_the_severity() -> None:
    desk = Desk(route())
    desk.fire("a", severity=Severity.MAJOR)
    desk.until(20)
    desk.resolve("a")
    desk.until(100)
    notice = desk.flushes[-1].tellings[0].notices[0]
    assert (notice.severity, notice.firing, notice.resolved) == ("major", 0, 1)


@pytest.mark.parametrize("moment", [0, 5, 10, 15, 70, 71, 310, 400])
def test_a_restart_repeats_and_forgets_nothing(moment: int) -> None:
    steps = (Step(0, ("ops",)), Step(5 * MINUTE, ("duty",)))

    def life(restarts: bool) -> list[Heard]:
        desk = Desk(route(steps=steps))
        heard: list[Heard] = []
        events = {0: ["a"], 15: ["b"], 400: ["c"]}
        for second in sorted({*events, moment, 600}):
            heard += desk.until(second)
            for name in events.get(second, ()):
                desk.fire(name)
            if restarts and second == moment:
                desk.restart()
        desk.resolve("a", "b", "c")
        return heard + desk.until(800)

    calm, restarted = life(False), life(True)
    assert [(one.receiver, one.news) for one in calm] == [(one.receiver, one.news) for one in restarted]


def test_a_restart_knows_what_ended_and_was_not_told() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.resolve("a")
    desk.restart()
    assert desk.until(200) == [Heard(70, "ops", "resolved", {"a": "over"})]


def test_a_restart_knows_what_fired_and_was_not_told() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.now += 60 * SECOND
    desk.restart()
    assert desk.until(200) == [Heard(60, "ops", "firing", {"a": "minor"})]


def test_a_case_of_which_nothing_is_left_to_tell_is_closed_at_the_start() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.resolve_unseen("a")
    desk.restart()
    assert len(desk.book) == 0
    assert all(row.closed is not None for row in desk.shelf.rows.values())
    assert desk.shelf.members == {}


def test_other_routes_take_over_what_fires() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.restart(route("new", steps=(Step(0, ("city",)),)))
    assert desk.until(100) == [Heard(30, "city", "firing", {"a": "minor"})]


def test_a_route_that_groups_otherwise_tells_anew() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.restart(route(group_by=("device",)))
    assert [one.at for one in desk.until(100)] == [30]


def test_routes_that_are_new_take_what_fires_already() -> None:
    desk = Desk()
    desk.fire("a")
    desk.fire("b", zone="yothi")
    desk.restart(route(match=Matcher(zones=("yothi",))))
    assert desk.until(100) == [Heard(10, "ops", "firing", {"b": "minor"})]


def test_a_step_more_or_less_of_a_route_is_taken_over() -> None:
    two = (Step(0, ("ops",)), Step(5 * MINUTE, ("duty",)))
    desk = Desk(route(repeat=0))
    desk.fire("a")
    desk.until(20)
    desk.restart(route(steps=two, repeat=0))
    assert [(one.at, one.receiver) for one in desk.until(400)] == [(310, "duty")]
    desk.restart(route(repeat=0))
    desk.resolve("a")
    assert [one.receiver for one in desk.until(500)] == ["ops"]


def test_what_nothing_is_told_of_is_not_written() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.fire("b")
    desk.until(20)
    desk.resolve("b")
    desk.amend("b", evidence={})
    flush = desk.book.flush(next(iter(desk.shelf.rows)), desk.now, {}, None)
    assert not _changes([flush])
