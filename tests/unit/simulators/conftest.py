from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.broker import BrokerAddress
from devices.city import CityFolder
from services.runtime.cityfolder import read_city

PILOT = Path(__file__).parents[3] / "deploy" / "cities" / "bangkok-pilot"
_CONFIG = "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n"


@pytest.fixture(scope="session")
def pilot() -> CityFolder:
    """The demo city, read from its folder."""
    return read_city(PILOT)


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """A real Mosquitto on loopback that can be stopped and started again on the same port."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        self.target = BrokerAddress(port=port)
        self._config = folder / "mosquitto.conf"
        self._config.write_text(_CONFIG.format(port=port))
        self._command = [program, "-c", str(self._config)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                socket.create_connection((self.target.host, self.target.port), 0.2).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError("mosquitto did not open its port within 5 s")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[Broker]:
    """Mosquitto, running."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        message = "mosquitto is missing: install the package mosquitto of the system"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    broker = Broker(program, tmp_path, free_port)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
