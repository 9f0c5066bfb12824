"""Status as a service: follows the bus, looks again once a second, announces what moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog

from devices.model import City, Domain, Observation
from services.bus.protocol import AlertChanged, Bus, DevicesChanged, Listening, Seen
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort, DeviceDirectory
from services.runtime.quality import DeviceQuality
from services.status.announcing import Announcer, ErrorOf
from services.status.course import Course, Moved
from services.status.documents import ObjectiveOf
from services.status.facts import Fact, Hearing
from services.status.feeding import Feed, heard
from services.status.memory import NoMemory, StatusMemory
from services.status.model import Change, Kind, Status, Subject
from services.status.policy.model import StatusPolicy, default_policy
from services.status.works import WorkSource, city_works
from services.status.writing import FactStore, History, Nowhere, Recompute, Writer
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

EVERY = 1.0
LAG = 500
"""How long (ms) a look waits for what is still on its way, so that it is seldom late."""
SAVE_EVERY = 60_000
BEAT_EVERY = 5_000
"""How much (ms) is not known at most after a kill, beside the time in which Nakhon was down."""


def _no_objective(_service: str, _now: int) -> None:
    """Nobody reckons objectives."""


class StatusService:
    """:class:`services.runtime.ports.StatusPort` and :class:`services.runtime.statusports.ServicesPort`.

    The statuses are there from the beginning: unknown until something is heard. After :meth:`start` they
    are looked at again once a second of the clock, those services only of which something moved.

    ``works`` is the maintenance that is planned beside ``city.yaml`` (:meth:`works_changed` when it is
    otherwise). ``told`` hears of every change at once, before anybody is told of it; ``history`` and
    ``facts`` keep them; ``recompute`` is asked to look at the history of services again when something came
    late.
    """

    def __init__(
        self,
        city: City,
        registry: DeviceDirectory,
        bus: Bus,
        clock: Clock,
        alerts: AlertsPort,
        *,
        policy: StatusPolicy | None = None,
        memory: StatusMemory | None = None,
        quality: Callable[[str], DeviceQuality | None] | None = None,
        works: Callable[[], Sequence[WorkSource]] = tuple,
        objective_of: ObjectiveOf = _no_objective,
        told: Callable[[Sequence[Change]], None] | None = None,
        history: History | None = None,
        facts: FactStore | None = None,
        recompute: Recompute | None = None,
    ) -> None:
        self._city = city
        self._registry = registry
        self._bus = bus
        self._clock = clock
        self._policy = policy or default_policy()
        self._memory = memory or NoMemory()
        self._told = told
        self._history = history or Nowhere()
        self._writer = Writer(clock, self._history, facts or Nowhere(), recompute or _ignore)
        self._announcer = Announcer(city, bus, objective_of)
        self._of_city = city_works(city)
        self._feed = Feed(registry, alerts, lambda: [*self._of_city, *works()])
        self._feed.survey.ask = quality
        self._primed: list[Fact] = []
        self._started = False
        self._running: Course | None = None
        self._saved = self._beaten = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def quality(self) -> Callable[[str], DeviceQuality | None] | None:
        """Tells how good the data of a device is, None while nobody can; it may be set at any time."""
        return self._feed.survey.ask

    @quality.setter
    def quality(self, ask: Callable[[str], DeviceQuality | None] | None) -> None:
        self._feed.survey.ask = ask

    def tell_errors_of(self, error_of: ErrorOf) -> None:
        """From now on documents say what is wrong with a probe, as ``error_of`` tells it."""
        self._announcer.error_of = error_of

    async def start(self) -> None:
        """Take over what was kept, and begin to follow."""
        # The first look at a large city takes a while; nobody has to stand still for it.
        course = await self._load() or await self._begin(self._clock.now())
        subscribed = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._follow(subscribed), name="status: follow"))
        await subscribed.wait()
        self._feed.catch_up(self._clock.now())
        course.take(*self._primed)
        self._primed.clear()
        now = self._clock.now()
        self._gather(course, now)
        moved = await asyncio.to_thread(course.until, now)
        self._running, self._started = course, True
        course.take(*self._primed)  # what was told while it looked
        self._primed.clear()
        self._tell(moved)
        self._writer.start()
        self._tasks.append(asyncio.create_task(self._look_for_ever(), name="status: look"))

    async def stop(self) -> None:
        """Stop following, and keep what is worth keeping."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            self._tasks.clear()
            await self._writer.stop()
            await self._save()

    def prime(self, latest: Iterable[Observation]) -> None:
        """What was last heard before this start: it counts as heard, as far as it is recent enough."""
        self._primed += map(heard, latest)

    def tell(self, *facts: Fact) -> None:
        """What others found out, such as KPIs outside their bands; it is kept with the facts."""
        if self._started:
            self._course.take(*facts)
        else:
            self._primed += facts
        self._writer.facts(facts)

    def works_changed(self) -> None:
        """The maintenance that is planned is otherwise than before."""
        self._feed.works_changed()

    def revised(self, services: Iterable[str], since: Mapping[Subject, int] | None = None) -> None:
        """The history of these was computed again: objectives are otherwise, and so may be since when."""
        for subject, moment in (since or {}).items():
            self._course.revise(subject, moment)
        self._announcer.services_moved(self._course, list(services))

    def domains(self) -> Sequence[Mapping[str, Any]]:
        """The contract's domain status, all seven in their official order. Freshness is as of now."""
        return self._announcer.domains(self._course, self._clock.now())

    def services(self) -> Sequence[Mapping[str, Any]]:
        """Every service, by domain and then as the city lists them."""
        return self._announcer.services(self._course, self._clock.now())

    def service(self, service_id: str) -> Mapping[str, Any]:
        """One, with its parts by zone.

        Raises:
            NotFoundError: no such service.
        """
        return self._announcer.service(self._course, service_id, self._clock.now())

    def zones(self) -> Sequence[Mapping[str, Any]]:
        """Every zone: status, since, reason, and the statuses of the services in it."""
        return self._announcer.zones(self._course)

    def explain(self, service_id: str) -> Mapping[str, Any]:
        """How a service's status came about: evidence, and every rule with what it compared and found.

        Raises:
            NotFoundError: no such service.
        """
        return self._announcer.explain(self._course, service_id, self._clock.now())

    def samples(self) -> Iterable[tuple[tuple[str, ...], float]]:
        """``nakhon_domain_status{domain,status}``: 1 for the status that a domain has, 0 for the others."""
        for domain in Domain:
            current = self._course.verdict(Subject(Kind.DOMAIN, domain.value)).status
            for status in Status:
                yield (domain.value, status.value), float(status is current)

    def service_samples(self) -> Iterable[tuple[tuple[str, ...], float]]:
        """``nakhon_service_status{service,domain,status}``: 1, for the status that a service has only."""
        for service in self._course.services().values():
            status = service.whole.standing.verdict.status
            yield (service.id, service.domain.value, status.value), 1.0

    async def _follow(self, subscribed: asyncio.Event) -> None:
        async with self._bus.subscribe(Seen, AlertChanged, DevicesChanged, Listening) as events:
            subscribed.set()
            dropped = 0
            async for event in events:
                self._feed.take(event, self._clock.now())
                if events.dropped > dropped:
                    dropped = events.dropped
                    self._feed.catch_up(self._clock.now())

    async def _look_for_ever(self) -> None:
        while True:
            await self._clock.sleep(EVERY)
            try:
                self._look(self._clock.now() - LAG)
            except Exception:
                log.exception("the statuses could not be looked at; trying again")
            if self._clock.now() >= self._saved + SAVE_EVERY:
                await self._save()
            elif self._clock.now() >= self._beaten + BEAT_EVERY:
                await self._beat()

    def _look(self, horizon: int) -> None:
        """Apply what happened up to ``horizon`` (ms), and tell what moved."""
        self._gather(self._course, horizon)
        self._tell(self._course.until(horizon))

    def _gather(self, course: Course, horizon: int) -> None:
        known, facts = self._feed.gather(course, horizon)
        course.take(*known, *facts)
        self._writer.facts(known)

    def _tell(self, moved: Moved) -> None:
        if moved.changes and self._told is not None:
            self._told(moved.changes)
        self._writer.changes(moved.changes)
        self._writer.late(moved.late)
        self._announcer.moved(moved)
        self._announcer.tell(self._course, self._clock.now())

    @property
    def _course(self) -> Course:
        """The statuses; before the start those of a city in which nothing was heard yet."""
        if self._running is None:
            self._running = Course(self._city, self._policy, self._registry.all(), self._clock.now())
            self._running.until(self._clock.now())
        return self._running

    async def _begin(self, start: int) -> Course:
        devices, now = self._registry.all(), self._clock.now()
        return await asyncio.to_thread(Course, self._city, self._policy, devices, start, started=now)

    async def _load(self) -> Course | None:
        """Go on where the last run stopped; what lies between could not be heard. None: there is nothing."""
        now = self._clock.now()
        try:
            saved = await self._memory.load()
            if saved is None:
                return None
            missed = list(await self._history.after(int(saved["at"])))
            beat = int(saved.get("beat") or 0)
            stopped = min(now, max([int(saved["at"]), beat, *(change.at for change in missed)]))
            course = await self._begin(stopped)
            course.load(saved)
            course.go_on(missed)
        except (StoreError, ValueError, KeyError, TypeError) as error:
            log.warning("what was kept of the statuses can't be read; beginning anew", reason=str(error))
            return None
        silence = (Hearing(stopped, True, down=True), Hearing(now, False))
        course.take(*silence)
        self._writer.facts(silence)
        return course

    async def _beat(self) -> None:
        self._beaten = self._clock.now()
        try:
            await self._memory.beat(self._course.now)
        except StoreError as error:
            log.debug("no beat could be left", reason=str(error))

    async def _save(self) -> None:
        self._saved = self._beaten = self._clock.now()
        try:
            await self._memory.save(self._course.dump())
        except StoreError as error:
            log.warning("the statuses could not be kept; trying again later", reason=str(error))


def _ignore(_late: Mapping[str, int]) -> None:
    """Nobody computes history again."""
