"""Statuses and what stands on them: objectives, their history, probes, indicators, notes, the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any

import structlog

from devices.model import Probe
from rules.model import Transition
from services.app.planned import PlannedWorks
from services.bus.protocol import Late
from services.status import StatusService
from services.status.facts import Banded
from services.status.history.archive import Archive
from services.status.history.desk import HistoryDesk
from services.status.kpis.reading import read_kpis
from services.status.kpis.service import KpiService
from services.status.model import Kind, OffBand
from services.status.notes import NotesService
from services.status.objectives.book import Objectives
from services.status.objectives.burntable import default_burn_table
from services.status.objectives.watch import BurnWatch
from services.status.policy.model import StatusPolicy, read_status_policy
from services.status.probes import ProbeRunner
from services.status.recompute.past import Sources
from services.status.recompute.queue import RecomputeQueue
from services.status.recompute.recomputation import Outcome, Recomputation
from services.status.report import ReportParts, make_report
from services.status.works import city_works
from services.store.errors import StoreError
from services.store.records import Records
from services.store.records.quarantine import QuarantineFilter
from services.store.timeseries.protocol import Selection

if TYPE_CHECKING:
    from services.app.application import Application

log = structlog.get_logger(__name__)

_RECENT = 86_400_000
_EVERY = 1.0
_MOST_CAUSES = 200


class StatusSetting:
    """What the status service keeps, as one setting of the records."""

    def __init__(self, records: Records) -> None:
        self._settings = records.settings

    async def load(self) -> Mapping[str, Any] | None:
        state: Mapping[str, Any] | None = await self._settings.get("status")
        return None if state is None else {**state, "beat": await self._settings.get("status.beat")}

    async def save(self, state: Mapping[str, Any]) -> None:
        await self._settings.put("status", dict(state))

    async def beat(self, at: int) -> None:
        await self._settings.put("status.beat", at)


@dataclass(slots=True)
class Probed:
    """What probes found, for the metrics."""

    up: dict[str, bool] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, probe: Probe, up: bool | None, seconds: float) -> None:
        """A beat of a probe; of one that says nothing, nothing is known."""
        self.seconds[probe.id] = seconds
        if up is None:
            self.up.pop(probe.id, None)
        else:
            self.up[probe.id] = up


@dataclass(slots=True)
class Statuses:
    """The statuses of a process and all that is around them."""

    service: StatusService
    objectives: Objectives
    burn: BurnWatch
    planned: PlannedWorks
    again: RecomputeQueue
    history: HistoryDesk
    archive: Archive
    notes: NotesService
    kpis: KpiService
    probed: Probed = field(default_factory=Probed)
    probes: ProbeRunner | None = None


async def make_statuses(app: Application) -> Statuses:
    """All of it but what needs telemetry; nothing runs yet.

    Raises:
        ProblemsError: all mistakes in the city's status.yaml and kpis.yaml.
    """
    folder, records, clock = app.folder, app.records, app.clock
    city = folder.city
    written = await asyncio.to_thread(read_status_policy, folder)
    policy = replace(written, reads=lambda rule: _type_of(app, rule))
    burns = await asyncio.to_thread(default_burn_table)
    kpis = await asyncio.to_thread(read_kpis, folder)
    planned = PlannedWorks(city, app.alerting.policy, records.maintenance, app.bus, clock)
    await planned.load()
    objectives = Objectives(city)
    await _remember(objectives, records, clock.now())
    archive = Archive(records.status_history, records.status_facts, clock)
    again = _recompute_queue(app, policy, objectives, planned)
    service = StatusService(
        city,
        app.registry,
        app.bus,
        clock,
        app.alerts,
        policy=policy,
        memory=StatusSetting(records),
        works=planned,
        objective_of=objectives.document,
        told=objectives.take,
        history=archive,
        facts=archive,
        recompute=again.late,
    )
    planned.changed = service.works_changed

    def off_bands(name: str, off: tuple[OffBand, ...]) -> None:
        service.tell(Banded(clock.now(), name, off))

    return Statuses(
        service,
        objectives,
        BurnWatch(city, objectives, burns),
        planned,
        again,
        HistoryDesk(records.status_history, city, clock, objectives),
        archive,
        NotesService(city, records.notes, app.bus, clock),
        KpiService(
            city, kpis, folder.catalog, app.registry, app.store, records.kpis, clock, on_bands=off_bands
        ),
    )


def _recompute_queue(
    app: Application, policy: StatusPolicy, objectives: Objectives, planned: PlannedWorks
) -> RecomputeQueue:
    city = app.folder.city
    of_city = city_works(city)
    sources = Sources(city, app.registry, app.store, app.records, lambda: [*of_city, *planned()])
    recomputation = Recomputation(sources, policy, app.clock, objectives)

    def told(outcome: Outcome) -> None:
        app.status.revised(outcome.services, outcome.since)

    settings, registry = app.records.settings, app.registry
    return RecomputeQueue(
        recomputation,
        settings,
        app.clock,
        city,
        registry,
        told=told,
        caught_up=lambda: app.telemetry.caught_up,
    )


def _type_of(app: Application, rule: str) -> str | None:
    found = app.ruleset.rules.get(rule)
    return None if found is None else found.on


async def _remember(objectives: Objectives, records: Records, now: int) -> None:
    """What the records hold of the services that have an objective."""
    steps = await records.status_history.steps(
        Kind.SERVICE.value, list(objectives), start=now - objectives.furthest, end=now + 1
    )
    for name, held in steps.items():
        objectives.load(name, held)


async def start_statuses(app: Application) -> None:
    """The statuses, from what was heard before this start."""
    app.statuses = await make_statuses(app)
    app.status = app.statuses.service
    now = app.clock.now()
    try:
        app.status.prime(await app.store.latest(Selection(now - _RECENT, now + 1)))
    except StoreError as error:
        log.info("the store can't say what was heard last", reason=str(error))
    await app.status.start()
    app.push("status", app.status.stop)
    subscribed = asyncio.Event()
    _run(app, "planned work", app.statuses.planned.follow(subscribed))
    await subscribed.wait()


async def start_probes(app: Application) -> None:
    """The probes of the city."""
    statuses = app.statuses
    statuses.probes = ProbeRunner(
        app.clock,
        app.folder.city.probes.values(),
        app.telemetry.submit,
        app.config.probes,
        listener=app.telemetry.outlet,
        on_result=statuses.probed.take,
    )
    statuses.service.tell_errors_of(statuses.probes.error)
    await statuses.probes.start()
    app.push("probes", statuses.probes.stop)


async def start_indicators(app: Application) -> None:
    """Indicators and error budgets, and what has to be looked at again when readings come late."""
    statuses = app.statuses
    await statuses.again.start()
    app.push("history of statuses", statuses.again.stop)
    await statuses.kpis.start()
    app.push("indicators", statuses.kpis.stop)
    statuses.burn.restore(app.alerts.open_alerts())
    _run(app, "error budgets", _watch_budgets(app, statuses.burn))
    subscribed = asyncio.Event()
    _run(app, "late readings", _follow_late(app, subscribed))
    await subscribed.wait()


async def _watch_budgets(app: Application, burn: BurnWatch) -> None:
    """Look every second, and tell the alerts; what can't be recorded is told again."""
    waiting: list[Transition] = []
    while True:
        await app.clock.sleep(_EVERY)
        waiting += burn.look(app.clock.now())
        if not waiting:
            continue
        try:
            await app.alerts.apply(waiting)
        except StoreError as error:
            log.warning("alerts about error budgets can't be recorded now", reason=str(error))
        else:
            waiting.clear()


async def _follow_late(app: Application, subscribed: asyncio.Event) -> None:
    async with app.bus.subscribe(Late) as events:
        subscribed.set()
        async for event in events:
            if isinstance(event, Late):
                await _again(app, event.devices)


async def _again(app: Application, devices: Mapping[str, tuple[int, int]]) -> None:
    app.statuses.again.late_readings(devices)
    try:
        await app.statuses.kpis.late(devices)
    except StoreError as error:
        log.warning("indicators could not be marked for late readings", reason=str(error))


def report_of(app: Application) -> Callable[[str, str | None], Coroutine[Any, Any, str]]:
    """Makes the report of a period."""
    alerting, statuses = app.alerting, app.statuses
    parts = ReportParts(
        city=app.folder.city,
        clock=app.clock,
        version=metadata.version("nakhon"),
        services=app.status,
        history=statuses.history,
        kpis=statuses.kpis,
        alerts=app.alerts,
        floods=alerting.figures,
        deadlines=alerting.figures,
        refused=lambda start, end: _refused(app, start, end),
        ledger=app.telemetry.ledger,
        devices=lambda: len(app.registry.all()),
    )

    async def report(period: str, language: str | None) -> str:
        return await make_report(parts, period, language)

    return report


async def _refused(app: Application, start: int, end: int) -> Sequence[Mapping[str, Any]]:
    """Refusals of a span by cause, most first."""
    where = QuarantineFilter(start=start, end=end)
    found, _ = await app.records.quarantine.causes(limit=_MOST_CAUSES, where=where)
    return [group.body for group in found]


def _run(app: Application, name: str, work: Coroutine[Any, Any, None]) -> None:
    """Do this until the process stops."""
    task = asyncio.create_task(work, name=name)

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.push(name, stop)
