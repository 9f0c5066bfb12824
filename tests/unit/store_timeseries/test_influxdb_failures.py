"""How the InfluxDB store tells of failures, against a server that answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from devices.model import Observation
from services.runtime.clock import rfc3339
from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.influxdb_errors import LONGEST_WAIT
from services.store.timeseries.influxdb_setup import OURS
from services.store.timeseries.protocol import PartialWriteError
from services.store.timeseries.retention import FOR_EVER, Retention
from tests.contract.timeseries.model import DAY, START, everything, observation

Answer = tuple[int, dict[str, object], dict[str, str]]


@dataclass
class Server:
    """An InfluxDB that knows one bucket and answers writes by ``answer``."""

    url: str = ""
    buckets: list[str] = field(default_factory=lambda: ["nakhon"])
    bucket: dict[str, object] = field(default_factory=dict)
    orgs: list[str] = field(default_factory=lambda: ["city"])
    changed: list[dict[str, object]] = field(default_factory=list)
    may_make: bool = True
    cut: bool = False
    requests: int = 0
    made: list[dict[str, object]] = field(default_factory=list)
    written: list[list[str]] = field(default_factory=list)
    answer: Callable[[list[str]], Answer] = lambda _: (204, {}, {})
    everywhere: Answer | None = None
    deaf: asyncio.Event | None = None

    def store(self, **options: object) -> InfluxDBStore:
        return InfluxDBStore(self.url, "city", "nakhon", "secret-token", **options)  # type: ignore[arg-type]

    @property
    def stored(self) -> set[str]:
        return {line for lines in self.written for line in lines}

    async def on_buckets(self, request: web.Request) -> web.Response:
        found = [name for name in self.buckets if name == request.query["name"]]
        if not found and self.everywhere is None:
            return web.json_response({"code": "not found", "message": "bucket not found"}, status=404)
        shown = [{"id": "1", "name": name, "retentionRules": []} | self.bucket for name in found]
        return self._said() or web.json_response({"buckets": shown})

    async def on_changed_bucket(self, request: web.Request) -> web.Response:
        self.changed.append(await request.json())
        return web.json_response({"id": "1", "name": "nakhon", "retentionRules": []})

    async def on_new_bucket(self, request: web.Request) -> web.Response:
        if not self.may_make:
            said = {"code": "unauthorized", "message": "write:orgs/0123456789abcdef/buckets is unauthorized"}
            return web.json_response(said, status=401)
        self.made.append(await request.json())
        self.buckets.append(str(self.made[-1]["name"]))
        return self._said() or web.json_response({"name": "nakhon", "retentionRules": []}, status=201)

    async def on_orgs(self, request: web.Request) -> web.Response:
        return web.json_response({"orgs": [{"id": "0123456789abcdef", "name": name} for name in self.orgs]})

    async def on_write(self, request: web.Request) -> web.Response:
        if self.deaf is not None:
            await self.deaf.wait()
        if self.cut:
            await request.content.read(10)
            assert request.transport is not None
            request.transport.abort()
        lines = (await request.read()).decode().split("\n")
        if request.query["bucket"] not in self.buckets:
            return web.json_response(
                {"code": "not found", "message": 'bucket "nakhon" not found'}, status=404
            )
        self.requests += 1
        status, body, headers = self.answer(lines)
        if status == 204:
            self.written.append(lines)
            return web.Response(status=204)
        return web.json_response(body, status=status, headers=headers)

    async def on_query(self, request: web.Request) -> web.Response:
        if self.cut:
            answer = web.StreamResponse()
            await answer.prepare(request)
            await answer.write(b"#datatype,string,long\r\n")
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return self._said() or web.Response(text="\r\n")

    def _said(self) -> web.Response | None:
        if self.everywhere is None:
            return None
        status, body, headers = self.everywhere
        return web.json_response(body, status=status, headers=headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    fake = Server()
    app = web.Application(client_max_size=2**24)
    app.router.add_get("/api/v2/buckets", fake.on_buckets)
    app.router.add_post("/api/v2/buckets", fake.on_new_bucket)
    app.router.add_patch("/api/v2/buckets/1", fake.on_changed_bucket)
    app.router.add_get("/api/v2/orgs", fake.on_orgs)
    app.router.add_post("/api/v2/write", fake.on_write)
    app.router.add_post("/api/v2/query", fake.on_query)
    async with TestServer(app) as running:
        fake.url = str(running.make_url(""))
        yield fake


@pytest.fixture
async def store(server: Server) -> AsyncIterator[InfluxDBStore]:
    one = server.store()
    await one.open()
    yield one
    await one.close()


def says(status: int, message: str = "no", **headers: str) -> Answer:
    return (
        status,
        {"code": "invalid", "message": message},
        {name.replace("_", "-"): text for name, text in headers.items()},
    )


def rows(count: int) -> list[Observation]:
    return [observation(START + number, f"d-{number}", {"pm25": float(number)}) for number in range(count)]


async def test_a_missing_bucket_is_made_with_its_retention(server: Server) -> None:
    server.buckets.clear()
    store = server.store(retention=Retention(730 * DAY, {"NoiseLevelObserved": 30 * DAY}))
    await store.open()
    await store.open()
    await store.close()
    await store.close()
    (made,) = server.made
    assert (made["name"], made["orgID"]) == ("nakhon", "0123456789abcdef")
    assert made["retentionRules"] == [{"type": "expire", "everySeconds": 730 * 86_400}]


async def test_a_bucket_that_somebody_else_made_is_left_alone(
    server: Server,
) -> None:
    with structlog.testing.capture_logs() as logged:
        store = server.store(retention=Retention(30 * DAY))
        await store.open()
        await store.close()
    assert (server.made, server.changed) == ([], [])
    assert [(line["log_level"], line["keeps"], line["configured"]) for line in logged] == [
        ("warning", "for ever", "30 days")
    ]


async def test_a_bucket_that_nakhon_made_is_kept_to_the_configured_retention(server: Server) -> None:
    server.bucket = {
        "description": OURS,
        "retentionRules": [{"type": "expire", "everySeconds": 365 * 86_400}],
    }
    for retention in (Retention(365 * DAY), Retention(30 * DAY, {"Slow": 90 * DAY}), FOR_EVER):
        store = server.store(retention=retention)
        await store.open()
        await store.close()
    assert [one["retentionRules"] for one in server.changed] == [
        [{"type": "expire", "everySeconds": 90 * 86_400}],
        [{"type": "expire", "everySeconds": 0}],
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(401, "unauthorized access"), r"does not know the token .* timeseries.token_file"),
        (says(401, "read:orgs/1/buckets is unauthorized"), "read and write bucket nakhon of org city"),
        (says(403, "insufficient permissions for write: token is inactive"), "token is inactive"),
        (says(404, 'organization name "city" not found'), "timeseries.org"),
    ],
)
async def test_a_wrong_token_or_organisation_is_refused_with_what_to_do(
    server: Server, answer: Answer, words: str
) -> None:
    server.everywhere = answer
    with pytest.raises(StoreRefusedError, match=words) as caught:
        await server.store().open()
    assert str(answer[1]["message"]) in str(caught.value)
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize("orgs", [["city"], []], ids=["org seen", "org not seen"])
async def test_a_token_that_may_not_make_the_missing_bucket_says_how_to_make_it(
    server: Server, orgs: list[str]
) -> None:
    server.buckets.clear()
    server.orgs, server.may_make = orgs, False
    store = server.store()
    with pytest.raises(StoreRefusedError, match=r"influx bucket create --org city --name nakhon"):
        await store.open()
    server.buckets.append("nakhon")
    await store.open()
    await store.write(rows(1), 1)
    await store.close()


async def test_nobody_there_is_waited_for() -> None:
    store = InfluxDBStore(f"http://127.0.0.1:{unused_port()}", "city", "nakhon", "t")
    with pytest.raises(StoreUnavailableError, match="can't be reached"):
        await store.open()
    for call in (store.ping(), store.write(rows(1), 1), store.readings(everything(), limit=1)):
        with pytest.raises(StoreUnavailableError):
            await call
    await store.close()


async def test_a_server_that_comes_up_later_is_found_by_the_next_call(server: Server) -> None:
    server.everywhere, server.buckets = says(503, "starting"), []
    store = server.store()
    with pytest.raises(StoreUnavailableError, match="starting"):
        await store.open()
    server.everywhere = None
    await store.write(rows(1), 1)
    assert len(server.made) == 1
    assert len(server.stored) == 1
    await store.close()


async def test_a_closed_store_says_so(store: InfluxDBStore) -> None:
    await store.close()
    with pytest.raises(StoreUnavailableError, match="not open"):
        await store.write(rows(1), 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_an_overloaded_server_is_waited_for_as_long_as_it_asks(
    store: InfluxDBStore, server: Server, status: int
) -> None:
    server.answer = lambda _: says(status, "too much", Retry_After="17")
    with pytest.raises(StoreUnavailableError, match="too much") as caught:
        await store.write(rows(3), 1)
    assert caught.value.retry_after == 17.0


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:00 GMT", 40.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("86400", LONGEST_WAIT),
        ("1.5", 1.5),
        ("soon", None),
        (None, None),
    ],
)
async def test_when_to_retry_is_read_in_every_form(
    store: InfluxDBStore, server: Server, asked: str | None, seconds: float | None
) -> None:
    wanted = {} if asked is None else {"Retry_After": asked}
    server.answer = lambda _: says(503, "later", Date="Wed, 21 Oct 2026 07:27:20 GMT", **wanted)
    with pytest.raises(StoreUnavailableError) as caught:
        await store.write(rows(1), 1)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("write /x/0001.wal: no space left on device", "make room on InfluxDB's disk"),
        (
            "not attempting to open shard 2; opening shard previously failed with: no space left on device",
            "when it is restarted",
        ),
    ],
)
async def test_a_full_disk_is_waited_for_and_says_what_to_do(
    store: InfluxDBStore, server: Server, said: str, advice: str
) -> None:
    server.answer = lambda _: says(500, f"unexpected error writing points to database: {said}")
    with pytest.raises(StoreUnavailableError, match=advice):
        await store.write(rows(3), 1)


async def test_a_connection_that_is_cut_in_the_middle_is_waited_for(
    store: InfluxDBStore, server: Server
) -> None:
    server.cut = True
    with pytest.raises(StoreUnavailableError, match="can't be reached"):
        await store.write(rows(5_000), 1)
    with pytest.raises(StoreUnavailableError, match="can't be reached"):
        await store.latest(everything())
    server.cut = False
    await store.write(rows(5_000), 1)
    assert len(server.stored) == 5_000


async def test_a_name_that_nobody_resolves_is_waited_for() -> None:
    store = InfluxDBStore("http://influxdb.invalid:8086", "city", "nakhon", "t", timeout=5)
    with pytest.raises(StoreUnavailableError, match=r"influxdb\.invalid"):
        await store.open()
    await store.close()


async def test_a_server_that_does_not_answer_in_time_is_waited_for(server: Server) -> None:
    server.deaf = asyncio.Event()
    store = server.store(timeout=0.05)
    await store.open()
    with pytest.raises(StoreUnavailableError, match="in time"):
        await store.write(rows(1), 1)
    server.deaf.set()
    await store.close()
    patient = server.store()
    await patient.open()
    await patient.write(rows(1), 1)
    await patient.close()
    assert len(server.stored) == 1


async def test_a_token_that_is_withdrawn_is_refused(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda _: says(401, "unauthorized access")
    for _ in range(2):
        with pytest.raises(StoreRefusedError, match="it is tried again until one works"):
            await store.write(rows(3), 1)
    server.answer = lambda _: (204, {}, {})
    await store.write(rows(3), 1)
    assert len(server.stored) == 3


async def test_a_bucket_that_is_deleted_is_made_again(store: InfluxDBStore, server: Server) -> None:
    await store.write(rows(1), 1)
    server.buckets.clear()
    with structlog.testing.capture_logs() as logged:
        await store.write(rows(3), 2)
    assert [one["name"] for one in server.made] == ["nakhon"]
    assert ["deleted while Nakhon ran" in line["event"] for line in logged] == [True]
    assert len(server.stored) == 3


async def test_a_write_that_somebody_else_answers_is_no_write(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda _: (200, {"login": "please"}, {})
    with pytest.raises(StoreRefusedError, match=r"timeseries\.url"):
        await store.write(rows(2), 1)
    server.answer = lambda _: (400, {"error": "a proxy's own"}, {})
    with pytest.raises(StoreRefusedError, match="400"):
        await store.write(rows(2), 1)
    assert server.requests == 2


async def test_a_batch_that_is_too_large_is_split(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda lines: (204, {}, {}) if len(lines) <= 10 else says(413, "too large")
    await store.write(rows(100), 1)
    assert max(map(len, server.written)) <= 10
    assert len(server.stored) == 100


@pytest.mark.parametrize("status", [400, 422])
async def test_points_that_are_refused_are_named_and_the_rest_is_written(
    store: InfluxDBStore, server: Server, status: int
) -> None:
    batch = rows(50)
    bad = [batch[7], batch[31]]

    def answer(lines: list[str]) -> Answer:
        poisoned = [line for line in lines if "device=d-7," in line or "device=d-31," in line]
        return says(status, f"field type conflict in {len(poisoned)}") if poisoned else (204, {}, {})

    server.answer = answer
    with pytest.raises(PartialWriteError, match="d-7 ") as caught:
        await store.write(batch, 1)
    assert [one for one, _ in caught.value.refused] == bad
    assert {reason for _, reason in caught.value.refused} == {"field type conflict in 1"}
    assert len(server.stored) == 48


def conflicts(lines: list[str]) -> list[str]:
    return [line for line in lines if ' pm25="' in line]


def partly(lines: list[str]) -> Answer:
    """As InfluxDB 2.8 answers texts in place of numbers: the rest is stored."""
    bad = conflicts(lines)
    if not bad:
        return (204, {}, {})
    return says(
        422,
        "failure writing points to database: partial write: field type conflict: input field"
        ' "pm25" on measurement "AirQualityObserved" is type string, already exists as type float'
        f" dropped={len(bad)}",
    )


@pytest.mark.parametrize("bad", [1, 40, 5_000])
async def test_refused_points_are_found_in_a_few_requests(
    store: InfluxDBStore, server: Server, bad: int
) -> None:
    batch = rows(5_000)
    for at in range(bad):
        batch[at] = batch[at]._replace(values={"pm25": "high"})
    server.answer = partly
    with pytest.raises(PartialWriteError, match="field type conflict") as caught:
        await store.write(batch, 1)
    assert [one for one, _ in caught.value.refused] == batch[:bad]
    assert len(server.stored) == 5_000 - bad
    assert server.requests <= 3


async def test_points_beyond_retention_are_found_in_a_few_requests(
    store: InfluxDBStore, server: Server
) -> None:
    batch = [observation(START + number * DAY) for number in range(1_000)]
    bound = START + 300 * DAY

    def answer(lines: list[str]) -> Answer:
        dropped = sum(int(line.rpartition(" ")[2]) < bound - 0.5 for line in lines)
        lower = f"Retention Policy Lower Bound at {rfc3339(bound - 1)[:-1]}123456Z"
        return (
            says(
                422,
                f"failure writing points to database: partial write: dropped {dropped} points outside"
                f" retention policy of duration 720h0m0s - oldest point x at y dropped because it violates a"
                f" {lower}, newest point x at z dropped because it violates a {lower} dropped={dropped} for"
                " database: 1 for retention policy: autogen",
            )
            if dropped
            else (204, {}, {})
        )

    server.answer = answer
    with pytest.raises(PartialWriteError, match="retention policy") as caught:
        await store.write(batch, 1)
    assert [one for one, _ in caught.value.refused] == batch[:300]
    assert (len(server.stored), server.requests) == (700, 3)


async def test_a_line_that_is_not_understood_is_taken_out_and_the_rest_is_written(
    store: InfluxDBStore, server: Server
) -> None:
    def answer(lines: list[str]) -> Answer:
        bad = [f"unable to parse '{line}': time outside range" for line in lines if "d-7," in line]
        return says(400, "\n".join(bad)) if bad else (204, {}, {})

    server.answer = answer
    with pytest.raises(PartialWriteError) as caught:
        await store.write(rows(2_000), 1)
    assert [(one.device, why) for one, why in caught.value.refused] == [("d-7", "time outside range")]
    assert (len(server.stored), server.requests) == (1_999, 2)


async def test_one_point_refused_without_a_reason_does_not_take_a_request_for_each(
    store: InfluxDBStore, server: Server
) -> None:
    server.answer = lambda lines: (
        says(422, "no") if any("d-1234," in line for line in lines) else (204, {}, {})
    )
    with pytest.raises(PartialWriteError) as caught:
        await store.write(rows(5_000), 1)
    assert [one.device for one, _ in caught.value.refused] == ["d-1234"]
    assert server.requests <= 30


async def test_what_no_line_can_say_is_named_without_asking_the_server(
    store: InfluxDBStore, server: Server
) -> None:
    bad = observation(values={"a\nb": 1.0})
    with pytest.raises(PartialWriteError, match="no name to InfluxDB"):
        await store.write([*rows(3), bad], 1)
    assert len(server.stored) == 3


async def test_an_outage_while_splitting_is_an_outage(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda lines: says(413) if len(lines) > 2 else says(503, "gone")
    with pytest.raises(StoreUnavailableError, match="gone"):
        await store.write(rows(8), 1)


async def test_a_query_that_fails_says_why(store: InfluxDBStore, server: Server) -> None:
    server.everywhere = says(400, "compilation failed")
    with pytest.raises(StoreRefusedError, match="compilation failed"):
        await store.readings(everything(), limit=1)
    server.everywhere = says(503, "busy")
    with pytest.raises(StoreUnavailableError, match="busy"):
        await store.latest(everything())
    with pytest.raises(StoreUnavailableError, match="busy"):
        await store.ping()


async def test_nothing_is_sent_for_an_empty_batch(store: InfluxDBStore, server: Server) -> None:
    await store.write([], 1)
    assert server.written == []
