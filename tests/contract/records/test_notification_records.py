"""Cases and the outbox on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import Severity, State
from services.store.records import Records
from services.store.records.alertdata import AlertRecord, Changes
from services.store.records.cases import (
    FIRING,
    RESOLVED,
    CaseChanges,
    CaseRecords,
    CaseRow,
    KeptCase,
    Told,
    put,
    telling_id,
)
from services.store.records.notifications import Attempted, NotificationRecords, NotificationRow

START = 1_767_546_000_000
CASE = CaseRow("c1", "all", {"zone": "samyan"}, "inc", START, state={"waiting": None, "audiences": []})


def note(name: str, **given: object) -> NotificationRow:
    plain = {
        "case": "c1",
        "telling": "c1.0.1",
        "receiver": "ops",
        "channel": "line",
        "kind": "line",
        "reason": "firing",
        "severity": "major",
        "incident": "inc",
        "created": START,
        "due": START,
        "alerts": 1,
        "body": {"id": name},
    }
    return NotificationRow(id=name, **plain | given)  # type: ignore[arg-type]


def alert(name: str) -> AlertRecord:
    return AlertRecord(
        id=name,
        fingerprint=name,
        rule="air/pm25",
        rule_version="1",
        domain="environment",
        zone="samyan",
        device=None,
        service=None,
        severity=Severity.MINOR,
        highest_severity=Severity.MINOR,
        state=State.FIRING,
        shadow=False,
        starts_at=START,
        title={},
        advice=None,
        evidence={},
    )


@pytest.fixture
def outbox(records: Records) -> NotificationRecords:
    return NotificationRecords(records._database)


@pytest.fixture
def cases(records: Records) -> CaseRecords:
    return CaseRecords(records._database)


async def write(cases: CaseRecords, **changes: object) -> None:
    await cases.write(lambda c: put(c, CaseChanges(**changes)))  # type: ignore[arg-type]


async def test_an_open_case_is_found_with_its_alerts_and_what_was_told(cases: CaseRecords) -> None:
    first, second, other = (telling_id("c1", *at) for at in ((0, 9), (0, 10), (1, 1)))
    told = [
        Told("a", first, FIRING, "minor"),
        Told("a", second, FIRING, "major"),
        Told("b", first, FIRING, "minor"),
        Told("b", second, RESOLVED, "minor"),
        Told("a", other, FIRING, "minor"),
        Told("again", first, FIRING, "minor"),
        Told("gone", first, FIRING, "minor"),
        Told("a", telling_id("c10", 0, 1), FIRING, "critical"),
        Told("a", telling_id("c1", 0, 2), FIRING, "warning"),
    ]
    joined = [("c1", "a", 0), ("c1", "b", 8), ("c1", "new", 0), ("c1", "gone", 0), ("c1", "again", 9)]
    await write(cases, rows=[CASE], joined=joined, told=told)
    await write(cases, moved=[("c1", "b", True)], left=[("c1", "gone")])
    assert await cases.open() == {
        "c1": KeptCase(
            CASE,
            {"a": False, "again": False, "b": True, "new": False},
            {0: {"a": Severity.MAJOR}, 1: {"a": Severity.MINOR}},
        )
    }
    await write(cases, rows=[replace(CASE, closed=START + 1)])
    assert await cases.open() == {}


async def test_many_alerts_of_a_case_are_read_in_portions(cases: CaseRecords) -> None:
    names = [f"a{n:05}" for n in range(11_000)]
    told = [Told(name, "c1.0.1", FIRING, "minor") for name in names]
    await write(cases, rows=[CASE], joined=[("c1", name, 0) for name in names], told=told)
    (kept,) = (await cases.open()).values()
    assert list(kept.alerts) == names
    assert kept.told == {0: dict.fromkeys(names, Severity.MINOR)}
    await write(cases, left=[("c1", name) for name in names[1:]])
    (kept,) = (await cases.open()).values()
    assert list(kept.alerts) == names[:1]


async def test_what_waits_is_read_in_order_without_what_it_says(outbox: NotificationRecords) -> None:
    rows = [note(f"n{n}", created=START - n % 3) for n in range(9)]
    await outbox.put(rows)
    await outbox.put([replace(rows[0], receiver="other")])  # it is there: nothing changes
    waiting = await outbox.waiting()
    assert waiting == [replace(one, body={}) for one in sorted(rows, key=lambda one: (one.created, one.id))]
    assert await outbox.bodies(["n3", "n4", "x"]) == {"n3": {"id": "n3"}, "n4": {"id": "n4"}}


async def test_what_waits_is_read_in_portions(outbox: NotificationRecords) -> None:
    await outbox.put([note(f"n{n:04}", created=START + n // 7) for n in range(2_100)])
    assert [one.id for one in await outbox.waiting()] == [f"n{n:04}" for n in range(2_100)]


async def test_outcomes_are_recorded_and_a_beginning_once(outbox: NotificationRecords) -> None:
    await outbox.put([note("a"), note("b"), note("c")])
    await outbox.record(["a", "b"], [], START + 1)
    await outbox.record(
        ["a"],
        [
            Attempted("a", "waiting", 1, START + 2, START + 9, "busy"),
            Attempted("b", "delivered", 1, START + 3, START),
        ],
        START + 5,
    )
    a, b, c = await outbox.get(["a", "b", "c"])
    assert (a.begun, a.state, a.attempts, a.due, a.error) == (START + 1, "waiting", 1, START + 9, "busy")
    assert (b.state, b.delivered, b.error) == ("delivered", START + 3, None)
    assert (c.begun, c.state) == (None, "waiting")


@pytest.mark.parametrize("count", [3, 4_500])
async def test_alerts_are_notified_when_the_first_notice_of_them_arrives(
    records: Records, outbox: NotificationRecords, cases: CaseRecords, count: int
) -> None:
    names = [f"01J{n:023}" for n in range(count)]
    found = {name: alert(name) for name in names}
    await records.alerts.change(names, lambda _known: Changes(alerts=found))
    await write(cases, told=[Told(name, "c1.0.1", FIRING, "minor") for name in names])
    await outbox.put([note("a", alerts=count), note("b", channel="email", alerts=count)])
    await outbox.record([], [Attempted("a", "delivered", 1, START + 7, START)], START)
    await outbox.record([], [Attempted("b", "delivered", 1, START + 9, START)], START)
    listed, _ = await records.alerts.page({}, limit=count)
    assert {one.notified for one in listed} == {START + 7}
    assert len(listed) == count


async def test_a_digest_takes_what_has_not_begun_and_the_same_again_is_the_same(
    records: Records, outbox: NotificationRecords, cases: CaseRecords
) -> None:
    await records.alerts.change(["01J"], lambda _known: Changes(alerts={"01J": alert("01J")}))
    await write(cases, told=[Told("01J", "c1.0.1", FIRING, "minor")])
    await outbox.put([note("a"), note("b"), note("c")])
    await outbox.record(["b"], [], START)
    digest = note("d", telling="", reason="digest", alerts=2)
    for _ in range(2):
        assert await outbox.merge(digest, ["a", "b", "c"]) == ["a", "c"]
    assert [(one.id, one.state, one.digest) for one in await outbox.get(["a", "b", "c", "d"])] == [
        ("a", "digested", "d"),
        ("b", "waiting", None),
        ("c", "digested", "d"),
        ("d", "waiting", None),
    ]
    assert {one.id for one in await outbox.of_alert("01J")} == {"a", "b", "c", "d"}
    await outbox.record([], [Attempted("d", "delivered", 1, START + 5, START)], START)
    found = await records.alerts.get("01J")
    assert found is not None
    assert found[0].notified == START + 5


async def test_a_digest_of_nothing_is_not_written(outbox: NotificationRecords) -> None:
    await outbox.put([note("a")])
    await outbox.record(["a"], [], START)
    assert await outbox.merge(note("d", reason="digest"), ["a", "x"]) == []
    assert await outbox.get(["d"]) == []


async def test_notifications_are_listed_newest_first_by_page_and_filter(
    outbox: NotificationRecords, cases: CaseRecords
) -> None:
    ways = {0: {"channel": "line", "kind": "line"}, 1: {"channel": "email-2", "kind": "email"}}
    rows = [note(f"n{n}", created=START + n // 2, **ways[n % 2]) for n in range(7)]
    rows.append(note("x", receiver="duty", incident=None, telling="c2.0.1"))
    await outbox.put(rows)
    await write(cases, told=[Told("a", "c2.0.1", FIRING, "minor")])
    found, cursor = await outbox.page({"receiver": ["ops"]}, limit=3)
    assert [one.id for one in found] == ["n6", "n5", "n4"]
    rest, end = await outbox.page({"receiver": ["ops"]}, limit=10, cursor=cursor)
    assert [one.id for one in rest] == ["n3", "n2", "n1", "n0"]
    assert end is None

    async def ids(**filters: list[str]) -> list[str]:
        return [one.id for one in (await outbox.page(filters, limit=100))[0]]

    assert await ids(channel=["email"]) == await ids(channel=["email-2"]) == ["n5", "n3", "n1"]
    assert await ids(alert=["a", "b"]) == ["x"]
    assert await ids(incident=["inc"], channel=["line"]) == ["n6", "n4", "n2", "n0"]
    assert await ids(state=["failed"]) == []
    with pytest.raises(ValueError, match="can't be filtered by colour"):
        await ids(colour=["red"])
    with pytest.raises(ValueError, match="cursor"):
        await outbox.page({}, limit=1, cursor="nonsense")


async def test_how_channels_are_doing(outbox: NotificationRecords) -> None:
    await outbox.put([note(f"n{n}", created=START + n) for n in range(4)])
    await outbox.put([note("m", channel="email"), note("w", receiver="duty")])
    await outbox.record(
        [],
        [
            Attempted("n0", "delivered", 1, START + 50, START),
            Attempted("n1", "failed", 3, START + 60, START, "refused"),
            Attempted("n2", "delivered", 1, START + 70, START),
            Attempted("m", "waiting", 1, START + 80, START, "busy"),
        ],
        START,
    )
    duty, email, line = await outbox.doing()
    assert duty[:6] == ("duty", "line", 1, 0, 0, False)
    assert email == ("ops", "email", 1, 0, 0, True, "busy", None)
    assert line == ("ops", "line", 1, 2, 1, False, "refused", START + 70)


async def test_old_notifications_go_and_what_waits_stays(
    outbox: NotificationRecords, cases: CaseRecords
) -> None:
    await write(cases, rows=[CASE], joined=[("c1", "a", 0)], told=[Told("a", "c1.0.1", FIRING, "minor")])
    await outbox.put([note("old"), note("waits"), note("new", created=START + 100)])
    done = [Attempted(name, "delivered", 1, START, START) for name in ("old", "new")]
    await outbox.record([], done, START)
    assert await outbox.trim(START + 50) == 1
    assert {one.id for one in (await outbox.page({}, limit=9))[0]} == {"new", "waits"}
    (kept,) = (await cases.open()).values()
    assert kept.told == {0: {"a": Severity.MINOR}}


async def test_old_cases_go_with_all_that_was_told_unless_something_waits(
    outbox: NotificationRecords, cases: CaseRecords
) -> None:
    closed = [replace(CASE, id=name, closed=START + n) for n, name in enumerate(("c0", "c1", "c2"))]
    told = [Told("a", telling_id(name, 0, 1), FIRING, "minor") for name in ("c0", "c1", "c2", "c10")]
    await write(cases, rows=[*closed, replace(CASE, id="c10")], told=told)
    await outbox.put([note(name, case=name, telling=f"{name}.0.1") for name in ("c0", "c1", "c2")])
    await outbox.record([], [Attempted("c0", "delivered", 1, START, START)], START)
    assert await cases.trim(START + 2) == 1
    assert {one.id for one in await outbox.of_alert("a")} == {"c1", "c2"}
    assert set(await cases.open()) == {"c10"}
