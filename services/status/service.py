"""Status as a service: follows the bus, looks again once a second, announces what moved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from devices.model import City, Domain, Observation
from services.bus.protocol import AlertChanged, Bus, DevicesChanged, Event, Listening, Seen, StatusChanged
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort, DeviceDirectory
from services.runtime.quality import DeviceQuality
from services.status.alerting import alerts_by_service
from services.status.board import Board
from services.status.evaluate import Evidence, OpenAlert, Policy, Status
from services.status.memory import NoMemory, StatusMemory
from services.status.roster import Roster
from services.status.survey import Survey
from services.status.texts import Speaker
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

EVERY = 1.0
SAVE_EVERY = 60_000
BRIEFLY = 10_000
"""How long (ms) the broker may be away before statuses say so."""
_NOTICED = 0.02
_COST_OF_ALERTS = 10
"""Going through many thousands of open alerts may take one part in so many of the time."""
ROUND = 10
"""In so many looks the data of every device is looked at, unless there are too many devices for that."""
MOST = 250
"""Of how many devices at most the data is looked at in one look: a few ms, whatever the city."""


class StatusService:
    """:class:`services.runtime.ports.StatusPort` of one city, in memory.

    The statuses are there from the beginning: unknown until something is heard. After :meth:`start` they
    are looked at again once a second of the clock, those services only of which something moved.

    ``quality`` tells how good the data of a device is, None while nobody can; it may be set at any time.
    """

    def __init__(
        self,
        city: City,
        registry: DeviceDirectory,
        bus: Bus,
        clock: Clock,
        alerts: AlertsPort,
        *,
        policy: Policy | None = None,
        memory: StatusMemory | None = None,
        quality: Callable[[str], DeviceQuality | None] | None = None,
    ) -> None:
        policy = policy or Policy()
        self._city = city
        self._registry = registry
        self._bus = bus
        self._clock = clock
        self._alerts = alerts
        self._memory = memory or NoMemory()
        self.quality = quality
        self._survey = Survey()
        self._round: Iterator[str] = iter(())
        names = {zone.id: zone.name for zone in city.zones.values()}
        self._roster = Roster(city, policy)
        self._board = Board(city, policy, Speaker(names, ZoneInfo(city.timezone), clock.now()))
        self._open: Mapping[str, tuple[OpenAlert, ...]] = {}
        self._touched = set(city.services)
        self._alerts_due = 0.0
        self._alerts_moved = True
        self._deaf_since: int | None = None
        self._deaf = False
        self._changed_devices: set[str] = set()
        self._saved = clock.now()
        self._tasks: list[asyncio.Task[None]] = []
        self._roster.replace(registry.all(), clock.now())
        self._look()

    async def start(self) -> None:
        """Take over what was kept, and begin to follow."""
        await self._load()
        subscribed = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._follow(subscribed), name="status: follow"))
        await subscribed.wait()
        self._catch_up()
        self._publish(self._look())
        self._tasks.append(asyncio.create_task(self._look_for_ever(), name="status: look"))

    async def stop(self) -> None:
        """Stop following, and keep what is worth keeping."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            self._tasks.clear()
            await self._save()

    def prime(self, latest: Iterable[Observation]) -> None:
        """What was last heard before this start: it counts as heard, as far as it is recent enough."""
        now = self._clock.now()
        for observation in latest:
            self._heard(observation, now)

    def domains(self) -> Sequence[Mapping[str, Any]]:
        """The contract's domain status, all seven in their official order. Freshness is as of now."""
        now = self._clock.now()
        freshest = self._freshest()
        return [self._board.document(domain, freshest, now) for domain in Domain]

    def samples(self) -> Iterable[tuple[tuple[str, ...], float]]:
        """``nakhon_domain_status{domain,status}``: 1 for the status that a domain has, 0 for the others."""
        for domain, current in self._board.statuses():
            for status in Status:
                yield (domain.value, status.value), float(status is current)

    async def _follow(self, subscribed: asyncio.Event) -> None:
        async with self._bus.subscribe(Seen, AlertChanged, DevicesChanged, Listening) as events:
            subscribed.set()
            dropped = 0
            async for event in events:
                self._take(event)
                if events.dropped > dropped:
                    dropped = events.dropped
                    self._catch_up()

    def _take(self, event: Event) -> None:
        if isinstance(event, Seen):
            now = self._clock.now()
            for observation in event.latest.values():
                self._heard(observation, now)
        elif isinstance(event, DevicesChanged):
            self._changed_devices.update(event.devices)
        elif isinstance(event, Listening):
            self._deaf_since = event.deaf_since
        else:
            self._alerts_moved = True

    def _catch_up(self) -> None:
        """Events were lost: alerts and devices are read anew, presence comes again by itself."""
        self._alerts_moved = True
        self._touched |= self._roster.replace(self._registry.all(), self._clock.now())
        self._touched |= self._survey.keep(self._roster.devices())

    def _heard(self, observation: Observation, now: int) -> None:
        service = self._roster.heard(observation.device, observation.time, now)
        if service is not None:
            self._touched.add(service)

    async def _look_for_ever(self) -> None:
        while True:
            await self._clock.sleep(EVERY)
            try:
                self._publish(self._look())
            except Exception:
                log.exception("the statuses could not be looked at; trying again")
            if self._clock.now() >= self._saved + SAVE_EVERY:
                await self._save()

    def _look(self) -> list[Domain]:
        """Judge anew every service of which something moved. Answers the domains that moved with it."""
        now = self._clock.now()
        self._take_devices(now)
        self._take_hearing(now)
        self._touched |= self._roster.pass_time(now)
        if self._alerts_moved and time.monotonic() >= self._alerts_due:
            self._take_alerts()
        self._take_quality()
        touched, self._touched = self._touched, set()
        return self._board.judge({service: self._evidence(service) for service in touched}, now)

    def _take_hearing(self, now: int) -> None:
        """While the broker is away nothing is judged; after it every device has its time again."""
        deaf = self._deaf_since is not None and now - self._deaf_since >= BRIEFLY
        if deaf is self._deaf:
            return
        self._deaf = deaf
        self._touched |= set(self._city.services)
        if not deaf:
            self._roster.await_all(now)

    def _take_devices(self, now: int) -> None:
        changed, self._changed_devices = self._changed_devices, set()
        for device_id in changed:
            device = self._registry.get(device_id)
            self._touched |= (
                self._roster.remove(device_id) if device is None else self._roster.put(device, now)
            )
            if self._roster.service_of(device_id) is None:
                self._touched |= self._survey.forget(device_id)
        self._alerts_moved |= bool(changed)

    def _take_alerts(self) -> None:
        """Which open alerts speak about which service; the more rarely, the longer it takes."""
        began = time.monotonic()
        zones = {
            service: frozenset(count.zone for count in self._roster.counts(service))
            for service in self._city.services
        }
        before = self._open
        self._open = alerts_by_service(self._city, self._alerts.open_alerts(), zones)
        self._alerts_moved = False
        both = before.keys() | self._open.keys()
        self._touched |= {service for service in both if before.get(service) != self._open.get(service)}
        took = time.monotonic() - began
        self._alerts_due = began + _COST_OF_ALERTS * took if took > _NOTICED else 0.0

    def _take_quality(self) -> None:
        """Look at the data of the next few devices."""
        if self.quality is None:
            return
        few = min(MOST, -(-len(self._roster) // ROUND))
        devices = list(islice(self._round, few))
        if len(devices) < few:
            self._round = iter(self._roster.devices())
            devices += islice(self._round, few - len(devices))
        for device in devices:
            self._look_at_data(device, self.quality)

    def _look_at_data(self, device: str, quality: Callable[[str], DeviceQuality | None]) -> None:
        service, known = self._roster.service_of(device), None
        if service is not None and (known := quality(device)) is not None:
            moved = self._survey.put(device, service, known)
        else:
            moved = self._survey.forget(device)
        self._touched |= moved

    def _evidence(self, service: str) -> Evidence:
        return Evidence(
            self._roster.counts(service),
            self._open.get(service, ()),
            self._roster.newest(service),
            self._deaf_since if self._deaf else None,
            self._survey.of(service),
        )

    def _publish(self, moved: Sequence[Domain]) -> None:
        now = self._clock.now()
        freshest = self._freshest()
        for domain in moved:
            self._bus.publish(StatusChanged(self._board.document(domain, freshest, now)))

    def _freshest(self) -> dict[str, int | None]:
        return {service: self._roster.newest(service) for service in self._city.services}

    async def _load(self) -> None:
        try:
            saved = await self._memory.load()
            if saved is not None:
                self._board.load(saved, self._clock.now())
        except (StoreError, ValueError, KeyError, TypeError) as error:
            log.warning("what was kept of the statuses can't be read; beginning anew", reason=str(error))

    async def _save(self) -> None:
        self._saved = self._clock.now()
        self._board.count(self._saved)
        try:
            await self._memory.save(self._board.dump())
        except StoreError as error:
            log.warning("the statuses could not be kept; trying again later", reason=str(error))
