"""Facts that no other record tells, as they are written down and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.model import Device, Domain, Text
from services.status.facts import Banded, Fact, Hearing, Registered, Surveyed
from services.status.model import BadClock, DataQuality, OffBand
from services.store.records.facts import StatusFactRecord

HEARING, SURVEYED, BANDED, REGISTERED = "hearing", "surveyed", "banded", "registered"

KINDS = (HEARING, SURVEYED, BANDED, REGISTERED)
"""What is written down: all else is told by readings, alerts and planned work."""


def row_of(fact: Fact) -> StatusFactRecord | None:
    """A fact as a record; None of one that another record tells."""
    match fact:
        case Hearing():
            return StatusFactRecord(fact.at, HEARING, "", _hearing_row(fact))
        case Surveyed():
            subject = fact.service if fact.zone is None else f"{fact.service}/{fact.zone}"
            return StatusFactRecord(fact.at, SURVEYED, subject, _quality_row(fact.data))
        case Banded():
            return StatusFactRecord(fact.at, BANDED, fact.service, [_band_row(kpi) for kpi in fact.kpis])
        case Registered():
            value = {"device": _device_row(fact.device), "before": _device_row(fact.before)}
            return StatusFactRecord(fact.at, REGISTERED, fact.id, value)
        case _:
            return None


def fact_of(row: StatusFactRecord) -> Fact | None:
    """A record as a fact; None of a kind that is not known (a newer Nakhon wrote it)."""
    value = row.value
    if row.kind == HEARING:
        return Hearing(row.at, value["deaf"], since=value["since"], down=value["down"])
    if row.kind == SURVEYED:
        service, _, zone = row.subject.partition("/")
        return Surveyed(row.at, service, zone or None, _quality(value))
    if row.kind == BANDED:
        return Banded(row.at, row.subject, tuple(_band(kpi) for kpi in value))
    if row.kind == REGISTERED:
        return Registered(row.at, row.subject, _device(value["device"]), _device(value["before"]))
    return None


def _hearing_row(fact: Hearing) -> dict[str, Any]:
    return {"deaf": fact.deaf, "since": fact.since, "down": fact.down}


def _quality_row(data: DataQuality | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {**data._asdict(), "clock_devices": [[clock.device, clock.offset] for clock in data.clock_devices]}


def _quality(value: Mapping[str, Any] | None) -> DataQuality | None:
    if value is None:
        return None
    clocks = tuple(BadClock(device, offset) for device, offset in value["clock_devices"])
    return DataQuality(**{**value, "stuck_devices": tuple(value["stuck_devices"]), "clock_devices": clocks})


def _band_row(kpi: OffBand) -> dict[str, Any]:
    return {**kpi._asdict(), "title": kpi.title.as_dict()}


def _band(value: Mapping[str, Any]) -> OffBand:
    return OffBand(**{**value, "title": Text(**value["title"])})


def _device_row(device: Device | None) -> dict[str, Any] | None:
    if device is None:
        return None
    return {
        "id": device.id,
        "types": list(device.types),
        "zone": device.zone,
        "domain": device.domain.value,
        "interval": device.interval,
        "name": device.name,
        "service": device.service,
        "location": device.location,
        "labels": dict(device.labels),
        "enabled": device.enabled,
    }


def _device(value: Mapping[str, Any] | None) -> Device | None:
    if value is None:
        return None
    location = value["location"]
    known = {
        "types": tuple(value["types"]),
        "domain": Domain(value["domain"]),
        "location": None if location is None else (location[0], location[1]),
    }
    return Device(**{**value, **known})
