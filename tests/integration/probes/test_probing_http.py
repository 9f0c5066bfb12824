"""HTTP probes and real servers: good ones, and those that are slow, endless, broken or lead astray."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest

from devices.model import Probe, ProbeKind
from services.status.probes.http import BODY, HttpAsker
from tests.integration.notify.servers import Serve, http_answer, raw_server, read_request, status
from tests.integration.probes.conftest import DAY, Authority, Names, ask, probe, why

MakeHttp = Callable[..., HttpAsker]


def page(url: str, **expected: object) -> Probe:
    return probe(ProbeKind.HTTP, url, **expected)


async def test_a_page_that_answers_is_up(http: MakeHttp) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200, body=b"welcome"), heard)) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/a?b=c"))
    assert (found.up, found.code, found.certificate, found.error) == (True, 200, None, None)
    assert found.latency is not None
    assert found.latency > 0
    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"User-Agent: nakhon-test" in heard[0]
    assert f"Host: portal.test:{server.port}".encode() in heard[0]


@pytest.mark.parametrize(
    ("code", "expected", "up"),
    [
        (204, (), True),
        (503, (), False),
        (404, (), False),
        (304, (), False),
        (401, (401,), True),
        (200, (401,), False),
    ],
)
async def test_the_status_decides(http: MakeHttp, code: int, expected: tuple[int, ...], up: bool) -> None:
    async with raw_server(http_answer(status(code), [])) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", statuses=expected))
    assert (found.up, found.code) == (up, code)
    assert found.error is None if up else why(found) == f"said {code}"


async def test_an_answer_that_takes_longer_than_is_expected_is_not_good(http: MakeHttp) -> None:
    async with raw_server(http_answer(status(200), [])) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", latency=0))
    assert found.up is False
    assert "at most 0 ms is expected" in why(found)


@pytest.mark.parametrize(
    ("body", "headers", "up"),
    [
        (b"all is well here", (), True),
        ("ระบบทำงานปกติ all is well".encode(), ("Content-Type: text/html; charset=utf-8",), True),
        (b"closed for today", (), False),
        (b"x" * (BODY - 4) + b"all is well", (), False),
        (b"x" * 16_380 + b"all is well", (), True),
        (b"", (), False),
    ],
)
async def test_a_text_is_looked_for_in_the_beginning_of_the_answer(
    http: MakeHttp, body: bytes, headers: tuple[str, ...], up: bool
) -> None:
    async with raw_server(http_answer(status(200, *headers, body=body), [])) as server:
        found = await ask(
            http(server.port), page(f"http://portal.test:{server.port}/", contains="all is well")
        )
    assert (found.up, found.code) == (up, 200)
    if not up:
        assert why(found).startswith("text 'all is well' not found")


async def test_a_text_is_found_in_the_charset_of_the_page(http: MakeHttp) -> None:
    answer = status(200, "Content-Type: text/html; charset=tis-620", body="ระบบปกติ".encode("tis-620"))
    async with raw_server(http_answer(answer, [])) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", contains="ปกติ"))
    assert found.up


def forever(head: bytes, piece: bytes, *, every: float = 0.0) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return serve


async def test_an_endless_body_is_read_as_far_as_is_looked_and_no_further(http: MakeHttp) -> None:
    async with raw_server(forever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", contains="well"))
    assert why(found) == f"text 'well' not found in the answer (in its first {BODY >> 10} KiB)"


async def test_of_an_endless_body_nothing_is_read_when_no_text_is_looked_for(http: MakeHttp) -> None:
    async with raw_server(forever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)) as server:
        assert (await ask(http(server.port), page(f"http://portal.test:{server.port}/"))).up


@pytest.mark.parametrize(
    "head",
    [
        pytest.param((b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 100 + b"\r\n"), id="headers"),
        pytest.param((b"HTTP/1.1 200 OK\r\nX-Long: ", b"y" * 65_536), id="a header"),
        pytest.param((b"", b"z" * 65_536), id="a line"),
    ],
)
async def test_an_endless_head_is_refused(http: MakeHttp, head: tuple[bytes, bytes]) -> None:
    async with raw_server(forever(*head)) as server, asyncio.timeout(20):
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/"))
    assert found.up is False
    assert "not HTTP" in why(found)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"", b"", id="says nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", b"y", id="drips its head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"y", id="drips its body"),
    ],
)
async def test_whoever_calls_can_end_a_slow_answer_at_any_time(
    http: MakeHttp, head: bytes, piece: bytes
) -> None:
    async with raw_server(forever(head, piece, every=0.02)) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(http(server.port), page(f"http://portal.test:{server.port}/", contains="well"))


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")
    await writer.drain()


async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()
    await reader.read(100)


@pytest.mark.parametrize(
    ("serve", "told"),
    [(reset, "broke the connection off"), (half, "broke the connection off"), (chatter, "not HTTP")],
)
async def test_a_server_that_breaks_off_or_speaks_another_language_is_down(
    http: MakeHttp, serve: Serve, told: str
) -> None:
    async with raw_server(serve) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", contains="well"))
    assert found.up is False
    assert told in why(found)


async def test_nobody_listens(http: MakeHttp) -> None:
    async with raw_server(reset) as server:
        port = server.port
    found = await ask(http(port), page(f"http://portal.test:{port}/"))
    assert found.up is False
    assert why(found) == f"connection to portal.test:{port} refused"


async def test_a_name_that_is_none(http: MakeHttp) -> None:
    found = await ask(http(80), page("http://nowhere.example/"))
    assert found.up is False
    assert why(found).startswith("nowhere.example has no address")


# Redirects


def redirects(*to: str, code: int = 302) -> Serve:
    """Each request is led to the next of these."""
    left = list(to)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        location = left.pop(0) if left else ""
        writer.write(status(code, f"Location: {location}") if location else status(200, body=b"there"))
        await writer.drain()

    return serve


async def test_redirects_are_followed(http: MakeHttp) -> None:
    async with raw_server(redirects("/b", "c?d=e", "/f")) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", contains="there"))
    assert (found.up, found.code) == (True, 200)


async def test_no_more_than_three_redirects_are_followed(http: MakeHttp) -> None:
    async with raw_server(redirects(*["/again"] * 9)) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/"))
    assert (found.up, found.code) == (False, 302)
    assert why(found) == "redirected more than 3 times"


async def test_a_redirect_that_is_expected_is_not_followed(http: MakeHttp) -> None:
    async with raw_server(redirects("http://10.0.0.1/", code=301)) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/", statuses=(301,)))
    assert (found.up, found.code) == (True, 301)


async def test_a_redirect_without_a_place(http: MakeHttp) -> None:
    async with raw_server(http_answer(status(302), [])) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/"))
    assert why(found) == "said 302 without saying where to"


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("http://10.0.0.1/", "a private network"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://[::ffff:10.0.0.1]/", "a private network"),
        ("http://inside.example/", "a private network"),
        ("http://portal.test:22/", "port 22"),
        ("file:///etc/passwd", "scheme file"),
        ("http://admin:secret@portal.test/", "a user"),
        ("http://2130706433/", "this machine"),
    ],
)
async def test_a_redirect_to_the_inside_is_not_followed(
    http: MakeHttp, names: Names, to: str, told: str
) -> None:
    names.addresses |= {"inside.example": [["10.1.1.1"]], "2130706433": [["127.0.0.2"]]}
    async with raw_server(redirects(to)) as server:
        asker = http(server.port, 80, allow=(ip_network("127.0.0.1/32"),))
        found = await ask(asker, page(f"http://portal.test:{server.port}/"))
    assert (found.up, found.code) == (False, 302), "it answered, and where it leads no citizen can go"
    assert why(found).startswith("redirected to where probes don't go")
    assert told in why(found)


# The inside


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]", "portal.test"])
async def test_the_inside_is_never_asked(http: MakeHttp, host: str) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard)) as server:
        found = await ask(http(server.port, allow=()), page(f"http://{host}:{server.port}/"))
    assert found.up is None
    assert "refused by the guard" in why(found)
    assert heard == []


async def test_a_name_that_changes_after_it_was_checked_changes_nothing(http: MakeHttp, names: Names) -> None:
    heard: list[bytes] = []
    names.addresses["portal.test"] = [["127.0.0.1"], ["127.0.0.2"]]
    async with raw_server(http_answer(status(200), heard)) as server:
        found = await ask(http(server.port), page(f"http://portal.test:{server.port}/"))
    assert found.up
    assert names.asked == ["portal.test"], "looked up once, and connected to what was checked"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]"])
async def test_however_an_address_is_written_it_is_the_one_that_was_checked(
    http: MakeHttp, host: str
) -> None:
    async with raw_server(http_answer(status(200), [])) as server:
        found = await ask(http(server.port), page(f"http://{host}:{server.port}/"))
    assert found.up, found.error


async def test_of_several_addresses_only_those_are_asked_that_pass(http: MakeHttp, names: Names) -> None:
    names.addresses["portal.test"] = [["10.0.0.1", "127.0.0.1"]]
    async with raw_server(http_answer(status(200), [])) as server:
        assert (await ask(http(server.port), page(f"http://portal.test:{server.port}/"))).up


# Certificates


async def secure(
    http: MakeHttp, context: ssl.SSLContext, name: str = "portal.test", **expected: object
) -> tuple[bool | None, float | None, str]:
    async with raw_server(http_answer(status(200), []), context) as server:
        found = await ask(http(server.port), page(f"https://{name}:{server.port}/", **expected))
    return found.up, found.certificate, found.error.en if found.error else ""


async def test_a_good_certificate_and_its_days(http: MakeHttp, authority: Authority) -> None:
    up, days, error = await secure(http, authority.server("portal.test"))
    assert (up, error) == (True, "")
    assert days == pytest.approx(90, abs=0.1)


async def test_an_expired_certificate_is_down_and_says_since_when(
    http: MakeHttp, authority: Authority
) -> None:
    up, days, error = await secure(http, authority.server("portal.test", begins=-9 * DAY, ends=-3 * DAY))
    assert up is False
    assert days == pytest.approx(-3, abs=0.1)
    assert error.startswith("certificate expired on 20")


async def test_a_certificate_that_is_not_valid_yet(http: MakeHttp, authority: Authority) -> None:
    up, _, error = await secure(http, authority.server("portal.test", begins=2 * DAY))
    assert up is False
    assert error.startswith("certificate is not valid before 20")


async def test_a_certificate_of_another_name(http: MakeHttp, authority: Authority) -> None:
    up, days, error = await secure(http, authority.server("other.test"))
    assert (up, error) == (False, "certificate is not valid for portal.test")
    assert days == pytest.approx(90, abs=0.1)


async def test_a_certificate_of_an_unknown_authority(http: MakeHttp, authority: Authority) -> None:
    up, _, error = await secure(http, authority.stranger("portal.test"))
    assert up is False
    assert error.startswith("certificate is not trusted: ")


async def test_a_certificate_that_ends_sooner_than_is_expected(http: MakeHttp, authority: Authority) -> None:
    context = authority.server("portal.test", ends=timedelta(days=5, minutes=9))
    up, _, error = await secure(http, context, certificate=14 * 86_400_000)
    assert (up, error) == (False, "certificate ends in 5.01 days; at least 14 are expected")
    assert (await secure(http, context, certificate=4 * 86_400_000))[0]


async def test_a_certificate_by_address(http: MakeHttp, authority: Authority) -> None:
    assert (await secure(http, authority.server("127.0.0.1"), "127.0.0.1"))[0]


async def test_a_server_that_does_not_speak_tls(http: MakeHttp) -> None:
    async with raw_server(chatter) as server:
        found = await ask(http(server.port), page(f"https://portal.test:{server.port}/"))
    assert found.up is False
    assert why(found).startswith(f"no TLS connection to portal.test:{server.port}: ")


async def test_a_server_that_hangs_in_the_handshake_can_be_ended(http: MakeHttp) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        await asyncio.sleep(3_600)

    async with raw_server(hang) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(http(server.port), page(f"https://portal.test:{server.port}/"))


async def test_the_certificate_that_ends_first_counts_along_a_redirect(
    http: MakeHttp, authority: Authority
) -> None:
    async with raw_server(http_answer(status(200), []), authority.server("b.test", ends=20 * DAY)) as second:
        first = http_answer(status(301, f"Location: https://b.test:{second.port}/"), [])
        async with raw_server(first, authority.server("a.test")) as server:
            found = await ask(http(server.port, second.port), page(f"https://a.test:{server.port}/"))
    assert found.up
    assert found.certificate == pytest.approx(20, abs=0.1)
