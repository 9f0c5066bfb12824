"""A broker, a whole Nakhon as a process, publishers beside it, and what is seen of them while they work."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.runtime.broker import MosquittoBroker
from tests.bench import processes, setting
from tests.bench.publisher import Publisher
from tests.support.process import Nakhon

Tell = Callable[[str], None]
_ENDED = ("stored", "duplicate", "quarantined")


class Api:
    """The API on one connection that stays open. For one thread."""

    def __init__(self, address: str, token: str) -> None:
        self._place = urlsplit(address)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Any:
        """The JSON of a good answer; None when there is none (it is too busy, or refuses)."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._place.netloc, timeout=30)
        try:
            self._connection.request("GET", path, headers=self._headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            return None
        return json.loads(body) if response.status == 200 else None


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds since the beginning; ``backlog`` is what was published and has not ended yet."""

    at: float
    published: int
    ended: int
    pending: int
    quarantined: int
    resident: float
    anonymous: float

    @property
    def backlog(self) -> int:
        return self.published - self.ended


@dataclass
class Rig:
    """A running Nakhon and its broker."""

    nakhon: Nakhon
    config: Path
    port: int
    token: str
    broker_pid: int
    store_pid: int | None
    _publishers: list[Publisher] = field(default_factory=list)

    @property
    def pid(self) -> int:
        assert self.nakhon.process is not None
        return self.nakhon.process.pid

    def signal(self, number: int) -> None:
        """Send Nakhon a signal."""
        os.kill(self.pid, number)

    def api(self) -> Api:
        """A connection to the API."""
        run = self.nakhon.run_file()
        assert run is not None, self.nakhon.log()
        return Api(run["http"], self.token)

    def publish(self, **spec: Any) -> Publisher:
        """Start a publisher; it ends with the rig at the latest."""
        publisher = Publisher(self.port, **spec)
        self._publishers.append(publisher)
        return publisher

    def ledger(self) -> dict[str, Any]:
        """The ledger, however long it takes to answer."""
        api = self.api()
        while (found := api.get("/api/v1/ledger")) is None:
            time.sleep(0.1)
        ledger: dict[str, Any] = found
        return ledger

    def settle(self, published: int, patience: float, since: dict[str, Any]) -> float:
        """Wait until as many items as were ``published`` have ended since then; seconds, or inf."""
        started = time.perf_counter()
        while time.perf_counter() - started < patience:
            ledger = self.ledger()
            if ended(ledger) - ended(since) >= published and not ledger["pending"]:
                return time.perf_counter() - started
            time.sleep(0.1)
        return float("inf")

    def meter(self, publishers: Sequence[Publisher]) -> processes.Meter:
        """CPU of all that takes part, from now on."""
        return processes.Meter(
            nakhon=self.pid,
            broker=self.broker_pid,
            store=self.store_pid,
            **{f"publisher{n or ''}": publisher.pid for n, publisher in enumerate(publishers)},
        )

    def close(self) -> None:
        """End what still publishes."""
        for publisher in self._publishers:
            publisher.end()


class Watch:
    """Looks at a rig every ``every`` seconds, in a thread of its own, until closed."""

    def __init__(self, rig: Rig, publishers: Sequence[Publisher], *, every: float = 1.0) -> None:
        self.samples: list[Sample] = []
        self._rig, self._publishers, self._every = rig, publishers, every
        self._before = rig.ledger()
        self._started = time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def close(self) -> list[Sample]:
        """All samples."""
        self._over.set()
        self._thread.join()
        return self.samples

    def _look(self) -> None:
        api = self._rig.api()
        while not self._over.wait(self._every):
            published = sum(publisher.acknowledged for publisher in self._publishers)
            ledger = api.get("/api/v1/ledger")
            if ledger is None:
                continue
            self.samples.append(
                Sample(
                    time.perf_counter() - self._started,
                    published,
                    ended(ledger) - ended(self._before),
                    ledger["pending"],
                    ledger["quarantined"] - self._before["quarantined"],
                    *processes.memory(self._rig.pid),
                )
            )


def ended(ledger: dict[str, Any]) -> int:
    """How many items have come to their end."""
    return sum(ledger[name] for name in _ENDED)


@contextmanager
def rig(
    broker: MosquittoBroker,
    folder: Path,
    store: str,
    *,
    more: str = setting.SIZED,
    extra_rule: str = "",
    devices: str = "",
    count: int = setting.DEVICES,
    files: Mapping[str, str] | None = None,
    module: str = "services.cli",
) -> Iterator[Rig]:
    """Nakhon on a broker that runs, with one of the stores of :func:`setting.stores`.

    ``files`` are further ones of the city's folder. ``module`` is what runs in its place: given
    ``run --config FILE``, too.
    """
    config = setting.write_setting(
        folder,
        f"mqtt://{broker.host}:{broker.port}",
        rules=setting.rules_text(extra_rule),
        devices=devices,
        more=setting.stores()[store] + more,
        count=count,
    )
    for name, text in (files or {}).items():
        (folder / "city" / name).write_text(text, encoding="utf-8")
    token = _token(config)
    store_pid = None
    if store == "influxdb":
        url = urlsplit(os.environ["NAKHON_TEST_INFLUX_URL"])
        store_pid = processes.find("influxd", url.port or 8086)
    assert broker.pid is not None
    with Nakhon(folder / "data", ["run", "--config", str(config)], module=module) as nakhon:
        made = Rig(nakhon, config, broker.port, token, broker.pid, store_pid)
        try:
            yield made
        finally:
            made.close()


def _token(config: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "services.cli",
        "tokens",
        "add",
        "--role",
        "admin",
        "--config",
        str(config),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()
