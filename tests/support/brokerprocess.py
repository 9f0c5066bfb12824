"""A real Mosquitto as a process of the test's own, to be stopped, killed and started again at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from services.runtime.broker import MosquittoBroker, _end_with_parent


class BrokerProcess:
    """Mosquitto with Nakhon's shipped configuration, which ``settings`` override."""

    def __init__(self, program: str, folder: Path, settings: Mapping[str, Any] | None = None) -> None:
        self._program = program
        self._settings = settings or {}
        self._made = MosquittoBroker(program, folder, host="127.0.0.1", port=0, settings=settings)
        self.folder, self.host, self.port = folder, self._made.host, self._made.port
        self._process: subprocess.Popen[bytes] | None = None
        self.altered = False
        """Whether it runs with other settings than its own."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, **settings: Any) -> None:
        """Start it, with these settings this time, and return when it takes connections."""
        self._made._settings = {**self._settings, **settings}
        self.altered = bool(settings)
        with self._made._prepare() as output:
            command = [self._program, "-c", str(self.folder / "mosquitto.conf")]
            # It ends with the tests, however these end.
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - it only calls the kernel
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.host, self.port), 1).close()
            except OSError:
                time.sleep(0.01)
                continue
            return
        raise AssertionError(f"Mosquitto does not start: {(self.folder / 'mosquitto.log').read_text()}")

    def stop(self) -> None:
        """Let it save what it holds, and end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)

    def save(self) -> None:
        """Have it write down what it holds now, as it does every few seconds."""
        assert self._process is not None
        saved = self.folder / "mosquitto.db"
        before = saved.stat().st_mtime_ns if saved.exists() else 0
        self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not saved.exists() or saved.stat().st_mtime_ns == before:
            assert time.monotonic() < deadline, "Mosquitto does not save"
            time.sleep(0.01)

    def forget(self) -> None:
        """Take away what it has saved, as a broker without persistence never had it."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)

    def remove(self) -> None:
        """Take its folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            self._process.send_signal(number)
            self._process.wait(10)
