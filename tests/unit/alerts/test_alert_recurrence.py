"""Alerts that come back: reopened and counted, flapping and held, the same after every replay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Severity, State, Transition
from services.alerts.endings import Ending
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, end
from services.alerts.operations import acknowledging, closing
from services.alerts.policy.model import MINUTE, Recurrence
from services.alerts.recurrence import Recurrences
from services.store.records.alerts import SLACK, Changes, Recent
from tests.unit.alerts.recurring_alerts import FLAPPING, REOPENING, Shelf, about, episode, worse
from tests.unit.alerts.test_alert_lifecycle import NOW, START, step

FIRST = episode(0, 5)
SECOND = episode(8, 12)
BOTH = Recurrence(reopen=10 * MINUTE, firings=3, over=30 * MINUTE, calm=10 * MINUTE)


def names(changes: Changes) -> list[tuple[str, int]]:
    return [(announcement.change, announcement.number) for announcement in changes.announcements]


def test_by_default_a_recurrence_is_an_alert_of_its_own() -> None:
    shelf = Shelf(Recurrence())
    shelf.apply(*FIRST, *SECOND)
    assert sorted(shelf.records) == sorted([id_of(FIRST[0]), id_of(SECOND[0])])
    assert shelf.episodes == {}


def test_one_that_fires_again_soon_is_the_same_alert_counted() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST)
    changes = shelf.apply(*SECOND[:2])
    assert shelf.alert.id == id_of(FIRST[0])
    assert (shelf.alert.state, shelf.alert.ends_at, shelf.alert.occurrences) == (State.FIRING, None, 2)
    assert shelf.steps == ["pending", "firing", "resolved", "reopened"]
    assert shelf.episodes == {id_of(SECOND[0]): shelf.alert.id}
    assert names(changes) == [("pending", 1), ("inactive", 2), ("reopened", 4)]
    shelf.apply(SECOND[2])
    assert (shelf.alert.state, shelf.alert.ends_at) == (State.RESOLVED, START + 12 * MINUTE)


def test_times_stay_those_of_the_first_firing() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST, *SECOND[:2])
    assert (shelf.alert.starts_at, shelf.alert.fired) == (START, START + MINUTE)
    assert shelf.alert.received == START + MINUTE + 120


@pytest.mark.parametrize(("begins", "alerts"), [(14, 1), (15, 2)])
def test_the_window_counts_from_the_end_to_the_firing(begins: int, alerts: int) -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST, *episode(begins, pending=False))  # fires a minute later
    assert len(shelf.records) == alerts


def test_its_end_counts_anew_each_time() -> None:
    shelf = Shelf(REOPENING)
    for begins in range(0, 100, 10):
        shelf.apply(*episode(begins, begins + 5))
    assert (shelf.alert.occurrences, shelf.steps.count("reopened")) == (10, 9)


def test_what_was_pending_and_came_to_nothing_leaves_it_alone() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST)
    before = shelf.alert
    at = START + 7 * MINUTE
    shelf.apply(step(State.PENDING, 7 * MINUTE, starts_at=at), step(State.INACTIVE, 8 * MINUTE, starts_at=at))
    assert shelf.alert == before
    shelf.apply(*SECOND[:2])
    assert shelf.alert.occurrences == 2


def test_closed_by_hand_it_stays_closed_and_the_next_is_new() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST[:2])
    shelf.operate(id_of(FIRST[0]), closing("operator-7", "a burning bin", START + 3 * MINUTE))
    shelf.apply(FIRST[2], *SECOND)
    closed = shelf.records[id_of(FIRST[0])]
    assert (closed.closed_by, closed.occurrences, len(shelf.records)) == ("operator-7", 1, 2)


def test_the_one_after_a_closed_one_never_goes_to_one_before() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*episode(0, 2))
    shelf.operate(shelf.alert.id, lambda record, _last=None: None)
    later = episode(20, 21)
    shelf.apply(*later[:2])
    shelf.operate(id_of(later[0]), closing("operator-7", "", START + 22 * MINUTE))
    shelf.apply(*episode(23, 25))
    assert sorted(one.occurrences for one in shelf.records.values()) == [1, 1, 1]


@pytest.mark.parametrize("ending", [Ending.RULE_CHANGED, Ending.LOST])
def test_what_a_changed_rule_ended_is_not_reopened(ending: Ending) -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST[:2])
    shelf._keep(end(shelf.known(shelf.records), now=START + 5 * MINUTE, why=lambda _record: ending))
    shelf.apply(*SECOND[:2])
    assert len(shelf.records) == 2


def test_what_a_rule_in_shadow_mode_says_never_reopens_what_was_announced() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST, *episode(8, shadow=True))
    assert len(shelf.records) == 2
    assert {one.shadow for one in shelf.records.values()} == {True, False}


def test_reopening_lifts_the_acknowledgement_and_says_whose() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST[:2])
    alert = shelf.alert.id
    shelf.operate(alert, acknowledging("operator-7", "on my way", START + 2 * MINUTE))
    shelf.apply(FIRST[2], *SECOND[:2])
    assert (shelf.alert.acknowledged_by, shelf.alert.acknowledged_severity) == (None, None)
    assert shelf.alert.first_acknowledged == START + 2 * MINUTE
    assert shelf.history[alert][-1].detail == {
        "occurrence": 2,
        "acknowledged": {"by": "operator-7", "at": "2026-01-04T17:02:00.000Z"},
    }
    shelf.operate(alert, acknowledging("operator-8", "again", START + 10 * MINUTE))
    assert shelf.alert.first_acknowledged == START + 2 * MINUTE


def test_the_highest_severity_is_that_of_all_its_firings() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST[:2], worse(0, 3), FIRST[2], *SECOND[:2])
    assert (shelf.alert.severity, shelf.alert.highest_severity) == (Severity.MINOR, Severity.CRITICAL)
    shelf.apply(worse(8, 10, Severity.MAJOR))
    assert (shelf.alert.severity, shelf.steps[-1]) == (Severity.MAJOR, "severity")


def test_old_steps_change_nothing_when_a_later_episode_fires() -> None:
    shelf = Shelf(REOPENING)
    life = [*FIRST[:2], worse(0, 3), FIRST[2], *SECOND[:2], worse(8, 10)]
    shelf.apply(*life)
    before = shelf.alert, shelf.steps
    for count in range(1, len(life) + 1):
        shelf.restart()
        assert not shelf.apply(*life[:count])
    assert (shelf.alert, shelf.steps) == before


def test_what_is_to_come_back_survives_a_restart() -> None:
    shelf = Shelf(REOPENING)
    shelf.apply(*FIRST)
    shelf.restart()
    shelf.apply(*SECOND)
    assert shelf.alert.occurrences == 2


def test_the_third_firing_in_half_an_hour_flaps_and_its_end_is_held() -> None:
    shelf = Shelf(FLAPPING)
    third = episode(16, 20)
    shelf.apply(*FIRST, *SECOND, *third)
    last = shelf.records[id_of(third[0])]
    assert [event.change for event in shelf.history[last.id]] == ["pending", "firing", "flapping", "held"]
    assert (last.state, last.ends_at, last.flapping) == (State.FIRING, None, True)
    assert (last.held_from, last.held_until) == (START + 20 * MINUTE, START + 30 * MINUTE)
    assert not shelf.settle(29.9)
    shelf.settle(30)
    last = shelf.records[last.id]
    assert (last.state, last.ends_at, last.flapping) == (State.RESOLVED, START + 20 * MINUTE, False)
    assert (last.held_from, last.held_until) == (None, None)
    assert shelf.history[last.id][-1].by == "nakhon"
    assert shelf.memory.due(NOW * 2) == []
    assert not shelf.settle(60)


def test_steps_are_announced_in_their_order() -> None:
    shelf = Shelf(BOTH)
    changes = shelf.apply(*FIRST, *SECOND, *episode(16, 20))
    own = [item.number for item in changes.announcements if item.alert == id_of(FIRST[0])]
    assert own == sorted(own)
    assert [item.body["number"] for item in changes.announcements if item.alert == id_of(FIRST[0])] == own


def test_firings_that_lie_far_apart_do_not_flap() -> None:
    shelf = Shelf(FLAPPING)
    shelf.apply(*episode(0, 5), *episode(15, 18), *episode(30, 32))
    assert not any(one.flapping for one in shelf.records.values())


def test_what_recurs_while_it_is_held_is_the_same_alert() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*FIRST, *SECOND, *episode(16, 20))
    shelf.operate(shelf.alert.id, acknowledging("operator-7", "", START + 21 * MINUTE))
    shelf.restart()
    shelf.apply(*episode(24))
    assert (shelf.alert.occurrences, shelf.alert.held_until, shelf.alert.state) == (4, None, State.FIRING)
    assert shelf.alert.acknowledged_by == "operator-7"
    assert shelf.steps[-2:] == ["acknowledged", "recurred"]
    assert not shelf.settle(60)


def test_a_held_alert_takes_its_recurrence_though_nothing_is_reopened_any_more() -> None:
    shelf = Shelf(FLAPPING)
    shelf.apply(*FIRST, *SECOND, *episode(16, 20))
    shelf.recurrence = Recurrence()
    shelf.apply(*episode(24, 26))
    last = max(shelf.records.values(), key=lambda one: one.id)
    assert (len(shelf.records), last.occurrences, last.state) == (3, 2, State.RESOLVED)


def test_an_end_that_something_else_brought_is_not_held() -> None:
    shelf = Shelf(BOTH)
    third = episode(16, 20)
    shelf.apply(*FIRST, *SECOND, *third[:2])
    changes = advance(
        shelf.known([shelf.alert.id, id_of(third[0])]),
        [(id_of(third[2]), third[2])],
        now=NOW,
        service_of=lambda _subject: None,
        why=lambda _transition: Ending.RULE_CHANGED,
        recurrence=BOTH,
    )
    (ended,) = changes.alerts.values()
    assert (ended.state, ended.flapping, ended.evidence["ended"]) == (
        State.RESOLVED,
        False,
        Ending.RULE_CHANGED,
    )


def test_a_held_alert_is_not_lost_when_the_rules_follow_it_no_more() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*FIRST, *SECOND, *episode(16, 20))
    assert not end(shelf.known(shelf.records), now=NOW, why=lambda _record: Ending.LOST)


def test_closing_ends_a_hold() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*FIRST, *SECOND, *episode(16, 20))
    shelf.operate(shelf.alert.id, closing("operator-7", "", START + 21 * MINUTE))
    assert (shelf.alert.held_from, shelf.alert.held_until, shelf.alert.flapping) == (None, None, False)
    assert shelf.memory.due(NOW * 2) == []


def test_each_subject_is_counted_for_itself() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*FIRST, *about("aq-02", *SECOND), *about("aq-03", *episode(16, 20)))
    assert len(shelf.records) == 3
    assert not any(one.flapping for one in shelf.records.values())


def test_the_memory_forgets_what_is_long_over() -> None:
    memory = Recurrences(BOTH)
    minute = [(f"{n:016x}", n * MINUTE) for n in range(1_000)]
    memory.load(Recent([], [(name, f"a{at}", at) for name, at in minute], minute))
    kept = (BOTH.over + SLACK) // MINUTE + 1
    known = [name for name, _at in minute if memory.past(name)]
    assert len(known) == kept
    assert len(memory.relatives([name for name, _at in minute], NOW)) == kept
    assert len(memory._order) == 2 * kept


def test_the_memory_keeps_no_more_firings_than_are_counted() -> None:
    memory = Recurrences(BOTH)
    memory.load(Recent([], [], [("f" * 16, at) for at in range(1, 500)]))
    assert memory.past("f" * 16) == (497, 498, 499)


def test_holds_come_due_in_their_order_until_they_are_settled() -> None:
    memory = Recurrences(Recurrence())
    memory.load(Recent([("b", 20), ("a", 10), ("c", 30)], [], []))
    assert memory.due(9) == []
    assert memory.due(20) == memory.due(20) == ["a", "b"]
    assert memory.due(30) == ["a", "b", "c"]


@st.composite
def _lives(draw: st.DrawFn) -> list[Transition | str]:
    """Episodes of two devices, in order of time, and what operators and the minder do between them."""
    steps: list[tuple[int, int, Transition | str]] = []
    for device in ("aq-01", "aq-02"):
        at = 0
        for _ in range(draw(st.integers(0, 6))):
            begins = at + draw(st.integers(1, 12))
            ends = begins + draw(st.integers(2, 6))
            life = episode(begins, ends, pending=draw(st.booleans()))
            if draw(st.booleans()):
                life.insert(-1, worse(begins, ends - 1, draw(st.sampled_from(list(Severity)))))
            if draw(st.integers(0, 5)) == 0:
                life = [step(State.PENDING, begins * MINUTE, starts_at=START + begins * MINUTE)]
                life.append(step(State.INACTIVE, ends * MINUTE, starts_at=START + begins * MINUTE))
            steps += [(one.at, 0, one) for one in about(device, *life)]
            at = ends
    for name in draw(st.lists(st.sampled_from(["settle", "close", "acknowledge"]), max_size=5)):
        steps.append((START + draw(st.integers(0, 90)) * MINUTE, 1, name))
    return [what for _at, _rank, what in sorted(steps, key=lambda one: one[:2])]


def _do(shelf: Shelf, what: str, after: int) -> None:
    """What happens between the transitions, to whatever is open then."""
    if what == "settle":
        shelf.settle(after / MINUTE)
        return
    if what == "end":
        return
    firing = [one.id for one in shelf.records.values() if one.state is State.FIRING]
    for alert in sorted(firing)[:1]:
        if what == "close":
            shelf.operate(alert, closing("operator-7", "", START + after))
        elif shelf.records[alert].acknowledged_at is None:
            shelf.operate(alert, acknowledging("operator-7", "", START + after))


def _straight(life: list[Transition | str], recurrence: Recurrence) -> Shelf:
    shelf, after = Shelf(recurrence), 0
    for what in life:
        if isinstance(what, str):
            _do(shelf, what, after)
        else:
            after = what.at - START
            shelf.apply(what)
    return shelf


def _stumbling(life: list[Transition | str], recurrence: Recurrence, data: st.DataObject) -> Shelf:
    """In batches; now and then the process is gone and begins again at some earlier transition."""
    shelf, after = Shelf(recurrence), 0
    said: list[Transition] = []
    waiting: list[Transition] = []
    for what in [*life, "end"]:
        if not isinstance(what, str):
            after = what.at - START
            waiting.append(what)
            said.append(what)
            if data.draw(st.booleans()):
                continue
        shelf.apply(*waiting)
        waiting = []
        if data.draw(st.integers(0, 3)) == 0:
            shelf.restart()
            waiting = said[data.draw(st.integers(0, len(said))) :]
        if isinstance(what, str):
            shelf.apply(*waiting)
            waiting = []
            _do(shelf, what, after)
    return shelf


@settings(max_examples=150, deadline=None)
@given(life=_lives(), recurrence=st.sampled_from([Recurrence(), REOPENING, FLAPPING, BOTH]), data=st.data())
def test_crashes_and_replays_change_nothing(
    life: list[Transition | str], recurrence: Recurrence, data: st.DataObject
) -> None:
    straight, stumbling = _straight(life, recurrence), _stumbling(life, recurrence, data)
    assert stumbling.records == straight.records
    assert stumbling.history == straight.history
    assert stumbling.episodes == straight.episodes
    for alert, events in stumbling.history.items():
        assert [event.number for event in events] == sorted({event.number for event in events})
        assert stumbling.records[alert].changes == events[-1].number
    assert all(one.held_until is None or one.flapping for one in stumbling.records.values())
