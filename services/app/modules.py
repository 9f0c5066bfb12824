"""The composition root: one table of modules, how each starts, and what each stands on.

Nothing else wires adapters to services, and nothing else knows them all.
"""

from __future__ import annotations

import asyncio
import fcntl
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import structlog
from aiohttp import web

from devices.broker import BrokerAddress, parse_broker
from devices.city import CityFolder
from devices.documents import Problem, ProblemsError, suggestion
from rules.engine import Engine
from rules.ruleset import RuleSet
from services.api import ApiDeps, make_app
from services.app.alertexports import export_alerts, export_health
from services.app.alerting import make_alerting, watch_over
from services.app.exports import export, rules
from services.app.reloading import Changes, RuleReloader
from services.app.statuses import report_of, start_indicators, start_probes, start_statuses
from services.app.statusexports import export_statuses
from services.bus.memory import MemoryBus
from services.console import dist
from services.registry import RegistryService
from services.runtime.broker import AmqttBroker, MosquittoBroker, find_mosquitto, port_taken
from services.runtime.cityrules import city_rules
from services.runtime.lifecycle import StartupError
from services.store.errors import StoreError, StoreUnavailableError
from services.store.records import Records
from services.store.timeseries import make_store
from services.store.timeseries.retention import Retention
from services.telemetry.interpret import Bounds
from services.telemetry.parts import Parts
from services.telemetry.rates import Enforced, Rates
from services.telemetry.service import TelemetryService

if TYPE_CHECKING:
    from services.app.application import Application

log = structlog.get_logger(__name__)

OWN_USER = "nakhon"
_TIDY_EVERY = 600.0
_STORE_EVERY = 60.0
_TOLD_KEPT = 400 * 86_400_000
"""Who was told what is kept for more than a year (ms): the certificate is renewed with it."""
_READING = 400
"""Bytes of JSON that a reading takes at most, as a rule: a request may hold as many as a payload may."""
DEMO_TOKEN = "demo"  # noqa: S105 - the name of a token, not a token


@dataclass(frozen=True, slots=True)
class Module:
    """A part of the process: how it starts, and what must have started before."""

    start: Callable[[Application], Awaitable[None]]
    needs: tuple[str, ...] = ()


async def _data(app: Application) -> None:
    """The data folder, and nobody else in it."""
    lock = await asyncio.to_thread(_lock_folder, app.config.data)

    async def release() -> None:
        lock.close()

    app.push("data", release)


def _lock_folder(data: Path) -> BinaryIO:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (data / "lock").open("ab")
    except OSError as error:
        text = f"can't write in the data folder {data}: {error.strerror}; mend its rights, or name another"
        raise StartupError(text) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        text = f"another Nakhon is running on the data folder {data}; stop it, or name another folder"
        raise StartupError(text) from None
    return lock


async def _records(app: Application) -> None:
    app.records = await Records.open(app.config.records.url, app.config.data)
    app.push("records", app.records.close)
    before = await app.records.settings.get("city")
    if before not in (None, app.folder.city.id):
        raise StartupError(
            f"these records belong to the city {before!r}, not {app.folder.city.id!r}; "
            "name another data folder or database"
        )
    await app.records.settings.put("city", app.folder.city.id)


async def _bus(app: Application) -> None:
    app.bus = MemoryBus()


async def _store(app: Application) -> None:
    series = app.config.timeseries
    _check_retentions(app)
    app.store = make_store(
        series.kind,
        data=app.config.data,
        url=series.url,
        org=series.org,
        bucket=series.bucket,
        token=series.token,
        retention=Retention(app.config.limits.retention, app.config.limits.retentions),
        timezone=app.folder.city.timezone,
    )
    app.push("store", app.store.close)
    try:
        await app.store.open()
    except StoreUnavailableError as error:
        log.warning("the time-series store is away; trying again, readings wait", reason=str(error))


def _check_retentions(app: Application) -> None:
    problems = [
        Problem(
            "limits.retentions",
            0,
            name,
            "is no observation type of this city" + suggestion(name, app.folder.catalog),
        )
        for name in app.config.limits.retentions
        if name not in app.folder.catalog
    ]
    if problems:
        raise ProblemsError(problems)


async def _broker(app: Application) -> None:
    mqtt = app.config.mqtt
    if mqtt.url is not None:
        given = parse_broker(mqtt.url, ca_file=str(mqtt.ca_file) if mqtt.ca_file else None)
        username, password = mqtt.username or given.username, mqtt.password or given.password
        app.target = replace(given, username=username, password=password)
        return
    port = _free(mqtt.host, mqtt.port, app.demo is not None and app.demo.free_mqtt, "mqtt.port (--mqtt)")
    program = await asyncio.to_thread(find_mosquitto)
    password = None
    if program is not None:
        users = None
        if app.demo is None:
            password = mqtt.password or secrets.token_urlsafe(24)
            users = {mqtt.username or OWN_USER: password}
        app.broker = MosquittoBroker(
            program, app.config.data / "broker", host=mqtt.host, port=port, users=users
        )
    elif app.demo is not None:
        app.broker = AmqttBroker(host=mqtt.host, port=port)
    else:
        raise StartupError(
            "no broker: install Mosquitto (Debian: apt install mosquitto), or name one with mqtt.url"
        )
    await app.broker.start()
    app.push("broker", app.broker.stop)
    user = None if password is None else mqtt.username or OWN_USER
    app.target = BrokerAddress(app.broker.host, app.broker.port, username=user, password=password)


def _free(host: str, port: int, may_take_another: bool, setting: str) -> int:
    if port == 0 or not port_taken(host, port):
        return port
    if may_take_another:
        log.warning("the usual port is taken; taking another", port=port)
        return 0
    raise StartupError(f"{host}:{port} is taken by another program; stop it, or set another {setting}")


async def _rules(app: Application) -> None:
    city, horizon = app.folder.city, app.config.limits.live_horizon
    app.engine = Engine(app.ruleset, city, app.registry.all(), horizon=horizon, derive_all=True)


async def _registry(app: Application) -> None:
    app.registry = RegistryService(app.records, app.bus, app.folder.city, app.clock, app.folder.catalog)
    await app.registry.start(app.folder.devices)
    app.push("registry", app.registry.stop)


async def _alerts(app: Application) -> None:
    app.alerting = await make_alerting(app)
    app.alerts = app.alerting.alerts
    app.push("alerts", app.alerting.stop)
    await app.alerts.start()


async def _telemetry(app: Application) -> None:
    limits = app.config.limits
    rates = Rates(
        limits.device_rate,
        limits.device_burst,
        limits.zone_rate,
        limits.zone_burst,
        Enforced(limits.rates),
    )
    writes = app.metrics.store_write.labels(app.store.name)
    app.telemetry = TelemetryService(
        Parts(
            city=app.folder.city,
            catalog=app.folder.catalog,
            devices=app.registry,
            engine=app.engine,
            store=app.store,
            quarantine=app.records.quarantine,
            alerts=app.alerts,
            bus=app.bus,
            clock=app.clock,
            broker=app.target,
            client_id=f"{app.config.mqtt.client_id}-{app.folder.city.id}",
            data=app.config.data,
            journal=limits.journal,
            bounds=Bounds(
                limits.payload,
                limits.future,
                limits.retention,
                limits.readings,
                limits.retentions,
                allowance=rates.told(),
            ),
            rates=rates,
            waiting=limits.waiting,
            statuses=app.status.domains,
            services=app.status.services,
            on_write=writes.observe,
            on_batch=app.metrics.batch_seconds.observe,
        )
    )
    app.status.quality = app.telemetry.quality
    app.push("telemetry", app.telemetry.stop)
    await app.telemetry.start()


async def _reload(app: Application) -> None:
    """The rule files, from now on watched."""

    async def apply(folder: CityFolder, ruleset: RuleSet) -> Changes:
        reloaded = await app.telemetry.reload(ruleset)
        app.folder, app.ruleset = folder, ruleset
        return reloaded

    app.rule_files = RuleReloader(app.config.city, app.folder, app.ruleset, app.clock, city_rules, apply)
    task = asyncio.create_task(app.rule_files.watch(), name="rule files")

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.push("rule files", stop)


async def _api(app: Application) -> None:
    export(app)
    export_alerts(app)
    export_health(app)
    export_statuses(app)
    http = app.config.http
    port = _free(http.host, http.port, app.demo is not None and app.demo.free_http, "http.port (--http)")
    if app.demo is not None:
        app.login_code = secrets.token_urlsafe(18)
        app.token = await _demo_token(app)
    alerting, statuses = app.alerting, app.statuses
    deps = ApiDeps(
        city=app.folder.city,
        catalog=app.folder.catalog,
        registry=app.registry,
        alerts=app.alerts,
        incidents=alerting.incidents,
        silences=alerting.silences,
        maintenance=alerting.maintenance,
        notifications=alerting.notifications,
        floods=alerting.figures,
        deadlines=alerting.figures,
        routes=alerting.figures,
        services=statuses.service,
        history=statuses.history,
        kpis=statuses.kpis,
        kpi_export=statuses.kpis.export,
        notes=statuses.notes,
        report=report_of(app),
        public_url=app.config.notify.console,
        status=app.status,
        telemetry=app.telemetry,
        store=app.store,
        tokens=app.records.tokens,
        quarantine=app.records.quarantine,
        quality=app.telemetry,
        rules=lambda: rules(app),
        folder=lambda: app.folder,
        rule_files=app.rule_files,
        bus=app.bus,
        clock=app.clock,
        metrics=lambda: (app.metrics.render(), app.metrics.content_type),
        ready=app.ready,
        console=dist(),
        login_code=app.login_code,
        payload=max(app.config.limits.payload, app.config.limits.readings * _READING),
    )
    runner = web.AppRunner(make_app(deps), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    app.push("api", runner.cleanup)
    site = web.TCPSite(runner, http.host, port)
    try:
        await site.start()
    except OSError as error:
        raise StartupError(f"can't serve on {http.host}:{port}: {error.strerror}") from None
    bound = runner.addresses[0][1]
    app.http_url = f"http://{http.host}:{bound}"


async def _demo_token(app: Application) -> str:
    """An administrator's token for this run; those of former runs end."""
    now = app.clock.now()
    for token in await app.records.tokens.all():
        if token.name == DEMO_TOKEN and token.valid(now):
            await app.records.tokens.revoke(token.id, now=now)
    made = await app.records.tokens.add(DEMO_TOKEN, "admin", now=now)
    return made.secret


async def _housekeeping(app: Application) -> None:
    task = asyncio.create_task(_tidy(app), name="housekeeping")

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.push("housekeeping", stop)


async def _tidy(app: Application) -> None:
    """Keep the quarantine within its bounds, and let the store do what it has to do now and then."""
    limits = app.config.limits
    due = 0.0
    while True:
        if (steady := time.monotonic()) >= due:
            due = steady + _TIDY_EVERY
            oldest = app.clock.now() - limits.quarantine_age
            await _try(
                "quarantine", app.records.quarantine.trim(max_count=limits.quarantine, older_than=oldest)
            )
            told = app.clock.now() - _TOLD_KEPT
            await _try("notifications", app.records.notifications.trim(told))
            await _try("cases", app.records.cases.trim(told))
            await _try("statuses", app.statuses.archive.trim(app.clock.now()))
        await _try("time series", app.store.tidy(app.clock.now()))
        await asyncio.sleep(_STORE_EVERY)


async def _try(what: str, work: Awaitable[object]) -> None:
    try:
        await work
    except StoreError as error:
        log.warning("can't be tidied now", what=what, reason=str(error))


MODULES: Mapping[str, Module] = {
    "data": Module(_data),
    "records": Module(_records, ("data",)),
    "bus": Module(_bus),
    "store": Module(_store, ("data",)),
    "broker": Module(_broker, ("data",)),
    "registry": Module(_registry, ("records", "bus")),
    "housekeeping": Module(_housekeeping, ("records", "store", "status")),
    "alerts": Module(_alerts, ("records", "bus", "registry")),
    "rules": Module(_rules, ("registry",)),
    "status": Module(start_statuses, ("records", "bus", "registry", "alerts", "store")),
    "telemetry": Module(_telemetry, ("rules", "alerts", "status", "store", "broker", "records")),
    "probes": Module(start_probes, ("telemetry", "status")),
    "indicators": Module(start_indicators, ("telemetry", "status", "alerts")),
    "own troubles": Module(watch_over, ("telemetry", "alerts")),
    "rule files": Module(_reload, ("telemetry", "rules")),
    "api": Module(
        _api,
        (
            *("telemetry", "status", "alerts", "registry", "rules", "rule files", "store", "records"),
            *("probes", "indicators"),
        ),
    ),
}


def order() -> list[str]:
    """The modules, each after those it stands on. A circle raises."""
    return list(TopologicalSorter({name: module.needs for name, module in MODULES.items()}).static_order())
