"""Refused readings, on each database."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from services.store.records import Records
from services.store.records.quarantine import PAYLOAD_LIMIT, QuarantineEntry

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
    found, _ = await records.quarantine.page(limit=100, **filters)
    return [refused.body["payload"] for refused in found]


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


async def test_what_is_not_there_is_none(records: Records) -> None:
    assert await records.quarantine.get(entry().id) is None
