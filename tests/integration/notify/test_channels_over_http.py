"""Webhook, Alertmanager and LINE against HTTP servers that misbehave."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.channels.alertmanager import Alertmanager
from services.alerts.notify.channels.http import LONGEST_PAUSE, HttpClient, Timeouts
from services.alerts.notify.channels.line import Line, retry_key
from services.alerts.notify.channels.webhook import Webhook
from services.alerts.notify.notice import Reason
from services.alerts.notify.samples import sample
from services.alerts.notify.signing import verify
from tests.integration.notify.conftest import NOW, Authority
from tests.integration.notify.servers import Serve, http_answer, raw_server, read_request, status
from tests.support.notifying import composer

SECRET = "hook-secret"
NOTICE = sample(Reason.FIRING, id="01KE7NOTICE")


def webhook(client: HttpClient, url: str, **given: Any) -> Webhook:
    return Webhook(client, composer(), lambda: NOW, url=f"{url}/path-secret?key=query-secret", **given)


def parsed(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}, body


def not_secret(error: BaseException) -> bool:
    return not any(word in str(error) for word in ("secret", "token", "/path", "?key"))


async def test_webhook_posts_what_the_guide_says(client: HttpClient) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(204), heard)) as server:
        await webhook(client, server.url, secret=SECRET).send(NOTICE)
    first, headers, body = parsed(heard[0])
    assert first == "POST /path-secret?key=query-secret HTTP/1.1"
    assert headers["Idempotency-Key"] == "01KE7NOTICE"
    assert headers["Content-Type"] == "application/json"
    verify(["older", SECRET], headers, body, NOW)
    told = json.loads(body)
    assert told["id"] == "01KE7NOTICE"
    assert told["version"] == 1
    assert told["reason"] == "firing"
    assert told["counts"] == {"firing": 1, "resolved": 0, "suppressed": 0}
    assert told["alerts"][0]["device"] == "aq-01"
    assert told["created"] == "2026-01-05T07:05:00.000Z"
    assert told["text"]["subject"] == "▲ MAJOR: PM2.5 unhealthy in Samyan · aq-01"


async def test_without_a_secret_nothing_is_signed(client: HttpClient) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard)) as server:
        await webhook(client, server.url).send(NOTICE)
    assert not any(name.startswith("Nakhon") for name in parsed(heard[0])[1])


async def test_connections_are_used_again(client: HttpClient) -> None:
    heard: list[bytes] = []
    connections = 0
    answer = http_answer(status(200, body=b"ok"), heard, keep=True)

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer(reader, writer)

    async with raw_server(counting) as server:
        for _ in range(5):
            await webhook(client, server.url).send(NOTICE)
    assert len(heard) == 5
    assert connections == 1


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299, 409])
async def test_statuses_that_say_taken(client: HttpClient, code: int) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(code), heard)) as server:
        await webhook(client, server.url).send(NOTICE)
    assert len(heard) == 1


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_statuses_that_are_tried_again(client: HttpClient, code: int) -> None:
    async with raw_server(http_answer(status(code, body=b"come\r\nlater"), [])) as server:
        with pytest.raises(NotTakenError) as caught:
            await webhook(client, server.url, secret=SECRET).send(NOTICE)
    assert str(caught.value) == f"127.0.0.1:{server.port} answered {code}: come later"
    assert caught.value.retry_after is None


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 413, 422])
async def test_statuses_that_are_final(client: HttpClient, code: int) -> None:
    async with raw_server(http_answer(status(code), [])) as server:
        with pytest.raises(RefusedError, match=f"answered {code}$") as caught:
            await webhook(client, server.url, secret=SECRET).send(NOTICE)
    assert not_secret(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 05 Jan 2026 07:06:30 GMT", 90.0),
        ("Mon, 05 Jan 2026 14:06:30 +0700", 90.0),
        ("Monday, 05-Jan-26 07:06:30 GMT", 90.0),
        ("Mon, 05 Jan 2026 07:00:00 GMT", 0.0),
        ("Mon, 05 Jan 2099 07:00:00 GMT", LONGEST_PAUSE),
        ("9" * 400, LONGEST_PAUSE),
        ("-5", None),
        ("soon", None),
        ("Mon, 99 Jan 2026 07:00:00 GMT", None),
        ("", None),
    ],
)
async def test_retry_after(client: HttpClient, value: str, seconds: float | None) -> None:
    async with raw_server(http_answer(status(429, f"Retry-After: {value}"), [])) as server:
        with pytest.raises(NotTakenError) as caught:
            await webhook(client, server.url).send(NOTICE)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(client: HttpClient, code: int) -> None:
    elsewhere: list[bytes] = []
    async with raw_server(http_answer(status(200), elsewhere)) as other:
        answer = status(code, f"Location: {other.url}/elsewhere")
        async with raw_server(http_answer(answer, [])) as server:
            with pytest.raises(RefusedError, match="redirect"):
                await webhook(client, server.url, secret=SECRET).send(NOTICE)
    assert elsewhere == []


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()


async def deaf(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Breaks the connection before it has read anything."""


async def rude(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Breaks the connection after it has read all."""
    await read_request(reader)


async def halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 2")


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"220 mail.example.org ESMTP ready\r\n\r\n")
    await reader.read()


async def binary(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(bytes(range(256)) * 10)
    await reader.read()


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("serve", [silent, deaf, rude, halfway, garbage, binary, endless_head])
async def test_no_answer_is_tried_again(hasty: HttpClient, serve: Serve) -> None:
    async with raw_server(serve) as server:
        with pytest.raises(NotTakenError) as caught:
            await webhook(hasty, server.url, secret=SECRET).send(NOTICE)
    assert str(caught.value).startswith(f"127.0.0.1:{server.port} ")
    assert not_secret(caught.value)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
    await reader.read()


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")


@pytest.mark.parametrize("serve", [endless, trickling, cut])
async def test_status_counts_whatever_becomes_of_the_body(serve: Serve) -> None:
    client = HttpClient(lambda: NOW, timeouts=Timeouts(total=30.0, connect=30.0, body=0.2))
    async with raw_server(serve) as server:
        await webhook(client, server.url).send(NOTICE)
    await client.close()


async def test_nobody_there(client: HttpClient) -> None:
    async with raw_server(deaf) as server:
        pass
    with pytest.raises(NotTakenError, match="can't be reached") as caught:
        await webhook(client, server.url, secret=SECRET).send(NOTICE)
    assert not_secret(caught.value)


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::1", "http://x:99999"])
async def test_address_that_is_none_is_final(client: HttpClient, url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        await webhook(client, url, secret=SECRET).send(NOTICE)
    assert not_secret(caught.value)


async def test_one_server_that_hangs_leaves_room_for_others() -> None:
    client = HttpClient(lambda: NOW, connections=3, per_host=1)
    heard: list[bytes] = []
    async with raw_server(silent) as stuck, raw_server(http_answer(status(200), heard)) as well:
        waiting = [asyncio.create_task(webhook(client, stuck.url).send(NOTICE)) for _ in range(10)]
        await webhook(client, well.url).send(NOTICE)
        assert len(heard) == 1
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await client.close()


async def test_certificate_of_an_authority_of_ones_own(client: HttpClient, authority: Authority) -> None:
    heard: list[bytes] = []
    tls = authority.server("127.0.0.1")
    async with raw_server(http_answer(status(200), heard), tls) as server:
        url = f"https://127.0.0.1:{server.port}"
        await webhook(client, url, tls=authority.trust).send(NOTICE)
    assert len(heard) == 1


async def test_certificate_that_is_not_believed(
    client: HttpClient, authority: Authority, stranger: Authority
) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard), stranger.server("127.0.0.1")) as server:
        url = f"https://127.0.0.1:{server.port}"
        for tls in (authority.trust, None):
            with pytest.raises(NotTakenError, match="certificate that is not believed") as caught:
                await webhook(client, url, secret=SECRET, tls=tls).send(NOTICE)
            assert not_secret(caught.value)
    assert heard == []


async def test_certificate_of_another_name(client: HttpClient, authority: Authority) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard), authority.server("example.org")) as server:
        with pytest.raises(NotTakenError, match="certificate"):
            await webhook(client, f"https://127.0.0.1:{server.port}", tls=authority.trust).send(NOTICE)
    assert heard == []


async def test_alertmanager_posts_with_its_token(client: HttpClient) -> None:
    heard: list[bytes] = []
    compose = composer()
    async with raw_server(http_answer(status(200), heard)) as server:
        url = f"{server.url}/hook"
        await Alertmanager(client, compose, compose.words_of, url=url, bearer="token-1").send(NOTICE)
    _, headers, body = parsed(heard[0])
    assert headers["Authorization"] == "Bearer token-1"
    assert json.loads(body)["version"] == "4"


@pytest.mark.parametrize(("code", "kind"), [(503, NotTakenError), (400, RefusedError), (409, RefusedError)])
async def test_alertmanagers_receiver_refuses(client: HttpClient, code: int, kind: type[Exception]) -> None:
    compose = composer()
    async with raw_server(http_answer(status(code), [])) as server:
        channel = Alertmanager(client, compose, compose.words_of, url=f"{server.url}/path", bearer="token-1")
        with pytest.raises(kind) as caught:
            await channel.send(NOTICE)
    assert not_secret(caught.value)


def line(client: HttpClient, url: str) -> Line:
    return Line(client, composer("th"), to="U4af4980629", token="line-token", url=url)


async def test_line_pushes_a_text(client: HttpClient) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200, body=b"{}"), heard, keep=True)) as server:
        await line(client, server.url).send(NOTICE)
        await line(client, server.url).send(NOTICE)
    first, headers, body = parsed(heard[0])
    assert first == "POST /v2/bot/message/push HTTP/1.1"
    assert headers["Authorization"] == "Bearer line-token"
    assert headers["X-Line-Retry-Key"] == retry_key("01KE7NOTICE") == parsed(heard[1])[1]["X-Line-Retry-Key"]
    told = json.loads(body)
    assert told["to"] == "U4af4980629"
    assert [message["type"] for message in told["messages"]] == ["text"]
    assert told["messages"][0]["text"].startswith("▲ รุนแรง: ฝุ่น PM2.5")


async def test_line_that_took_it_before(client: HttpClient) -> None:
    answer = status(
        409, "X-Line-Accepted-Request-Id: 1", body=b'{"message":"The retry key is already accepted"}'
    )
    heard: list[bytes] = []
    async with raw_server(http_answer(answer, heard)) as server:
        await line(client, server.url).send(NOTICE)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (429, NotTakenError),
        (500, NotTakenError),
        (400, RefusedError),
        (401, RefusedError),
        (403, RefusedError),
    ],
)
async def test_line_refuses(client: HttpClient, code: int, kind: type[Exception]) -> None:
    async with raw_server(http_answer(status(code, body=b'{"message":"no"}'), [])) as server:
        with pytest.raises(kind, match=str(code)) as caught:
            await line(client, server.url).send(NOTICE)
    assert not_secret(caught.value)


def test_retry_keys_differ_by_notice() -> None:
    assert retry_key("a") != retry_key("b")
    assert retry_key("a") == retry_key("a")
