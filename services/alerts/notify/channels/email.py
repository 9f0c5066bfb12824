"""Sends mail through an SMTP server.

4xx replies and troubles of the connection are tried again, 5xx are not (RFC 5321, 4.2.1). Every recipient
is answered for by itself: who was taken once is left out of the next try.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib
import structlog

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.channels.mail import mail
from services.alerts.notify.notice import Notice
from services.alerts.notify.words import clean

_SAID = 200
_REMEMBERED = 1_000
_QUIT_SECONDS = 1.0
_UNFIT = "can't take such a mail: is an address not plain ASCII?"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailServer:
    """How the server is reached.

    ``timeout`` (s) bounds each step, ``total`` all of them together; it stays below what the sender waits, so
    that a mail which was taken is never thought lost for a slow goodbye. ``context`` None trusts the system's
    authorities; certificates are always checked.
    """

    host: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = None
    timeout: float = 10.0
    total: float = 25.0

    async def connect(self) -> aiosmtplib.SMTP:
        """A connection that is as safe as was asked for, and signed in.

        Raises:
            RefusedError: the server offers no STARTTLS, or does not let anybody sign in.
        """
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=False,
            tls_context=None if self.tls == "none" else self.context,
            timeout=self.timeout,
        )
        try:
            await client.connect()
            await self._make_safe(client)
            await self._sign_in(client)
        except BaseException:
            client.close()
            raise
        return client

    async def _make_safe(self, client: aiosmtplib.SMTP) -> None:
        await client.ehlo()
        if self.tls != "starttls":
            return
        if not client.supports_extension("starttls"):
            raise RefusedError(f"{self} offers no STARTTLS; if mail may go unprotected, say tls: none")
        await client.starttls()
        await client.ehlo()

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        if self.username is None:
            return
        if not client.supported_auth_methods:
            raise RefusedError(f"{self} offers no way to sign in that is known here; is TLS needed for it?")
        await client.login(self.username, self.password or "")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Email:
    """One mail to all of ``to``, by a connection of its own."""

    kind = "email"

    def __init__(self, server: MailServer, compose: Compose, *, sender: str, to: Sequence[str]) -> None:
        self._server = server
        self._compose = compose
        self._sender = sender
        self._to = tuple(to)
        self._reached = _Reached()

    async def send(self, notice: Notice) -> None:
        """Mail it; see :class:`services.alerts.notify.channel.Channel`.

        When some recipients are refused for good and others are not, it was taken; the log says who was not.
        """
        left = [address for address in self._to if address not in self._reached.of(notice.id)]
        message = mail(notice, self._compose(notice, html=True), sender=self._sender, to=self._to)
        with _told_apart(self._server):
            async with asyncio.timeout(self._server.total):
                client = await self._server.connect()
                try:
                    refused = await self._hand_over(client, message, left)
                except BaseException:
                    client.close()
                    raise
        await _leave(client)
        self._reached.add(notice.id, [address for address in left if address not in refused])
        self._answer(refused)

    async def close(self) -> None:
        """Every mail has a connection of its own."""

    async def _hand_over(
        self, client: aiosmtplib.SMTP, message: bytes, to: Sequence[str]
    ) -> Mapping[str, aiosmtplib.SMTPResponse]:
        """Answers who was refused, and how."""
        try:
            refused, _ = await client.sendmail(self._sender, list(to), message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = {
                one.recipient: aiosmtplib.SMTPResponse(one.code, one.message) for one in error.recipients
            }
        return refused

    def _answer(self, refused: Mapping[str, aiosmtplib.SMTPResponse]) -> None:
        if not refused:
            return
        said = "; ".join(f"{_veiled(to)}: {_reply(reply)}" for to, reply in refused.items())
        if any(reply.code < 500 for reply in refused.values()):
            raise NotTakenError(f"{self._server} did not take the mail for {said}")
        if len(refused) == len(self._to):
            raise RefusedError(f"{self._server} refused every recipient: {said}")
        _log.warning("a mail did not reach all of its recipients", server=str(self._server), refused=said)


class _Reached:
    """To whom a notice that is to be tried again has gone already; the last thousand are known."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, frozenset[str]] = OrderedDict()

    def of(self, notice: str) -> frozenset[str]:
        return self._known.get(notice, frozenset())

    def add(self, notice: str, addresses: Sequence[str]) -> None:
        self._known[notice] = self.of(notice) | frozenset(addresses)
        self._known.move_to_end(notice)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


@contextmanager
def _told_apart(server: MailServer) -> Iterator[None]:
    """Turns what a server or the way to it does into the two errors of a channel."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        reply = _reply(aiosmtplib.SMTPResponse(error.code, error.message))
        if error.code < 500:
            raise NotTakenError(f"{server} answered {reply}") from None
        raise RefusedError(f"{server} answered {reply}") from None
    except aiosmtplib.SMTPNotSupported:
        raise RefusedError(f"{server} {_UNFIT}") from None
    except TimeoutError:
        raise NotTakenError(f"{server} did not answer in time") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotTakenError(f"{server} {_trouble(error)}") from None
    except ValueError:  # not before OSError: errors of certificates are both
        raise RefusedError(f"{server} {_UNFIT}") from None


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye; a server that does not answer that has taken the mail none the less."""
    try:
        if client.is_connected:
            await client.quit(timeout=_QUIT_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        pass
    finally:
        client.close()


def _trouble(error: BaseException) -> str:
    step: BaseException | None = error
    while step is not None:
        if isinstance(step, ssl.SSLCertVerificationError):
            return f"shows a certificate that is not believed: {step.verify_message}"
        step = step.__cause__ or step.__context__
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return "can't be reached"
    if isinstance(error, ConnectionError):
        return "broke the connection before it had taken the mail"
    return f"could not be asked ({type(error).__name__})"


def _reply(reply: aiosmtplib.SMTPResponse) -> str:
    return clean(f"{reply.code} {reply.message}", _SAID)


def _veiled(address: str) -> str:
    """``d…@example.org``: enough to know it again."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
