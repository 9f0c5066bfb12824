"""What happens in the city, turned into facts about services: from the bus, the registry, alerts and work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from devices.model import Device, Observation
from devices.probefile import OBSERVED
from services.bus.protocol import AlertChanged, DevicesChanged, Event, Listening, Seen
from services.runtime.ports import AlertsPort, DeviceDirectory
from services.runtime.quality import DeviceQuality
from services.status.alerting import alerted, differences
from services.status.course import Course
from services.status.facts import Fact, Found, Heard, Hearing, Registered, Surveyed
from services.status.survey import Key, Survey
from services.status.works import Works, WorkSource

BRIEFLY = 10_000
"""How long (ms) the broker may be away before statuses say so."""
_NOTICED = 0.02
_COST_OF_ALERTS = 10
"""Going through many thousands of open alerts may take one part in so many of the time."""
ROUND = 10
"""In so many looks the data of every device is looked at, unless there are too many devices for that."""
MOST = 250
"""Of how many devices at most the data is looked at in one look: a few ms, whatever the city."""

Ask = Callable[[str], DeviceQuality | None]


def heard(observation: Observation) -> Heard:
    """A reading as a fact: of a probe with what it found."""
    if observation.type != OBSERVED:
        return Heard(observation.time, observation.device)
    return Heard(observation.time, observation.device, found(observation.values))


def found(values: Mapping[str, float | str | bool]) -> Found:
    """The values of a reading of the type ServiceProbe."""
    numbers = [values.get(name) for name in ("latency", "statusCode", "certificateDays")]
    return Found(
        values.get("up") is True,
        *(number if isinstance(number, float) else None for number in numbers),
    )


class Feed:
    """Gathers facts for a course: ``known`` are those that no other record tells, ``facts`` the others.

    What of alerts and devices was missed is found by :meth:`catch_up`, which compares all there is with what
    the course knows.
    """

    def __init__(
        self,
        registry: DeviceDirectory,
        alerts: AlertsPort,
        works: Callable[[], Sequence[WorkSource]],
    ) -> None:
        self._registry = registry
        self._alerts = alerts
        self._sources = works
        self._works = Works()
        self._works_moved = True
        self._facts: list[Fact] = []
        self._hearing: list[Hearing] = []
        self._deaf_since: int | None = None
        self._deaf = False
        self._devices: dict[str, int] = {}
        self._missed_devices: int | None = None
        self._missed_alerts: int | None = None
        self._alerts_due = 0.0
        self.survey = SurveyRound()

    def take(self, event: Event, now: int) -> None:
        """Something happened."""
        if isinstance(event, Seen):
            for observation in event.latest.values():
                self.hear(observation)
            for device, first in event.first.items():
                self._facts.append(Heard(first, device))
        elif isinstance(event, AlertChanged):
            self._take_alert(event, now)
        elif isinstance(event, DevicesChanged):
            self._devices |= dict.fromkeys(event.devices, now)
        elif isinstance(event, Listening):
            self._listen(event.deaf_since, now)

    def hear(self, observation: Observation) -> None:
        """A device took a reading."""
        self._facts.append(heard(observation))

    def _listen(self, deaf_since: int | None, now: int) -> None:
        self._go_deaf(now)
        self._deaf_since = deaf_since
        if deaf_since is None and self._deaf:
            self._deaf = False
            self._hearing.append(Hearing(now, False))

    def _go_deaf(self, horizon: int) -> None:
        """What can't be heard for a moment is no news; for longer, it is from then on."""
        since = self._deaf_since
        if since is not None and not self._deaf and since + BRIEFLY <= horizon:
            self._deaf = True
            self._hearing.append(Hearing(since + BRIEFLY, True, since=since))

    def works_changed(self) -> None:
        """Other work is planned than before."""
        self._works_moved = True

    def catch_up(self, now: int) -> None:
        """Events were lost: alerts and devices are read anew, presence comes again by itself."""
        self._missed_devices = self._missed_alerts = now

    def gather(self, course: Course, horizon: int) -> tuple[list[Fact], list[Fact]]:
        """What happened since the last time: what no other record tells, and the rest.

        Of planned work that is what begins and ends up to and with ``horizon`` (ms).
        """
        self._go_deaf(horizon)
        registered = list(self._changed_devices(course))
        known: list[Fact] = [*self._hearing, *registered]
        self._hearing.clear()
        self.survey.gone(fact.id for fact in registered if fact.device is None or not fact.device.enabled)
        facts, self._facts = self._facts, []
        if self._missed_alerts is not None and time.monotonic() >= self._alerts_due:
            facts += self._missed(course, self._missed_alerts)
        facts += self._work(course.now, horizon)
        known += self.survey.look(course, max(horizon, course.now))
        return known, facts

    def _take_alert(self, event: AlertChanged, now: int) -> None:
        try:
            fact = alerted(event.change, event.alert, now)
        except (KeyError, ValueError, TypeError):
            self._missed_alerts = now  # it does not say all: what is open will
            return
        if fact is not None:
            self._facts.append(fact)

    def _missed(self, course: Course, now: int) -> list[Fact]:
        """What of the open alerts the course does not know; the more rarely, the longer it takes."""
        began = time.monotonic()
        facts: list[Fact] = list(differences(self._alerts.open_alerts(), course.open_alerts, now))
        self._missed_alerts = None
        took = time.monotonic() - began
        self._alerts_due = began + _COST_OF_ALERTS * took if took > _NOTICED else 0.0
        return facts

    def _changed_devices(self, course: Course) -> Iterator[Registered]:
        changed, self._devices = self._devices, {}
        for name, at in changed.items():
            yield from _registered(name, course.device(name), self._registry.get(name), at)
        if self._missed_devices is not None:
            at, self._missed_devices = self._missed_devices, None
            there = {device.id: device for device in self._registry.all() if device.id not in changed}
            for device in list(course.devices()):
                if device.id not in changed:
                    yield from _registered(device.id, device, there.pop(device.id, None), at)
            for name, device in there.items():
                yield from _registered(name, None, device, at)

    def _work(self, since: int, horizon: int) -> list[Fact]:
        facts: list[Fact] = []
        if self._works_moved:
            self._works_moved = False
            facts += self._works.put(self._sources(), since)
        facts += self._works.until(horizon)
        return facts


def _registered(name: str, before: Device | None, device: Device | None, now: int) -> Iterable[Registered]:
    if device != before and not (before is None and device is not None and not device.enabled):
        yield Registered(now, name, device, before)


class SurveyRound:
    """Looks at the data of a few devices at a time, for ever. ``ask`` tells how good it is; None: nobody."""

    def __init__(self) -> None:
        self.ask: Ask | None = None
        self._survey = Survey()
        self._round: Iterator[str] = iter(())
        self._touched: set[Key] = set()

    def look(self, course: Course, now: int) -> list[Surveyed]:
        """What moved of the data of services, after a look at the next few devices."""
        if self.ask is not None:
            for device in self._next(course):
                self._look_at(device, course.counts_for(device), self.ask)
        touched, self._touched = self._touched, set()
        return [Surveyed(now, *key, self._survey.of(*key)) for key in sorted(touched, key=str)]

    def _look_at(self, device: str, place: tuple[str, str] | None, ask: Ask) -> None:
        if place is not None and (known := ask(device)) is not None:
            self._touched |= self._survey.put(device, place[0], known, place[1])
        else:
            self._touched |= self._survey.forget(device)

    def _next(self, course: Course) -> list[str]:
        few = min(MOST, -(-course.size // ROUND))
        devices = list(islice(self._round, few))
        if len(devices) < few:
            everyone = [device.id for device in course.devices()]
            self._touched |= self._survey.keep(everyone)
            self._round = iter(everyone)
            devices += islice(self._round, few - len(devices))
        return devices

    def gone(self, devices: Iterable[str]) -> None:
        """Devices that are there no more take their data with them."""
        for device in devices:
            self._touched |= self._survey.forget(device)
