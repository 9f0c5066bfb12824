"""Requests to other people's servers: bounded in time, connections and size, never led elsewhere.

An answer says whether the other side has taken what it was sent (:func:`judge`). A trouble on the way is a
:class:`NotTakenError`, also a certificate that is not believed: it may be renewed. Redirects are not
followed: what is sent holds secrets and is meant for one address. Errors name the host alone, for paths and
queries of webhooks are often secrets themselves.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.words import clean

LONGEST_PAUSE = 3_600.0
"""A Retry-After beyond this (s) is taken for this: nobody else decides for how long we are silent."""

_READ = 4_096
_SAID = 200
_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for a whole exchange, for connecting, and for what is said after the status."""

    total: float = 10.0
    connect: float = 5.0
    body: float = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``status``, Retry-After in seconds, and the beginning of what the server said."""

    status: int
    retry_after: float | None = None
    body: bytes = b""

    @property
    def said(self) -> str:
        """The beginning of it as one line."""
        return clean(self.body.decode("utf-8", "replace"), _SAID)


class HttpClient:
    """Sends requests; ``now`` (ms) is asked where a server names a date. One serves many channels.

    ``connections`` bounds all, ``per_host`` those to one server, so that one that hangs leaves room for the
    others.
    """

    def __init__(
        self,
        now: Callable[[], int],
        *,
        timeouts: Timeouts | None = None,
        connections: int = 50,
        per_host: int = 10,
    ) -> None:
        self._now = now
        self._timeouts = timeouts or Timeouts()
        self._bounds = (connections, per_host)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Answer:
        """Send it and read the beginning of the answer.

        Raises:
            NotTakenError: no answer: nobody there, too slow, cut off, no HTTP, a certificate not believed.
            RefusedError: the address is none.
        """
        host = host_of(url)
        try:
            async with self._opened().request(
                method,
                url,
                headers=headers,
                data=body,
                ssl=True if tls is None else tls,
                allow_redirects=False,
            ) as answer:
                said = await _beginning(answer, self._timeouts.body)
                return Answer(answer.status, self._pause(answer.headers), said)
        except TimeoutError:
            raise NotTakenError(f"{host} did not answer within {self._timeouts.total:g} s") from None
        except aiohttp.InvalidURL:
            raise RefusedError(f"{host}: the address is not one of HTTP") from None
        except (
            aiohttp.ClientError,
            OSError,
        ) as error:  # before ValueError, which certificates' errors are too
            raise NotTakenError(f"{host} {_trouble(error)}") from None
        except ValueError:
            raise RefusedError(f"{host}: the address or a header is not one of HTTP") from None

    async def close(self) -> None:
        """Let all connections go."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connections, per_host = self._bounds
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=connections, limit_per_host=per_host),
                timeout=aiohttp.ClientTimeout(
                    total=self._timeouts.total, sock_connect=self._timeouts.connect
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "nakhon"},
            )
        return self._session

    def _pause(self, headers: Mapping[str, str]) -> float | None:
        return retry_after(headers.get("Retry-After"), self._now())


async def _beginning(answer: aiohttp.ClientResponse, seconds: float) -> bytes:
    """What it says first. The status counts, however the rest fails; a body without an end is left alone."""
    body = b""
    try:
        async with asyncio.timeout(seconds):
            while len(body) < _READ and (piece := await answer.content.read(_READ - len(body))):
                body += piece
    except (aiohttp.ClientError, OSError):
        answer.close()
    if len(body) >= _READ:
        answer.close()
    return body


def judge(answer: Answer, host: str, *, taken: frozenset[int] = frozenset()) -> None:
    """Return when 2xx, or a status in ``taken``, says that it was taken.

    Raises:
        NotTakenError: 408, 425, 429 and 5xx.
        RefusedError: a redirect, and every other status.
    """
    if 200 <= answer.status < 300 or answer.status in taken:
        return
    said = f": {answer.said}" if answer.said else ""
    if answer.status in _AGAIN or answer.status >= 500:
        raise NotTakenError(f"{host} answered {answer.status}{said}", retry_after=answer.retry_after)
    if 300 <= answer.status < 400:
        raise RefusedError(f"{host} answered {answer.status}, a redirect; write the address that it leads to")
    raise RefusedError(f"{host} answered {answer.status}{said}")


def retry_after(value: str | None, now: int) -> float | None:
    """Retry-After as seconds from ``now`` (ms), of both its forms; None when it says nothing of use."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(0.0, at.timestamp() - now / 1000), LONGEST_PAUSE)


def host_of(url: str) -> str:
    """The host of an address, which may be told; the rest of it may be secret."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the address"
    return f"{parts.hostname or 'the address'}{port}"


def trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """Trust in the authority of that file alone; None is the system's.

    Raises:
        ValueError: the file can't be read, or holds no certificate.
    """
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"{ca_file} is no file of certificates: {error}") from None


def _trouble(error: Exception) -> str:
    """What went wrong, without the address and without what was sent."""
    certificate = getattr(error, "certificate_error", error)
    if isinstance(certificate, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not believed: {certificate.verify_message}"
    if isinstance(certificate, ssl.CertificateError):
        return "shows a certificate of another name"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"can't be reached: {error.os_error.strerror or 'no connection'}"
    if isinstance(error, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError | ConnectionError):
        return "broke the connection before it had answered"
    if isinstance(error, aiohttp.ClientResponseError):
        return "answered with what is not HTTP"
    return f"could not be asked ({type(error).__name__})"
