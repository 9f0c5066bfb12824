"""Asks a DNS server for the addresses of a name: over UDP, and over TCP when the answer does not fit."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from devices.model import Probe, Text
from services.status.probes import words
from services.status.probes.dnsmessage import Address, Kind, NotOursError, Rcode, Reply, question, reply
from services.status.probes.hosts import Hosts
from services.status.probes.judging import slow
from services.status.probes.model import Finding, TroubleError
from services.status.probes.tcp import dial, host_and_port, trouble_of

_PORT = 53
_AGAIN = 2.0
"""A datagram that was not answered within as many seconds is sent once more: they get lost."""
_RESOLV_CONF = Path("/etc/resolv.conf")


def machine_resolvers(text: str) -> list[str]:
    """The servers that a resolv.conf names; as resolv.conf(5) has it, this machine when it names none."""
    lines = (line.split() for line in text.splitlines())
    named = [parts[1] for parts in lines if len(parts) > 1 and parts[0] == "nameserver"]
    return named or ["127.0.0.1"]


@dataclass(frozen=True, slots=True)
class _Server:
    """Whom to ask: as a person knows it, and where it is."""

    name: str
    addresses: Sequence[Address]
    port: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What to ask; ``number`` is what the answer must repeat."""

    name: str
    kind: Kind
    number: int
    sent: bytes

    @classmethod
    def of(cls, name: str, kind: Kind) -> _Question:
        number = secrets.randbits(16)
        try:
            return cls(name, kind, number, question(number, name, kind))
        except ValueError as error:  # UnicodeError too
            raise TroubleError(words.not_an_address(str(error), str(error)), asked=False) from None

    def answered_by(self, message: bytes) -> Reply:
        return reply(message, self.number, self.name, self.kind)


class DnsAsker:
    """Asks the probe's resolver; without one, that of the machine.

    The machine's resolvers are its administrator's and may be anywhere; one that a city file names is
    guarded like any other address.
    """

    def __init__(
        self, hosts: Hosts, steady: Callable[[], float] = time.monotonic, resolv_conf: Path = _RESOLV_CONF
    ) -> None:
        self._hosts = hosts
        self._steady = steady
        self._resolv_conf = resolv_conf

    async def ask(self, probe: Probe) -> Finding:
        began = self._steady()
        server = await self._server(probe)
        wanted = frozenset(ip_address(address) for address in probe.expected.addresses)
        found: list[Address] = []
        for kind in _kinds(wanted):
            found += await _asked(_Question.of(probe.target, kind), server)
            if found and not wanted:
                break
        return _judged(probe, found, wanted, (self._steady() - began) * 1000)

    async def _server(self, probe: Probe) -> _Server:
        if probe.resolver is not None:
            host, port = host_and_port(probe.resolver, _PORT)
            return _Server(probe.resolver, await self._hosts.addresses(host), port)
        with suppress(OSError, ValueError):
            named = machine_resolvers(await asyncio.to_thread(self._resolv_conf.read_text, "utf-8"))
            return _Server(named[0], [ip_address(address) for address in named], _PORT)
        return _Server("127.0.0.1", [ip_address("127.0.0.1")], _PORT)


def _kinds(wanted: Iterable[Address]) -> list[Kind]:
    """Those of the expected addresses; without any, both, until there is one."""
    versions = {address.version for address in wanted} or {4, 6}
    return [kind for kind, version in ((Kind.A, 4), (Kind.AAAA, 6)) if version in versions]


def _judged(probe: Probe, found: Sequence[Address], wanted: frozenset[Address], latency: float) -> Finding:
    if not found:
        error: Text | None = words.name_without_address(probe.target)
    elif wanted and wanted.isdisjoint(found):
        error = words.other_addresses(map(str, found[:4]), probe.expected.addresses)
    else:
        error = slow(latency, probe.expected)
    return Finding(error is None, latency, error=error)


async def _asked(asked: _Question, server: _Server) -> tuple[Address, ...]:
    """The addresses that a name has; none when it exists without any.

    Raises:
        TroubleError: there is no such name, or the server can't say.
    """
    try:
        answer = await _over_udp(asked, server)
        if answer.truncated:
            answer = await _over_tcp(asked, server)
    except ValueError as error:
        raise TroubleError(words.resolver_wrong(server.name, str(error))) from None
    if answer.rcode == Rcode.NXDOMAIN:
        raise TroubleError(words.no_such_name(asked.name))
    if answer.rcode != Rcode.NOERROR:
        raise TroubleError(words.resolver_failed(server.name, answer.said))
    return answer.addresses


async def _over_udp(asked: _Question, server: _Server) -> Reply:
    """The first answer to this very question; others are left lying, for anybody can send them."""
    trouble = OSError()
    for address in server.addresses:
        for _ in range(2):
            try:
                async with asyncio.timeout(_AGAIN), _sent(asked.sent, address, server.port) as received:
                    return await _answer(received, asked)
            except OSError as error:  # TimeoutError too
                trouble = error
    if isinstance(trouble, TimeoutError):
        raise TroubleError(words.resolver_silent(server.name), answered=False)
    raise TroubleError(trouble_of(trouble, server.name), answered=isinstance(trouble, ConnectionError))


async def _answer(received: _Datagrams, asked: _Question) -> Reply:
    while True:
        message = await received.next()
        with suppress(NotOursError):
            return asked.answered_by(message)


async def _over_tcp(asked: _Question, server: _Server) -> Reply:
    """RFC 7766: each message after its length in two bytes."""
    reader, writer = await dial(server.addresses, server.port, server.name)
    try:
        writer.write(struct.pack("!H", len(asked.sent)) + asked.sent)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answer = asked.answered_by(await reader.readexactly(length))
    except (OSError, asyncio.IncompleteReadError):
        raise TroubleError(words.broken(server.name)) from None
    finally:
        writer.close()
    if answer.truncated:
        raise ValueError("cut off over TCP, too")
    return answer


class _Datagrams(asyncio.DatagramProtocol):
    """Datagrams of one other side, as they come; few wait, and those that come then are dropped."""

    def __init__(self) -> None:
        self._received: asyncio.Queue[bytes | OSError] = asyncio.Queue(maxsize=100)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - as asyncio calls it
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self._put(exc)

    def _put(self, received: bytes | OSError) -> None:
        with suppress(asyncio.QueueFull):
            self._received.put_nowait(received)

    async def next(self) -> bytes:
        """The next datagram.

        Raises:
            OSError: nobody takes them there.
        """
        received = await self._received.get()
        if isinstance(received, OSError):
            raise received
        return received


@asynccontextmanager
async def _sent(message: bytes, address: Address, port: int) -> AsyncIterator[_Datagrams]:
    """What comes back from that address and port alone, to a port that the system picks for this message."""
    transport, datagrams = await asyncio.get_running_loop().create_datagram_endpoint(
        _Datagrams, remote_addr=(str(address), port)
    )
    try:
        transport.sendto(message)
        yield datagrams
    finally:
        transport.close()
