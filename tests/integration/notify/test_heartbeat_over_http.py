"""Heartbeats to a watcher's address: well, not well, and not taken."""

from __future__ import annotations

import json

import pytest

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.channels.http import HttpClient
from services.alerts.notify.heartbeat import Beat, WebhookBeats
from services.alerts.notify.signing import verify
from tests.integration.notify.conftest import NOW
from tests.integration.notify.servers import http_answer, raw_server, status

WELL = Beat(NOW, True, (), 60_000)
ILL = Beat(NOW, False, ("the journal fills", "the store is behind"), 60_000)


async def test_beat_is_posted_and_signed(client: HttpClient) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard)) as server:
        await WebhookBeats(client, f"{server.url}/ping", secret="s3cret").send(ILL)
    head, _, body = heard[0].partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    verify(["s3cret"], {name: value for name, _, value in lines}, body, NOW)
    assert json.loads(body) == {
        "at": "2026-01-05T07:05:00.000Z",
        "ok": False,
        "troubles": ["the journal fills", "the store is behind"],
        "every": 60,
    }


@pytest.mark.parametrize(("beat", "path"), [(WELL, "/ping"), (ILL, "/ping/fail")])
async def test_watcher_may_have_an_address_for_troubles(client: HttpClient, beat: Beat, path: str) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard)) as server:
        url = f"{server.url}/ping"
        await WebhookBeats(client, url, fail=f"{url}/fail").send(beat)
    assert heard[0].startswith(f"POST {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(("code", "kind"), [(503, NotTakenError), (404, RefusedError)])
async def test_beat_that_is_not_taken(client: HttpClient, code: int, kind: type[Exception]) -> None:
    async with raw_server(http_answer(status(code), [])) as server:
        with pytest.raises(kind) as caught:
            await WebhookBeats(client, f"{server.url}/ping-secret", secret="s3cret").send(WELL)
    assert "secret" not in str(caught.value)
