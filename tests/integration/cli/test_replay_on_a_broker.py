"""A recording published to a real broker, by the command as people run it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from services.runtime.broker import MosquittoBroker
from tests.support.process import Nakhon, until

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[3]
START = 1_767_225_600_000
MAP = """
time: {column: ts}
device: {column: station}
zone: {value: samyan}
type: AirQualityObserved
values: {pm25: pm25}
register: REGISTER
"""


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write(
    folder: Path, rows: int, step: int = 1_000, *, stations: tuple[str, ...] = ("aq-01", "aq-02")
) -> list[str]:
    """A recording and its map; the arguments that name them."""
    lines = [f"{START + n * step},{stations[n % len(stations)]},{n % 500}" for n in range(rows)]
    (folder / "r.csv").write_text("\n".join(["ts,station,pm25", *lines]))
    register = "true" if any(not name.startswith("aq-0") for name in stations) else "false"
    (folder / "map.yaml").write_text(MAP.replace("REGISTER", register))
    return [str(folder / "r.csv"), "--map", str(folder / "map.yaml")]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "replay", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("NAKHON")},
    )


def replayed(*arguments: str) -> tuple[int, str]:
    process = started(*arguments)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


@contextmanager
def hearing(broker: MosquittoBroker) -> Iterator[list[tuple[str, dict[str, object]]]]:
    """What a subscriber hears."""
    heard: list[tuple[str, dict[str, object]]] = []
    ready = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _c, _d, message: heard.append((message.topic, json.loads(message.payload)))
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe("nakhon/#", qos=1)
    assert ready.wait(10)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def url(broker: MosquittoBroker) -> str:
    return f"mqtt://{broker.host}:{broker.port}"


async def test_everything_is_published_in_order_on_the_devices_topics(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    files = write(tmp_path, 3_000)
    with hearing(mosquitto) as heard:
        code, told = await asyncio.to_thread(replayed, *files, "--mqtt", url(mosquitto), "--fast")
        assert code == 0, told
        await asyncio.to_thread(until, lambda: len(heard) == 3_000, "all are heard")
    assert "published 3,000 of 3,000 readings, 3,000 acknowledged" in told
    assert [reading["ts"] for _, reading in heard] == [START + n * 1_000 for n in range(3_000)]
    assert {topic for topic, _ in heard} == {
        f"nakhon/v1/bangkok-pilot/samyan/environment/{device}/telemetry" for device in ("aq-01", "aq-02")
    }
    assert heard[7][1] == {"ts": START + 7_000, "values": {"pm25": 7.0}}


async def test_moved_to_the_present_the_last_reading_is_of_now(
    mosquitto: MosquittoBroker, tmp_path: Path
) -> None:
    files = write(tmp_path, 10, 60_000)
    before = time.time() * 1_000
    with hearing(mosquitto) as heard:
        code, told = await asyncio.to_thread(
            replayed, *files, "--mqtt", url(mosquitto), "--fast", "--shift", "now"
        )
        assert code == 0, told
        await asyncio.to_thread(until, lambda: len(heard) == 10, "all are heard")
    times = [int(str(reading["ts"])) for _, reading in heard]
    assert [later - earlier for earlier, later in pairwise(times)] == [60_000] * 9
    assert before <= times[-1] <= time.time() * 1_000


async def test_an_interrupt_ends_it_cleanly(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    files = write(tmp_path, 100, 60_000)
    with hearing(mosquitto) as heard:
        process = started(*files, "--mqtt", url(mosquitto))
        await asyncio.to_thread(until, lambda: len(heard) == 1, "the first is heard")
        process.send_signal(signal.SIGINT)
        _, told = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 0, told
    assert "published 1 of 100 readings, 1 acknowledged" in told


def test_without_a_broker_it_says_so(free_port: int, tmp_path: Path) -> None:
    files = write(tmp_path, 2)
    code, told = replayed(*files, "--mqtt", f"mqtt://127.0.0.1:{free_port}", "--fast")
    assert code == 2
    assert f"no broker lets replay in at mqtt://127.0.0.1:{free_port}" in told


def test_what_can_not_be_is_told_before_anything_is_published(free_port: int, tmp_path: Path) -> None:
    broker = ["--mqtt", f"mqtt://127.0.0.1:{free_port}"]
    code, told = replayed(*write(tmp_path, 2), *broker, "--fast", "--speed", "2")
    assert (code, "one of --speed and --fast" in told) == (2, True)
    files = write(tmp_path, 2, stations=("new",))
    code, told = replayed(*files, *broker, "--data", str(tmp_path / "none"))
    assert (code, "1 devices have to be registered (new)" in told) == (2, True)


def test_a_running_nakhon_registers_what_the_map_makes_up_and_stores_it(
    mosquitto_program: str, tmp_path: Path
) -> None:
    files = write(tmp_path, 20, stations=("aq-01", "Din Daeng"))
    data = tmp_path / "data"
    with Nakhon(data, ["demo", "--http", "0", "--mqtt", "0", "--data", str(data), "--no-simulate"]) as nakhon:
        for _ in range(2):
            code, told = replayed(*files, "--data", str(data), "--fast", "--shift", "now")
            assert code == 0, told
        run = nakhon.run_file()
        assert run is not None
        until(lambda: ledger(run)["stored"] == 40, "all are stored")
        assert ledger(run)["quarantined"] == 0
        assert device(run)["name"] == "Din Daeng"


def ask(run: dict[str, str], path: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{run['http']}/api/v1/{path}", headers={"Authorization": f"Bearer {run['token']}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def ledger(run: dict[str, str]) -> dict[str, object]:
    return ask(run, "ledger")


def device(run: dict[str, str]) -> dict[str, object]:
    return ask(run, "devices/din-daeng")
