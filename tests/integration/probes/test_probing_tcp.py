"""TCP probes, looking names up, and the reference that tells whose network is away."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from devices.model import ProbeKind
from services.runtime.clock import ManualClock
from services.runtime.probeconfig import Probes
from services.status.probes import ProbeRunner
from services.status.probes.beat import next_beat
from services.status.probes.guard import Guard
from services.status.probes.hosts import Hosts, SystemLookUp
from services.status.probes.tcp import TcpAsker
from tests.integration.notify.servers import raw_server
from tests.integration.probes.conftest import Names, ask, probe, why


async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_port_that_takes_connections_is_up(hosts: Hosts) -> None:
    async with raw_server(quiet) as server:
        found = await ask(TcpAsker(hosts), probe(ProbeKind.TCP, f"db.test:{server.port}"))
        slow = await ask(TcpAsker(hosts), probe(ProbeKind.TCP, f"db.test:{server.port}", latency=0))
    assert (found.up, found.error) == (True, None)
    assert found.latency is not None
    assert slow.up is False


async def test_a_port_that_nobody_listens_at_is_down(hosts: Hosts) -> None:
    async with raw_server(quiet) as server:
        port = server.port
    found = await ask(TcpAsker(hosts), probe(ProbeKind.TCP, f"db.test:{port}"))
    assert (found.up, why(found)) == (False, f"connection to db.test:{port} refused")


async def test_the_next_address_is_tried_when_one_refuses(hosts: Hosts, names: Names) -> None:
    names.addresses["db.test"] = [["127.0.0.2", "127.0.0.1"]]
    async with raw_server(quiet) as server:
        assert (await ask(TcpAsker(hosts), probe(ProbeKind.TCP, f"db.test:{server.port}"))).up


@pytest.mark.parametrize(
    "target", ["db.test", "db.test:", "db.test:0", ":5432", "db.test:99999", "a@b:1", "[::1"]
)
async def test_a_target_that_is_none(hosts: Hosts, target: str) -> None:
    found = await ask(TcpAsker(hosts), probe(ProbeKind.TCP, target))
    assert found.up is None
    assert "is not host:port" in why(found)


@pytest.mark.parametrize(
    "target", ["127.0.0.1:{}", "[::1]:{}", "localhost:{}", "0:{}", "127.1:{}", "2130706433:{}"]
)
async def test_the_inside_is_never_asked_however_it_is_written(target: str) -> None:
    hosts = Hosts(Guard(), SystemLookUp(2))
    async with raw_server(quiet) as server:
        found = await ask(TcpAsker(hosts), probe(ProbeKind.TCP, target.format(server.port)))
    assert found.up is None
    assert "refused by the guard" in why(found)


async def test_the_machine_looks_names_up_in_threads_of_their_own_and_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, under_way, most = threading.Event(), [0], [0]

    def slow(host: str, *_: object, **__: object) -> list[object]:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        go.wait(30)
        under_way[0] -= 1
        if host == "none.test":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]

    monkeypatch.setattr("services.status.probes.hosts.socket.getaddrinfo", slow)
    look_up = SystemLookUp(2)
    asking = [asyncio.create_task(look_up(name)) for name in ("a.test", "none.test", "b.test", "c.test")]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await look_up("given-up.test")
    asking[0].cancel()  # whoever gives up leaves its thread behind, and its place is taken until it ends
    go.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert most[0] <= 2
    assert isinstance(found[0], asyncio.CancelledError)
    assert isinstance(found[1], socket.gaierror)
    assert [str(address) for address in found[2]] == ["192.0.2.1"]  # type: ignore[union-attr]


@pytest.mark.parametrize("reachable", [True, False])
async def test_while_the_reference_does_not_answer_either_nothing_is_said(reachable: bool) -> None:
    clock, bodies, told = ManualClock(), [], asyncio.Event()

    async def submit(device: str, body: bytes) -> dict[str, object]:
        bodies.append(body)
        return {"rejected": []}

    async with raw_server(quiet) as server:
        port = server.port if reachable else 1
        settings = Probes.model_validate({"reference": f"127.0.0.1:{port}"})
        asked = probe(ProbeKind.HTTP, "http://portal.test/")
        runner = ProbeRunner(
            clock,
            [asked],
            submit,
            settings,
            asking={ProbeKind.HTTP: Nobody()},
            on_result=lambda *told_of: told.set(),
        )
        await runner.start()
        await clock.advance((next_beat("portal", 60_000, clock.now()) - clock.now()) / 1000)
        await told.wait()
        await runner.stop()
    (document,) = runner.probes()
    assert document["up"] is (False if reachable else None)
    assert len(bodies) == (1 if reachable else 0)
    assert ("Nakhon's own network" in document["error"]["en"]) is not reachable


class Nobody:
    """Nobody ever answers."""

    async def ask(self, probe: object) -> None:
        from services.status.probes import TroubleError, words

        raise TroubleError(words.timed_out(10), answered=False)
