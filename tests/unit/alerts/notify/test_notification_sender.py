"""What waits is sent in order until it has arrived or is given up, whatever a channel or the store does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.notice import Notice
from services.runtime.clock import ManualClock
from tests.unit.alerts.notify.outboxdesk import START, Line, Shelf, post, row

FAR = 10_000


async def test_what_waits_at_the_start_is_sent_oldest_first() -> None:
    shelf, line = Shelf(row("b", created=START + 2), row("a", created=START + 1)), Line()
    async with post(shelf, line=line) as at:
        await at.advance(1)
    assert line.ids == ["a", "b"]
    assert shelf.states() == {"a": "delivered", "b": "delivered"}
    assert at.outcomes == {("ops", "line", "delivered"): 2}


async def test_it_is_written_that_it_may_have_been_sent_before_it_is() -> None:
    shelf, begun = Shelf(), []

    def look(notice: Notice) -> None:
        begun.append(shelf.rows[notice.id].begun)

    line = Line(before=look)
    async with post(shelf, line=line) as at:
        await at.put(*(row(f"n{n}") for n in range(40)))
        await at.advance(1)
    assert len(begun) == 40
    assert None not in begun
    assert len(line.ids) == 40
    assert shelf.writes < 10


async def test_one_at_a_time_on_each_channel() -> None:
    line, email = Line(), Line()
    async with post(Shelf(), line=line, email=email) as at:
        await at.put(*(row(f"{way}{n}", channel=way) for n in range(20) for way in ("line", "email")))
        await at.advance(1)
    assert (line.most_at_once, email.most_at_once) == (1, 1)
    assert line.ids == [f"line{n}" for n in range(20)]
    assert email.ids == [f"email{n}" for n in range(20)]


async def test_a_channel_that_hangs_holds_up_no_other() -> None:
    shelf, dead, alive = Shelf(), Line(hangs=True), Line()
    async with post(shelf, line=dead, email=alive) as at:
        await at.put(row("a"), *(row(f"b{n}", channel="email") for n in range(50)))
        await at.advance(1)
        assert len(alive.ids) == 50
        await at.advance(29)
    assert shelf.rows["a"].error == "no answer within 30 s"
    assert shelf.rows["a"].attempts == 1
    assert at.outcomes["ops", "line", "retried"] == 1


async def test_a_failure_is_tried_again_ever_later_under_the_same_key() -> None:
    shelf, line = Shelf(), Line([NotTakenError("busy") for _ in range(5)])
    times: list[int] = []
    clock = ManualClock(START)
    line.before = lambda _: times.append(clock.now())
    async with post(shelf, clock=clock, line=line) as at:
        await at.put(row("a"), row("b"))
        await at.advance(600)
    assert line.ids == ["a", "b"]
    assert set(line.tried[:6]) == {"a"}
    gaps = [(after - before) / 1000 for before, after in pairwise(times[:6])]
    for gap, most in zip(gaps, (5, 10, 20, 40, 60), strict=True):
        assert most / 2 <= gap <= most
    assert shelf.rows["a"].attempts == 6
    assert at.outcomes == {("ops", "line", "retried"): 5, ("ops", "line", "delivered"): 2}


async def test_what_the_other_side_asks_for_is_honoured_up_to_a_bound() -> None:
    clock, times = ManualClock(START), []
    line = Line([NotTakenError("later", retry_after=30), NotTakenError("never", retry_after=1e6)])
    line.before = lambda _: times.append((clock.now() - START) // 1000)
    async with post(Shelf(), clock=clock, line=line) as at:
        await at.put(row("a"))
        await at.advance(600)
    assert times == [0, 30, 90]


async def test_what_is_refused_fails_at_once_and_the_next_goes_on() -> None:
    shelf, line = Shelf(), Line([RefusedError("the token is wrong: see notify.receivers.ops")])
    async with post(shelf, line=line) as at:
        await at.put(row("a"), row("b"))
        await at.advance(1)
    assert shelf.states() == {"a": "failed", "b": "delivered"}
    assert shelf.rows["a"].error == "the token is wrong: see notify.receivers.ops"
    assert at.outcomes == {("ops", "line", "failed"): 1, ("ops", "line", "delivered"): 1}


async def test_it_is_given_up_after_a_time_with_its_last_error() -> None:
    shelf, line = Shelf(), Line([NotTakenError(f"busy {n}") for n in range(FAR)])
    async with post(shelf, retry=Backoff(5_000, 30_000, 90_000), line=line) as at:
        await at.put(row("a"))
        await at.advance(80)
        assert shelf.states() == {"a": "waiting"}
        await at.advance(60)
        assert shelf.states() == {"a": "failed"}
        assert (shelf.rows["a"].error or "").startswith("busy ")


async def test_what_waited_while_nakhon_was_away_gets_its_time_all_the_same() -> None:
    shelf, line = Shelf(row("a", created=START - 100_000_000)), Line([NotTakenError("busy")])
    async with post(shelf, line=line) as at:
        await at.advance(10)
    assert shelf.states() == {"a": "delivered"}


async def test_a_channel_that_fails_in_a_way_of_its_own_is_tried_again() -> None:
    shelf, line = Shelf(), Line([ZeroDivisionError("oops")])
    async with post(shelf, line=line) as at:
        await at.put(row("a"))
        await at.advance(10)
    assert shelf.states() == {"a": "delivered"}
    assert line.tried == ["a", "a"]


async def test_while_the_store_is_away_nothing_is_sent_and_nothing_lost() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, line=line) as at:
        shelf.away = True
        await at.put(*(row(f"n{n}") for n in range(30)))
        await at.advance(60)
        assert line.tried == []
        shelf.away = False
        await at.advance(5)
    assert line.ids == [f"n{n}" for n in range(30)]


async def test_what_was_sent_while_the_store_went_away_is_marked_when_it_is_back() -> None:
    shelf = Shelf()

    def leave(_notice: Notice) -> None:
        shelf.away = True

    line = Line(before=leave)
    async with post(shelf, line=line) as at:
        await at.put(row("a"))
        await at.advance(60)
        assert shelf.states() == {"a": "waiting"}
        shelf.away = False
        await at.advance(5)
        assert shelf.states() == {"a": "delivered"}
    assert line.tried == ["a"]


async def test_a_write_of_which_nobody_knows_the_end_is_written_again() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, line=line) as at:
        shelf.lost = 1
        await at.put(row("a"))
        await at.advance(10)
    assert line.tried == ["a"]
    assert shelf.states() == {"a": "delivered"}


async def test_a_store_that_is_away_at_the_start_is_asked_again() -> None:
    shelf, line = Shelf(row("a")), Line()
    shelf.away = True
    async with post(shelf, line=line) as at:
        await at.advance(10)
        shelf.away = False
        await at.advance(5)
    assert line.ids == ["a"]


async def test_what_was_written_unknown_to_us_is_found_and_sent_once() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, line=line) as at:
        await at.put(row("a"))
        shelf.rows["b"] = row("b")
        at.sender.wake()
        at.sender.wake()
        await at.advance(1)
    assert line.tried == ["a", "b"]


async def test_many_that_wait_are_not_held_in_memory() -> None:
    shelf, line = Shelf(), Line(hangs=True)
    async with post(shelf, line=line) as at:
        await at.put(*(row(f"n{n:04}") for n in range(1_000)))
        assert at.sender.waiting() == {("ops", "line"): 1_000}
        line.hangs = False
        await at.advance(100)
    assert line.ids == [f"n{n:04}" for n in range(1_000)]


async def test_a_channel_that_is_no_longer_configured_is_named() -> None:
    shelf = Shelf(row("a", channel="fax"))
    async with post(shelf, line=Line()) as at:
        await at.advance(1)
    assert shelf.states() == {"a": "failed"}
    assert shelf.rows["a"].error == "ops has no channel fax: see notify.receivers in nakhon.yaml"


async def test_what_a_crash_left_half_done_is_sent_again_under_its_key() -> None:
    shelf, line = Shelf(), Line()
    shelf.rows["a"] = replace(row("a"), begun=START - 5, attempts=1)
    async with post(shelf, line=line) as at:
        await at.advance(1)
    assert line.ids == ["a"]
    assert shelf.rows["a"].attempts == 2
    assert shelf.rows["a"].begun == START - 5
