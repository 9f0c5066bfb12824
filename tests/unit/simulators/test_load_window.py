from __future__ import annotations

import random

import pytest

from simulators.packets import MAX_PACKET_ID, pubacks
from simulators.window import Latencies, ProtocolError, Window, due, identifier


def ids(first: int, count: int) -> list[int]:
    return [identifier(message) for message in range(first, first + count)]


def test_in_order_acknowledgements_are_counted_in_bulk() -> None:
    window = Window(100)
    window.launch(60, 1.0)
    window.take(pubacks(ids(0, 50)), 1.5)

    assert (window.sent, window.acknowledged, window.room) == (60, 50, 90)


def test_bytes_that_come_in_pieces_count_once() -> None:
    window = Window(10)
    window.launch(5, 0.0)
    for byte in pubacks(ids(0, 5)):
        window.take(bytes([byte]), 1.0)

    assert (window.acknowledged, window.room) == (5, 10)


def test_out_of_order_acknowledgements_count_but_free_no_room_before_their_turn() -> None:
    window = Window(10)
    window.launch(10, 0.0)
    window.take(pubacks([3, 2]), 1.0)
    assert (window.acknowledged, window.room) == (2, 0)

    window.take(pubacks([1]), 1.0)
    assert (window.acknowledged, window.room) == (3, 3)

    window.take(pubacks(ids(3, 7)), 1.0)
    assert (window.acknowledged, window.room) == (10, 10)


def test_any_order_at_all_adds_up_over_many_turns() -> None:
    draw = random.Random(5)
    window = Window(1_000)
    open_: list[int] = []
    while window.acknowledged < 3 * MAX_PACKET_ID:
        count = min(window.room, draw.randint(0, 900))
        first = window.launch(count, 0.0)
        open_ += ids(first, count)
        cut = draw.randint(0, len(open_))
        answered, open_ = open_[:cut], open_[cut:]
        if draw.random() < 0.3:
            draw.shuffle(answered)
        window.take(pubacks(answered), 1.0)
        assert window.sent - window.acknowledged == len(open_)


def test_the_bytes_that_are_due_go_round() -> None:
    assert due(MAX_PACKET_ID - 2, 4) == pubacks([MAX_PACKET_ID - 1, MAX_PACKET_ID, 1, 2])


@pytest.mark.parametrize("data", [pubacks([4]), pubacks([1, 1]), pubacks([0]), b"\xd0\x00\x00\x00"])
def test_what_was_not_sent_cannot_be_acknowledged(data: bytes) -> None:
    window = Window(10)
    window.launch(3, 0.0)

    with pytest.raises(ProtocolError):
        window.take(data, 1.0)
    assert window.acknowledged <= 1


def test_a_message_is_not_acknowledged_twice() -> None:
    window = Window(10)
    window.launch(3, 0.0)
    window.take(pubacks([1]), 1.0)

    with pytest.raises(ProtocolError, match="message id 1"):
        window.take(pubacks([1]), 1.0)


@pytest.mark.parametrize("size", [0, -1, MAX_PACKET_ID])
def test_a_window_has_a_size(size: int) -> None:
    with pytest.raises(ValueError, match="the window must be"):
        Window(size)


def test_latency_runs_from_launch_to_acknowledgement() -> None:
    window = Window(100)
    window.launch(50, 1.000)
    window.launch(50, 1.010)
    window.take(pubacks(ids(0, 60)), 1.020)
    window.take(pubacks(ids(60, 40)), 1.030)

    assert window.latencies.percentile(0.0) == pytest.approx(10.0, abs=0.02)
    assert window.latencies.percentile(0.6) == pytest.approx(20.0, abs=0.02)
    assert window.latencies.percentile(1.0) == pytest.approx(20.0, abs=0.02)


def test_percentiles_of_nothing_are_zero() -> None:
    assert Latencies().percentile(0.99) == 0.0


def test_latencies_keep_counts_not_messages() -> None:
    latencies = Latencies()
    for place in range(50_000):
        latencies.add(place / 1_000_000, 1)

    assert len(latencies._counts) <= 5_000
    assert latencies.percentile(0.5) == pytest.approx(25, rel=0.01)
