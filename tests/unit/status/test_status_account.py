"""How much of the time a service was operational."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Objective
from services.status.account import Account, objective_document

HOUR = 3_600_000
DAY = 24 * HOUR


def test_nothing_is_claimed_before_anything_is_known() -> None:
    assert Account(DAY).attained() is None


def test_time_is_booked_to_what_held() -> None:
    account = Account(DAY)
    account.add(0, 3 * HOUR, operational=True)
    account.add(3 * HOUR, 4 * HOUR, operational=False)

    assert account.attained() == 0.75


def test_what_is_older_than_the_window_is_forgotten() -> None:
    account = Account(DAY)
    account.add(0, DAY, operational=False)
    account.add(DAY, 2 * DAY, operational=True)

    assert account.attained() == pytest.approx(1.0, abs=1 / 720)


def test_a_long_absence_books_no_more_than_the_window() -> None:
    account = Account(DAY)
    account.add(0, 400 * DAY, operational=True)

    assert account.attained() == 1.0
    assert len(account.dump()) <= 721


def test_an_account_outlives_a_restart() -> None:
    account, again = Account(DAY), Account(DAY)
    account.add(0, HOUR, operational=True)
    account.add(HOUR, 2 * HOUR, operational=False)

    again.load(account.dump(), 2 * HOUR)

    assert again.attained() == account.attained() == 0.5


@given(st.lists(st.tuples(st.integers(0, 6 * HOUR), st.booleans()), max_size=60))
def test_attained_is_the_share_within_the_window(parts: list[tuple[int, bool]]) -> None:
    account, now = Account(DAY), 0
    history = []
    for span, operational in parts:
        account.add(now, now + span, operational=operational)
        history.append((now, now + span, operational))
        now += span
    edge = now - DAY
    good = sum(max(0, end - max(start, edge)) for start, end, operational in history if operational)
    whole = min(now, DAY)

    if whole == 0:
        assert account.attained() is None
    else:
        bucket = DAY / 720
        assert account.attained() == pytest.approx(good / whole, abs=2 * bucket / max(whole - bucket, bucket))


@pytest.mark.parametrize(
    ("target", "attained", "left"),
    [
        (0.995, 0.9971, 0.42),  # the contract's own example
        (0.99, 1.0, 1.0),
        (0.99, 0.99, 0.0),
        (0.99, 0.98, -1.0),
        (1.0, 1.0, 1.0),
        (1.0, 0.999, 0.0),
        (0.99, None, None),
    ],
)
def test_the_budget_is_what_is_left_of_the_time_allowed(
    target: float, attained: float | None, left: float | None
) -> None:
    document = objective_document(Objective(target, 30 * DAY), attained)

    assert document == {"target": target, "window": "30d", "attained": attained, "budget_left": left}
