"""Two Nakhons on one broker that hear the same: one is left alone, the other is killed now and then.

Whatever the first tells in the end, the second must tell, too.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho

from services.store.records import Records
from tests.support.brokerprocess import BrokerProcess
from tests.support.cityfiles import write_city, write_config
from tests.support.process import Nakhon, until
from tests.support.smallcity import topic

_KEPT = ("rule", "device", "zone", "severity", "state", "title", "starts_at", "ends_at", "evidence")
"""What two Nakhons must say alike of an alert, beside the event times of its firing."""

Reading = tuple[int, Mapping[str, Any]]
"""The moment (ms) and the values."""


def now() -> int:
    """The wall clock, ms."""
    return int(time.time() * 1000)


class Twins:
    """A context manager: a broker, and ``steady`` and ``killed`` on it, with the same city."""

    def __init__(self, folder: Path, mosquitto: str, *, devices: str, rules: str) -> None:
        self._stack = ExitStack()
        self._broker = BrokerProcess(mosquitto, folder / "broker")
        self._sent = 0
        self.steady, self.killed = (
            self._made(folder / name, devices, rules) for name in ("steady", "killed")
        )
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        with self._stack as stack:
            stack.enter_context(self._broker)
            for one in self._both:
                stack.enter_context(one)
            self._client.connect(self._broker.host, self._broker.port)
            self._client.loop_start()
            stack.callback(self._client.loop_stop)
            stack.callback(self._client.disconnect)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(self, device: str, values: Mapping[str, Any], at: int | None = None) -> int:
        """One reading, taken now or ``at``; the moment."""
        taken = now() if at is None else at
        self.history(device, [(taken, values)])
        return taken

    def history(self, device: str, readings: Sequence[Reading]) -> None:
        """Many readings in one message. The broker has them when this returns."""
        body = [{"ts": at, "values": values} for at, values in readings]
        self._client.publish(topic(device), json.dumps(body), qos=1).wait_for_publish(10)
        self._sent += len(readings)

    def heard(self, *which: Nakhon) -> None:
        """Wait until all that was sent is stored; by both, or by one of them."""
        for one in which or self._both:
            until(lambda one=one: _ended(one.get("/api/v1/ledger")) >= self._sent, "all is stored")

    def saved(self, device: str) -> None:
        """One more reading, with which there is something to save; wait until the killed one has saved it."""
        self.heard(self.killed)
        file = self.killed.data / "state"
        since = time.time_ns()
        self.send(device, {"pm25": 1.0})
        until(lambda: file.exists() and file.stat().st_mtime_ns > since, "the state is saved")

    def restart(self) -> None:
        """kill -9 and start again."""
        self.killed.kill()
        self.killed.start()

    def told(self, rule: str, state: str) -> list[dict[str, Any]]:
        """The alerts of a rule, oldest first, once both have one in this state and say the same of them."""
        for one in self._both:
            until(lambda one=one: any(a["state"] == state for a in _alerts(one, rule)), f"{rule} is {state}")
        steady, killed = (_alerts(one, rule) for one in self._both)
        assert killed == steady
        return steady

    def rows(self, query: str) -> list[Any]:
        """Observations that both store alike."""
        steady, killed = (one.all(f"/api/v1/observations?{query}") for one in self._both)
        assert killed == steady
        return steady

    @property
    def _both(self) -> tuple[Nakhon, Nakhon]:
        return self.steady, self.killed

    def _made(self, folder: Path, devices: str, rules: str) -> Nakhon:
        city = write_city(folder / "city", devices=devices, rules=rules)
        broker = f"mqtt://{self._broker.host}:{self._broker.port}"
        config = write_config(folder / "nakhon.yaml", city, folder / "data", broker, client_id=folder.name)
        nakhon = Nakhon(folder / "data", ["run", "--config", str(config)])
        nakhon.data.mkdir(mode=0o700)
        nakhon.token = asyncio.run(_token(nakhon.data))
        return nakhon


async def _token(data: Path) -> str:
    records = await Records.open(None, data)
    try:
        return (await records.tokens.add("twin", "admin", now=now())).secret
    finally:
        await records.close()


def _ended(ledger: Mapping[str, int]) -> int:
    return ledger["stored"] if ledger["pending"] == 0 else -1


def _alerts(nakhon: Nakhon, rule: str) -> list[dict[str, Any]]:
    found = nakhon.all(f"/api/v1/alerts?rule={rule}")
    times = ("taken", "fired")
    return [
        {key: one[key] for key in _KEPT} | {key: one["times"][key] for key in times}
        for one in sorted(found, key=lambda one: (one["starts_at"], one["device"] or ""))
    ]
