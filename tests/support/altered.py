"""``nakhon`` with two things altered that a test can't wait for: the machine's clock may be set, and a silent
connection is noticed after some seconds.

``NAKHON_TEST_CLOCK`` names a file that says by how much (ms) the wall clock is wrong, and how much more time
has passed than it has; ``NAKHON_TEST_KEEPALIVE`` is the seconds of MQTT's keep-alive.
"""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho

from services.cli import main
from services.runtime.clock import SystemClock

_CONTENT = struct.Struct("<qq")


class MachineClock:
    """The clock of the machine on which an altered process runs, right to begin with."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._wrong = self._passed = 0
        self._write("wb")

    def set_wrong(self, ms: int) -> None:
        """Somebody sets it: it is wrong by so much now."""
        self._wrong = ms
        self._write()

    def let_pass(self, ms: int) -> None:
        """So much time passes unnoticed, for the wall clock and for the steady one."""
        self._passed += ms
        self._write()

    def _write(self, mode: str = "r+b") -> None:
        with self.file.open(mode) as opened:
            opened.write(_CONTENT.pack(self._wrong, self._passed))


def alter_clock(file: str) -> None:
    """Add to the machine's clocks what the file says, at every look."""
    descriptor = os.open(file, os.O_RDONLY)

    def said() -> tuple[int, int]:
        wrong, later = _CONTENT.unpack(os.pread(descriptor, _CONTENT.size, 0))
        return wrong, later

    def wall() -> float:
        return time.time() + sum(said()) / 1000

    def steady() -> float:
        return time.monotonic() + said()[1] / 1000

    SystemClock.__init__.__kwdefaults__.update(wall=wall, steady=steady)  # type: ignore[attr-defined]


def alter_keepalive(seconds: int) -> None:
    """Ping the broker more often than one would."""
    connect = paho.Client.connect

    def sooner(client: paho.Client, host: str, port: int = 1883, keepalive: int = 60, **more: Any) -> Any:
        return connect(client, host, port, keepalive=seconds, **more)

    paho.Client.connect = sooner  # type: ignore[method-assign]


if __name__ == "__main__":
    if clock := os.environ.get("NAKHON_TEST_CLOCK"):
        alter_clock(clock)
    if keepalive := os.environ.get("NAKHON_TEST_KEEPALIVE"):
        alter_keepalive(int(keepalive))
    main()
