"""Alerts of a shadow rule beside those of the live one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.comparing import document, firing_seconds, match
from services.store.records.alerts import Firing

START = 1_767_546_000_000
MINUTE = 60_000


def firing(name: str, since: float, until: float | None, device: str = "aq-01") -> Firing:
    ends_at = None if until is None else START + round(until * MINUTE)
    return Firing(name, "samyan", device, None, "major", START + round(since * MINUTE), ends_at)


def test_the_same_subject_at_the_same_time_is_the_same() -> None:
    shadow = [firing("s1", 0, 10), firing("s2", 30, 40), firing("s3", 0, 10, "aq-02")]
    live = [firing("l1", 2, 12), firing("l2", 50, None), firing("l3", 0, 10, "aq-03")]
    found = match(shadow, live)
    assert [(one.id, other.id) for one, other in found.both] == [("s1", "l1")]
    assert [one.id for one in found.only_shadow] == ["s2", "s3"]
    assert sorted(one.id for one in found.only_live) == ["l2", "l3"]


def test_one_alert_is_the_partner_of_one() -> None:
    found = match([firing("s1", 0, 10), firing("s2", 20, 30)], [firing("l1", 0, 30)])
    assert [(one.id, other.id) for one, other in found.both] == [("s1", "l1")]
    assert [one.id for one in found.only_shadow] == ["s2"]


def test_firing_time_is_that_within_the_span() -> None:
    fired = [firing("a", -10, 5), firing("b", 10, None), firing("c", 70, 80)]
    assert firing_seconds(fired, START, START + 60 * MINUTE) == (5 + 50) * 60


def test_the_document() -> None:
    shadow, live = [firing("s1", 1, 10), firing("s2", 30, None)], [firing("l1", 2.5, 12)]
    found = document(shadow, live, start=START, end=START + 120 * MINUTE, now=START + 60 * MINUTE)
    assert found["fired"] == {"shadow": 2, "live": 1}
    assert found["firing_seconds"] == {"shadow": (9 + 30) * 60, "live": 9.5 * 60}
    assert found["counts"] == {"both": 1, "only_shadow": 1, "only_live": 0}
    assert found["both"][0]["earlier_seconds"] == 90
    assert found["only_shadow"][0]["alert"] == "s2"
    assert found["only_shadow"][0]["ends_at"] is None


FIRINGS = st.lists(
    st.builds(
        lambda n, since, span, device: firing(str(n), since, None if span is None else since + span, device),
        st.integers(0, 99),
        st.integers(0, 100),
        st.none() | st.integers(0, 30),
        st.sampled_from(["aq-01", "aq-02"]),
    )
)


@given(FIRINGS, FIRINGS)
def test_every_alert_is_told_once(shadow: list[Firing], live: list[Firing]) -> None:
    found = match(shadow, live)
    assert sorted([one for one, _ in found.both] + found.only_shadow, key=repr) == sorted(shadow, key=repr)
    assert sorted([one for _, one in found.both] + found.only_live, key=repr) == sorted(live, key=repr)
