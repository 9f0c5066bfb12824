"""A whole Nakhon with all that it stands on within reach: a broker, a time-series store and records, each
behind a proxy that can misbehave.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from services.store.records import Records
from tests.support.auditor import Auditor, Sensor, address
from tests.support.brokerprocess import BrokerProcess
from tests.support.cityfiles import write_city, write_config
from tests.support.influx_faults import TOKEN, FaultyInflux
from tests.support.process import Nakhon, until
from tests.support.proxy import Proxy
from tests.support.smallcity import topic

AIR, POWER = 400, 400
RULES = """
group: air
domain: environment
rules:
  - id: pm25-high
    on: AirQualityObserved.pm25
    when: {above: 75, clear_below: 70}
    severity: major
    title: {en: "PM2.5 high at {device}", th: "ฝุ่น PM2.5 สูง {device}"}
"""


def air_sensors() -> list[Sensor]:
    """Air quality in the north; too much PM2.5 raises an alert."""
    names = [f"air-{number:03d}" for number in range(AIR)]
    return [Sensor(name, topic(name), "AirQualityObserved", "pm25", "environment") for name in names]


def power_sensors() -> list[Sensor]:
    """Power in the south, on which there is no rule."""
    names = [f"power-{number:03d}" for number in range(POWER)]
    return [
        Sensor(name, topic(name, zone="south", domain="energy"), "ACMeasurement", "activePower", "energy")
        for name in names
    ]


def devices_csv() -> str:
    """The town's devices.csv."""
    rows = [
        f"{sensor.id},{sensor.type},{'north' if sensor.domain == 'environment' else 'south'},1m"
        for sensor in air_sensors() + power_sensors()
    ]
    return "\n".join(["id,type,zone,interval", *rows]) + "\n"


class Town:
    """A context manager; everything in it ends with it.

    ``records`` is the address of a PostgreSQL database, None for SQLite. With ``influx`` readings go to a
    :class:`FaultyInflux`, else into DuckDB. ``settings`` are lines of ``nakhon.yaml``. ``data`` is made in
    ``folder`` if it is not given. ``nakhon run`` may stand behind ``before``, a command that runs commands.
    """

    def __init__(
        self,
        folder: Path,
        mosquitto: str,
        *,
        records: str | None = None,
        influx: bool = False,
        settings: str = "",
        data: Path | None = None,
        broker: Mapping[str, Any] | None = None,
        rules: str = RULES,
        module: str = "services.cli",
        env: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data = folder, data or folder / "data"
        self._stack = ExitStack()
        self._records, self._settings, self._rules = records, settings, rules
        self._air, self._power = iter(air_sensors()), iter(power_sensors())
        self.broker = BrokerProcess(mosquitto, folder / "broker", broker)
        self.network: Proxy
        self.influx = FaultyInflux() if influx else None
        self.store: Proxy | None = None
        self.database: Proxy | None = None
        self.nakhon = Nakhon(
            self.data,
            ["run", "--config", str(folder / "nakhon.yaml")],
            env={"NAKHON_TIMESERIES__TOKEN": TOKEN, **(env or {})} if influx else dict(env or {}),
            module=module,
        )

    def __enter__(self) -> Self:
        with self._stack as stack:
            stack.enter_context(self.broker)
            self.network = stack.enter_context(Proxy(self.broker.host, self.broker.port))
            more = [self._settings]
            if self.influx is not None:
                stack.enter_context(self.influx)
                self.store = stack.enter_context(Proxy(self.influx.host, self.influx.port))
                where = f"url: 'http://127.0.0.1:{self.store.port}', org: city, bucket: nakhon"
                more.append(f"timeseries: {{kind: influxdb, {where}}}")
            if self._records is not None:
                self.database = stack.enter_context(Proxy(*address(self._records)))
                more.append(f"records: {{url: '{self._through(self._records, self.database)}'}}")
            self._write(more)
            self.nakhon.token = asyncio.run(self._token())
            stack.enter_context(self.nakhon)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.mend()
        self._stack.close()

    def auditor(self, devices: int = 10) -> Auditor:
        """An auditor with devices that no other has used: of air and power in turn, air first."""
        chosen = [next(self._power if number % 2 else self._air) for number in range(devices)]
        return Auditor(self.nakhon, (self.broker.host, self.broker.port), chosen)

    def mend(self) -> None:
        """Everything around Nakhon behaves."""
        for proxy in (self.network, self.store, self.database):
            if proxy is not None:
                proxy.mend()
        if self.influx is not None:
            self.influx.mend()

    def ready(self) -> tuple[bool, list[str]]:
        """What ``/readyz`` says."""
        run = self.nakhon.run_file()
        assert run is not None
        try:
            with urllib.request.urlopen(f"{run['http']}/readyz", timeout=10) as response:
                said = json.loads(response.read())
        except urllib.error.HTTPError as error:
            said = json.loads(error.read())
        return said["ready"], said["reasons"]

    def until_ready(self) -> None:
        """Wait until it takes readings in."""
        until(lambda: self.ready()[0], "it is ready again")

    def restart(self) -> float:
        """kill -9 and start again; how long it took until it was ready (s)."""
        self.nakhon.kill()
        started = time.monotonic()
        self.nakhon.start()
        return time.monotonic() - started

    def metric(self, name: str) -> float:
        """A figure without labels."""
        lines = self.nakhon.text("/metrics").splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))

    def _write(self, more: list[str]) -> None:
        city = write_city(self.folder / "city", devices=devices_csv(), rules=self._rules)
        broker = f"mqtt://127.0.0.1:{self.network.port}"
        write_config(self.folder / "nakhon.yaml", city, self.data, broker, "\n".join(more))

    async def _token(self) -> str:
        self.data.mkdir(exist_ok=True, mode=0o700)
        records = await Records.open(self._records, self.data)
        try:
            return (await records.tokens.add("auditor", "admin", now=int(time.time() * 1000))).secret
        finally:
            await records.close()

    @staticmethod
    def _through(url: str, proxy: Proxy) -> str:
        host, port = address(url)
        return url.replace(f"{host}:{port}", f"127.0.0.1:{proxy.port}")
