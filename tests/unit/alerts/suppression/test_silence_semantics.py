"""Silences: what they hold and when, and what operators do to them. Those of Alertmanager are named so."""

from __future__ import annotations

import re

import pytest

from rules.model import Severity, State
from services.runtime.ports import ConflictError, InvalidError
from tests.unit.alerts.suppression.keptquiet import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    Quiet,
    firing,
    silence_body,
)


def test_a_silence_holds_what_matches_and_says_so_on_the_alert() -> None:
    quiet = Quiet()
    silence = quiet.silence(by="nok")
    quiet.apply(firing("A1"), firing("A2", rule="water/low"))
    assert quiet.kinds() == {"A1": "silence", "A2": None}
    assert quiet.rows["A1"].suppressed == {
        "kind": "silence",
        "id": silence.id,
        "by": "nok",
        "reason": {
            "en": "Silenced by nok: the sensor is cleaned",
            "th": "ปิดเสียงโดย nok: the sensor is cleaned",
        },
        "until": "2026-01-04T18:00:00.000Z",
    }
    (step,) = quiet.steps
    assert step == ("A1", "suppressed", quiet.rows["A1"].suppressed)


def test_alertmanager_all_parts_of_a_matcher_must_hold() -> None:
    quiet = Quiet()
    quiet.silence(
        matcher={"zones": ["samyan"], "severities": ["minor", "warning"], "labels": {"site": ["s*"]}}
    )
    school = {"site": "school"}
    quiet.apply(
        firing("all", severity=Severity.MINOR, labels=school),
        firing("zone", severity=Severity.MINOR, labels=school, zone="makkasan"),
        firing("severity", labels=school),
        firing("label", severity=Severity.MINOR),
    )
    assert [name for name, kind in quiet.kinds().items() if kind] == ["all"]


def test_alertmanager_its_start_is_inclusive() -> None:
    quiet = Quiet()
    quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    quiet.apply(firing("A1"))
    assert quiet.pass_time(HOUR - 1) == []
    assert quiet.kinds() == {"A1": None}
    assert quiet.pass_time(1) == ["A1"]
    assert quiet.kinds() == {"A1": "silence"}


def test_alertmanager_its_end_is_exclusive() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    assert quiet.pass_time(HOUR - 1) == []
    assert quiet.pass_time(1) == ["A1"]
    assert quiet.kinds() == {"A1": None}
    assert [change for _, change, _ in quiet.steps] == ["suppressed", "unsuppressed"]


def test_an_alert_that_fires_at_the_boundary_needs_no_minder() -> None:
    quiet = Quiet()
    quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    quiet.now = NOW + HOUR
    quiet.apply(firing("first"))
    quiet.now = NOW + 2 * HOUR
    quiet.apply(firing("last"))
    assert quiet.kinds() == {"first": "silence", "last": None}


def test_an_alert_that_fires_already_is_held_when_a_silence_comes() -> None:
    quiet = Quiet()
    quiet.apply(firing("A1"), firing("A2", rule="water/low"))
    quiet.silence()
    assert quiet.look() == ["A1"]
    assert quiet.kinds() == {"A1": "silence", "A2": None}


def test_pending_and_shadow_alerts_are_nobodys_business() -> None:
    quiet = Quiet()
    quiet.apply(firing("old", shadow=True), firing("older", state=State.PENDING, fired=None))
    quiet.silence()
    assert quiet.look() == []
    quiet.apply(firing("new", shadow=True), firing("newer", state=State.PENDING, fired=None))
    assert set(quiet.kinds().values()) == {None}
    quiet.change("newer", state=State.FIRING)
    assert quiet.kinds()["newer"] == "silence"


def test_an_alert_that_is_over_keeps_what_it_had() -> None:
    quiet = Quiet()
    silence = quiet.silence()
    quiet.apply(firing("A1"))
    quiet.resolve("A1")
    quiet.pass_time(2 * HOUR)
    assert quiet.suppressed("A1") == f"silence {silence.id}"
    assert len(quiet.steps) == 1


def test_of_several_silences_that_which_ends_last_is_named() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    longer = quiet.silence(3 * HOUR, by="ann")
    quiet.silence(2 * HOUR)
    quiet.apply(firing("A1"))
    assert quiet.suppressed("A1") == f"silence {longer.id}"


def test_when_one_silence_ends_another_may_still_hold() -> None:
    quiet = Quiet()
    first = quiet.silence(2 * HOUR)
    quiet.apply(firing("A1"))
    second = quiet.silence(HOUR, by="ann")
    assert quiet.look() == []
    quiet.take(quiet.book.end_silence(first, by="nok", now=quiet.now))
    assert quiet.look() == ["A1"]
    assert quiet.suppressed("A1") == f"silence {second.id}"
    assert [change for _, change, _ in quiet.steps] == ["suppressed", "suppressed"]


def test_alertmanager_a_start_in_the_past_is_now() -> None:
    assert Quiet().silence(starts_at=NOW - DAY).starts_at == NOW


def test_alertmanager_a_new_end_or_reason_changes_an_active_silence_in_place() -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    quiet.pass_time(MINUTE)
    body = {"ends_at": NOW + 3 * HOUR, "reason": "it takes longer"}
    changed = quiet.take(quiet.book.edit_silence(silence, body, by="ann", now=quiet.now))
    assert (changed.id, changed.changes, changed.changed_by) == (silence.id, 2, "ann")
    assert (changed.created_by, changed.starts_at, changed.ends_at) == ("nok", NOW, NOW + 3 * HOUR)
    quiet.look()
    assert quiet.rows["A1"].suppressed["until"] == "2026-01-04T20:00:00.000Z"
    assert "it takes longer" in quiet.rows["A1"].suppressed["reason"]["en"]
    quiet.pass_time(2 * HOUR)
    assert quiet.kinds() == {"A1": "silence"}


@pytest.mark.parametrize("wish", [{"matcher": {"rules": ["air/low"]}}, {"starts_at": NOW + 30 * MINUTE}])
def test_alertmanager_other_alerts_or_another_start_make_a_new_silence_of_an_active_one(
    wish: dict[str, object],
) -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    quiet.pass_time(MINUTE)
    planned = quiet.book.edit_silence(silence, wish, by="ann", now=quiet.now)
    assert planned.record.id != silence.id
    assert planned.record.replaces == silence.id
    assert planned.record.created_by == "ann"
    assert planned.record.ends_at == silence.ends_at
    assert planned.record.starts_at == wish.get("starts_at", quiet.now)
    quiet.take(planned)
    assert quiet.look() == ["A1"]
    assert quiet.kinds() == {"A1": None}


def test_the_same_patterns_in_another_order_are_the_same_alerts() -> None:
    quiet = Quiet()
    silence = quiet.silence(matcher={"zones": ["samyan", "yothi"], "labels": {"site": ["a", "b"]}})
    wish = {"matcher": {"labels": {"site": ["b", "a"]}, "zones": ["yothi", "samyan"]}, "reason": "longer"}
    assert quiet.book.edit_silence(silence, wish, by="ann", now=NOW + 1).record.id == silence.id


def test_alertmanager_a_pending_silence_is_changed_in_place() -> None:
    quiet = Quiet()
    silence = quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    wish = {"matcher": {"rules": ["water/*"]}, "starts_at": NOW + 30 * MINUTE}
    changed = quiet.take(quiet.book.edit_silence(silence, wish, by="ann", now=NOW))
    assert (changed.id, changed.starts_at, changed.matcher) == (
        silence.id,
        NOW + 30 * MINUTE,
        {"rules": ["water/*"]},
    )


def test_alertmanager_a_silence_that_never_began_ends_where_it_is_ended() -> None:
    quiet = Quiet()
    silence = quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    ended = quiet.take(quiet.book.end_silence(silence, by="ann", now=NOW + MINUTE))
    assert (ended.starts_at, ended.ends_at, ended.ended_by) == (NOW + MINUTE, NOW + MINUTE, "ann")
    assert ended.state(NOW + MINUTE) == "expired"


def test_an_expired_silence_is_neither_changed_nor_ended() -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    ended = quiet.take(quiet.book.end_silence(silence, by="ann", now=NOW + MINUTE))
    for act in (
        lambda: quiet.book.end_silence(ended, by="nok", now=NOW + 2 * MINUTE),
        lambda: quiet.book.edit_silence(ended, {"reason": "x"}, by="nok", now=NOW + 2 * MINUTE),
    ):
        with pytest.raises(ConflictError, match=r"over since 2026-01-04T17:01:00.000Z: ann ended it"):
            act()


def test_of_two_operators_the_second_is_told_who_was_first() -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    changed = quiet.take(quiet.book.edit_silence(silence, {"reason": "rain"}, by="ann", now=NOW + 1))
    with pytest.raises(ConflictError, match=r"was changed by ann at 2026-01-04T17:00:00.001Z"):
        quiet.book.edit_silence(changed, {"reason": "wind"}, by="nok", now=NOW + 2, number=silence.changes)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"matcher": {}}, r"matcher: asks for nothing .*\{\"rules\": \[\"\*\"\]\}"),
        ({"matcher": None}, "matcher: must say which alerts"),
        ({"matcher": {"zone": ["samyan"]}}, "matcher.zone: is nothing that alerts are chosen by"),
        ({"matcher": {"rules": "air/*"}}, "matcher.rules: must be a list"),
        ({"matcher": {"rules": [""]}}, "matcher.rules: '' is no name"),
        ({"matcher": {"labels": ["x"]}}, "matcher.labels: must be patterns by label"),
        ({"matcher": {"labels": {"site": []}}}, "matcher.labels.site: must be a list"),
        ({"matcher": {"devices": [f"d-{n}" for n in range(201)]}}, "more than 200 patterns"),
        ({"reason": "  "}, "reason: is needed"),
        ({"reason": "x" * 4_001}, "reason: is longer than 4000"),
        ({"ends_at": None}, "ends_at: must be a time"),
        ({"ends_at": NOW}, "ends_at: lies in the past"),
        ({"starts_at": NOW + 2 * HOUR}, "ends_at: must be after starts_at"),
        ({"ends_at": NOW + 367 * DAY}, "a year long at most"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_in_words(body: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        Quiet().book.add_silence(silence_body() | body, by="nok", now=NOW)


def test_everything_is_silenced_only_when_somebody_writes_it() -> None:
    quiet = Quiet()
    quiet.silence(matcher={"rules": ["*"]})
    quiet.apply(firing("A1"), firing("A2", rule="water/low", zone=""))
    assert quiet.kinds() == {"A1": "silence", "A2": "silence"}


def test_an_extended_silence_is_a_year_long_at_most() -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    quiet.now += 30 * MINUTE
    with pytest.raises(InvalidError, match="a year long at most"):
        quiet.book.edit_silence(silence, {"ends_at": NOW + 366 * DAY + 1}, by="nok", now=quiet.now)


def test_its_document_tells_its_state_and_how_many_it_holds() -> None:
    quiet = Quiet()
    silence = quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    quiet.apply(firing("A1"), firing("A2"), firing("A3", rule="water/low"))

    def told() -> tuple[str, int]:
        document = quiet.book.silence_document(silence, quiet.now)
        assert re.fullmatch(r"[0-9A-Z]{26}", document["id"])
        return document["state"], document["alerts"]

    assert told() == ("pending", 0)
    quiet.pass_time(HOUR)
    assert told() == ("active", 2)
    quiet.resolve("A1")
    assert told() == ("active", 1)
    quiet.pass_time(HOUR)
    assert told() == ("expired", 0)


def test_a_preview_names_what_would_be_held_newest_first() -> None:
    quiet = Quiet()
    quiet.apply(
        firing("A1"),
        firing("A2"),
        firing("A3", rule="water/low"),
        firing("A4", shadow=True),
        firing("A5", state=State.PENDING),
    )
    assert quiet.book.preview({"rules": ["air/*"]}) == ["A2", "A1"]
    assert quiet.book.preview({}) == ["A3", "A2", "A1"]
    with pytest.raises(InvalidError, match="zone"):
        quiet.book.preview({"zone": ["samyan"]})


def test_what_began_and_ended_is_told_once() -> None:
    quiet = Quiet()
    silence = quiet.silence(2 * HOUR, starts_at=NOW + HOUR)
    quiet.look()
    assert quiet.book.turned(quiet.now) == []
    quiet.pass_time(HOUR)
    ((kind, document),) = quiet.book.turned(quiet.now)
    assert (kind, document["id"], document["state"]) == ("silence", silence.id, "active")
    assert quiet.book.turned(quiet.now) == []
    quiet.pass_time(HOUR)
    assert [document["state"] for _, document in quiet.book.turned(quiet.now)] == ["expired"]


def test_a_silence_that_ended_while_nakhon_was_down_is_made_up_for() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    kept = quiet.silence(5 * HOUR, matcher={"rules": ["water/*"]})
    quiet.apply(firing("A1"), firing("A2", rule="water/low"), firing("A3", rule="noise/high"))
    quiet.now += 2 * HOUR
    quiet.restart()
    assert sorted(quiet.look()) == ["A1", "A2"]
    assert quiet.kinds() == {"A1": None, "A2": "silence", "A3": None}
    assert quiet.book.holding("silence", kept.id) == 1
    assert quiet.look() == []


def test_a_silence_that_began_while_nakhon_was_down_is_made_up_for() -> None:
    quiet = Quiet()
    quiet.silence(5 * HOUR, starts_at=NOW + HOUR)
    quiet.apply(firing("A1"))
    quiet.now += 2 * HOUR
    quiet.restart()
    assert quiet.look() == ["A1"]
    assert quiet.kinds() == {"A1": "silence"}


def test_a_clock_that_is_set_back_meets_a_silence_again() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    quiet.pass_time(HOUR)
    assert quiet.kinds() == {"A1": None}
    quiet.pass_time(-10 * MINUTE)
    assert quiet.kinds() == {"A1": "silence"}


def test_an_alert_that_comes_back_is_judged_anew() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    quiet.resolve("A1")
    quiet.pass_time(2 * HOUR)
    quiet.change("A1", state=State.FIRING, ends_at=None)
    assert quiet.kinds() == {"A1": None}
    assert quiet.steps[-1][1] == "unsuppressed"


def test_a_silence_that_came_and_went_between_two_looks_leaves_nothing_behind() -> None:
    quiet = Quiet()
    silence = quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    quiet.take(quiet.book.end_silence(silence, by="nok", now=NOW + 1))
    quiet.now += 1
    assert quiet.look() == ["A1"]
    assert quiet.kinds() == {"A1": None}


def test_an_alert_that_the_store_has_lost_is_not_looked_for_again_and_again() -> None:
    quiet = Quiet()
    quiet.silence(HOUR)
    quiet.apply(firing("A1"))
    del quiet.rows["A1"]
    assert quiet.pass_time(HOUR) == ["A1"]
    assert quiet.pass_time(SECOND) == []
    assert quiet.book.next_moment(quiet.now) is None


def test_many_open_alerts_are_gone_through_in_portions() -> None:
    quiet = Quiet()
    quiet.apply(*(firing(f"A{n:05}", rule="air/high" if n % 4000 == 0 else "x/y") for n in range(12_000)))
    quiet.silence()
    first = quiet.book.due(quiet.now)
    assert first == ["A00000", "A04000"]
    assert quiet.book.next_moment(quiet.now) == quiet.now
    quiet.again(first)
    assert quiet.look() == ["A08000"]
    assert quiet.book.next_moment(quiet.now) == quiet.now + HOUR
    assert sum(kind is not None for kind in quiet.kinds().values()) == 3
