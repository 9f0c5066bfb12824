"""The quarantine over HTTP: found, grouped, exported, replayed."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import orjson
import pytest
from aiohttp import ClientPayloadError, web
from structlog.testing import capture_logs

from services.api.resources import quarantine_export, quarantine_replay
from services.api.resources.quarantine import SHOWN
from services.api.resources.quarantine_export import harmless
from services.runtime.ports import BusyError
from services.store.errors import StoreUnavailableError
from services.store.records.quarantine import QuarantineEntry
from services.store.records.quarantine_entry import BY_STORE
from tests.unit.api.conftest import Api

TIME = 1_767_546_000_000
TOPIC = "nakhon/v1/smallville/north/environment/aq-01/telemetry"
NEW_PATHS = [
    ("GET", "quarantine/causes"),
    ("GET", "quarantine/export"),
    ("POST", "quarantine/replay"),
    ("POST", "quarantine/01J/replay"),
]


def refused(number: int, **fields: Any) -> QuarantineEntry:
    given: dict[str, Any] = {
        "received": TIME + number,
        "topic": TOPIC,
        "code": "out_of_range",
        "payload": b'{"pm25": -3}',
        "device": "aq-01",
        "path": "pm25",
        "value": -3,
        "expected": "0 to 1000",
        "contract": "AirQualityObserved@1",
    }
    index = fields.pop("index", 0)
    return QuarantineEntry(number, index, **given | fields)


@pytest.mark.parametrize(("method", "path"), NEW_PATHS)
@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_only_integrators_and_administrators_may(api: Api, method: str, path: str, role: str) -> None:
    problem = await api.problem(method, path, role=role)

    assert (problem["status"], problem["code"]) == (403, "forbidden")


async def test_every_filter_reaches_the_records(api: Api) -> None:
    asked = {
        "device": "a,b",
        "code": "too_old",
        "topic": "t",
        "path": "pm25",
        "contract": "A@1",
        "cause": "00000000000000ff",
        "q": "two  words",
        "start": "1000",
        "end": "2000",
        "replayed": "false",
    }
    assert (await api.call("GET", "quarantine", params=asked)).status == 200

    (where,) = api.quarantine.asked
    assert (where.devices, where.codes, where.topic) == (("a", "b"), ["too_old"], "t")
    assert (where.paths, where.contracts, where.causes) == (("pm25",), ("A@1",), [255])
    assert (where.words, where.start, where.end, where.replayed) == (["two", "words"], 1000, 2000, False)


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"cause": "ff"}, "cause"),
        ({"cause": "ffffffffffffffff"}, "cause"),
        ({"q": "w " * 9}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"replayed": "perhaps"}, "replayed"),
    ],
)
@pytest.mark.parametrize("path", ["quarantine", "quarantine/causes", "quarantine/export"])
async def test_a_filter_that_is_none_is_told(
    api: Api, path: str, given: dict[str, str], parameter: str
) -> None:
    problem = await api.problem("GET", path, params=given)

    assert (problem["status"], problem["parameter"]) == (400, parameter)


async def test_a_list_shows_the_beginning_of_a_long_payload(api: Api) -> None:
    api.quarantine.entries = [refused(1, payload=b"x" * (SHOWN + 1))]

    (item,) = (await api.get("quarantine"))["items"]
    one = await api.get(f"quarantine/{item['id']}")

    assert (len(item["payload"]), item["payload_size"]) == (SHOWN, SHOWN + 1)
    assert len(one["payload"]) == SHOWN + 1
    assert "payload_size" not in one


async def test_causes_come_largest_first_in_pages(api: Api) -> None:
    api.quarantine.entries = [
        *(refused(n, device=f"aq-0{n}") for n in range(1, 4)),
        refused(4, code="rate_limited", path="", more=10),
        refused(5, code="too_old", path="ts"),
    ]

    first = await api.get("quarantine/causes", role="integrator", limit=2)
    rest = await api.get("quarantine/causes", role="integrator", limit=2, cursor=first["next"])

    counts = [(group["code"], group["count"]) for group in first["items"] + rest["items"]]
    assert counts == [("rate_limited", 11), ("out_of_range", 3), ("too_old", 1)]
    assert rest["next"] is None
    group = first["items"][1]
    assert (group["devices"], group["example"]) == (3, refused(3).id)
    assert group["some_devices"] == ["aq-01", "aq-02", "aq-03"]


class TestExport:
    @pytest.fixture(autouse=True)
    def _small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quarantine_export, "_PAGE", 3)

    async def test_lines_of_json_are_what_the_list_holds(self, api: Api) -> None:
        api.quarantine.entries = [refused(n) for n in range(10)]

        answer = await api.call("GET", "quarantine/export", role="integrator")
        listed = await api.get("quarantine")

        assert [orjson.loads(line) for line in (await answer.read()).splitlines()] == listed["items"]
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        name = 'attachment; filename="quarantine-smallville-20260104T170000Z.jsonl"'
        assert answer.headers["Content-Disposition"] == name

    async def test_an_export_holds_whole_payloads(self, api: Api) -> None:
        api.quarantine.entries = [refused(1, payload=b"x" * (SHOWN + 1))]

        answer = await api.call("GET", "quarantine/export")

        assert len(orjson.loads(await answer.read())["payload"]) == SHOWN + 1

    async def test_csv_has_a_line_for_each_entry(self, api: Api) -> None:
        api.quarantine.entries = [refused(n, value={"a": [n]}) for n in range(4)]
        api.quarantine.entries.append(refused(9, code="bad_topic", device=None, payload=b'{"x": "a\n,\xff"}'))

        answer = await api.call("GET", "quarantine/export", params={"format": "csv"})

        rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
        assert [row["id"] for row in rows] == [e.id for e in reversed(api.quarantine.entries)]
        assert (rows[0]["device"], rows[0]["payload_encoding"]) == ("", "base64")
        assert rows[1]["value"] == '{"a":[3]}'
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert answer.headers["Content-Disposition"].endswith('.csv"')

    async def test_filters_hold_for_every_page(self, api: Api) -> None:
        api.quarantine.entries = [refused(n, code="too_old" if n % 2 else "too_large") for n in range(20)]

        answer = await api.call("GET", "quarantine/export", params={"code": "too_old"})

        codes = [orjson.loads(line)["code"] for line in (await answer.read()).splitlines()]
        assert codes == ["too_old"] * 10

    async def test_nothing_is_an_empty_file(self, api: Api) -> None:
        lines = await api.call("GET", "quarantine/export")
        table = await api.call("GET", "quarantine/export", params={"format": "csv"})

        assert await lines.read() == b""
        assert (await table.text()).startswith("id,received,topic")

    async def test_a_store_that_is_away_at_first_is_a_problem(self, api: Api) -> None:
        api.quarantine.fail = StoreUnavailableError("the records are away")

        problem = await api.problem("GET", "quarantine/export")

        assert (problem["status"], problem["code"]) == (503, "unavailable")

    async def test_one_that_goes_away_breaks_the_file_off(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.quarantine.entries = [refused(n, payload=b"x" * 100_000) for n in range(10)]
        page = api.quarantine.page

        async def fails(**asked: Any) -> Any:
            if asked.get("cursor") is not None:
                raise StoreUnavailableError("gone")
            return await page(**asked)

        monkeypatch.setattr(api.quarantine, "page", fails)

        with capture_logs() as logs, pytest.raises((ClientPayloadError, ConnectionError)):
            await api.call("GET", "quarantine/export")
        assert [line["log_level"] for line in logs] == ["warning"]

    async def test_who_leaves_is_let_go(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def lost(*_: Any) -> None:
            raise ConnectionResetError("the client has left")

        monkeypatch.setattr(web.StreamResponse, "write", lost)
        api.quarantine.entries = [refused(n) for n in range(10)]

        with capture_logs() as logs:
            await api.call("GET", "quarantine/export")

        assert len(api.quarantine.asked) == 1
        assert logs == []
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []

    async def test_a_format_that_is_none(self, api: Api) -> None:
        problem = await api.problem("GET", "quarantine/export", params={"format": "xls"})

        assert (problem["parameter"], problem["status"]) == ("format", 400)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-3", "-3"),
        ("-3.5e-7", "-3.5e-7"),
        ("-Infinity", "'-Infinity"),
        ('{"a": "=1"}', '{"a": "=1"}'),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert harmless(text) == cell


async def test_an_entry_is_replayed_as_it_came(api: Api) -> None:
    entry = refused(1, index=4, payload=b'["good"]')
    api.quarantine.entries = [entry]

    with capture_logs() as logs:
        answer = await api.call("POST", f"quarantine/{entry.id}/replay", role="integrator")

    assert (answer.status, (await answer.json())["accepted"]) == (200, 1)
    (item,) = api.telemetry.replayed
    assert (item.id, item.index, item.received, item.topic) == (entry.id, 4, TIME + 1, TOPIC)
    assert (item.device, item.code, item.payload) == ("aq-01", "out_of_range", b'["good"]')
    (line,) = [line for line in logs if "replayed" in line["event"]]
    assert (line["by"], line["role"], line["accepted"]) == ("a integrator", "integrator", True)


async def test_one_that_is_refused_again_may_be_tried_again(api: Api) -> None:
    api.quarantine.entries = [refused(1)]

    for _ in range(2):
        answer = await api.call("POST", f"quarantine/{refused(1).id}/replay")
        assert answer.status == 200
        assert (await answer.json())["rejected"][0]["code"] == "out_of_range"


async def test_what_the_store_refused_is_the_first_of_its_own_payload(api: Api) -> None:
    entry = refused(1, index=BY_STORE + 7, topic="", payload=b'{"good": 1}')
    api.quarantine.entries = [entry]

    assert (await api.call("POST", f"quarantine/{entry.id}/replay")).status == 200
    assert (api.telemetry.replayed[0].index, api.telemetry.replayed[0].topic) == (0, "")


async def test_an_accepted_entry_is_not_replayed_twice(api: Api) -> None:
    api.quarantine.entries = [refused(1, payload=b"good"), refused(2, payload=b"good")]
    api.quarantine.replayed = {refused(2).id: TIME}

    assert (await api.call("POST", f"quarantine/{refused(1).id}/replay")).status == 200
    for number in (1, 2):  # one that is not marked yet, one that is
        problem = await api.problem("POST", f"quarantine/{refused(number).id}/replay")
        assert (problem["status"], problem["code"]) == (409, "conflict")
        assert "2026-01-04T17:00:00.000Z" in problem["detail"]
    assert len(api.telemetry.replayed) == 1


async def test_two_at_once_replay_it_once(api: Api) -> None:
    api.quarantine.entries = [refused(1, payload=b"good")]
    api.telemetry.replay_takes = asyncio.Event()
    path = f"quarantine/{refused(1).id}/replay"

    calls = [asyncio.create_task(api.call("POST", path)) for _ in range(2)]
    done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    api.telemetry.replay_takes.set()
    answers = [*(task.result() for task in done), *(await asyncio.gather(*waiting))]

    assert [answer.status for answer in answers] == [409, 200]
    assert len(api.telemetry.replayed) == 1


async def test_a_cut_payload_is_not_replayed(api: Api) -> None:
    api.quarantine.entries = [refused(1, size=5_000_000)]

    problem = await api.problem("POST", f"quarantine/{refused(1).id}/replay")

    assert (problem["status"], problem["code"]) == (409, "conflict")
    assert "too long" in problem["detail"]


async def test_an_entry_that_is_none_is_not_replayed(api: Api) -> None:
    assert (await api.problem("POST", "quarantine/none/replay"))["code"] == "not_found"


async def test_while_nothing_can_be_taken_in_nothing_is_replayed(api: Api) -> None:
    api.quarantine.entries = [refused(1)]
    api.telemetry.fail = BusyError("the journal is full", retry_after=7.2)

    one = await api.call("POST", f"quarantine/{refused(1).id}/replay")
    many = await api.call("POST", "quarantine/replay", json={})

    for answer in (one, many):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "8")
        assert (await answer.json())["code"] == "unavailable"


async def replay(api: Api, **form: Any) -> Any:
    answer = await api.call("POST", "quarantine/replay", role="integrator", json=form)
    assert answer.status == 200, await answer.text()
    return await answer.json()


class TestReplayOfMany:
    async def test_they_are_taken_oldest_first(self, api: Api) -> None:
        api.quarantine.entries = [refused(n, payload=b"good" if n % 3 else b"bad") for n in range(7)]
        api.quarantine.entries[4] = refused(4, size=10_000)

        found = await replay(api)

        assert [item.received - TIME for item in api.telemetry.replayed] == [0, 1, 2, 3, 5, 6]
        assert (found["replayed"], found["refused"], found["skipped"]) == (3, 3, 1)
        assert (found["remaining"], found["next"]) == (0, None)
        assert [verdict["id"] for verdict in found["verdicts"]] == [refused(n).id for n in (0, 3, 6)]

    async def test_so_many_at_a_time(self, api: Api) -> None:
        api.quarantine.entries = [refused(n) for n in range(10)]

        first = await replay(api, limit=4)
        second = await replay(api, limit=4, cursor=first["next"])
        last = await replay(api, limit=4, cursor=second["next"])

        assert [part["refused"] for part in (first, second, last)] == [4, 4, 2]
        assert [part["remaining"] for part in (first, second, last)] == [6, 2, 0]
        assert last["next"] is None
        assert len({item.id for item in api.telemetry.replayed}) == 10

    async def test_those_that_are_meant(self, api: Api) -> None:
        api.quarantine.entries = [refused(n, code="too_old" if n % 2 else "too_large") for n in range(6)]

        found = await replay(
            api, code="too_old", device=["aq-01"], contract="A@1", path=["pm25"], q="x", start="1", end=2
        )

        assert found["refused"] == 0
        where = api.quarantine.asked[-1]
        assert (where.codes, where.devices, where.contracts) == (["too_old"], ("aq-01",), ("A@1",))
        assert (where.paths, where.words, where.start, where.end) == (("pm25",), ["x"], 1, 2)
        assert where.replayed is False
        assert (await replay(api, code=["too_old"]))["refused"] == 3

    async def test_named_ones_that_were_replayed_before_are_skipped(self, api: Api) -> None:
        api.quarantine.entries = [refused(n, payload=b"good") for n in range(3)]
        api.quarantine.replayed = {refused(1).id: TIME}

        found = await replay(api, ids=[refused(1).id, refused(2).id, "none"])

        assert (found["replayed"], found["skipped"], found["remaining"]) == (1, 1, 0)

    async def test_it_stops_when_nothing_more_can_be_taken_in(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.quarantine.entries = [refused(n, payload=b"good") for n in range(5)]
        take = api.telemetry.replay

        async def until_full(item: Any) -> Any:
            if len(api.telemetry.replayed) == 2:
                raise BusyError("full")
            return await take(item)

        monkeypatch.setattr(api.telemetry, "replay", until_full)
        found = await replay(api)

        assert (found["replayed"], found["remaining"], found["next"]) == (2, 3, refused(1).id)

    async def test_it_stops_in_time(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quarantine_replay, "PATIENCE", -1.0)
        api.quarantine.entries = [refused(n) for n in range(5)]

        assert (await replay(api))["remaining"] == 4

    async def test_only_the_first_verdicts_are_told(self, api: Api) -> None:
        api.quarantine.entries = [refused(n) for n in range(30)]

        found = await replay(api)

        assert (found["refused"], len(found["verdicts"])) == (30, 10)

    async def test_who_did_it_stands_in_the_log(self, api: Api) -> None:
        api.quarantine.entries = [refused(1)]

        with capture_logs() as logs:
            await replay(api, code=["out_of_range"])

        (line,) = [line for line in logs if "replayed" in line["event"]]
        assert (line["by"], line["filters"], line["refused"]) == (
            "a integrator",
            {"code": ["out_of_range"]},
            1,
        )

    @pytest.mark.parametrize(
        ("form", "path"),
        [
            ({"limit": 0}, "limit"),
            ({"limit": 10_001}, "limit"),
            ({"code": ["ugly"]}, "code[0]"),
            ({"cause": ["x"]}, "cause"),
            ({"cursor": "x"}, "cursor"),
            ({"codes": []}, "codes"),
            ({"start": "soon"}, "start"),
            ({"q": "w " * 9}, "q"),
        ],
    )
    async def test_a_wrong_form_is_told(self, api: Api, form: Any, path: str) -> None:
        problem = await api.problem("POST", "quarantine/replay", json=form)

        assert (problem["status"], problem["code"]) == (422, "invalid_body")
        assert problem["errors"][0]["path"] == path
