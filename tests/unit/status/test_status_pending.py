"""What waits to be computed again."""

from __future__ import annotations

from services.status.recompute.pending import LONGEST, TOGETHER, Pending

HOUR = 3_600_000


def test_late_spans_of_a_service_are_merged() -> None:
    pending = Pending()
    pending.add(["a", "b"], 10, 20)
    pending.add(["a"], 15, 40)
    pending.add(["a"], 5, 6)
    assert pending.dump() == {"a": [5, 40], "b": [10, 20]}
    batch = pending.take()
    assert batch is not None
    assert (batch.spans, batch.start, batch.end) == ({"a": (5, 40), "b": (10, 20)}, 5, 40)
    assert (len(pending), pending.dump()) == (0, {"a": [5, 40], "b": [10, 20]})
    pending.done()
    assert pending.dump() == {}
    assert pending.take() is None


def test_what_comes_while_it_is_computed_waits() -> None:
    pending = Pending()
    pending.add(["a"], 10, 20)
    pending.take()
    pending.add(["a"], 12, 13)
    assert pending.dump() == {"a": [10, 20]}
    pending.done()
    assert pending.dump() == {"a": [12, 13]}


def test_what_could_not_be_computed_waits_again() -> None:
    pending = Pending()
    pending.add(["a"], 10, 20)
    pending.take()
    pending.add(["a"], 30, 40)
    pending.back()
    assert pending.dump() == {"a": [10, 40]}


def test_what_lies_far_apart_is_computed_apart() -> None:
    pending = Pending()
    pending.add(["late"], 30 * HOUR, 31 * HOUR)
    pending.add(["early"], 0, HOUR)
    pending.add(["near"], HOUR + TOGETHER, 3 * HOUR)
    batch = pending.take()
    assert batch is not None
    assert (sorted(batch.services), batch.end) == (["early", "near"], 3 * HOUR)
    pending.done()
    batch = pending.take()
    assert batch is not None
    assert [*batch.spans] == ["late"]


def test_what_is_very_long_is_computed_piece_by_piece() -> None:
    pending = Pending()
    pending.add(["a"], 0, 2 * LONGEST + 5)
    pieces = []
    while (batch := pending.take()) is not None:
        pieces.append((batch.start, batch.end))
        pending.done()
    assert pieces == [(0, LONGEST), (LONGEST, 2 * LONGEST), (2 * LONGEST, 2 * LONGEST + 5)]


def test_it_can_be_kept_and_taken_up_again() -> None:
    pending, again = Pending(), Pending()
    pending.add(["a"], 10, 20)
    pending.take()
    pending.add(["b"], 30, 40)
    again.load(pending.dump())
    assert again.dump() == {"a": [10, 20], "b": [30, 40]}
