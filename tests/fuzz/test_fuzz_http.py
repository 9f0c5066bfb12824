"""The HTTP side of a whole Nakhon: any request is answered in words, never with an error of our own.

Nakhon is the real one, a process beside the test. Requests are written by hand: a client library would not
let them be this wrong.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import pytest
from blockbuster import BlockBuster
from hypothesis import given
from hypothesis import strategies as st

from services.api import document
from tests.fuzz import payloads as some
from tests.support.cityfiles import write_city
from tests.support.process import Nakhon

pytestmark = pytest.mark.real


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class City:
    """A whole Nakhon, as a process of its own."""

    def __init__(self, folder: Path) -> None:
        city, data = write_city(folder / "city"), folder / "data"
        ports = ("--http", "0", "--mqtt", "0")
        self._nakhon = Nakhon(
            data, ["demo", "--city", str(city), "--data", str(data), "--no-simulate", *ports]
        )
        self.token = ""
        self.port = 0

    def __enter__(self) -> Self:
        self._nakhon.start()
        run = self._nakhon.run_file()
        assert run is not None
        self.token, self.port = run["token"], urlsplit(run["http"]).port or 0
        return self

    def __exit__(self, *_: object) -> None:
        self._nakhon.stop()

    def send(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b""
    ) -> Answer:
        """One request as it is written here, on a connection of its own."""
        lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: city", b"Connection: close"]
        lines.append(b"Authorization: Bearer " + self.token.encode())
        lines.append(b"Content-Length: %d" % len(body))
        lines += [name + b": " + value for name, value in headers or []]
        with socket.create_connection(("127.0.0.1", self.port), timeout=35) as sock:
            with suppress(ConnectionError):  # it may answer, and hang up, before it has heard all
                sock.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            return _answer(sock)

    def get(self, target: str) -> Answer:
        return self.send("GET", target)


def _answer(sock: socket.socket) -> Answer:
    response = http.client.HTTPResponse(sock)
    response.begin()
    return Answer(response.status, dict(response.headers.items()), response.read())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[BlockBuster | None]:
    """The detector of the other tests would stop the application of this one between two of them."""
    return iter([None])


def in_words(answer: Answer) -> Answer:
    """What is no success is a problem that says so; nothing of ours shows."""
    assert answer.status < 500 or answer.status == 503, answer
    assert b"Traceback" not in answer.body
    assert b'File "' not in answer.body
    if answer.status >= 400:
        problem = answer.json()
        assert problem["status"] == answer.status
        assert problem["title"]
        assert problem["detail"]
    return answer


BOMB = gzip.compress(b" " * 30_000_000)
_frames = st.sampled_from(
    [
        ([], lambda body: body),
        ([(b"Content-Encoding", b"gzip")], gzip.compress),
        ([(b"Content-Encoding", b"gzip")], lambda body: gzip.compress(body)[:-3]),
        ([(b"Content-Encoding", b"gzip")], lambda body: body),
        ([(b"Content-Encoding", b"GZIP, identity")], gzip.compress),
        ([(b"Content-Encoding", b"deflate")], zlib.compress),
        ([(b"Content-Encoding", b"compress")], lambda body: body),
        ([(b"Content-Encoding", b"br")], lambda body: body),
        ([(b"Content-Encoding", b"zstd")], lambda body: body),
        ([(b"Content-Encoding", b"gzip")], lambda body: BOMB),
        ([(b"Content-Encoding", b"gzip")], lambda body: gzip.compress(body) + b"tail"),
    ]
)
_CONTROL = bytes([*range(0x20), 0x7F])
_header_text = st.binary(max_size=30).map(lambda raw: raw.translate(None, _CONTROL))
_extra_headers = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Content-Type", b"Idempotency-Key", b"Accept", b"Accept-Language", b"X-Request-ID", b"Cookie"]
        ),
        st.sampled_from(
            [b"application/json", b"text/plain; charset=utf-16", b"th", b"k1", b"", b"x" * 300, b"*/*;q=x"]
        )
        | _header_text,
    ),
    max_size=3,
    unique_by=lambda header: header[0],
)
_devices = st.sampled_from(["aq-01", "aq-02", "ac-01", "ghost", "", "aq-01,aq-02", "../x", "%00", "ก"])
_queries = st.builds("device={}".format, _devices.map(quote)) | st.sampled_from(
    ["", "device=aq-01&device=aq-02", "device=aq-01&x=1", "Device=aq-01", "device=%ff%fe", "device=%", "&&=&"]
)


@some.examples(90)
@given(payload=some.payloads, frame=_frames, headers=_extra_headers, query=_queries)
def test_a_reading_handed_in_gets_its_verdict(
    city: City, payload: bytes, frame: Any, headers: list[tuple[bytes, bytes]], query: str
) -> None:
    more, dress = frame
    answer = in_words(city.send("POST", f"/api/v1/telemetry?{query}", [*more, *headers], dress(payload)))
    if answer.status == 200:
        verdict = answer.json()
        assert {"received", "accepted", "rejected"} <= verdict.keys()
        assert verdict["accepted"] + len(verdict["rejected"]) >= 1
    else:
        assert answer.status in (400, 401, 409, 413, 415, 422, 429, 503)


@some.examples(60)
@given(payload=some.good.map(some.text_of) | some.spoiled().map(some.text_of))
def test_after_a_verdict_the_ledger_has_every_item(city: City, payload: bytes) -> None:
    before = city.get("/api/v1/ledger").json()["received"]
    verdict = city.send("POST", "/api/v1/telemetry?device=aq-01", body=payload).json()
    ledger = city.get("/api/v1/ledger").json()
    items = verdict["accepted"] + len(verdict["rejected"]) + verdict.get("unlisted", 0)
    assert ledger["received"] - before == items
    outcomes = (ledger[name] for name in ("stored", "duplicate", "quarantined", "pending"))
    assert ledger["received"] == sum(outcomes)


PATHS = sorted(
    (path.replace("{name}", "AirQualityObserved"), sorted(p["name"] for p in get.get("parameters", ())))
    for path, methods in document()["paths"].items()
    if (get := methods.get("get")) is not None and path not in {"/api/v1/events", "/readyz"}
)
_WORDS = "aq-01 north AirQualityObserved pm25 1h mean max p95 P1D firing environment now NaN 1e9 1000y 0 1 -1"
_MOMENTS = "2026-01-05T00:00:00+07:00 2026-01-05T00:00:00Z 0001-01-01T00:00:00+23:59"
_ODD = ("10001", "9" * 40, "a,b,,c", ",", "' OR 1=1 --", '"', "%", "\0", "\ud800", "١")
_answers = st.sampled_from([*_WORDS.split(), *_MOMENTS.split(), *_ODD]) | st.text(max_size=12)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def _asked(draw: st.DrawFn) -> str:
    path: str
    path, names = draw(st.sampled_from(PATHS))
    while "{" in path:
        at, end = path.index("{"), path.index("}")
        path = path[:at] + (_quoted(draw(_answers)) or "x") + path[end + 1 :]
    name = st.sampled_from(names) if names else st.just("limit")
    pairs = draw(st.lists(st.tuples(name | st.just("x"), _answers), max_size=5))
    return path + "?" + "&".join(f"{name}={_quoted(value)}" for name, value in pairs)


@some.examples(150)
@given(target=_asked())
def test_every_question_is_answered(city: City, target: str) -> None:
    in_words(city.get(target))


def test_the_quarantine_shows_whatever_was_refused(city: City) -> None:
    cursor = ""
    for _ in range(1_000):
        page = in_words(city.get(f"/api/v1/quarantine?limit=50{cursor}"))
        assert page.status == 200
        for entry in page.json()["items"]:
            assert entry["code"]
        if page.json()["next"] is None:
            return
        cursor = f"&cursor={page.json()['next']}"
    raise AssertionError("the list has no end")
