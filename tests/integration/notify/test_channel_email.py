"""E-mail against real SMTP servers, some of which misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from structlog.testing import capture_logs

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.channels.email import Email, MailServer
from services.alerts.notify.notice import Reason
from services.alerts.notify.samples import sample
from tests.integration.notify.conftest import Authority
from tests.integration.notify.servers import Answers, Heard, raw_server, smtp
from tests.support.notifying import composer

NOTICE = sample(Reason.FIRING, id="01KE7NOTICE", case="01KE7CASE")
TO = ("duty@example.org", "chief@example.org")


def email(heard: Heard, to: tuple[str, ...] = TO, **given: Any) -> Email:
    settings = {"tls": "none", "timeout": 30.0, "total": 60.0, **given}
    server = MailServer(host="127.0.0.1", port=heard.port, **settings)
    return Email(server, composer(), sender="nakhon@city.example.org", to=to)


class Taking:
    """aiosmtpd's handler: keeps every mail."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 taken"


@asynccontextmanager
async def real_server(
    handler: Taking, tls: ssl.SSLContext | None = None, **given: Any
) -> AsyncIterator[Heard]:
    """aiosmtpd; ``tls`` from the first byte, ``tls_context`` by STARTTLS."""
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(handler, hostname="mail.example.org", loop=loop, **given)  # noqa: E731
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    try:
        yield Heard(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


def parsed(envelope: Envelope) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(cast("bytes", envelope.content), policy=default))


async def test_mail_as_it_arrives() -> None:
    handler = Taking()
    async with real_server(handler) as server:
        await email(server).send(NOTICE)
    (envelope,) = handler.mails
    mail = parsed(envelope)
    assert envelope.mail_from == "nakhon@city.example.org"
    assert envelope.rcpt_tos == list(TO)
    assert mail["Subject"] == "▲ MAJOR: PM2.5 unhealthy in Samyan · aq-01"
    assert mail["To"] == "duty@example.org, chief@example.org"
    assert mail["Message-ID"] == "<01KE7NOTICE@city.example.org>"
    assert mail["In-Reply-To"] == mail["References"] == "<case.01KE7CASE@city.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Nakhon-Severity"] == "major"
    assert mail["X-Nakhon-Reason"] == "firing"
    assert mail["Importance"] == "high"
    assert mail["Date"] == "Mon, 05 Jan 2026 07:05:00 +0000"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    plain, page = (part.get_content() for part in mail.iter_parts())
    assert "pm25 = 81.2 µg/m³ > 75 µg/m³ (major)" in plain
    assert "<h1" in page


async def test_over_tls_from_the_first_byte(authority: Authority) -> None:
    handler = Taking()
    async with real_server(handler, authority.server("127.0.0.1")) as server:
        await email(server, tls="tls", context=authority.trust).send(NOTICE)
    assert len(handler.mails) == 1


async def test_over_starttls_with_a_password(authority: Authority) -> None:
    handler = Taking()
    asked: list[Any] = []

    def authenticator(
        _server: object, _session: object, _envelope: object, _kind: str, data: Any
    ) -> AuthResult:
        asked.append((data.login, data.password))
        return AuthResult(success=True)

    tls = authority.server("127.0.0.1")
    async with real_server(
        handler, tls_context=tls, require_starttls=True, authenticator=authenticator, auth_required=True
    ) as server:
        channel = email(
            server, tls="starttls", context=authority.trust, username="nakhon", password="mail-secret"
        )
        await channel.send(NOTICE)
    assert asked == [(b"nakhon", b"mail-secret")]
    assert len(handler.mails) == 1


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
async def test_certificate_that_is_not_believed(
    authority: Authority, stranger: Authority, tls: str, wrong: str
) -> None:
    handler = Taking()
    shown = stranger.server("127.0.0.1") if wrong == "authority" else authority.server("example.org")
    given: dict[str, Any] = {"tls": shown} if tls == "tls" else {"tls_context": shown}
    async with real_server(handler, **given) as server:
        with pytest.raises(NotTakenError, match="certificate that is not believed"):
            await email(server, tls=tls, context=authority.trust, username="u", password="p").send(NOTICE)
    assert handler.mails == []


async def test_no_starttls_no_mail() -> None:
    handler = Taking()
    async with real_server(handler) as server:
        with pytest.raises(RefusedError, match="offers no STARTTLS"):
            await email(server, tls="starttls", username="u", password="mail-secret").send(NOTICE)
    assert handler.mails == []


async def test_no_way_to_sign_in_no_mail() -> None:
    heard: list[bytes] = []
    async with raw_server(smtp({}, heard)) as server:
        with pytest.raises(RefusedError, match="no way to sign in"):
            await email(server, username="u", password="mail-secret").send(NOTICE)
    assert heard == []


async def test_password_that_is_refused() -> None:
    answers: Answers = {"EHLO": b"250-hello\r\n250 AUTH PLAIN", "AUTH": b"535 5.7.8 no such password"}
    async with raw_server(smtp(answers, [])) as server:
        with pytest.raises(RefusedError, match="535") as caught:
            await email(server, username="nakhon", password="mail-secret").send(NOTICE)
    assert "mail-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ({"EHLO": b"421 going down", "HELO": b"421 going down"}, NotTakenError, "421"),
        ({"MAIL": b"451 try later"}, NotTakenError, "451 try later"),
        ({"MAIL": b"550 you may not"}, RefusedError, "550 you may not"),
        ({"DATA": b"452 disk full"}, NotTakenError, "452 disk full"),
        ({"DATA": b"554 no"}, RefusedError, "554 no"),
        ({".": b"451 scanner is down"}, NotTakenError, "451 scanner is down"),
        ({".": b"554 spam"}, RefusedError, "554 spam"),
        ({"RCPT": b"550 nobody"}, RefusedError, "refused every recipient: d…@example.org: 550 nobody"),
        ({"RCPT": b"450 greylisted"}, NotTakenError, "d…@example.org: 450 greylisted"),
        ({"RCPT": b"421 too many"}, NotTakenError, "421 too many|broke the connection"),
        ({"EHLO": b""}, NotTakenError, "broke the connection"),
        ({"MAIL": b""}, NotTakenError, "broke the connection"),
        ({"DROP": b"yes"}, NotTakenError, "broke the connection"),
    ],
)
async def test_server_that_does_not_take_it(answers: Answers, kind: type[Exception], said: str) -> None:
    async with raw_server(smtp(answers, [])) as server:
        with pytest.raises(kind, match=said.replace("…", ".")) as caught:
            await email(server).send(NOTICE)
    assert str(caught.value).startswith(f"127.0.0.1:{server.port} ")
    assert "duty" not in str(caught.value)


@pytest.mark.parametrize(
    ("greeting", "kind", "said"),
    [
        (None, NotTakenError, "did not answer in time"),
        (b"421 too busy", NotTakenError, "421 too busy"),
        (b"554 not for you", RefusedError, "554 not for you"),
        (b"HTTP/1.1 400 Bad Request", NotTakenError, "127.0.0.1"),
        (b"\xff" * 100, NotTakenError, "127.0.0.1"),
    ],
)
async def test_greeting(greeting: bytes | None, kind: type[Exception], said: str) -> None:
    async with raw_server(smtp({}, [], greeting=greeting)) as server:
        patience = 0.2 if greeting is None else 30.0
        with pytest.raises(kind, match=said):
            await email(server, timeout=patience).send(NOTICE)


async def test_server_that_gives_one_byte_at_a_time_is_left() -> None:
    async def dripping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-still here\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(dripping) as server:
        with pytest.raises(NotTakenError, match="did not answer in time"):
            await email(server, total=0.3).send(NOTICE)


async def test_nobody_there() -> None:
    async with raw_server(smtp({}, [])) as server:
        pass
    with pytest.raises(NotTakenError, match="can't be reached"):
        await email(server).send(NOTICE)


async def test_one_refused_for_good_and_one_taken_is_taken() -> None:
    heard: list[bytes] = []
    async with raw_server(smtp({"RCPT chief@example.org": b"550 left us"}, heard)) as server:
        with capture_logs() as logs:
            await email(server).send(NOTICE)
    assert len(heard) == 1
    assert [line["refused"] for line in logs] == ["c…@example.org: 550 left us"]


async def test_who_was_taken_once_is_left_out_of_the_next_try() -> None:
    heard: list[bytes] = []
    answers: Answers = {"RCPT chief@example.org": b"450 greylisted"}
    serve = smtp(answers, heard)
    async with raw_server(serve) as server:
        channel = email(server)
        with pytest.raises(NotTakenError, match=r"c…@example\.org: 450"):
            await channel.send(NOTICE)
        answers["RCPT duty@example.org"] = b"550 twice"
        answers["RCPT chief@example.org"] = b"250 now"
        await channel.send(NOTICE)
    assert len(heard) == 2


async def test_goodbye_that_is_not_answered_changes_nothing() -> None:
    heard: list[bytes] = []
    async with raw_server(smtp({"QUIT": b""}, heard)) as server:
        await email(server).send(NOTICE)
    assert len(heard) == 1


async def test_goodbye_that_takes_too_long_changes_nothing() -> None:
    heard: list[bytes] = []
    usual = smtp({}, heard)

    async def lingering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await usual(reader, writer)
        await reader.read()

    async with raw_server(lingering) as server:
        await email(server).send(NOTICE)
    assert len(heard) == 1


async def test_address_that_no_header_can_hold_is_final() -> None:
    heard: list[bytes] = []
    async with raw_server(smtp({}, heard)) as server:
        with pytest.raises(RefusedError, match="plain ASCII"):
            await email(server, ("เวร@example.org",)).send(NOTICE)
    assert heard == []


async def test_many_at_once() -> None:
    handler = Taking()
    async with real_server(handler) as server:
        channel = email(server)
        notices = [sample(Reason.FIRING, id=f"n{number}") for number in range(20)]
        await asyncio.gather(*(channel.send(notice) for notice in notices))
    assert {parsed(mail)["Message-ID"] for mail in handler.mails} == {
        f"<n{number}@city.example.org>" for number in range(20)
    }
