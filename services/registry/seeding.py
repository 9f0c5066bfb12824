"""How the city folder and the registry come to agree at the start. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from devices.model import Device
from services.store.records.devices import DeviceRecord, Origin


def differences(kept: Mapping[str, DeviceRecord], listed: Iterable[Device]) -> list[DeviceRecord]:
    """What must be written so that the registry says what the city folder says.

    - The file is the truth about what it lists: a device of that name becomes what the file says. Whether it
      may send is no column of the file: what an operator disabled stays disabled.
    - A device that the file listed and no longer does is refused from now on, and kept: its readings and
      alerts keep their meaning, and whoever still publishes is told ``device_disabled``, not
      ``unknown_device``. Listed again, it is let in again.
    - A device that somebody added by API or command line stays as it is.
    """
    named = {device.id: device for device in listed}
    wanted = [_listed(device, kept.get(device.id)) for device in named.values()]
    dropped = [
        replace(record, device=replace(record.device, enabled=False), listed=False)
        for record in kept.values()
        if record.origin is Origin.CITY and record.listed and record.device.id not in named
    ]
    return [record for record in wanted if kept.get(record.device.id) != record] + dropped


def _listed(device: Device, before: DeviceRecord | None) -> DeviceRecord:
    allowed = before is None or before.allowed
    return DeviceRecord(replace(device, enabled=allowed), Origin.CITY, allowed)


def put_by_hand(device: Device, before: DeviceRecord | None) -> DeviceRecord:
    """A device that somebody adds, or changes: when the file lists it, until the next start."""
    of_city = before is not None and before.origin is Origin.CITY and before.listed
    return DeviceRecord(device, Origin.CITY if of_city else Origin.ADDED, device.enabled)
