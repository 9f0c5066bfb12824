"""Asks over HTTP and HTTPS: which status, how fast, with what text, under which certificate."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from devices.model import Expected, Probe, Text
from services.status.probes import certificates, words
from services.status.probes.guard import Address, Guard, Place
from services.status.probes.hosts import Hosts
from services.status.probes.judging import slow
from services.status.probes.model import Finding, TroubleError
from services.status.probes.tcp import trouble_of

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import AddrInfoType, Connection
    from aiohttp.tracing import Trace

REDIRECTS = 3
"""Followed at most."""
BODY = 256 << 10
"""Bytes of the answer in which a text is looked for."""

_PIECE = 16 << 10
_DAY = 86_400_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class _Met:
    """What was met on the way so far."""

    code: int | None = None
    latency: float | None = None
    certificate: float | None = None

    def trouble(self, text: Text, *, answered: bool = True) -> TroubleError:
        return TroubleError(
            text,
            answered=answered or self.code is not None,
            latency=self.latency,
            code=self.code,
            certificate=self.certificate,
        )

    def finding(self, error: Text | None) -> Finding:
        return Finding(error is None, self.latency, self.code, self.certificate, error)


class HttpAsker:
    """Asks for a page and judges the answer; ``trust`` is what certificates are held against.

    Latency is the time until the head of the last answer was there: looking up, connecting and redirects
    included. Every connection is made anew, as a citizen's is.
    """

    def __init__(
        self,
        hosts: Hosts,
        guard: Guard,
        trust: ssl.SSLContext,
        now: Callable[[], int],
        *,
        user_agent: str = "nakhon",
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._guard = guard
        self._trust = trust
        self._now = now
        self._steady = steady
        self._headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"}

    async def ask(self, probe: Probe) -> Finding:
        began, url, met = self._steady(), probe.target, _Met()
        for hop in range(REDIRECTS + 1):
            place, addresses = await self._way(url, met, hop)
            async with self._answer(place, addresses, met) as (answer, certificate):
                met = self._met(answer, certificate, met, began)
                if answer.status not in _REDIRECTS or answer.status in probe.expected.statuses:
                    return await self._judged(answer, probe.expected, met, place)
                url = _leads_to(answer, place, met)
        raise met.trouble(words.too_many_redirects(REDIRECTS))

    async def _way(self, url: str, met: _Met, hop: int) -> tuple[Place, Sequence[Address]]:
        try:
            place = self._guard.place(url)
            return place, await self._hosts.addresses(place.host)
        except TroubleError as error:
            if hop == 0:
                raise
            raise met.trouble(words.redirected(error.text)) from None

    @asynccontextmanager
    async def _answer(
        self, place: Place, addresses: Sequence[Address], met: _Met
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, Mapping[str, Any] | None]]:
        connector = _Checked(addresses, place.port, self._trust)
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            auto_decompress=False,
            trust_env=False,
        )
        async with session:
            try:
                answer = await session.get(place.url, allow_redirects=False)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise await self._trouble(error, place, addresses, met) from None
            try:
                yield answer, connector.certificate
            finally:
                answer.close()

    def _met(
        self, answer: aiohttp.ClientResponse, certificate: Mapping[str, Any] | None, met: _Met, began: float
    ) -> _Met:
        """The certificate that ends first counts."""
        latency = (self._steady() - began) * 1000
        end = certificates.ends(certificate)
        days = [] if met.certificate is None else [met.certificate]
        if end is not None:
            days.append(certificates.days_left(end, self._now()))
        return _Met(answer.status, latency, min(days, default=None))

    async def _judged(
        self, answer: aiohttp.ClientResponse, expected: Expected, met: _Met, place: Place
    ) -> Finding:
        good = expected.statuses or range(200, 300)
        if answer.status not in good:
            return met.finding(words.said(answer.status))
        if expected.contains is not None:
            try:
                missing = await _missing(answer, expected.contains)
            except (aiohttp.ClientError, OSError):
                raise met.trouble(words.broken(place.host)) from None
            if missing is not None:
                return met.finding(missing)
        return met.finding(_too_late(met, expected))

    async def _trouble(
        self, error: Exception, place: Place, addresses: Sequence[Address], met: _Met
    ) -> TroubleError:
        """What went wrong before an answer was there."""
        certificate = getattr(error, "certificate_error", error)
        if isinstance(certificate, ssl.SSLCertVerificationError | ssl.CertificateError):
            trouble = await certificates.not_believed(
                certificate, addresses[0], place.port, place.host, self._now()
            )
            return TroubleError(trouble.text, code=met.code, certificate=trouble.finding.certificate)
        cause = getattr(error, "os_error", error)
        answered = not isinstance(cause, OSError) or isinstance(cause, ConnectionError | ssl.SSLError)
        return met.trouble(_in_words(error, f"{place.host}:{place.port}"), answered=answered)


def _in_words(error: Exception, place: str) -> Text:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ssl.SSLError):
        return words.no_tls(place, (cause.reason or "no answer").lower().replace("_", " "))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return words.broken(place)
    if isinstance(cause, OSError):
        return trouble_of(cause, place)
    return words.no_http(place)


def _leads_to(answer: aiohttp.ClientResponse, place: Place, met: _Met) -> str:
    to = answer.headers.get("Location")
    if not to:
        raise met.trouble(words.redirected_nowhere(answer.status))
    try:
        return urljoin(place.url, to)
    except ValueError:
        raise met.trouble(words.redirected_nowhere(answer.status)) from None


async def _missing(answer: aiohttp.ClientResponse, text: str) -> Text | None:
    """None as soon as the text was read; what is missing when it is not in as much as is read."""
    charset = answer.charset or "utf-8"
    try:
        wanted = text.encode(charset)
    except (LookupError, UnicodeEncodeError):
        wanted = text.encode()
    body = bytearray()
    while len(body) < BODY and (piece := await answer.content.read(min(_PIECE, BODY - len(body)))):
        looked = max(0, len(body) - len(wanted))
        body += piece
        if body.find(wanted, looked) >= 0:
            return None
    part = f" (in its first {BODY >> 10} KiB)" if len(body) >= BODY else ""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        part = " (which is compressed, unasked)"
    return words.text_missing(text, part)


def _too_late(met: _Met, expected: Expected) -> Text | None:
    """A certificate that ends too soon, or an answer that took too long."""
    least = None if expected.certificate is None else expected.certificate / _DAY
    if least is not None and met.certificate is not None and met.certificate < least:
        return words.certificate_ends(met.certificate, least)
    return slow(met.latency, expected)


class _Checked(aiohttp.TCPConnector):
    """Connects to addresses that were checked and nowhere else, and keeps the certificate it was shown."""

    def __init__(self, addresses: Sequence[Address], port: int, trust: ssl.SSLContext) -> None:
        self._may = frozenset((address, port) for address in addresses)
        super().__init__(
            ssl=trust,
            resolver=_Resolved(addresses),
            use_dns_cache=False,
            force_close=True,
            limit=1,
            socket_factory=self._socket,
        )
        self.certificate: Mapping[str, Any] | None = None

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as aiohttp has it
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        if connection.transport is not None:
            self.certificate = connection.transport.get_extra_info("peercert")
        return connection

    def _socket(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if (ip_address(str(where[0])), where[1]) not in self._may:
            raise ConnectionRefusedError(f"{where[0]} was not checked")
        return socket.socket(family, kind, protocol)


class _Resolved(AbstractResolver):
    """Answers with what was looked up before, whatever the name is by now."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - as aiohttp has it
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""
