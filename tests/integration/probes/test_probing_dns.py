"""DNS probes and real servers over UDP and TCP: honest ones, and those that lie."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from devices.model import Probe, ProbeKind
from services.status.probes.dns import DnsAsker, machine_resolvers
from services.status.probes.guard import Guard
from services.status.probes.hosts import Hosts
from tests.integration.probes.conftest import Names, ask, probe, why

Answer = Callable[[bytes], list[bytes]]
A, AAAA = 1, 28


def answer(asked: bytes, *addresses: str, rcode: int = 0, flags: int = 0x8180) -> bytes:
    """A true answer to a question, with those addresses that are of the kind it asks for."""
    kind = struct.unpack("!H", asked[-4:-2])[0]
    packed = [ip_address(address).packed for address in addresses]
    fitting = [data for data in packed if (len(data) == 4) is (kind == A)]
    head = asked[:2] + struct.pack("!5H", flags | rcode, 1, len(fitting), 0, 0)
    records = [b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for data in fitting]
    return head + asked[12:] + b"".join(records)


class Server(asyncio.DatagramProtocol):
    """Answers each datagram with what ``answer`` makes of it, and keeps the questions."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.asked: list[bytes] = []
        self.port = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for message in self._answer(data):
            self._transport.sendto(message, addr)


@asynccontextmanager
async def dns(over_udp: Answer, over_tcp: Answer | None = None) -> AsyncIterator[Server]:
    """A DNS server on one free port of both protocols."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        for message in over_tcp(await reader.readexactly(length)) if over_tcp else ():
            writer.write(struct.pack("!H", len(message)) + message)
        await writer.drain()
        writer.close()

    tcp = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    server = Server(over_udp)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", port)
    )
    server.port = port
    try:
        yield server
    finally:
        transport.close()
        tcp.close()
        await tcp.wait_closed()


def name(server: Server, *addresses: str, **more: object) -> Probe:
    return probe(
        ProbeKind.DNS, "www.nakhon.example", resolver=f"127.0.0.1:{server.port}", addresses=addresses, **more
    )


async def test_a_name_that_has_an_address_is_up(hosts: Hosts) -> None:
    async with dns(lambda asked: [answer(asked, "203.0.113.7")]) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert (found.up, found.error) == (True, None)
    assert found.latency is not None
    assert len(server.asked) == 1, "an address of one kind is enough"


async def test_a_name_with_an_address_of_version_6_alone_is_up(hosts: Hosts) -> None:
    async with dns(lambda asked: [answer(asked, "2001:db8::7")]) as server:
        assert (await ask(DnsAsker(hosts), name(server))).up
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("expected", "up"),
    [
        (("203.0.113.7",), True),
        (("203.0.113.9", "203.0.113.7"), True),
        (("2001:db8::0007",), True),
        (("203.0.113.9",), False),
        (("2001:db8::9",), False),
    ],
)
async def test_it_must_have_one_of_the_addresses_that_are_expected(
    hosts: Hosts, expected: tuple[str, ...], up: bool
) -> None:
    async with dns(lambda asked: [answer(asked, "203.0.113.7", "2001:db8::7")]) as server:
        found = await ask(DnsAsker(hosts), name(server, *expected))
    assert found.up is up
    if not up:
        assert why(found).endswith(f"expected {expected[0]}")


async def test_a_name_that_is_none_is_told_apart_from_one_without_an_address(hosts: Hosts) -> None:
    async with dns(lambda asked: [answer(asked, rcode=3)]) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert (found.up, why(found)) == (False, "there is no such name: www.nakhon.example (NXDOMAIN)")
    async with dns(lambda asked: [answer(asked)]) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert (found.up, why(found)) == (False, "www.nakhon.example exists, but has no address")


async def test_a_server_that_can_not_say(hosts: Hosts) -> None:
    async with dns(lambda asked: [answer(asked, rcode=2)]) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert why(found) == f"resolver 127.0.0.1:{server.port} answered SERVFAIL"


async def test_a_server_that_is_silent_can_be_ended_at_any_time(hosts: Hosts) -> None:
    async with dns(lambda asked: []) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(DnsAsker(hosts), name(server))


async def test_a_datagram_that_is_lost_is_sent_again_and_then_it_is_silence(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.status.probes.dns._AGAIN", 0.1)
    async with dns(lambda asked: []) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert why(found) == f"resolver 127.0.0.1:{server.port} did not answer"
    assert len(server.asked) == 2
    assert not found.answered


async def test_nobody_listens_there(hosts: Hosts) -> None:
    async with dns(lambda asked: []) as server:
        pass
    found = await ask(DnsAsker(hosts), name(server))
    assert found.up is False
    assert why(found) == f"connection to 127.0.0.1:{server.port} refused"


async def test_answers_with_wrong_numbers_or_to_other_questions_are_left_lying(hosts: Hosts) -> None:
    def lies(asked: bytes) -> list[bytes]:
        true = answer(asked, "203.0.113.7")
        number = struct.unpack("!H", asked[:2])[0]
        guessed = struct.pack("!H", number ^ 1) + answer(asked, "203.0.113.66")[2:]
        other = answer(asked.replace(b"nakhon", b"nekhon"), "203.0.113.66")
        return [guessed, b"", b"\0", asked, other, true]

    async with dns(lies) as server:
        found = await ask(DnsAsker(hosts), name(server, "203.0.113.7"))
    assert found.up, found.error


async def test_an_answer_that_can_not_be_read(hosts: Hosts) -> None:
    async with dns(lambda asked: [answer(asked, "203.0.113.7")[:-2]]) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert found.up is False
    assert why(found).endswith("answered with what is no DNS answer: it is cut off")


async def test_an_answer_that_does_not_fit_is_asked_for_over_tcp(hosts: Hosts) -> None:
    async with dns(
        lambda asked: [answer(asked, flags=0x8380)], lambda asked: [answer(asked, "203.0.113.7")]
    ) as server:
        found = await ask(DnsAsker(hosts), name(server, "203.0.113.7"))
    assert found.up, found.error


@pytest.mark.parametrize(
    ("over_tcp", "told"),
    [
        (lambda asked: [], "broke the connection off"),
        (lambda asked: [answer(asked, flags=0x8380)], "cut off over TCP"),
        (lambda asked: [b"\xff\xff" + answer(asked)[2:]], "it answers another question"),
        (lambda asked: [b""], "it is cut off"),
    ],
)
async def test_a_server_that_lies_over_tcp(hosts: Hosts, over_tcp: Answer, told: str) -> None:
    async with dns(lambda asked: [answer(asked, flags=0x8380)], over_tcp) as server:
        found = await ask(DnsAsker(hosts), name(server))
    assert found.up is False
    assert told in why(found)


async def test_a_resolver_of_the_inside_is_never_asked(names: Names) -> None:
    async with dns(lambda asked: [answer(asked, "203.0.113.7")]) as server:
        found = await ask(DnsAsker(Hosts(Guard(), names)), name(server))
    assert found.up is None
    assert "refused by the guard" in why(found)
    assert server.asked == []


async def test_a_name_that_can_be_none_is_never_asked_for(hosts: Hosts) -> None:
    async with dns(lambda asked: []) as server:
        asked = probe(ProbeKind.DNS, "a..b", resolver=f"127.0.0.1:{server.port}")
        assert (await ask(DnsAsker(hosts), asked)).up is None


def test_the_resolvers_of_the_machine() -> None:
    text = "# made by hand\nsearch city.example\nnameserver 10.0.0.53\nnameserver fe80::1%eth0 # second\n"
    assert machine_resolvers(text) == ["10.0.0.53", "fe80::1%eth0"]
    assert machine_resolvers("") == ["127.0.0.1"]


async def test_without_a_resolver_the_machines_own_is_asked(
    hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    async with dns(lambda asked: [answer(asked, "203.0.113.7")]) as server:
        monkeypatch.setattr("services.status.probes.dns._PORT", server.port)
        asker = DnsAsker(Hosts(Guard(), Names()), resolv_conf=tmp_path / "resolv.conf")
        assert (await ask(asker, probe(ProbeKind.DNS, "www.nakhon.example"))).up
