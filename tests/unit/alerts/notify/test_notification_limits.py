"""Limits: what comes beyond them is told together, worst first, and critical ones go first."""

from __future__ import annotations

from dataclasses import replace

import orjson

from services.alerts.notify.digest import MOST
from services.alerts.notify.limits import Bucket, Limits
from services.alerts.notify.notice import Notice, Reason
from services.runtime.notifyconfig import Rate
from tests.unit.alerts.notify.outboxdesk import START, Line, Shelf, notice, post, row

FOUR = Limits(Rate(4, 60_000))


def test_a_bucket_gives_what_it_has_and_keeps_a_quarter() -> None:
    bucket = Bucket(Rate(4, 60_000), 0)
    assert [bucket.take(0, urgent=False) for _ in range(4)] == [True, True, True, False]
    assert bucket.next(0, urgent=False) == 15_000
    assert bucket.next(0, urgent=True) == 0
    assert [bucket.take(0, urgent=True) for _ in range(2)] == [True, False]
    assert bucket.next(0, urgent=True) == 15_000
    assert not bucket.take(14_999, urgent=True)
    assert bucket.take(15_000, urgent=True)
    assert [bucket.take(10**9, urgent=True) for _ in range(5)] == [True] * 4 + [False]


def test_a_clock_that_is_set_back_costs_and_brings_nothing() -> None:
    bucket = Bucket(Rate(1, 60_000), 10**9)
    assert bucket.take(10**9, urgent=False)
    assert not bucket.take(0, urgent=False)
    assert bucket.take(60_000, urgent=False)


async def test_beyond_the_rate_the_rest_is_told_as_one() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=FOUR, line=line) as at:
        await at.put(*(row(f"n{n}") for n in range(10)))
        await at.advance(10)
        assert line.ids == ["n0", "n1", "n2"]
        await at.advance(10)
        assert len(line.ids) == 4
    digest = line.got[-1]
    assert digest.reason is Reason.DIGEST
    assert [one["title"]["en"] for one in digest.digest] == [f"n{n}" for n in range(3, 10)]
    assert (digest.firing, digest.others) == (7, 0)
    assert shelf.states() == (
        {f"n{n}": "delivered" for n in range(3)}
        | {f"n{n}": "digested" for n in range(3, 10)}
        | {digest.id: "delivered"}
    )
    assert {shelf.rows[f"n{n}"].digest for n in range(3, 10)} == {digest.id}
    assert at.outcomes == {("ops", "line", "delivered"): 4, ("ops", "line", "digested"): 7}


async def test_one_alone_that_waited_is_told_as_it_is() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=FOUR, line=line) as at:
        await at.put(*(row(f"n{n}") for n in range(4)))
        await at.advance(20)
    assert line.ids == ["n0", "n1", "n2", "n3"]


async def test_critical_ones_have_room_of_their_own_and_a_limit() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=FOUR, line=line) as at:
        await at.put(*(row(f"n{n}") for n in range(5)))
        await at.put(*(row(f"c{n}", severity="critical") for n in range(3)))
        await at.advance(1)
        assert line.ids == ["n0", "n1", "n2", "c0"]
        await at.advance(100)
    assert line.ids[4:6] == ["c1", "c2"]
    assert line.got[6].reason is Reason.DIGEST


async def test_below_critical_is_collected_for_a_receiver_who_wishes_so() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=Limits(digest=600_000), line=line) as at:
        await at.put(row("a"), row("b", severity="major"), row("c", severity="critical"))
        await at.advance(300)
        assert line.ids == ["c"]
        await at.put(row("d", created=START + 300_000))
        await at.advance(299)
        assert line.ids == ["c"]
        await at.advance(1)
    assert [one["title"]["en"] for one in line.got[1].digest] == ["b", "d", "a"]
    assert line.got[1].severity == "major"


async def test_the_end_of_a_critical_one_may_wait() -> None:
    shelf, line = Shelf(), Line()
    over = row("a", severity="critical", reason=Reason.RESOLVED, firing=0, resolved=1)
    async with post(shelf, limits=Limits(digest=600_000), line=line) as at:
        await at.put(over)
        await at.advance(599)
        assert line.ids == []
        await at.advance(2)
    assert line.ids == ["a"]


async def test_a_digest_tells_each_case_once_as_it_was_last() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=Limits(digest=60_000), line=line) as at:
        await at.put(
            row("a", case="x", severity="major", firing=3),
            row("b", case="y"),
            row(
                "c",
                case="x",
                reason=Reason.RESOLVED,
                severity="minor",
                firing=1,
                resolved=2,
                created=START + 9,
            ),
        )
        await at.advance(61)
    (digest,) = line.got
    assert [
        (one["title"]["en"], one["severity"], one["firing"], one["resolved"]) for one in digest.digest
    ] == [
        ("c", "major", 1, 2),
        ("b", "minor", 1, 0),
    ]
    assert digest.digest[0]["at"] == START + 9


async def test_a_digest_lists_so_many_and_counts_the_others() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=Limits(digest=60_000), line=line) as at:
        await at.put(*(row(f"n{n:03}") for n in range(MOST + 30)))
        await at.advance(61)
    (digest,) = line.got
    assert (len(digest.digest), digest.others, digest.firing) == (MOST, 30, MOST + 30)


async def test_what_may_have_been_sent_is_never_told_in_a_digest() -> None:
    begun = [replace(row(f"b{n}"), begun=START) for n in range(3)]
    shelf, line = Shelf(*begun, *(row(f"n{n}") for n in range(5))), Line()
    async with post(shelf, limits=Limits(Rate(1, 60_000)), line=line) as at:
        await at.advance(120)
    assert line.ids[:3] == ["b0", "b1", "b2"]
    merged = {name for name, one in shelf.rows.items() if one.digest is not None}
    assert merged == {"n1", "n2", "n3", "n4"}


async def test_a_digest_that_a_crash_left_goes_out_as_it_is() -> None:
    left = row("d", reason=Reason.DIGEST)
    shelf, line = Shelf(left, *(row(f"n{n}") for n in range(2))), Line()
    async with post(shelf, limits=Limits(digest=60_000), line=line) as at:
        await at.advance(1)
        assert line.ids == ["d"]
        await at.advance(60)
    assert [one.reason for one in line.got] == [Reason.DIGEST, Reason.DIGEST]
    assert shelf.rows["d"].digest is None


async def test_a_merge_of_which_nobody_knows_the_end_is_one_digest() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=Limits(digest=60_000), line=line) as at:
        await at.put(row("a"), row("b"))
        shelf.lost = 1
        await at.advance(70)
    assert [one.reason for one in line.got] == [Reason.DIGEST]
    assert list(shelf.states().values()).count("digested") == 2


async def test_a_test_waits_for_nobody() -> None:
    shelf, line = Shelf(), Line()
    async with post(shelf, limits=Limits(digest=600_000), line=line) as at:
        await at.put(row("a"), row("t", reason=Reason.TEST, severity=None))
        await at.advance(1)
    assert line.ids == ["t"]


def test_a_notice_is_as_it_was_after_the_outbox() -> None:
    given = notice("a", alerts=({"id": "x"},), digest=({"at": 1},), others=3, grouped={"zone": None})
    assert Notice.of(orjson.loads(orjson.dumps(given.as_dict()))) == given
