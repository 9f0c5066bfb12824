"""Of whom was enough heard after all."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.status.facts import Hearing
from services.status.policy.rules import RuleList
from services.status.recompute.hindsight import Attendance, Deaf, deaf_spans, heard_despite, share_asked
from services.status.recompute.reach import involved, reach
from tests.unit.status.statuspast import DEVICES, prepared, service, small_city


def test_times_in_which_nothing_could_be_heard() -> None:
    facts = [Hearing(50, True), Hearing(10, True), Hearing(20, True), Hearing(30, False), Hearing(40, False)]
    assert deaf_spans(facts) == [Deaf(10, 30), Deaf(50, None)]
    assert deaf_spans([Hearing(5, False)]) == []
    assert Deaf(10, 30).touches(30, 40)
    assert Deaf(10, 30).touches(0, 10)
    assert not Deaf(10, 30).touches(31, 40)
    assert Deaf(50, None).touches(1_000, 2_000)


@given(
    st.lists(st.integers(0, 60), max_size=30).map(sorted),
    st.integers(10, 40),
    st.integers(0, 20),
    st.integers(1, 12),
)
def test_present_is_who_never_was_silent(times: list[int], start: int, span: int, patience: int) -> None:
    """As a device is reporting: up to and with the last reading plus its patience."""
    end = start + span
    attendance = Attendance({"a": patience}, start, end)
    for at in times:
        attendance.heard("a", at)
        attendance.heard("stranger", at)
    silent = [
        moment for moment in range(start, end) if not any(at <= moment <= at + patience for at in times)
    ]
    assert attendance.present() == (frozenset() if silent else frozenset({"a"}))


def test_the_share_that_the_rules_ask_for() -> None:
    rules = prepared().rules_of(service("traffic"))
    assert share_asked(rules) == 0.5  # too-few-heard: {heard: {below: 0.5}}
    assert share_asked(RuleList("none", [])) == 0.5


def test_a_service_without_devices_is_heard_through_those_that_it_needs() -> None:
    city, policy = small_city(), prepared()
    found = reach(city, policy, ["traffic"], DEVICES, [])
    assert found.services == {"traffic", "routing"}
    half = frozenset({"tf-0", "tf-1", "tf-2"})
    assert heard_despite(city, policy, found, half) == {"traffic", "routing"}
    assert heard_despite(city, policy, found, frozenset({"tf-0"})) == frozenset()


def test_who_hangs_together() -> None:
    city = small_city(
        service("a", services=("b",)),
        service("b", services=("c",)),
        service("c"),
        service("d", services=("c", "e")),
        service("e", services=("e",)),
        service("f"),
    )
    assert involved(city, ["b"]) == {"a", "b", "c"}
    assert involved(city, ["c"]) == {"a", "b", "c", "d", "e"}
    assert involved(city, ["f", "no-such"]) == {"f"}


def test_whose_devices_count_and_who_shares_their_zones() -> None:
    city, policy = small_city(), prepared()
    found = reach(city, policy, ["air"], DEVICES, [])
    assert sorted(found.devices) == ["aq-0", "aq-1", "aq-2", "aq-3"]
    assert found.places == {("air", "samyan")}
    assert found.others == {("traffic", "samyan"), ("portal", "samyan")}
    assert found.patience == 180_000
    assert found.lead > found.patience
    slow = replace(DEVICES[-2], interval=3_600_000)
    assert reach(city, policy, ["air"], [slow], []).patience == 3 * 3_600_000
