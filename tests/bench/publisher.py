"""The load of a benchmark as a child process, which tells ten times a second how far it has come."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any

from devices.broker import BrokerAddress
from simulators.load import LoadProgress, LoadSpec, run_load
from tests.bench import setting

_EVERY = 0.1


class Publisher:
    """A publisher of its own ``devices`` sensors, from number ``first`` on; ``rate`` None: flat out."""

    def __init__(
        self, port: int, *, rate: float | None, seconds: float, devices: int = setting.DEVICES, first: int = 1
    ) -> None:
        self.acknowledged = 0
        """How many messages the broker has acknowledged by now."""
        self.report: dict[str, Any] = {}
        """What it did, once it is over."""
        asked = {"port": port, "rate": rate, "seconds": seconds, "devices": devices, "first": first}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.publisher", json.dumps(asked)], stdout=subprocess.PIPE
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def going(self) -> bool:
        """Whether it still publishes."""
        return self._process.poll() is None

    def wait(self) -> dict[str, Any]:
        """What it did, when it is over."""
        self._process.wait()
        self._reader.join()
        return self.report

    def end(self) -> None:
        """End it now, if it has not ended."""
        if self.going:
            self._process.terminate()
        self.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            self.acknowledged = told["acknowledged"]
            if "latency_p50" in told:
                self.report = told


def main() -> None:
    """Publish as asked on the command line; progress and report as lines of JSON."""
    asked = json.loads(sys.argv[1])
    spec = LoadSpec(
        BrokerAddress("127.0.0.1", asked["port"]),
        setting.load_topics(asked["devices"], first=asked["first"]),
        rate=asked["rate"],
        seconds=asked["seconds"],
    )
    _tell(run_load(spec, report=_tell, every=_EVERY).as_dict())


def _tell(what: LoadProgress | dict[str, Any]) -> None:
    told = asdict(what) if isinstance(what, LoadProgress) else what
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
