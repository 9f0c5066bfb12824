"""Refused readings, on each database."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from services.store.records import Records, quarantine, tables
from services.store.records.quarantine import PAYLOAD_LIMIT, QuarantineEntry, QuarantineFilter
from services.store.records.quarantine_cause import cause_of, name_of
from services.store.records.quarantine_entry import BY_STORE

NOW = 1_767_546_000_000
TOPIC = "nakhon/v1/bangkok/samyan/environment/aq-01/telemetry"


def entry(position: int = 1, index: int = 0, **fields: Any) -> QuarantineEntry:
    given: dict[str, Any] = {
        "received": NOW + position,
        "topic": TOPIC,
        "code": "out_of_range",
        "payload": b'{"pm25": -3}',
        "device": "aq-01",
    }
    return QuarantineEntry(position, index, **(given | fields))


async def only(records: Records) -> dict[str, Any]:
    (found,), _ = await records.quarantine.page(limit=10)
    return dict(found.body)


async def positions(records: Records, **filters: Any) -> list[str]:
    found, _ = await records.quarantine.page(limit=100, where=QuarantineFilter(**filters))
    return [refused.body["payload"] for refused in found]


async def rows_of(records: Records) -> tuple[int, int, int]:
    """How many entries, payloads and causes there are."""
    database = records.quarantine._database
    queries = [
        select(func.count()).select_from(kind)
        for kind in (tables.quarantine, tables.quarantine_payloads, tables.quarantine_causes)
    ]
    entries, payloads, causes = await database.read(lambda c: [c.execute(q).scalar_one() for q in queries])
    return entries, payloads, causes


async def test_an_entry_is_served_in_the_contract_s_shape(records: Records) -> None:
    refused = entry(path="values.pm25", value=-3, expected="0 to 1000 µg/m³", contract="AirQualityObserved@1")
    await records.quarantine.add([refused])
    assert await only(records) == {
        "id": refused.id,
        "received": "2026-01-04T17:00:00.001Z",
        "topic": TOPIC,
        "device": "aq-01",
        "code": "out_of_range",
        "path": "values.pm25",
        "value": -3,
        "expected": "0 to 1000 µg/m³",
        "contract": "AirQualityObserved@1",
        "payload": '{"pm25": -3}',
        "more": 0,
        "replayed": None,
    }


async def test_the_same_reading_again_is_the_same_entry(records: Records) -> None:
    await records.quarantine.add([entry(1, 0), entry(1, 1)])
    await records.quarantine.add([entry(1, 1, code="wrong_type"), entry(1, 2), entry(1, 2)])
    found, _ = await records.quarantine.page(limit=10)
    assert [refused.body["code"] for refused in found] == ["out_of_range"] * 3
    assert await records.quarantine.count() == 3


async def test_the_same_position_of_another_journal_is_another_entry(records: Records) -> None:
    await records.quarantine.add([entry(1), entry(1, received=NOW + 10_000)])
    assert await records.quarantine.count() == 2


async def test_noise_is_served_in_base_64(records: Records) -> None:
    await records.quarantine.add([entry(payload=b"\xff\x00\x01", code="malformed_json")])
    body = await only(records)
    assert body["payload_encoding"] == "base64"
    assert base64.b64decode(body["payload"]) == b"\xff\x00\x01"


async def test_text_that_is_no_json_is_served_as_text(records: Records) -> None:
    await records.quarantine.add([entry(payload='{"ฝุ่น": 12'.encode(), code="malformed_json")])
    body = await only(records)
    assert (body["payload"], "payload_encoding" in body) == ('{"ฝุ่น": 12', False)


async def test_a_huge_payload_is_cut_and_says_so(records: Records) -> None:
    payload = ("ก" * (PAYLOAD_LIMIT // 3 + 10)).encode()  # the limit falls inside a letter
    assert PAYLOAD_LIMIT % 3
    await records.quarantine.add([entry(payload=payload)])
    body = await only(records)
    assert body["payload_size"] == len(payload)
    assert body["payload"] == "ก" * (PAYLOAD_LIMIT // 3)
    found = await records.quarantine.get(body["id"])
    assert found is not None
    assert not found.complete
    assert found.payload == payload[:PAYLOAD_LIMIT]


async def test_a_caller_may_bring_the_beginning_alone(records: Records) -> None:
    await records.quarantine.add([entry(payload=b"{}", size=5_000_000, code="too_large")])
    assert (await only(records))["payload_size"] == 5_000_000


@pytest.mark.parametrize(
    "value",
    [None, 0, 1.5, True, "ก\0ข", "\ud800", 2**70, {"a": [1]}, {1: 2}, "x" * 5_000, float("inf"), object()],
    ids=repr,
)
async def test_whatever_the_offending_value_is_the_entry_is_kept(records: Records, value: object) -> None:
    await records.quarantine.add([entry(path="values.\0pm25\ud800", value=value, topic="a\0b" * 2_000)])
    assert orjson.loads(orjson.dumps(await only(records)))["code"] == "out_of_range"


async def test_an_unknown_device_of_any_name_is_kept(records: Records) -> None:
    await records.quarantine.add([entry(device="น้ำ" * 3_000, code="unknown_device")])
    assert (await only(records))["device"].startswith("น้ำน้ำ")


async def test_filters(records: Records) -> None:
    await records.quarantine.add(
        [
            entry(1, payload=b"1"),
            entry(2, payload=b"2", device="aq-02", code="wrong_type"),
            entry(3, payload=b"3", topic="nakhon/v1/bangkok/yothi/x"),
            entry(4, payload=b"4", device=None, code="bad_topic", topic="50%/a_b"),
        ]
    )
    assert await positions(records) == ["4", "3", "2", "1"]
    assert await positions(records, devices=["aq-02"]) == ["2"]
    assert await positions(records, codes=["wrong_type", "bad_topic"]) == ["4", "2"]
    assert await positions(records, topic="nakhon/v1/bangkok/samyan") == ["2", "1"]
    assert await positions(records, topic="50%/a_") == ["4"]
    assert await positions(records, topic="%") == []
    assert await positions(records, start=NOW + 2, end=NOW + 4) == ["3", "2"]


async def test_a_cursor_stays_where_it_is_while_new_ones_come(records: Records) -> None:
    await records.quarantine.add([entry(n, payload=str(n).encode()) for n in range(1, 8)])
    first, cursor = await records.quarantine.page(limit=3)
    await records.quarantine.add([entry(n) for n in range(8, 20)])
    second, after = await records.quarantine.page(limit=4, cursor=cursor)
    assert [r.body["payload"] for r in (*first, *second)] == ["7", "6", "5", "4", "3", "2", "1"]
    assert after is None


async def test_a_made_up_cursor_is_refused(records: Records) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await records.quarantine.page(limit=1, cursor="'; DROP TABLE quarantine")


async def test_trimming_keeps_the_newest(records: Records) -> None:
    await records.quarantine.add([entry(n, payload=str(n).encode()) for n in range(10)])
    assert await records.quarantine.trim(max_count=100, older_than=NOW + 2) == 2
    assert await records.quarantine.trim(max_count=3, older_than=NOW) == 5
    assert await positions(records) == ["9", "8", "7"]
    assert await records.quarantine.trim(max_count=3, older_than=NOW) == 0


async def test_trimming_lets_payloads_and_causes_go_that_nobody_needs(records: Records) -> None:
    await records.quarantine.add([entry(1, 0), entry(1, 1), entry(1, 2, code="wrong_type"), entry(2)])
    assert await rows_of(records) == (4, 2, 2)
    assert await records.quarantine.trim(max_count=2, older_than=NOW) == 2
    assert await rows_of(records) == (2, 2, 2)  # the oldest message still has an entry
    assert await records.quarantine.trim(max_count=1, older_than=NOW) == 1
    assert await rows_of(records) == (1, 1, 1)
    assert await records.quarantine.trim(max_count=0, older_than=NOW) == 1
    assert await rows_of(records) == (0, 0, 0)


async def test_payloads_have_a_bound_of_their_own(records: Records) -> None:
    await records.quarantine.add([entry(n, payload=b"%d" % n * 1_000) for n in range(10)])
    assert await records.quarantine.trim(max_count=100, older_than=NOW, max_bytes=10_000) == 0
    assert await records.quarantine.trim(max_count=100, older_than=NOW, max_bytes=3_999) == 7
    assert [payload[:1] for payload in await positions(records)] == ["9", "8", "7"]
    assert await records.quarantine.trim(max_count=100, older_than=NOW, max_bytes=500) == 3


async def test_trimming_goes_in_steps(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_GO_AT_ONCE", 3)
    await records.quarantine.add([entry(n, payload=str(n).encode()) for n in range(10)])
    assert await records.quarantine.trim(max_count=2, older_than=NOW) == 8
    assert await positions(records) == ["9", "8"]


async def test_a_message_is_kept_once_however_many_of_its_readings_were_refused(records: Records) -> None:
    payload = b"[" + b'{"pm25": -3},' * 5_000 + b"{}]"
    await records.quarantine.add([entry(1, index, payload=payload) for index in range(3_000)])
    assert await rows_of(records) == (3_000, 1, 1)
    found, _ = await records.quarantine.page(limit=2, shown=100)
    assert [one.body["payload"] for one in found] == [payload[:100].decode()] * 2
    assert found[0].body["payload_size"] == len(payload)
    one = await records.quarantine.get(found[0].id)
    assert one is not None
    assert (one.payload, one.index, one.complete) == (payload, 2_999, True)
    assert "payload_size" not in one.body


async def test_what_the_store_refused_has_a_payload_of_its_own(records: Records) -> None:
    refused = [entry(1, BY_STORE + n, topic="", payload=b'{"ts": %d}' % n) for n in range(3)]
    await records.quarantine.add([entry(1, 0), *refused])
    for index, one in enumerate(refused):
        found = await records.quarantine.get(one.id)
        assert found is not None
        assert (found.payload, found.index) == (b'{"ts": %d}' % index, 0)


async def test_how_many_more_there_were_is_kept(records: Records) -> None:
    await records.quarantine.add([entry(code="rate_limited", more=99)])
    assert (await only(records))["more"] == 99


async def test_what_was_replayed_is_marked_once(records: Records) -> None:
    await records.quarantine.add([entry(n, payload=str(n).encode()) for n in range(3)])
    await records.quarantine.mark_replayed([entry(1).id, "no such entry"], NOW + 60_000)
    await records.quarantine.mark_replayed([entry(1).id], NOW + 120_000)
    await records.quarantine.mark_replayed([], NOW)
    found = await records.quarantine.get(entry(1).id)
    assert found is not None
    assert (found.replayed, found.body["replayed"]) == (NOW + 60_000, "2026-01-04T17:01:00.000Z")
    assert await positions(records, replayed=True) == ["1"]
    assert await positions(records, replayed=False) == ["2", "0"]


async def test_adding_again_forgets_no_mark(records: Records) -> None:
    await records.quarantine.add([entry()])
    await records.quarantine.mark_replayed([entry().id], NOW)
    await records.quarantine.add([entry()])
    assert (await only(records))["replayed"] is not None


async def test_filters_by_path_and_contract(records: Records) -> None:
    await records.quarantine.add(
        [
            entry(1, payload=b"1", path="pm25", contract="AirQualityObserved@1"),
            entry(2, payload=b"2", path="values.pm25", contract="AirQualityObserved@2"),
            entry(3, payload=b"3", path="[3].values.pm25", contract="AirQuality@1"),
            entry(4, payload=b"4", path="location[0]", contract="Air%@1"),
            entry(5, payload=b"5", path="pm2_5"),
        ]
    )
    assert await positions(records, paths=["pm25"]) == ["3", "2", "1"]
    assert await positions(records, paths=["values.pm25"]) == ["3", "2"]
    assert await positions(records, paths=["[7].values.pm25"]) == ["3"]
    assert await positions(records, paths=["location[1]", "pm2_5"]) == ["5", "4"]
    assert await positions(records, paths=["pm2_"]) == []
    assert await positions(records, contracts=["AirQualityObserved"]) == ["2", "1"]
    assert await positions(records, contracts=["AirQualityObserved@2", "AirQuality"]) == ["3", "2"]
    assert await positions(records, contracts=["Air%"]) == ["4"]
    assert await positions(records, paths=["pm25"], contracts=["AirQuality@1"]) == ["3"]


async def test_filters_by_id_and_cause(records: Records) -> None:
    await records.quarantine.add([entry(1, payload=b"1"), entry(2, payload=b"2", code="wrong_type")])
    assert await positions(records, ids=[entry(1).id, "none"]) == ["1"]
    key = cause_of("wrong_type", None, None, None).key
    assert await positions(records, causes=[key]) == ["2"]
    assert await positions(records, causes=[key], ids=[entry(1).id]) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["pm25"], ["2", "1"]),
        (["PM25"], ["2", "1"]),
        (["pm25", "ฝุ่น"], ["2"]),
        (["yothi"], ["3"]),
        (["aq-07"], ["3"]),
        (["1000 µg"], ["1"]),
        (["wrong_type"], ["3"]),
        (["%"], []),
        (["_m25"], []),
        (["\\n"], ["4"]),
        (['"a":'], ["4"]),
    ],
    ids=repr,
)
async def test_words_are_found(records: Records, words: list[str], found: list[str]) -> None:
    await records.quarantine.add(
        [
            entry(1, payload=b'{"pm25": 1}', expected="0 to 1000 µg/m³"),
            entry(2, payload='{"pm25": "ฝุ่น"}'.encode()),
            entry(
                3, payload=b"\xff\x01", topic="nakhon/v1/bangkok/yothi/x", device="aq-07", code="wrong_type"
            ),
            entry(4, payload=b'{"a": "x\\ny"}'),
        ]
    )
    page, _ = await records.quarantine.page(limit=10, where=QuarantineFilter(words=words))
    assert [refused.id for refused in page] == [entry(int(n)).id for n in found]


async def test_words_are_looked_for_in_so_many_entries_at_a_time(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "SEARCHED", 4)
    await records.quarantine.add([entry(n, payload=b"old" if n < 3 else b"new") for n in range(10)])
    where = QuarantineFilter(words=["old"])
    sizes: list[int] = []
    found: list[str] = []
    cursor = None
    while not sizes or cursor is not None:
        page, cursor = await records.quarantine.page(limit=2, cursor=cursor, where=where)
        sizes.append(len(page))
        found += [refused.id for refused in page]
    assert found == [entry(n).id for n in (2, 1, 0)]
    assert sizes == [0, 1, 2]
    oldest, _ = await records.quarantine.page(limit=2, where=where, oldest_first=True)
    assert [refused.id for refused in oldest] == [entry(0).id, entry(1).id]


async def test_oldest_first(records: Records) -> None:
    await records.quarantine.add([entry(n, payload=str(n).encode()) for n in range(1, 6)])
    first, cursor = await records.quarantine.page(limit=3, oldest_first=True)
    rest, after = await records.quarantine.page(limit=3, oldest_first=True, cursor=cursor)
    assert [r.body["payload"] for r in (*first, *rest)] == ["1", "2", "3", "4", "5"]
    assert after is None


async def test_counting(records: Records) -> None:
    await records.quarantine.add([entry(n, code="too_old" if n % 2 else "too_large") for n in range(5)])
    where = QuarantineFilter(codes=["too_large"])
    assert await records.quarantine.count(where) == 3
    assert await records.quarantine.count(where, after=entry(2).id) == 1
    assert await records.quarantine.count(QuarantineFilter(words=["pm25"], devices=["aq-01"])) == 5


async def grouped(records: Records, **filters: Any) -> list[Any]:
    found, _ = await records.quarantine.causes(limit=100, where=QuarantineFilter(**filters))
    return [group.body for group in found]


async def test_entries_are_grouped_by_cause(records: Records) -> None:
    air: dict[str, Any] = {"contract": "AirQualityObserved@1", "expected": "0 to 1000 µg/m³"}
    await records.quarantine.add(
        [entry(n, path=f"[{n}].values.pm25", device=f"aq-{n % 3}", **air) for n in range(1, 7)]
    )
    await records.quarantine.add([entry(9, path=None, device=None, code="rate_limited", more=41)])
    first, second = await grouped(records)
    assert first == {
        "cause": name_of(cause_of("rate_limited", None, None, None).key),
        "code": "rate_limited",
        "path": None,
        "contract": None,
        "expected": None,
        "count": 42,
        "devices": 0,
        "some_devices": [],
        "first": "2026-01-04T17:00:00.009Z",
        "last": "2026-01-04T17:00:00.009Z",
        "example": entry(9).id,
    }
    assert (second["path"], second["count"], second["devices"]) == ("[].values.pm25", 6, 3)
    assert second["some_devices"] == ["aq-0", "aq-1", "aq-2"]
    assert (second["first"], second["last"]) == ("2026-01-04T17:00:00.001Z", "2026-01-04T17:00:00.006Z")
    assert second["example"] == entry(6).id
    assert await grouped(records, devices=["aq-1"], codes=["out_of_range"]) == [
        second
        | {"count": 2, "devices": 1, "some_devices": ["aq-1"], "last": "2026-01-04T17:00:00.004Z"}
        | {"example": entry(4).id}
    ]
    assert [group["count"] for group in await grouped(records, codes=["rate_limited"])] == [42]
    assert [group["count"] for group in await grouped(records, start=NOW + 5)] == [42, 2]
    assert [group["count"] for group in await grouped(records, words=["pm25", "1000"])] == [6]
    assert [group["count"] for group in await grouped(records, paths=["pm25"], replayed=False)] == [6]
    assert [group["count"] for group in await grouped(records, topic=TOPIC)] == [42, 6]
    assert await grouped(records, replayed=True) == []


async def test_moments_and_places_make_no_causes_of_their_own(records: Records) -> None:
    await records.quarantine.add(
        [
            entry(1, code="future_time", expected="2026-01-04T17:01:00.000Z at the latest"),
            entry(2, code="future_time", expected="2026-01-04T17:02:30.125Z at the latest"),
            entry(3, code="malformed_json", expected="JSON in UTF-8; unexpected end of data at character 12"),
            entry(4, code="malformed_json", expected="JSON in UTF-8; unexpected end of data at character 9"),
        ]
    )
    assert sorted(group["expected"] for group in await grouped(records)) == [
        "JSON in UTF-8; unexpected end of data at character …",
        "… at the latest",
    ]


async def test_groups_come_in_pages(records: Records) -> None:
    await records.quarantine.add(
        [entry(n * 10 + m, path=f"values.m{n}") for n in range(7) for m in range(1 + n // 2)]
    )
    counts: list[int] = []
    paths: list[str] = []
    after = None
    while not counts or after is not None:
        found, after = await records.quarantine.causes(limit=2, after=after)
        counts += [group.body["count"] for group in found]
        paths += [group.body["path"] for group in found]
    assert counts == [4, 3, 3, 2, 2, 1, 1]
    assert len(set(paths)) == 7


@pytest.mark.parametrize("text", ["\0", "\ud800", "'", "x" * 5_000])
async def test_whatever_is_asked_for_is_answered(records: Records, text: str) -> None:
    await records.quarantine.add([entry()])
    for name in ("devices", "paths", "contracts", "ids", "words"):
        assert await positions(records, **{name: [text]}) == []
    assert await positions(records, topic=text) == []
    assert await records.quarantine.get(text) is None


async def test_what_is_not_there_is_none(records: Records) -> None:
    assert await records.quarantine.get(entry().id) is None
