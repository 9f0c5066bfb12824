"""What there is of a city's services at a moment, and what facts change of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from devices.model import City, Device
from rules.model import is_reserved
from services.status.course.agenda import Wheel
from services.status.course.finder import Finder, is_probe
from services.status.course.presence import ProbeSensor, Sensor, State
from services.status.course.scope import Part, Scope, Service
from services.status.facts import Alerted, Banded, Heard, Hearing, Registered, Surveyed, Worked
from services.status.model import OpenAlert, Work

Touch = Callable[[Scope], None]
"""Something of a scope moved at the moment that is being looked at."""

NewPart = Callable[[Service, str], Part]
Zoned = dict[str, dict[str, OpenAlert]]


class World:
    """Services, their devices and all that speaks about them.

    Methods that change it say of what by ``touch``; ``appeared`` hears of parts that something stands on
    now, or nothing any more.
    """

    def __init__(
        self,
        city: City,
        services: Mapping[str, Service],
        silent_after: float,
        *,
        reads: Callable[[str], str | None],
        touch: Touch,
        touch_alerts: Touch,
        new_part: NewPart,
        appeared: Callable[[Part], None],
    ) -> None:
        self.services = services
        self.sensors: dict[str, Sensor] = {}
        self.due: Wheel[Sensor] = Wheel()
        self._deaf = False
        self._finder = Finder(city)
        self._silent_after = silent_after
        self._patience: dict[int, int] = {}
        self._reads = reads
        self._wide: dict[str, Zoned] = {}
        self._read: dict[str, str | None] = {}
        self._readers: dict[tuple[str, str | None], list[Service]] = {}
        self._open: dict[str, tuple[OpenAlert, Alerted]] = {}
        self._works: dict[str, Worked] = {}
        self._touch = touch
        self._touch_alerts = touch_alerts
        self._new_part = new_part
        self._appeared = appeared

    def is_deaf(self) -> bool:
        """Whether it has been said that nothing can be heard."""
        return self._deaf

    def waited(self, since: int, devices: Mapping[str, int], now: int) -> None:
        """Before the first look: waiting for devices began at ``since``, for some at another moment."""
        for sensor in self.sensors.values():
            sensor.since = devices.get(sensor.id, since)
            self._settle(sensor, now)

    def wide(self, service: Service) -> Zoned:
        """The open alerts about whole zones that speak about a service, by zone."""
        return self._wide.get(service.id, {})

    def part(self, service: Service, zone: str) -> Part:
        """A service in a zone."""
        found = service.parts.get(zone)
        if found is None:
            found = service.parts[zone] = self._new_part(service, zone)
        return found

    # Devices

    def register(self, fact: Registered, now: int) -> None:
        """A device came, changed or went. What is known of when it was heard goes with it."""
        if fact.device is None:
            self._remove(fact.id)
        else:
            self.put(fact.device, now)

    def put(self, device: Device, now: int) -> None:
        """Add a device, or take over what changed about it. A disabled one does not count."""
        before = self.sensors.get(device.id)
        if before is not None and before.device == device:
            return
        parts = tuple(self._parts(device)) if device.enabled else ()
        self._remove(device.id)
        if not parts:
            return
        sensor = self._sensor(device, parts, now if before is None else before.since)
        if before is not None:
            sensor.last = before.last
            if isinstance(sensor, ProbeSensor) and isinstance(before, ProbeSensor):
                sensor.found = before.found
        self.sensors[device.id] = sensor
        self._in_and_out(sensor, sensor.enter)
        for scope in sensor.scopes() if sensor.last is not None else ():
            scope.heard(sensor.last or 0)
        self._settle(sensor, now)

    def _parts(self, device: Device) -> Iterator[Part]:
        for name in self._finder.services_of(device):
            if (service := self.services.get(name)) is not None and not service.stated:
                yield self.part(service, device.zone)

    def _sensor(self, device: Device, parts: tuple[Part, ...], since: int) -> Sensor:
        if is_probe(device):
            patience = self._patient(device.interval)
            return ProbeSensor(device, parts, patience, since)
        interval = parts[0].service.smart.interval or device.interval
        return Sensor(device, parts[0], interval, self._patient(interval), since)

    def _patient(self, interval: int) -> int:
        """How long a device of this interval may be silent; one number for all that have the same."""
        found = self._patience.get(interval)
        if found is None:
            found = self._patience[interval] = round(interval * self._silent_after)
        return found

    def _remove(self, device: str) -> None:
        sensor = self.sensors.pop(device, None)
        if sensor is not None:
            sensor.queued = None
            self._in_and_out(sensor, sensor.leave)

    def _in_and_out(self, sensor: Sensor, step: Callable[[], None]) -> None:
        parts = [scope for scope in sensor.scopes() if isinstance(scope, Part)]
        before = [part.present for part in parts]
        step()
        for scope in sensor.scopes():
            self._touch(scope)
        for part, was in zip(parts, before, strict=True):
            if part.present is not was:
                self._appeared(part)

    def heard(self, fact: Heard, now: int) -> None:
        """A device took a reading. Older news than what is known changes nothing."""
        sensor = self.sensors.get(fact.device)
        if sensor is None or (sensor.last is not None and fact.at <= sensor.last):
            return
        sensor.last = fact.at
        for scope in sensor.scopes():
            scope.heard(fact.at)
            if scope.service.minds_freshness:
                self._touch(scope)
        if isinstance(sensor, ProbeSensor) and fact.probe is not None and fact.probe != sensor.found:
            sensor.found = fact.probe
            self._touch_all(sensor.scopes())
        if sensor.state is not State.REPORTING:
            self._settle(sensor, now)

    def pass_time(self, sensor: Sensor, now: int) -> None:
        """Look again at a device whose time may be up."""
        sensor.queued = None
        if sensor.part.service.deaf is None:
            self._settle(sensor, now)

    def _settle(self, sensor: Sensor, now: int) -> None:
        """Bring its state up to date, and come back when that may have changed."""
        before = sensor.state
        state, until = sensor.at(now)
        if state is not State.SILENT and (sensor.queued is None or until < sensor.queued - 1):
            sensor.queued = until + 1
            self.due.put(sensor)
        if state is not before:
            sensor.become(state)
            self._touch_all(sensor.scopes())

    # Hearing

    def hear(self, fact: Hearing, now: int) -> None:
        """Nothing can be heard from now on, and no patience ends; or all again."""
        if fact.deaf is self._deaf:
            return
        self._deaf = fact.deaf
        if not fact.deaf:
            self._hear_again(now)
            return
        for service in self.services.values():
            if service.id not in fact.despite and not service.stated:
                service.deaf = fact.at if fact.since is None else fact.since
                service.down = fact.down
                self._touch_service(service)

    def _hear_again(self, now: int) -> None:
        """Every device is given its time to be heard again."""
        deaf = {service for service in self.services.values() if service.deaf is not None}
        for service in deaf:
            service.deaf = None
            self._touch_service(service)
        for sensor in self.sensors.values():
            if sensor.part.service in deaf:
                sensor.since = now
                self._settle(sensor, now)

    # What else speaks about services

    def alert(self, fact: Alerted) -> None:
        """An alert opened, changed its severity, or is over."""
        known = self._open.get(fact.id)
        alert = None if fact.severity is None else OpenAlert(fact.id, fact.severity, fact.zone, fact.device)
        # Alerts about statuses or about Nakhon itself never feed back into a status.
        if is_reserved(fact.rule) or (known is not None and known[0] == alert):
            return
        if known is not None:
            self._place(known[1], None)
            del self._open[fact.id]
        if alert is not None:
            self._open[fact.id] = alert, fact
            self._place(fact, alert)

    def open_alerts(self) -> Mapping[str, tuple[OpenAlert, Alerted]]:
        """Every open alert that is evidence of something or other, by its id."""
        return self._open

    def _place(self, fact: Alerted, alert: OpenAlert | None) -> None:
        """Put an alert where it counts, or take it away from there."""
        if fact.service is not None:
            service = self.services.get(fact.service)
            if service is not None and not service.stated:
                for scope in (service.whole, service.parts.get(fact.zone)):
                    if scope is not None:
                        scope.put_alert(fact.id, alert)
                        self._touch_alerts(scope)
        elif fact.device is None:
            for service in self._spoken_of(fact, over=alert is None):
                _put(self._wide.setdefault(service.id, {}).setdefault(fact.zone, {}), fact.id, alert)
                part = service.parts.get(fact.zone)
                if part is not None and part.present:
                    self._touch_alerts(part)
                    self._touch_alerts(service.whole)

    def _spoken_of(self, fact: Alerted, *, over: bool) -> Sequence[Service]:
        """The services that an alert about a whole zone speaks about: those that stand on what it reads.

        What a rule reads may be otherwise by the time at which its alert is over: it counts as it began.
        """
        read = self._read.pop(fact.id) if over else self._reads(fact.rule)
        if not over:
            self._read[fact.id] = read
        key = fact.domain, read
        if key not in self._readers:
            self._readers[key] = [
                service
                for service in self.services.values()
                if service.domain == fact.domain and (read is None or read in service.smart.types)
            ]
        return self._readers[key]

    def alerts_here(self, part: Part) -> None:
        """A part is new: the alerts of its service that are open in its zone are its own, too."""
        for name, alert in part.service.whole.alerts.items():
            if alert.zone == part.zone:
                part.put_alert(name, alert)

    def survey(self, fact: Surveyed) -> None:
        """How good the data is, of a service or of its part in a zone."""
        service = self.services.get(fact.service)
        if service is None or service.stated:
            return
        scope = service.whole if fact.zone is None else self.part(service, fact.zone)
        if scope.data != fact.data:
            scope.data = fact.data
            self._touch(scope)

    def band(self, fact: Banded) -> None:
        """The KPIs of a service that are outside their bands."""
        service = self.services.get(fact.service)
        if service is not None and service.kpis != fact.kpis:
            service.kpis = fact.kpis
            self._touch(service.whole)

    def work(self, fact: Worked) -> None:
        """Planned work begins or ends."""
        if fact.until == 0:
            self._works.pop(fact.id, None)
        else:
            self._works[fact.id] = fact
        for service in self._meant(fact):
            before = service.works.pop(fact.id, None)
            if fact.until != 0:
                service.works[fact.id] = Work(fact.id, fact.title, fact.until), frozenset(fact.zones)
            if before != service.works.get(fact.id):
                self._touch_service(service)

    def works(self) -> Mapping[str, Worked]:
        """The planned work that goes on."""
        return self._works

    def _meant(self, fact: Worked) -> Iterable[Service]:
        named = fact.services or self.services
        return [
            self.services[name] for name in named if name in self.services and not self.services[name].stated
        ]

    def _touch_service(self, service: Service) -> None:
        self._touch(service.whole)
        self._touch_all(service.parts.values())

    def _touch_all(self, scopes: Iterable[Scope]) -> None:
        for scope in scopes:
            self._touch(scope)


def _put(alerts: dict[str, OpenAlert], name: str, alert: OpenAlert | None) -> None:
    if alert is None:
        alerts.pop(name, None)
    else:
        alerts[name] = alert
