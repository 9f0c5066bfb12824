"""A city whose services stand on everything that there is: devices, probes, hours, other services."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from devices.calendar.holidays import Holidays
from devices.calendar.schedule import Schedule, ScheduleForm
from devices.model import City, Criticality, Device, Domain, SmartService, Text
from rules.model import Severity
from services.status.course import Course
from services.status.facts import Alerted
from services.status.policy.model import StatusPolicy, default_policy
from tests.unit.status.statuscity import CITY as PLAIN
from tests.unit.status.statuscity import MINUTE, PARKING, START, TRAFFIC, counter

POLICY = default_policy()
HOURS = Schedule(ScheduleForm.model_validate({"hours": "00:10-00:40"}), "Asia/Bangkok", Holidays())


def service(name: str, domain: Domain, types: tuple[str, ...] = (), **fields: Any) -> SmartService:
    text = Text(name.capitalize(), name.capitalize())
    return SmartService(name, domain, text, fields.pop("zones", ()), types, **fields)


POWER = service("power", Domain.ENERGY, ("ACMeasurement",), interval=2 * MINUTE)
SIGNALS = service("signals", Domain.MOBILITY, services=("traffic-counts", "power"))
PERMITS = service("permits", Domain.GOVERNANCE, ("ServiceProbe",), zones=("yothi",), services=("power",))
KIOSKS = service("kiosks", Domain.GOVERNANCE, ("Kiosk",), hours=HOURS, criticality=Criticality.LOW)
CITY: City = replace(
    PLAIN,
    services={
        one.id: one
        for one in (SIGNALS, TRAFFIC, replace(PARKING, services=("power",)), POWER, PERMITS, KIOSKS)
    },
)


def device(name: str, kind: str, zone: str = "yothi", interval: int = MINUTE) -> Device:
    return Device(name, (kind,), zone, Domain.MOBILITY, interval)


DEVICES = [
    *(counter(n) for n in range(1, 4)),
    counter(4, "samyan"),
    counter(5, "samyan", interval=2 * MINUTE),
    device("ps-1", "ParkingSpot"),
    device("ps-2", "ParkingSpot"),
    device("pw-1", "ACMeasurement", interval=10 * MINUTE),
    device("pw-2", "ACMeasurement", "samyan"),
    device("web-1", "ServiceProbe"),
    device("web-2", "ServiceProbe", interval=3 * MINUTE),
    device("ki-1", "Kiosk"),
]


def course(policy: StatusPolicy = POLICY, start: int = START, **more: Any) -> Course:
    return Course(more.pop("city", CITY), policy, more.pop("devices", DEVICES), start, **more)


def alert(at: int, severity: str | None = "major", **fields: Any) -> Alerted:
    """An alert of a traffic counter that opens, or is over."""
    given = {
        "id": "01J",
        "rule": "traffic/jam",
        "domain": "mobility",
        "zone": "yothi",
        "device": "tf-01",
        "service": "traffic-counts",
        **fields,
    }

    return Alerted(at, severity=None if severity is None else Severity(severity), **given)
