"""Status changes, on each database."""

from __future__ import annotations

import pytest

from services.store.errors import StoreRefusedError
from services.store.records import Records
from services.store.records.history import (
    Named,
    Revision,
    StatusChangeRecord,
    StatusHistoryRecords,
    StatusStep,
)

NOW = 1_767_546_000_000
REASON = {"en": "4 of 12 sensors silent", "th": "เซ็นเซอร์ 4 จาก 12 ตัวเงียบ"}
AIR = Named("service", "air-quality")


@pytest.fixture
def history(records: Records) -> StatusHistoryRecords:
    return records.status_history


def change(
    at: int, status: str = "operational", subject: str = "air-quality", kind: str = "service", **more: object
) -> StatusChangeRecord:
    values: dict[str, object] = {"rule": f"rule-{status}", "reason": REASON, **more}
    return StatusChangeRecord(kind, subject, NOW + at, status, **values)  # type: ignore[arg-type]


def brief(records: list[StatusChangeRecord]) -> list[tuple[int, str, bool]]:
    return [(one.at - NOW, one.status, one.revised) for one in records]


async def every(history: StatusHistoryRecords, named: Named = AIR) -> list[StatusChangeRecord]:
    found, _ = await history.page([named], start=0, end=NOW * 2, limit=100, superseded=True)
    return [record for record, _ in found]


async def test_what_is_added_is_read_again_whole(history: StatusHistoryRecords) -> None:
    told = change(5, counted=False, evidence={"devices": 3, "share": 0.5}, latched={"silence": {"since": 7}})
    await history.add([told], recorded=NOW + 6)
    [read] = await history.span(*AIR, start=NOW, end=NOW + 10)
    assert read.same(told)
    assert (read.evidence, read.recorded, read.revised, read.superseded) == (
        told.evidence,
        NOW + 6,
        False,
        None,
    )


async def test_pages_are_newest_first_and_say_until_when(history: StatusHistoryRecords) -> None:
    changes = [change(10), change(20, "outage"), change(30), change(25, "degraded", "traffic")]
    await history.add(changes, recorded=NOW)
    both = [AIR, Named("service", "traffic")]
    found, cursor = await history.page(both, start=NOW, end=NOW + 100, limit=2)
    assert [(one.at - NOW, one.subject, until) for one, until in found] == [
        (30, "air-quality", None),
        (25, "traffic", None),
    ]
    assert cursor is not None
    found, cursor = await history.page(both, start=NOW, end=NOW + 100, limit=2, cursor=cursor)
    assert [(one.at - NOW, until and until - NOW) for one, until in found] == [(20, 30), (10, 20)]
    assert cursor is None


async def test_changes_of_one_moment_are_paged_apart(history: StatusHistoryRecords) -> None:
    await history.add([change(5, subject=f"s{number}") for number in range(5)], recorded=NOW)
    named = [Named("service", f"s{number}") for number in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(5):
        found, cursor = await history.page(named, start=NOW, end=NOW + 10, limit=1, cursor=cursor)
        seen += [one.subject for one, _ in found]
    assert seen == ["s4", "s3", "s2", "s1", "s0"]
    assert cursor is None


async def test_services_and_their_domain_share_a_page(history: StatusHistoryRecords) -> None:
    await history.add([change(1), change(2, subject="environment", kind="domain")], recorded=NOW)
    both = [AIR, Named("domain", "environment")]
    found, _ = await history.page(both, start=NOW, end=NOW + 10, limit=10)
    assert [one.kind for one, _ in found] == ["domain", "service"]
    found, _ = await history.page([Named("domain", "air-quality")], start=NOW, end=NOW + 10, limit=10)
    assert found == []


@pytest.mark.parametrize("cursor", ["", "x", "1-", "-1-2", "1_0-2", "٣-1", "9" * 50 + "-1"])
async def test_a_strange_cursor_is_refused(history: StatusHistoryRecords, cursor: str) -> None:
    with pytest.raises(ValueError, match="not one that a list of status changes gave out"):
        await history.page([AIR], start=0, end=NOW, limit=1, cursor=cursor)


async def test_a_span_begins_with_what_held(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage"), change(30)], recorded=NOW)
    assert brief(await history.span(*AIR, start=NOW + 25, end=NOW + 30)) == [(20, "outage", False)]
    assert brief(await history.span(*AIR, start=NOW + 20, end=NOW + 31)) == [
        (20, "outage", False),
        (30, "operational", False),
    ]
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 11)) == [(10, "operational", False)]
    assert await history.span(*AIR, start=NOW, end=NOW + 10) == []


async def test_steps_of_many_are_what_their_spans_are(history: StatusHistoryRecords) -> None:
    changes = [change(at, "outage" if at % 20 else "operational", f"s{at % 3}") for at in range(0, 200, 10)]
    await history.add(changes, recorded=NOW)
    found = await history.steps("service", ["s0", "s1", "s2", "none"], start=NOW + 55, end=NOW + 155)
    assert set(found) == {"s0", "s1", "s2"}
    for subject, steps in found.items():
        span = await history.span("service", subject, start=NOW + 55, end=NOW + 155)
        assert steps == [StatusStep(one.at, one.status, one.counted, one.rule) for one in span]
    held = await history.held([Named("service", f"s{number}") for number in range(3)], NOW + 55)
    assert {named.subject: record.at for named, record in held.items()} == {
        subject: steps[0].at for subject, steps in found.items()
    }


async def test_a_revision_supersedes_what_was_told_and_keeps_it(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage"), change(30), change(90, "degraded")], recorded=NOW)
    revision = Revision("service", "air-quality", NOW + 15, NOW + 50, (change(22, "degraded"), change(30)))
    assert await history.revise([revision], now=NOW + 99) == 2
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 100)) == [
        (10, "operational", False),
        (22, "degraded", True),
        (30, "operational", False),
        (90, "degraded", False),
    ]
    told = {(one.at - NOW, one.superseded and one.superseded - NOW) for one in await every(history)}
    assert told == {(10, None), (20, 99), (22, None), (30, None), (90, None)}


async def test_a_revision_that_says_the_same_moves_nothing(history: StatusHistoryRecords) -> None:
    changes = (change(10), change(20, "outage", latched={"a": 1}), change(30))
    await history.add(changes, recorded=NOW)
    assert await history.revise([Revision(*AIR, NOW, NOW + 50, changes)], now=NOW + 99) == 0
    # It may also begin with what held already.
    again = Revision(
        *AIR, NOW + 15, NOW + 50, (change(15), change(20, "outage", latched={"a": 1}), change(30))
    )
    assert await history.revise([again], now=NOW + 99) == 0
    assert brief(await every(history)) == [
        (30, "operational", False),
        (20, "outage", False),
        (10, "operational", False),
    ]


async def test_a_revision_may_leave_nothing(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage"), change(30)], recorded=NOW)
    assert await history.revise([Revision(*AIR, NOW + 15, NOW + 50, (change(15),))], now=NOW + 99) == 2
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 100)) == [(10, "operational", False)]


async def test_what_held_at_the_end_goes_on_from_there(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage"), change(90)], recorded=NOW)
    await history.revise([Revision(*AIR, NOW + 15, NOW + 50, (change(30, "degraded"),))], now=NOW + 99)
    await history.revise([Revision(*AIR, NOW + 15, NOW + 50, (change(30, "degraded"),))], now=NOW + 99)
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 100)) == [
        (10, "operational", False),
        (30, "degraded", True),
        (50, "outage", True),
        (90, "operational", False),
    ]
    await history.revise([Revision(*AIR, NOW + 15, NOW + 60, ())], now=NOW + 99)
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 100)) == [
        (10, "operational", False),
        (60, "outage", True),
        (90, "operational", False),
    ]


async def test_what_was_told_after_a_moment(history: StatusHistoryRecords) -> None:
    await history.add([change(at, subject=f"s{at}") for at in (10, 20, 30)], recorded=NOW)
    found = await history.after(NOW + 10, limit=5)
    assert [one.subject for one in found] == ["s20", "s30"]
    assert len(await history.after(0, limit=1)) == 1


async def test_what_was_revised_may_be_revised_again(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage")], recorded=NOW)
    await history.revise([Revision(*AIR, NOW + 15, NOW + 50, (change(21, "outage"),))], now=NOW + 60)
    await history.revise([Revision(*AIR, NOW + 15, NOW + 50, (change(22, "outage"),))], now=NOW + 70)
    assert brief(await history.span(*AIR, start=NOW, end=NOW + 100)) == [
        (10, "operational", False),
        (22, "outage", True),
    ]
    assert sorted((one.at - NOW, one.superseded) for one in await every(history) if one.superseded) == [
        (20, NOW + 60),
        (21, NOW + 70),
    ]


async def test_several_revisions_are_written_together_or_not_at_all(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(10, subject="traffic")], recorded=NOW)
    good = Revision("service", "traffic", NOW, NOW + 50, (change(5, "outage", "traffic"),))
    bad = Revision(*AIR, NOW, NOW + 50, (change(5, "outage", reason={"en": object(), "th": ""}),))
    with pytest.raises(StoreRefusedError):
        await history.revise([good, bad], now=NOW + 99)
    assert brief(await history.span("service", "traffic", start=NOW, end=NOW + 50)) == [
        (10, "operational", False)
    ]


async def test_old_changes_go_and_what_they_led_to_stays(history: StatusHistoryRecords) -> None:
    await history.add([change(10), change(20, "outage"), change(30), change(40, "degraded")], recorded=NOW)
    await history.add([change(5, subject="traffic")], recorded=NOW)
    await history.revise([Revision(*AIR, NOW + 20, NOW + 30, (change(21, "outage"),))], now=NOW + 50)
    assert await history.trim(NOW + 35, limit=2) == 2
    assert await history.trim(NOW + 35) == 1
    assert await history.trim(NOW + 35) == 0
    assert [one.at - NOW for one in await every(history)] == [40, 30]
    assert [one.at - NOW for one in await every(history, Named("service", "traffic"))] == [5]


async def test_everything_survives_closing(records: Records, place: object) -> None:
    await records.status_history.add([change(10)], recorded=NOW)
    await records.close()
    again = await place.open()  # type: ignore[attr-defined]
    try:
        assert len(await again.status_history.span(*AIR, start=NOW, end=NOW + 20)) == 1
    finally:
        await again.close()
