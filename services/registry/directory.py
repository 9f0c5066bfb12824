"""Devices in memory: looked up for every reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devices.model import Device
from services.store.records.devices import DeviceRecord


class Directory:
    """Device records by id."""

    def __init__(self) -> None:
        self._records: dict[str, DeviceRecord] = {}
        self._ordered: tuple[Device, ...] | None = ()

    def get(self, device_id: str) -> Device | None:
        """The device, or None."""
        record = self._records.get(device_id)
        return None if record is None else record.device

    def record(self, device_id: str) -> DeviceRecord | None:
        """The device and why it is there, or None."""
        return self._records.get(device_id)

    def records(self) -> Mapping[str, DeviceRecord]:
        """All of them."""
        return self._records

    def all(self) -> Sequence[Device]:
        """Every device, by id."""
        if self._ordered is None:
            self._ordered = tuple(self._records[name].device for name in sorted(self._records))
        return self._ordered

    def put(self, records: Iterable[DeviceRecord]) -> None:
        """Add or replace."""
        self._records |= {record.device.id: record for record in records}
        self._ordered = None

    def remove(self, device_id: str) -> None:
        """Take one out, if it is there."""
        self._records.pop(device_id, None)
        self._ordered = None

    def replace(self, records: Iterable[DeviceRecord]) -> tuple[str, ...]:
        """Hold exactly these. Answers the ids of what is new, changed or gone."""
        old, self._records = self._records, {record.device.id: record for record in records}
        self._ordered = None
        names = old.keys() | self._records.keys()
        return tuple(sorted(name for name in names if old.get(name) != self._records.get(name)))
