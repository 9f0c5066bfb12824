"""The process that is made of all modules: how it starts, is found by others, and stops."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import structlog

from devices.broker import BrokerAddress
from devices.city import CityFolder
from rules.engine import Engine
from rules.ruleset import RuleSet
from services.alerts import AlertsService
from services.app.alerting import Alerting
from services.app.modules import MODULES, order
from services.app.reloading import RuleReloader
from services.app.statuses import Statuses
from services.bus.memory import MemoryBus
from services.registry import RegistryService
from services.runtime.broker import Broker
from services.runtime.cityrules import city_rules
from services.runtime.clock import Clock, SystemClock
from services.runtime.config import Config
from services.runtime.lifecycle import Lifecycle, StartupError
from services.runtime.metrics import Metrics
from services.status import StatusService
from services.store.errors import StoreError
from services.store.records import Records
from services.store.timeseries.protocol import TimeSeriesStore
from services.telemetry.journal import JournalError
from services.telemetry.service import TelemetryService

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo allows itself: publishers without a password, another port when the usual is taken."""

    free_http: bool = False
    free_mqtt: bool = False


@dataclass
class Application:
    """A whole Nakhon in one process. :meth:`start`, then :meth:`run`, then :meth:`stop`."""

    config: Config
    folder: CityFolder
    clock: Clock = field(default_factory=SystemClock)
    demo: Demo | None = None
    records: Records = field(init=False)
    store: TimeSeriesStore = field(init=False)
    bus: MemoryBus = field(init=False)
    broker: Broker | None = field(init=False, default=None)
    target: BrokerAddress = field(init=False)
    registry: RegistryService = field(init=False)
    alerts: AlertsService = field(init=False)
    alerting: Alerting = field(init=False)
    ruleset: RuleSet = field(init=False)
    engine: Engine = field(init=False)
    telemetry: TelemetryService = field(init=False)
    rule_files: RuleReloader = field(init=False)
    status: StatusService = field(init=False)
    statuses: Statuses = field(init=False)
    metrics: Metrics = field(init=False, default_factory=Metrics)
    http_url: str = field(init=False, default="")
    token: str | None = field(init=False, default=None)
    login_code: str | None = field(init=False, default=None)
    was_ready: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set once this process has taken up its work."""
    _lifecycle: Lifecycle = field(init=False, default_factory=Lifecycle)

    async def start(self) -> None:
        """Start every module after those it stands on; when one fails, stop those before it again.

        Raises:
            ProblemsError: the mistakes in the city's rules.
            StartupError: one clear reason, and what to do.
        """
        self.ruleset = await asyncio.to_thread(city_rules, self.folder)
        try:
            for name in order():
                await MODULES[name].start(self)
        except (StoreError, JournalError) as error:
            await self._lifecycle.close()
            raise StartupError(str(error)) from error
        except BaseException:
            await self._lifecycle.close()
            raise
        _spare_the_collector()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, or a service fails (which raises)."""
        announce = asyncio.create_task(self._announce_ready())
        failed = asyncio.create_task(self.telemetry.failed())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({failed, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if failed.done():
                await failed
        finally:
            for task in (announce, failed, stopped):
                task.cancel()
            await asyncio.gather(announce, failed, stopped, return_exceptions=True)

    async def stop(self) -> None:
        """Stop every module, the last one started first."""
        await self._lifecycle.close()
        gc.unfreeze()

    def ready(self) -> tuple[bool, list[str]]:
        """Whether Nakhon takes readings in and answers; if not, why."""
        troubles = self.telemetry.trouble()
        return not troubles, troubles

    @property
    def console_url(self) -> str | None:
        """Where the console is, as far as this process knows; None when any port is taken."""
        http = self.config.http
        return f"http://{http.host}:{http.port}" if http.port else None

    def push(self, name: str, clean_up: Callable[[], Awaitable[None]]) -> None:
        """Stop a module by this."""
        self._lifecycle.push(name, clean_up)

    @property
    def run_file(self) -> Path:
        """Where others find this process."""
        return self.config.data / "run.json"

    async def _announce_ready(self) -> None:
        await self.telemetry.source.connected.wait()
        await asyncio.to_thread(self._write_run_file)
        self.was_ready.set()
        self.push("run.json", lambda: asyncio.to_thread(self.run_file.unlink, missing_ok=True))
        log.info("ready", http=self.http_url, mqtt=str(self.target))

    def _write_run_file(self) -> None:
        content = {"pid": os.getpid(), "http": self.http_url, "mqtt": str(self.target)}
        if self.demo is not None:
            content |= {"token": self.token, "login": f"{self.http_url}/login/{self.login_code}"}
        fresh = self.run_file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        fresh.replace(self.run_file)


def _spare_the_collector() -> None:
    """What is there after the start stays for good: the collector of cycles need not look at it again.

    With the usual thresholds it would stop everything for a while again and again in a large city, to find
    nothing: readings are freed as soon as nobody needs them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
