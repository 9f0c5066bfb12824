"""Apprise against real local servers: taken, refused, stuck, and never telling what is secret."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from services.alerts.notify.channel import NotTakenError
from services.alerts.notify.channels.apprise import Apprise
from services.alerts.notify.channels.threads import Threads
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.samples import sample
from tests.integration.notify.servers import Heard, http_answer, raw_server, read_request, status
from tests.support.notifying import composer

NOTICE = sample(Reason.FIRING)


async def made(server: Heard, threads: Threads | None = None, **given: Any) -> Apprise:
    url = f"json://user-secret:word-secret@127.0.0.1:{server.port}/path-secret/?+X-Key=header-secret"
    return await asyncio.to_thread(Apprise, threads or Threads(2, "test"), composer(), url, **given)


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        (NOTICE, "failure"),
        (sample(Reason.FIRING, severity="minor"), "warning"),
        (sample(Reason.RESOLVED), "success"),
        (sample(Reason.TEST), "info"),
    ],
    ids=["firing", "minor", "resolved", "test"],
)
async def test_message_as_it_arrives(notice: Notice, kind: str) -> None:
    heard: list[bytes] = []
    async with raw_server(http_answer(status(200), heard)) as server:
        await (await made(server)).send(notice)
    told = json.loads(heard[0].partition(b"\r\n\r\n")[2])
    message = composer()(notice)
    assert told["title"] == message.subject
    assert told["type"] == kind
    assert f"{told['title']}\n{told['message']}".split() == message.text.split()


@pytest.mark.parametrize("code", [400, 403, 429, 500])
async def test_refusal_is_tried_again_and_tells_no_secret(
    code: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_server(http_answer(status(code, body=b"word-secret"), [])) as server:
        with pytest.raises(NotTakenError) as caught:
            await (await made(server)).send(NOTICE)
    assert "did not take it" in str(caught.value)
    assert str(code) in str(caught.value)
    for text in (str(caught.value), caplog.text, *capfd.readouterr()):
        assert "secret" not in text


async def test_nobody_there() -> None:
    async with raw_server(http_answer(b"", [])) as server:
        channel = await made(server)
    with pytest.raises(NotTakenError, match="did not take it"):
        await channel.send(NOTICE)


async def test_stuck_ones_are_left_and_never_pile_up() -> None:
    free = asyncio.Event()
    asked = 0

    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await read_request(reader)
        await free.wait()
        writer.write(status(200))
        await writer.drain()

    async with raw_server(stuck) as server:
        channel = await made(server, Threads(2, "test"), seconds=1.0)
        outcomes = await asyncio.gather(*(channel.send(NOTICE) for _ in range(8)), return_exceptions=True)
        assert all(isinstance(outcome, NotTakenError) for outcome in outcomes)
        assert {str(outcome).partition(" ")[2][:11] for outcome in outcomes} == {"did not ans", "has to wait"}
        assert asked <= 2
        free.set()
        patient = await made(server, Threads(2, "test"), seconds=30.0)
        await patient.send(NOTICE)


async def test_one_that_is_stuck_leaves_threads_to_others() -> None:
    heard: list[bytes] = []

    async def stuck(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    threads = Threads(3, "test")
    async with raw_server(stuck) as bad, raw_server(http_answer(status(200), heard)) as good:
        hanging = await made(bad, threads)
        waiting = [asyncio.create_task(hanging.send(NOTICE)) for _ in range(5)]
        await (await made(good, threads)).send(NOTICE)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert len(heard) == 1


@pytest.mark.parametrize(
    "url", ["", "nonsense", "foo://host-secret", "slack://", "slack://a", "json://", "https://example.org/x"]
)
async def test_address_that_apprise_does_not_know(url: str) -> None:
    with pytest.raises(ValueError, match="no address that Apprise knows") as caught:
        await asyncio.to_thread(Apprise, Threads(1, "test"), composer(), url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "workflow://host.example.org/643a8314dd914/3PAZFVUMn2bR9Qvd",
        "tgram://123456789:alphanumericbottokenxxxxxxxxxxxxxx/-1001234",
    ],
)
async def test_what_people_use_is_known(url: str) -> None:
    channel = await asyncio.to_thread(Apprise, Threads(1, "test"), composer(), url)
    assert channel.kind == "apprise"
