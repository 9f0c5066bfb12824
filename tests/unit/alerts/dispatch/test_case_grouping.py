"""What Alertmanager does with groups, and we too: waits, intervals, repeats, ends, keys, muting."""

from __future__ import annotations

from rules.model import Severity
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Step
from tests.unit.alerts.dispatch.dispatchdesk import MINUTE, SECOND, Desk, Heard, Hours, route


def test_group_wait_gathers_what_comes_before_the_first_message() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(5)
    desk.fire("b")
    assert desk.until(60) == [Heard(10, "ops", "firing", {"a": "minor", "b": "minor"})]


def test_group_interval_gathers_what_comes_after_it() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.fire("b")
    desk.until(40)
    desk.fire("c")
    assert desk.until(300) == [Heard(70, "ops", "firing", {"b": "minor", "c": "minor"})]


def test_after_a_quiet_interval_the_next_one_waits_only_as_long_as_the_first() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(600)
    desk.fire("b")
    assert desk.until(700) == [Heard(610, "ops", "firing", {"b": "minor"})]


def test_repeat_interval_tells_again_what_still_fires() -> None:
    desk = Desk(route())
    desk.fire("a")
    told = [(one.at, one.why) for one in desk.until(8_000)]
    assert told == [(10, "firing"), (3_610, "repeat"), (7_210, "repeat")]


def test_repeat_counts_from_the_last_message_of_any_kind() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(1_000)
    desk.fire("b")
    told = [(one.at, one.why) for one in desk.until(5_000)]
    assert told == [(1_010, "firing"), (4_610, "repeat")]


def test_without_a_repeat_it_is_told_once() -> None:
    desk = Desk(route(repeat=0))
    desk.fire("a")
    assert len(desk.until(100_000)) == 1


def test_the_end_is_told_when_all_are_over() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.fire("b")
    desk.until(20)
    desk.resolve("a", "b")
    assert desk.until(200) == [Heard(70, "ops", "resolved", {"a": "over", "b": "over"})]
    assert len(desk.book) == 0


def test_the_end_of_some_is_told_with_the_next_interval() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.fire("b")
    desk.until(20)
    desk.resolve("a")
    assert desk.until(200) == [Heard(70, "ops", "resolved", {"a": "over"})]
    assert len(desk.book) == 1


def test_send_resolved_false_tells_no_end() -> None:
    desk = Desk(route(resolved=False))
    desk.fire("a")
    desk.fire("b")
    desk.until(20)
    desk.resolve("a", "b")
    assert desk.until(10_000) == []
    assert len(desk.book) == 0


def test_what_ends_before_it_was_told_is_not_told() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(5)
    desk.resolve("a")
    assert desk.until(10_000) == []
    assert len(desk.book) == 0


def test_what_ends_before_its_interval_is_not_told() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.fire("b")
    desk.resolve("b")
    assert desk.until(300) == []


def test_what_comes_back_before_its_end_was_told_is_nothing_new() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.resolve("a")
    desk.fire("a")
    assert desk.until(300) == []


def test_what_comes_back_after_its_end_was_told_is_told_anew() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.resolve("a")
    desk.until(100)
    first = {notice.id for flush in desk.flushes for one in flush.tellings for notice in one.notices}
    desk.amend("a", state=desk.alerts["a"].state)  # somebody comments on what is over
    desk.fire("a")
    assert desk.until(200) == [Heard(110, "ops", "firing", {"a": "minor"})]
    last = {notice.id for one in desk.flushes[-1].tellings for notice in one.notices}
    assert not first & last


def test_groups_have_the_values_of_their_keys_in_common() -> None:
    desk = Desk(route(group_by=("zone", "label:pole")))
    for name, zone, pole in (
        ("a", "samyan", "1"),
        ("b", "samyan", "2"),
        ("c", "yothi", "1"),
        ("d", "yothi", "1"),
    ):
        desk.fire(name, zone=zone, labels={"pole": pole})
    assert [sorted(one.news) for one in desk.until(60)] == [["a"], ["b"], ["c", "d"]]
    grouped = [dict(one.notices[0].grouped) for flush in desk.flushes for one in flush.tellings]
    assert grouped[0] == {"zone": "samyan", "label:pole": "1"}


def test_an_alert_of_several_routes_is_told_by_each() -> None:
    desk = Desk(
        route("first", continues=True),
        route("second", steps=(Step(0, ("city",)),), group_wait=20 * SECOND),
    )
    desk.fire("a")
    assert [(one.at, one.receiver) for one in desk.until(60)] == [(10, "ops"), (20, "city")]


def test_nothing_is_told_where_no_route_takes_it() -> None:
    desk = Desk(route(match=Matcher(zones=("yothi",))))
    desk.fire("a")
    assert desk.until(60) == []
    assert len(desk.book) == 0


def test_a_mute_time_interval_tells_nobody_until_it_is_over() -> None:
    desk = Desk(route(mute=Hours((5, 100))))
    desk.fire("a")
    desk.fire("b")
    desk.until(50)
    desk.resolve("b")
    assert desk.until(300) == [Heard(100, "ops", "firing", {"a": "minor"})]


def test_what_a_mute_time_interval_outlasts_is_not_told() -> None:
    desk = Desk(route(mute=Hours((5, 100))))
    desk.fire("a")
    desk.until(50)
    desk.resolve("a")
    assert desk.until(300) == []


def test_an_end_within_a_mute_time_interval_is_told_after_it() -> None:
    desk = Desk(route(mute=Hours((15, 100))))
    desk.fire("a")
    desk.until(20)
    desk.resolve("a")
    assert desk.until(300) == [Heard(100, "ops", "resolved", {"a": "over"})]


def test_a_silenced_alert_is_not_told() -> None:
    desk = Desk(route())
    desk.fire("a", suppressed={"kind": "silence"})
    desk.fire("b")
    assert desk.until(60) == [Heard(10, "ops", "firing", {"b": "minor"})]
    assert desk.flushes[0].tellings[0].notices[0].suppressed == 1


def test_it_is_told_when_its_silence_ends_if_it_still_fires() -> None:
    desk = Desk(route())
    desk.fire("a", suppressed={"kind": "silence"})
    desk.fire("b", suppressed={"kind": "silence"})
    desk.until(500)
    desk.resolve("b")
    desk.release("a")
    assert desk.until(1_000) == [Heard(510, "ops", "firing", {"a": "minor"})]


def test_a_silence_stops_repeats_and_what_was_told_is_known_after_it() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.suppress("a")
    assert desk.until(10_000) == []
    desk.release("a")
    assert [one.why for one in desk.until(10_100)] == ["repeat"]


def test_the_end_of_what_was_told_is_told_though_it_was_silenced_since() -> None:
    desk = Desk(route())
    desk.fire("a")
    desk.until(20)
    desk.suppress("a")
    desk.resolve("a")
    assert desk.until(200) == [Heard(70, "ops", "resolved", {"a": "over"})]


def test_shadow_and_pending_alerts_are_nobody_s_business() -> None:
    desk = Desk(route())
    desk.fire("a", shadow=True)
    assert desk.until(60) == []


def test_repeats_wait_for_the_mute_to_end() -> None:
    desk = Desk(route(repeat=MINUTE, mute=Hours((60, 400))))
    desk.fire("a")
    told = [(one.at, one.why) for one in desk.until(430)]
    assert told == [(10, "firing"), (400, "repeat")]


def test_less_severe_alone_is_not_told_and_known_with_the_next_message() -> None:
    desk = Desk(route())
    desk.fire("a", severity=Severity.MAJOR)
    desk.until(20)
    desk.amend("a", severity=Severity.MINOR)
    assert desk.until(1_000) == []
    desk.fire("b")
    assert desk.until(1_100) == [Heard(1_010, "ops", "firing", {"a": "minor", "b": "minor"})]
