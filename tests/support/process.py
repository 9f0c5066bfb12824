"""A whole Nakhon as a process of its own, to be started, asked, and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0


class Nakhon:
    """``nakhon run`` or ``nakhon demo`` with a data folder; a context manager that ends it."""

    def __init__(
        self,
        data: Path,
        arguments: Sequence[str],
        *,
        env: dict[str, str] | None = None,
        module: str = "services.cli",
    ) -> None:
        self.data = data
        self._arguments = ["-m", module, *arguments]
        self._env = {**os.environ, **(env or {})}
        self._log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.token: str | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        (self.data / "run.json").unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._arguments],
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=Path(__file__).parents[2],
            )
        until(lambda: self.run_file() is not None or self.process_ended(), "it is ready")
        if self.process_ended():
            raise AssertionError(f"it ended at once:\n{self.log()[-3000:]}")

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """End it politely, and say its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def process_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def run_file(self) -> dict[str, Any] | None:
        """What it says of itself, once it is ready."""
        try:
            found: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        except (OSError, ValueError):
            return None
        return found if self.process and found["pid"] == self.process.pid else None

    def get(self, path: str) -> Any:
        """What the API answers."""
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        """What it answers, as it stands."""
        run = self.run_file()
        assert run is not None
        token = self.token or run.get("token")
        request = urllib.request.Request(f"{run['http']}{path}", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read()[:500]!r}") from None
        return answer.decode()

    def all(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit=10000{cursor}")
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    def log(self) -> str:
        """All it has written so far."""
        return self._log.read_text(errors="replace")


def until(met: Any, what: str, patience: float = PATIENCE) -> None:
    """Wait for a condition of another process; fail, saying what was waited for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if met():
            return
        time.sleep(0.02)
    raise AssertionError(f"waited {patience:.0f} s in vain until {what}")
