"""Mosquitto as a child: private, bounded, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from services.runtime.broker import MosquittoBroker, port_taken
from services.runtime.lifecycle import StartupError

pytestmark = pytest.mark.real

PARENT = """
import asyncio, signal, sys
from pathlib import Path
from services.runtime.broker import MosquittoBroker

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background ignores it

async def main():
    broker = MosquittoBroker(sys.argv[1], Path(sys.argv[2]), host="127.0.0.1", port=0)
    await broker.start()
    print(broker.port, broker.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ends_with_its_parent_however_that_ends(
    mosquitto_program: str, tmp_path: Path, end: signal.Signals
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    command = [sys.executable, str(script), mosquitto_program, str(tmp_path / "broker")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path.cwd()
    ) as parent:
        assert parent.stdout is not None
        port, pid = map(int, parent.stdout.readline().split())
        assert alive(pid)
        assert port_taken("127.0.0.1", port)
        parent.send_signal(end)
        parent.wait(10)
    # The kernel's signal and the broker's own end take a moment; a pidfd tells when it is over.
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    select.select([descriptor], [], [], 10)
    os.close(descriptor)
    assert not alive(pid)


async def test_is_started_again_when_it_ends_by_itself(mosquitto: MosquittoBroker) -> None:
    first = mosquitto.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while not await publishes(mosquitto.port) or mosquitto.pid == first:
            pass
    assert alive(mosquitto.pid or 0)


async def test_a_taken_port_is_told_in_words(
    mosquitto: MosquittoBroker, mosquitto_program: str, tmp_path: Path
) -> None:
    second = MosquittoBroker(mosquitto_program, tmp_path / "second", host="127.0.0.1", port=mosquitto.port)
    with pytest.raises(StartupError, match=str(mosquitto.port)):
        await second.start()
    await second.stop()


async def test_with_users_nobody_else_gets_in(mosquitto_program: str, tmp_path: Path) -> None:
    broker = MosquittoBroker(
        mosquitto_program, tmp_path / "b", host="127.0.0.1", port=0, users={"nakhon": "s3cret$:"}
    )
    await broker.start()
    try:
        assert await publishes(broker.port, "-u", "nakhon", "-P", "s3cret$:")
        assert not await publishes(broker.port, "-u", "nakhon", "-P", "wrong")
        assert not await publishes(broker.port)
    finally:
        await broker.stop()


async def test_its_folder_is_nobody_elses(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "mosquitto.conf").stat().st_mode & 0o077 == 0


async def publishes(port: int, *arguments: str) -> bool:
    import paho.mqtt.client as paho

    def attempt() -> bool:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        if arguments:
            client.username_pw_set(arguments[1], arguments[3])
        try:
            client.connect("127.0.0.1", port)
        except OSError:
            return False
        answers: list[bool] = []
        client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(not reason.is_failure)
        while not answers:
            if client.loop(0.1) != paho.MQTT_ERR_SUCCESS:
                return False  # it ended before it answered
        client.disconnect()
        return answers[0]

    return await asyncio.to_thread(attempt)
