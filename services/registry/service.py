"""The registry: devices in memory, kept in the records, told to everyone when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from devices.model import City, Device
from devices.spans import format_span
from devices.topics import LEVEL, LEVEL_RULE, Channel, device_topic
from devices.types import ObservationType
from services.bus.protocol import Bus, DevicesChanged, Online, Seen
from services.registry.directory import Directory
from services.registry.presence import PresenceBook
from services.registry.seeding import differences, put_by_hand
from services.runtime.clock import Clock, optional_rfc3339
from services.runtime.ports import ConflictError, NotFoundError
from services.store.errors import StoreError
from services.store.records import Records
from services.store.records.devices import DeviceRecord, Origin

LOOK_SECONDS = 5.0
"""How often the registry looks whether another process has changed the devices."""

SAVE_EVERY = 12
"""How many looks go by between two times that presence is saved."""

_log = structlog.get_logger(__name__)


class RegistryService:
    """:class:`services.runtime.ports.RegistryPort` over the records database.

    What the city folder lists is written into the registry at the start, see
    :func:`services.registry.seeding.differences` for who wins when they differ.
    """

    def __init__(
        self,
        records: Records,
        bus: Bus,
        city: City,
        clock: Clock,
        catalog: Mapping[str, ObservationType],
    ) -> None:
        self._records = records
        self._bus = bus
        self._city = city
        self._clock = clock
        self._catalog = catalog
        self._directory = Directory()
        self._presence = PresenceBook()
        self._revision = 0
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, listed: Sequence[Device]) -> None:
        """Load the devices, agree with what the city folder lists, and begin to listen.

        Raises:
            StoreError: the records can't be read or written.
        """
        async with self._turn:
            await self._load()
            seeds = differences(self._directory.records(), listed)
            if seeds:
                await self._put(seeds)
        self._presence.load(await self._records.presence.all())
        ready = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(ready), name="registry: presence"),
            asyncio.create_task(self._look(), name="registry: changes by others"),
        ]
        await ready.wait()

    async def stop(self) -> None:
        """Stop listening, and keep who was heard when."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self._save()

    def get(self, device_id: str) -> Device | None:
        """The device, or None."""
        return self._directory.get(device_id)

    def all(self) -> Sequence[Device]:
        """Every device, disabled ones too, by id."""
        return self._directory.all()

    def describe(self, device: Device) -> dict[str, Any]:
        """The contract's device, with ``topic`` (where its readings go), ``last_seen`` and ``online``.

        ``service`` is the one that it counts for, named by itself or found by type and zone.
        """
        return {
            "id": device.id,
            "types": list(device.types),
            "name": device.name,
            "domain": device.domain.value,
            "zone": device.zone,
            "service": self._city.service_of(device),
            "location": None if device.location is None else list(device.location),
            "interval": format_span(device.interval),
            "labels": dict(device.labels),
            "enabled": device.enabled,
            "topic": device_topic(self._city.id, device, Channel.TELEMETRY),
            "last_seen": optional_rfc3339(self._presence.last_seen(device.id)),
            "online": self._presence.online(device, self._clock.now()),
        }

    async def put(self, devices: Sequence[Device]) -> None:
        """Add or replace devices, and tell everyone.

        Raises:
            ValueError: a device that this city can't have; nothing is written then. All are told at once.
        """
        problems = [problem for device in devices for problem in self._problems(device)]
        if problems:
            raise ValueError("; ".join(problems))
        async with self._turn:
            await self._put([put_by_hand(device, self._directory.record(device.id)) for device in devices])

    async def set_enabled(self, device_id: str, enabled: bool) -> Device:
        """Let a device send, or refuse what it sends (``device_disabled``).

        Raises:
            NotFoundError: no such device.
        """
        async with self._turn:
            revision = await self._records.devices.allow(device_id, enabled)
            record = await self._records.devices.get(device_id)
            if revision is None or record is None:
                raise NotFoundError(f"no device {device_id}")
            await self._follow([record], revision)
        return record.device

    async def remove(self, device_id: str) -> None:
        """Forget a device that somebody added. Its readings and alerts stay.

        Raises:
            NotFoundError: no such device.
            ConflictError: the city folder lists it, and would bring it back.
        """
        async with self._turn:
            record = self._directory.record(device_id)
            if record is None:
                raise NotFoundError(f"no device {device_id}")
            if record.origin is Origin.CITY and record.listed:
                raise ConflictError(
                    f"device {device_id} is listed by the city folder: take it out there, or disable it"
                )
            revision = await self._records.devices.delete(device_id)
            self._directory.remove(device_id)
            self._presence.forget(device_id)
            await self._announce((device_id,), revision or self._revision)

    def _problems(self, device: Device) -> list[str]:
        """What keeps this city from having a device."""
        found = []
        if not LEVEL.fullmatch(device.id):
            found.append(f"id {device.id!r} must be {LEVEL_RULE}")
        if device.zone not in self._city.zones:
            found.append(f"{device.id}: no zone {device.zone!r}")
        if not device.types:
            found.append(f"{device.id}: needs an observation type")
        found += [f"{device.id}: no observation type {n!r}" for n in device.types if n not in self._catalog]
        if device.interval <= 0:
            found.append(f"{device.id}: interval must be above 0")
        return found

    async def _put(self, records: Sequence[DeviceRecord]) -> None:
        if records:
            await self._follow(records, await self._records.devices.put(records))

    async def _follow(self, records: Sequence[DeviceRecord], revision: int) -> None:
        self._directory.put(records)
        await self._announce(tuple(record.device.id for record in records), revision)

    async def _announce(self, changed: tuple[str, ...], revision: int) -> None:
        """Tell everyone; and read all anew when our write was not the only one since we last looked."""
        alone, self._revision = revision <= self._revision + 1, revision
        self._bus.publish(DevicesChanged(changed))
        if not alone:
            await self._load()

    async def _load(self) -> None:
        self._revision = await self._records.devices.revision()
        changed = self._directory.replace(await self._records.devices.all())
        if changed:
            self._bus.publish(DevicesChanged(changed))

    async def _listen(self, ready: asyncio.Event) -> None:
        async with self._bus.subscribe(Seen, Online) as events:
            ready.set()
            async for event in events:
                if isinstance(event, Seen):
                    self._presence.seen(event)
                elif isinstance(event, Online):
                    self._presence.said(event)

    async def _look(self) -> None:
        """Take over what other processes change, and keep presence now and then."""
        looks = 0
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            looks += 1
            with suppress(StoreError):  # it is away: readings go on with the devices that we know
                await self._refresh()
            if looks % SAVE_EVERY == 0:
                await self._save()

    async def _refresh(self) -> None:
        async with self._turn:
            if await self._records.devices.revision() != self._revision:
                await self._load()

    async def _save(self) -> None:
        entries = self._presence.unsaved()
        try:
            if entries:
                await self._records.presence.put(entries)
        except StoreError as error:
            _log.warning("when devices were last heard is not saved yet", reason=str(error))
        else:
            self._presence.saved(entries)
