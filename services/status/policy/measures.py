"""What status rules can measure of the evidence: one table, shared by the reader, the judge and the docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from devices.model import Text
from rules.model import Severity
from services.status.model import DataQuality, Evidence, Status

Measured: TypeAlias = float | bool | None
"""A number or yes and no; None where there is nothing to measure. No comparison holds of that."""


class Unit(StrEnum):
    """What a measure's numbers are."""

    SHARE = "share"
    COUNT = "count"
    INTERVALS = "intervals"
    MILLISECONDS = "ms"
    DAYS = "days"
    YES_NO = "yes or no"


class Topic(StrEnum):
    """What a sentence of a reason is about."""

    WORK = "work"
    HOURS = "hours"
    HEARING = "hearing"
    SOURCES = "sources"
    SENSORS = "sensors"
    FRESHNESS = "freshness"
    QUALITY = "quality"
    COMPLETENESS = "completeness"
    ALERTS = "alerts"
    ALERT_DEVICES = "alert_devices"
    PROBES = "probes"
    LATENCY = "latency"
    CERTIFICATE = "certificate"
    NEEDS = "needs"
    KPIS = "kpis"


class Figures:
    """The sums behind the measures, taken once of one evidence at one moment (ms)."""

    __slots__ = (
        "at",
        "awaited",
        "devices",
        "down",
        "evidence",
        "heard",
        "known_needs",
        "known_probes",
        "lost_probes",
        "own",
        "reporting",
        "silent",
        "sources",
    )

    heard: float | None
    """The share of its own sources heard; of what it needs when it has none."""

    def __init__(self, evidence: Evidence, at: int) -> None:
        self.evidence = evidence
        self.at = at
        self.devices = self.reporting = self.awaited = 0
        for _, devices, reporting, awaited in evidence.zones:
            self.devices += devices
            self.reporting += reporting
            self.awaited += awaited
        self.silent = self.devices - self.reporting - self.awaited
        self.known_probes = self.lost_probes = self.down = self.known_needs = 0
        for probe in evidence.probes:
            self.lost_probes += probe.up is None and probe.at is not None
            self.known_probes += probe.up is not None
            self.down += probe.up is False
        for need in evidence.needs:
            self.known_needs += need.status is not Status.UNKNOWN
        own, needs = self.devices + len(evidence.probes), len(evidence.needs)
        self.own = own
        self.sources = own + needs
        known = self.reporting + self.known_probes if own else self.known_needs
        self.heard = known / (own or needs) if self.sources else None

    def of_devices(self, count: int) -> float | None:
        """A count as a share of the devices."""
        return count / self.devices if self.devices else None

    def of_own(self, count: int) -> float | None:
        """A count as a share of the devices and probes."""
        return count / self.own if self.own else None

    @property
    def data(self) -> DataQuality | None:
        return self.evidence.data if self.devices else None


Read: TypeAlias = Callable[[Figures, tuple[str, ...]], Measured]


class Of(StrEnum):
    """What a measure can be narrowed by: the key beside its comparison."""

    SEVERITY = "severity"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that can be compared. ``of`` names the key that narrows it, None: nothing does.

    ``passes``: it grows by time alone, by one expected interval in each.
    """

    name: str
    unit: Unit
    topic: Topic
    title: Text
    read: Read
    of: Of | None = None
    passes: bool = False


def _alerts(figures: Figures, only: tuple[str, ...]) -> Measured:
    return sum(alert.severity in only for alert in figures.evidence.alerts)


def _alert_devices(figures: Figures, only: tuple[str, ...]) -> Measured:
    alerts = figures.evidence.alerts
    devices = {alert.device for alert in alerts if alert.device and alert.severity in only}
    return figures.of_own(len(devices))


def _freshness(figures: Figures, _: tuple[str, ...]) -> Measured:
    newest, interval = figures.evidence.newest, figures.evidence.interval
    if newest is None or not interval:
        return None
    return max(0, figures.at - newest) / interval


def _quality(count: Callable[[DataQuality], int]) -> Read:
    def read(figures: Figures, _: tuple[str, ...]) -> Measured:
        data = figures.data
        return figures.of_devices(0 if data is None else count(data))

    return read


def _completeness(figures: Figures, _: tuple[str, ...]) -> Measured:
    data = figures.evidence.data
    return None if data is None else data.completeness


def _probes_down(figures: Figures, _: tuple[str, ...]) -> Measured:
    return figures.down / figures.known_probes if figures.known_probes else None


def _latency(figures: Figures, _: tuple[str, ...]) -> Measured:
    found = [probe.latency for probe in figures.evidence.probes if probe.up and probe.latency is not None]
    return max(found, default=None)


def _certificate(figures: Figures, _: tuple[str, ...]) -> Measured:
    probes = figures.evidence.probes
    return min((probe.certificate for probe in probes if probe.certificate is not None), default=None)


def _dependencies(figures: Figures, only: tuple[str, ...]) -> Measured:
    needs = figures.evidence.needs
    return sum(need.status in only for need in needs) / len(needs) if needs else None


def _worst_zone(figures: Figures, _: tuple[str, ...]) -> Measured:
    return max((zone.silent / zone.devices for zone in figures.evidence.zones if zone.devices), default=None)


_TABLE = (
    Measure(
        "maintenance",
        Unit.YES_NO,
        Topic.WORK,
        Text("planned work is under way", "อยู่ระหว่างงานตามแผน"),
        lambda f, _: f.evidence.work is not None,
    ),
    Measure(
        "closed",
        Unit.YES_NO,
        Topic.HOURS,
        Text("it is outside the service's hours", "อยู่นอกเวลาให้บริการ"),
        lambda f, _: f.evidence.closed_until is not None,
    ),
    Measure(
        "deaf",
        Unit.YES_NO,
        Topic.HEARING,
        Text("Nakhon itself can't hear anything", "ระบบรับข้อมูลไม่ได้"),
        lambda f, _: f.evidence.deaf_since is not None,
    ),
    Measure(
        "sources",
        Unit.COUNT,
        Topic.SOURCES,
        Text("devices, probes and services it stands on", "อุปกรณ์ การตรวจสอบ และบริการที่อาศัย"),
        lambda f, _: f.sources,
    ),
    Measure(
        "heard",
        Unit.SHARE,
        Topic.SOURCES,
        Text("sources heard", "แหล่งข้อมูลที่ทราบสถานะ"),
        lambda f, _: f.heard,
    ),
    Measure(
        "ever_heard",
        Unit.YES_NO,
        Topic.SOURCES,
        Text("it was ever heard", "เคยได้รับข้อมูล"),
        lambda f, _: f.evidence.newest is not None or bool(f.known_probes) or bool(f.known_needs),
    ),
    Measure(
        "devices",
        Unit.COUNT,
        Topic.SENSORS,
        Text("enabled devices", "อุปกรณ์ที่เปิดใช้งาน"),
        lambda f, _: f.devices,
    ),
    Measure(
        "reporting",
        Unit.SHARE,
        Topic.SENSORS,
        Text("devices that report", "อุปกรณ์ที่ส่งข้อมูล"),
        lambda f, _: f.of_devices(f.reporting),
    ),
    Measure(
        "reporting_devices",
        Unit.COUNT,
        Topic.SENSORS,
        Text("devices that report", "อุปกรณ์ที่ส่งข้อมูล"),
        lambda f, _: f.reporting,
    ),
    Measure(
        "silent",
        Unit.SHARE,
        Topic.SENSORS,
        Text("silent devices and probes", "อุปกรณ์และการตรวจสอบที่ไม่ส่งข้อมูล"),
        lambda f, _: f.of_own(f.silent + f.lost_probes),
    ),
    Measure(
        "silent_devices",
        Unit.COUNT,
        Topic.SENSORS,
        Text("silent devices and probes", "อุปกรณ์และการตรวจสอบที่ไม่ส่งข้อมูล"),
        lambda f, _: f.silent + f.lost_probes,
    ),
    Measure(
        "silent_in_a_zone",
        Unit.SHARE,
        Topic.SENSORS,
        Text("silent devices in the zone with most", "อุปกรณ์ที่ไม่ส่งข้อมูลในโซนที่มากที่สุด"),
        _worst_zone,
    ),
    Measure(
        "awaited",
        Unit.SHARE,
        Topic.SENSORS,
        Text("devices still awaited", "อุปกรณ์ที่ยังรอข้อมูล"),
        lambda f, _: f.of_devices(f.awaited),
    ),
    Measure(
        "awaited_devices",
        Unit.COUNT,
        Topic.SENSORS,
        Text("devices still awaited", "อุปกรณ์ที่ยังรอข้อมูล"),
        lambda f, _: f.awaited,
    ),
    Measure(
        "freshness",
        Unit.INTERVALS,
        Topic.FRESHNESS,
        Text("age of the newest reading", "อายุของข้อมูลล่าสุด"),
        _freshness,
        passes=True,
    ),
    Measure(
        "bad_data",
        Unit.SHARE,
        Topic.QUALITY,
        Text("devices with bad data", "อุปกรณ์ที่ข้อมูลเชื่อถือไม่ได้"),
        _quality(lambda data: data.bad),
    ),
    Measure(
        "stuck",
        Unit.SHARE,
        Topic.QUALITY,
        Text("devices with a stuck value", "อุปกรณ์ที่ค่าค้าง"),
        _quality(lambda data: data.stuck),
    ),
    Measure(
        "drifting",
        Unit.SHARE,
        Topic.QUALITY,
        Text("devices with a wrong clock", "อุปกรณ์ที่นาฬิกาไม่ตรง"),
        _quality(lambda data: data.clock),
    ),
    Measure(
        "refused",
        Unit.SHARE,
        Topic.COMPLETENESS,
        Text("devices with refused readings", "อุปกรณ์ที่ข้อมูลถูกปฏิเสธ"),
        _quality(lambda data: data.refused),
    ),
    Measure(
        "gaps",
        Unit.SHARE,
        Topic.COMPLETENESS,
        Text("devices with gaps", "อุปกรณ์ที่ข้อมูลขาดช่วง"),
        _quality(lambda data: data.gaps),
    ),
    Measure(
        "completeness",
        Unit.SHARE,
        Topic.COMPLETENESS,
        Text("expected readings that came", "ข้อมูลที่ได้รับจากที่คาดไว้"),
        _completeness,
    ),
    Measure(
        "alerts", Unit.COUNT, Topic.ALERTS, Text("open alerts", "การแจ้งเตือนที่เปิดอยู่"), _alerts, of=Of.SEVERITY
    ),
    Measure(
        "alert_devices",
        Unit.SHARE,
        Topic.ALERT_DEVICES,
        Text("devices with an open alert", "อุปกรณ์ที่มีการแจ้งเตือน"),
        _alert_devices,
        of=Of.SEVERITY,
    ),
    Measure(
        "probes_down",
        Unit.SHARE,
        Topic.PROBES,
        Text("failing probes", "การตรวจสอบที่ไม่ผ่าน"),
        _probes_down,
    ),
    Measure(
        "probe_latency",
        Unit.MILLISECONDS,
        Topic.LATENCY,
        Text("slowest answer to a probe", "เวลาตอบสนองช้าที่สุด"),
        _latency,
    ),
    Measure(
        "certificate_days",
        Unit.DAYS,
        Topic.CERTIFICATE,
        Text("shortest life of a certificate", "อายุใบรับรองที่เหลือ"),
        _certificate,
    ),
    Measure(
        "dependencies",
        Unit.SHARE,
        Topic.NEEDS,
        Text("needed services", "บริการที่ต้องใช้"),
        _dependencies,
        of=Of.STATUS,
    ),
    Measure(
        "kpis_off",
        Unit.COUNT,
        Topic.KPIS,
        Text("KPIs outside their band", "ตัวชี้วัดนอกเกณฑ์"),
        lambda f, _: len(f.evidence.kpis),
    ),
)

MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _TABLE}
"""Every measure by the name under which a rule's ``when`` has it."""

ALLOWED: Mapping[Of, tuple[str, ...]] = {
    Of.SEVERITY: tuple(severity.value for severity in Severity),
    Of.STATUS: tuple(status.value for status in Status),
}
"""What may stand under a narrowing key; left out, all of it counts."""
