"""Over TLS the same: many messages, large ones, acknowledged; a stranger's certificate is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from devices.broker import BrokerAddress
from services.runtime.broker import MosquittoBroker, free_port
from services.telemetry.mqtt import Subscriber
from simulators.load import LoadSpec, run_load

pytestmark = pytest.mark.real


@pytest.fixture
async def secure(mosquitto_program: str, tmp_path: Path) -> AsyncIterator[tuple[MosquittoBroker, Path]]:
    def certificates() -> Path:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
        return tmp_path / "ca.pem"

    ca_file = await asyncio.to_thread(certificates)
    settings = {"certfile": tmp_path / "cert.pem", "keyfile": tmp_path / "key.pem"}
    broker = MosquittoBroker(
        mosquitto_program, tmp_path / "broker", host="127.0.0.1", port=free_port(), settings=settings
    )
    await broker.start()
    yield broker, ca_file
    await broker.stop()


async def test_messages_pass_and_are_acknowledged(secure: tuple[MosquittoBroker, Path]) -> None:
    broker, ca_file = secure
    count, heard, changed = 5_000, [], asyncio.Event()

    def received(_topic: bytes, payload: bytes, _retained: bool, mid: int) -> None:
        heard.append((payload, mid))
        changed.set()

    address = BrokerAddress("127.0.0.1", broker.port, tls=True, ca_file=str(ca_file))
    client = Subscriber(address, client_id="tls", received=received)
    ready = asyncio.Event()
    client.on_connect = lambda c, *_: c.subscribe("t/#", qos=1)
    client.on_subscribe = lambda *_: ready.set()
    await client.open_connection()
    async with asyncio.timeout(30):
        await ready.wait()
        spec = LoadSpec(
            BrokerAddress("127.0.0.1", broker.port, tls=True, ca_file=str(ca_file)),
            ["t/a", "t/b"],
            count=count,
        )
        sending = asyncio.create_task(asyncio.to_thread(run_load, spec))
        done = 0
        while done < count:
            await changed.wait()
            changed.clear()
            fresh = heard[done:]
            assert client.acknowledge([mid for _, mid in fresh], client.generation)
            done += len(fresh)
        report = await sending
    assert report.acknowledged == len({payload for payload, _ in heard}) == count
    client.shut()
    await asyncio.sleep(0)


# paho leaves the refused socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_certificate_that_nobody_vouches_for_is_refused(secure: tuple[MosquittoBroker, Path]) -> None:
    broker, _ = secure
    client = Subscriber(
        BrokerAddress("127.0.0.1", broker.port, tls=True), client_id="tls", received=lambda *_: None
    )
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        await client.open_connection()
