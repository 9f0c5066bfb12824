"""Which devices stand behind which service, and which of them report. Pure: time is an argument.

The work is by what happens, not by how many devices there are: a reading costs a look-up, and a device is
looked at again about once in the time after which it would count as silent.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from enum import Enum, auto
from itertools import count

from devices.model import City, Device
from services.status.evaluate import Policy, ZoneCount


class _State(Enum):
    REPORTING = auto()
    AWAITED = auto()
    SILENT = auto()


class _Sensor:
    """A device of a service. ``since`` is when waiting for it began, ``last`` when it was last heard (ms).

    ``queued`` is when it will be looked at again, None: nobody will.
    """

    __slots__ = ("device", "last", "patience", "queued", "service", "since", "state")

    def __init__(self, device: Device, service: str, patience: int, since: int, last: int | None) -> None:
        self.device = device
        self.service = service
        self.patience = patience
        self.since = since
        self.last = last
        self.state = _State.SILENT
        self.queued: int | None = None

    def at(self, now: int) -> tuple[_State, int]:
        """How it is, and until when that holds (ms) if nothing is heard."""
        if self.last is not None and now <= self.last + self.patience:
            return _State.REPORTING, self.last + self.patience
        if now <= self.since + self.patience:
            return _State.AWAITED, self.since + self.patience
        return _State.SILENT, 0


class _Tally:
    __slots__ = ("awaited", "devices", "reporting")

    def __init__(self) -> None:
        self.devices = self.reporting = self.awaited = 0

    def move(self, state: _State, by: int) -> None:
        if state is _State.REPORTING:
            self.reporting += by
        elif state is _State.AWAITED:
            self.awaited += by


class Roster:
    """Counts devices that report, per service and zone. Methods answer the services whose counts moved."""

    def __init__(self, city: City, policy: Policy) -> None:
        self._city = city
        self._policy = policy
        self._sensors: dict[str, _Sensor] = {}
        self._tallies: dict[str, dict[str, _Tally]] = {service: {} for service in city.services}
        self._newest: dict[str, int] = {}
        self._due: list[tuple[int, int, _Sensor]] = []
        self._order = count()

    def __len__(self) -> int:
        """How many devices count."""
        return len(self._sensors)

    def devices(self) -> list[str]:
        """The ids of all devices that count."""
        return list(self._sensors)

    def service_of(self, device_id: str) -> str | None:
        """The service that a device counts for; None when it counts for none."""
        sensor = self._sensors.get(device_id)
        return None if sensor is None else sensor.service

    def replace(self, devices: Iterable[Device], now: int) -> set[str]:
        """These are all devices there are."""
        there = {device.id: device for device in devices}
        touched: set[str] = set()
        for gone in self._sensors.keys() - there.keys():
            touched |= self.remove(gone)
        for device in there.values():
            touched |= self.put(device, now)
        return touched

    def put(self, device: Device, now: int) -> set[str]:
        """Add a device, or take over what changed about it. A disabled one does not count."""
        service = self._city.service_of(device) if device.enabled else None
        before = self._sensors.get(device.id)
        if service not in self._tallies:
            return self.remove(device.id)
        if before is not None and before.device == device:
            return set()
        touched = self.remove(device.id)
        since, last = (now, None) if before is None else (before.since, before.last)
        patience = round(device.interval * self._policy.silent_after)
        sensor = _Sensor(device, service, patience, since, last)
        self._sensors[device.id] = sensor
        self._tally(sensor).devices += 1
        self._settle(sensor, now)
        return touched | {service}

    def await_all(self, now: int) -> None:
        """Nothing could be heard until now: every device is given its time to be heard again."""
        for sensor in self._sensors.values():
            sensor.since = now
            self._settle(sensor, now)

    def remove(self, device_id: str) -> set[str]:
        """Forget a device."""
        sensor = self._sensors.pop(device_id, None)
        if sensor is None:
            return set()
        tally = self._tally(sensor)
        tally.devices -= 1
        tally.move(sensor.state, -1)
        return {sensor.service}

    def heard(self, device_id: str, time: int, now: int) -> str | None:
        """A device took a reading at ``time``. Older news than what is known changes nothing.

        Answers its service when a count has moved, or since when a silent one has been so.
        """
        sensor = self._sensors.get(device_id)
        if sensor is None or (sensor.last is not None and time <= sensor.last):
            return None
        sensor.last = time
        service = sensor.service
        self._newest[service] = max(time, self._newest.get(service, time))
        before = sensor.state
        if before is not _State.REPORTING:
            self._settle(sensor, now)
        settled = sensor.state is before is _State.REPORTING
        return None if settled else service

    def pass_time(self, now: int) -> set[str]:
        """Look again at every device whose time is up."""
        touched = set()
        while self._due and self._due[0][0] < now:
            due, _, sensor = heapq.heappop(self._due)
            if sensor.queued != due:
                continue  # it was looked at earlier, and is queued anew
            sensor.queued = None
            if self._sensors.get(sensor.device.id) is sensor and self._settle(sensor, now):
                touched.add(sensor.service)
        return touched

    def counts(self, service: str) -> tuple[ZoneCount, ...]:
        """A service's devices by zone."""
        return tuple(
            ZoneCount(zone, tally.devices, tally.reporting, tally.awaited)
            for zone, tally in self._tallies[service].items()
            if tally.devices
        )

    def newest(self, service: str) -> int | None:
        """The time of the service's newest reading (ms)."""
        return self._newest.get(service)

    def _tally(self, sensor: _Sensor) -> _Tally:
        return self._tallies[sensor.service].setdefault(sensor.device.zone, _Tally())

    def _settle(self, sensor: _Sensor, now: int) -> bool:
        """Bring its state up to date, and come back when that may have changed. True: it has changed."""
        before = sensor.state
        sensor.state, until = sensor.at(now)
        if sensor.state is not _State.SILENT and (sensor.queued is None or until < sensor.queued):
            heapq.heappush(self._due, (until, next(self._order), sensor))
            sensor.queued = until
        if sensor.state is before:
            return False
        tally = self._tally(sensor)
        tally.move(before, -1)
        tally.move(sensor.state, 1)
        return True
