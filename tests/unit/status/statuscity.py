"""A city of one zone more than a service needs, and devices and alerts in it, for tests of the status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devices.model import City, Device, Domain, Objective, Observation, SmartService, Text, Zone
from rules.model import Severity
from services.runtime.ports import OpenAlert

START = 1_767_546_000_000  # 2026-01-05T00:00+07:00
MINUTE = 60_000


def zone(name: str, en: str, th: str) -> Zone:
    return Zone(name, Text(en, th), center=(100.5, 13.7), radius=500.0)


TRAFFIC = SmartService(
    "traffic-counts",
    Domain.MOBILITY,
    Text("Traffic counts", "ปริมาณจราจร"),
    (),
    ("TrafficFlowObserved",),
    Objective(0.99, 24 * 60 * MINUTE),
)
PARKING = SmartService("parking", Domain.MOBILITY, Text("Parking", "ที่จอดรถ"), ("yothi",), ("ParkingSpot",))
CITY = City(
    "smallville",
    Text("Smallville", "เมืองเล็ก"),
    "Asia/Bangkok",
    {
        "yothi": zone("yothi", "Yothi", "โยธี"),
        "samyan": zone("samyan", "Samyan", "สามย่าน"),
        "rama-1": zone("rama-1", "Rama I", "พระราม 1"),
        "makkasan": zone("makkasan", "Makkasan", "มักกะสัน"),
    },
    {TRAFFIC.id: TRAFFIC, PARKING.id: PARKING},
)


def counter(number: int, where: str = "yothi", **fields: Any) -> Device:
    """A traffic counter that reports every minute."""
    given: dict[str, Any] = {"types": ("TrafficFlowObserved",), "interval": MINUTE, **fields}
    return Device(f"tf-{number:02d}", zone=where, domain=Domain.MOBILITY, **given)


def spot(number: int, where: str = "yothi") -> Device:
    """A parking spot that reports every five minutes."""
    return Device(f"ps-{number:02d}", ("ParkingSpot",), where, Domain.MOBILITY, 5 * MINUTE)


def heard(device: Device, time: int) -> Observation:
    return Observation(time, device.id, device.zone, device.types[0], {"intensity": 3.0}, time + 50)


def opened(severity: str = "major", **fields: Any) -> OpenAlert:
    """An alert that fires."""
    given = {
        "id": "01J",
        "fingerprint": "f",
        "rule": "traffic/jam",
        "domain": "mobility",
        "zone": "yothi",
        "device": "tf-01",
        "service": "traffic-counts",
        "firing": True,
        "shadow": False,
        "starts_at": START,
        "fired": START,
        "labels": {},
    }
    return OpenAlert(severity=Severity(severity), **{**given, **fields})


class Directory:
    """Devices in memory."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = {device.id: device for device in devices}

    def get(self, device_id: str) -> Device | None:
        return self.devices.get(device_id)

    def all(self) -> Sequence[Device]:
        return list(self.devices.values())
