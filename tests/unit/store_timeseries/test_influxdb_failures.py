"""How the InfluxDB store tells of failures, against a server that answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from devices.model import Observation
from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.timeseries.influxdb import InfluxDBStore
from services.store.timeseries.protocol import PartialWriteError
from tests.contract.timeseries.model import START, everything, observation

Answer = tuple[int, dict[str, object], dict[str, str]]


@dataclass
class Server:
    """An InfluxDB that knows one bucket and answers writes by ``answer``."""

    url: str = ""
    buckets: list[str] = field(default_factory=lambda: ["nakhon"])
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
        return self._said() or web.json_response(
            {"buckets": [{"name": name, "retentionRules": []} for name in found]}
        )

    async def on_new_bucket(self, request: web.Request) -> web.Response:
        self.made.append(await request.json())
        self.buckets.append(str(self.made[-1]["name"]))
        return self._said() or web.json_response({"name": "nakhon", "retentionRules": []}, status=201)

    async def on_orgs(self, request: web.Request) -> web.Response:
        return web.json_response({"orgs": [{"id": "0123456789abcdef", "name": "city"}]})

    async def on_write(self, request: web.Request) -> web.Response:
        if self.deaf is not None:
            await self.deaf.wait()
        lines = (await request.read()).decode().split("\n")
        status, body, headers = self.answer(lines)
        if status == 204:
            self.written.append(lines)
            return web.Response(status=204)
        return web.json_response(body, status=status, headers=headers)

    async def on_query(self, request: web.Request) -> web.Response:
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
        {"code": "x", "message": message},
        {name.replace("_", "-"): text for name, text in headers.items()},
    )


def rows(count: int) -> list[Observation]:
    return [observation(START + number, f"d-{number}", {"pm25": float(number)}) for number in range(count)]


async def test_a_missing_bucket_is_made_with_its_retention(server: Server) -> None:
    server.buckets.clear()
    store = server.store(retention=730 * 86_400_000)
    await store.open()
    await store.open()
    await store.close()
    await store.close()
    (made,) = server.made
    assert (made["name"], made["orgID"]) == ("nakhon", "0123456789abcdef")
    assert made["retentionRules"] == [{"type": "expire", "everySeconds": 730 * 86_400}]


async def test_a_bucket_that_exists_is_left_alone(server: Server) -> None:
    store = server.store(retention=3_600_000)
    await store.open()
    await store.close()
    assert server.made == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(401, "unauthorized access"), "does not know the token"),
        (says(403, "insufficient permissions"), "read and write on bucket nakhon"),
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


async def test_a_date_to_retry_at_is_not_taken_for_seconds(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda _: says(503, "later", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")
    with pytest.raises(StoreUnavailableError) as caught:
        await store.write(rows(1), 1)
    assert caught.value.retry_after is None


async def test_a_server_that_does_not_answer_in_time_is_waited_for(server: Server) -> None:
    server.deaf = asyncio.Event()
    store = server.store(timeout=0.05)
    await store.open()
    with pytest.raises(StoreUnavailableError, match="in time"):
        await store.write(rows(1), 1)
    server.deaf.set()
    await store.close()


async def test_a_token_that_is_withdrawn_is_refused(store: InfluxDBStore, server: Server) -> None:
    server.answer = lambda _: says(401, "unauthorized access")
    with pytest.raises(StoreRefusedError, match="token"):
        await store.write(rows(3), 1)


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
