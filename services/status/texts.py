"""Reasons for people, in English and Thai, with the numbers. Times are the city's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from devices.model import Text
from rules.model import Severity
from services.status.dataquality import quality_clauses
from services.status.evaluate import Cause, Evidence, Status, by_severity

NO_SERVICE = Text("no service is defined", "ยังไม่ได้กำหนดบริการ")

_SEVERITIES = {
    Severity.CRITICAL: Text("critical", "วิกฤต"),
    Severity.MAJOR: Text("major", "รุนแรง"),
    Severity.MINOR: Text("minor", "เล็กน้อย"),
    Severity.WARNING: Text("warning", "เฝ้าระวัง"),
}
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS_TH = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
_BUDDHIST_ERA = 543
_ZONES_SHOWN = 3
_MORE = {
    Status.OPERATIONAL: Text("operational", "ปกติ"),
    Status.DEGRADED: Text("degraded", "ด้อยประสิทธิภาพ"),
    Status.OUTAGE: Text("in outage", "ขัดข้อง"),
    Status.MAINTENANCE: Text("in maintenance", "อยู่ระหว่างบำรุงรักษา"),
    Status.UNKNOWN: Text("unknown", "ไม่ทราบสถานะ"),
}


def moment(ms: int, zone: ZoneInfo) -> Text:
    """A time of the city's clock: ``5 Jan 2026 08:03``, ``5 ม.ค. 2569 08:03 น.``"""
    at = datetime.fromtimestamp(ms / 1000, zone)
    return Text(
        f"{at.day} {_MONTHS_EN[at.month - 1]} {at.year} {at:%H:%M}",
        f"{at.day} {_MONTHS_TH[at.month - 1]} {at.year + _BUDDHIST_ERA} {at:%H:%M} น.",
    )


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says why. ``zones`` are the names of the city's zones, ``started`` when listening began (ms)."""

    zones: Mapping[str, Text]
    timezone: ZoneInfo
    started: int

    def reason(self, name: Text, cause: Cause, evidence: Evidence) -> Text:
        """Why a service of this name has its status."""
        clauses = list(self._clauses(cause, evidence))
        return Text(
            f"{name.en}: {'; '.join(clause.en for clause in clauses)}",
            f"{name.th}: {' และ'.join(clause.th for clause in clauses)}",
        )

    def _clauses(self, cause: Cause, evidence: Evidence) -> Iterable[Text]:
        if cause is Cause.DEAF:
            yield self._deaf(evidence)
        elif cause is Cause.NO_DEVICE:
            yield Text("no enabled device belongs to it", "ไม่มีอุปกรณ์ที่เปิดใช้งาน")
        elif cause is Cause.NOTHING_HEARD:
            yield self._nothing_heard(evidence)
        else:
            if evidence.silent:
                yield self._silent(evidence)
            if evidence.awaited:
                yield _awaited(evidence)
            if not evidence.silent and not evidence.awaited:
                yield _all_reporting(evidence)
            if evidence.data is not None:
                yield from quality_clauses(evidence.data, evidence.devices)
        if evidence.alerts:
            yield self._alerts(cause, evidence)

    def _deaf(self, evidence: Evidence) -> Text:
        since = moment(evidence.deaf_since or self.started, self.timezone)
        return Text(
            f"nothing can be heard since {since.en}, because the MQTT broker is away",
            f"รับข้อมูลไม่ได้ตั้งแต่ {since.th} เพราะเชื่อมต่อโบรกเกอร์ MQTT ไม่ได้",
        )

    def _nothing_heard(self, evidence: Evidence) -> Text:
        n = evidence.devices
        since = moment(evidence.newest or self.started, self.timezone)
        en, th = ("its sensor", "เซ็นเซอร์") if n == 1 else (f"its {n} sensors", f"เซ็นเซอร์ทั้ง {n} ตัว")
        if evidence.newest is None:
            return Text(
                f"nothing heard from {en} since the start on {since.en}",
                f"ไม่ได้รับข้อมูลจาก{th} ตั้งแต่เริ่มระบบเมื่อ {since.th}",
            )
        return Text(f"nothing heard from {en} since {since.en}", f"ไม่ได้รับข้อมูลจาก{th} ตั้งแต่ {since.th}")

    def _silent(self, evidence: Evidence) -> Text:
        silent, n = evidence.silent, evidence.devices
        where = self._places({count.zone: count.silent for count in evidence.zones})
        return Text(
            f"{silent} of {n} sensors silent in {where.en}",
            f"เซ็นเซอร์ {silent} จาก {n} ตัวไม่ส่งข้อมูล ที่{where.th}",
        )

    def _alerts(self, cause: Cause, evidence: Evidence) -> Text:
        where = self._places(Counter(alert.zone for alert in evidence.alerts))
        if cause is Cause.CRITICAL_ALERTS:
            on, n = evidence.critical_devices, evidence.devices
            return Text(
                f"critical alerts on {on} of {n} sensors in {where.en}",
                f"แจ้งเตือนวิกฤตที่เซ็นเซอร์ {on} จาก {n} ตัว ที่{where.th}",
            )
        counts = by_severity(evidence.alerts)
        en = _joined([f"{count} {_SEVERITIES[severity].en}" for severity, count in counts.items()], " and ")
        th = _joined([f"{_SEVERITIES[severity].th} {count}" for severity, count in counts.items()], " และ")
        noun = "alert" if len(evidence.alerts) == 1 else "alerts"
        return Text(f"{en} {noun} open in {where.en}", f"มีการแจ้งเตือนระดับ{th} รายการ ที่{where.th}")

    def _places(self, counts: Mapping[str, int]) -> Text:
        """``Yothi``, ``Yothi (4) and Samyan (2)``, the zones with most first."""
        there = sorted(((-count, zone) for zone, count in counts.items() if count))
        names = [self.zones.get(zone, Text(zone, zone)) for _, zone in there]
        if len(names) == 1:
            return names[0]
        shown = list(zip(names, there, strict=True))[:_ZONES_SHOWN]
        en = [f"{name.en} ({-negative})" for name, (negative, _) in shown]
        th = [f"{name.th} ({-negative})" for name, (negative, _) in shown]
        if more := len(names) - len(shown):
            en.append("one more zone" if more == 1 else f"{more} more zones")
            th.append(f"อีก {more} โซน")
        return Text(_joined(en, " and "), _joined(th, " และ"))


def domain_reason(status: Status, services: Sequence[tuple[Status, Text]]) -> Text:
    """Why a domain has its status: its worst service's reason, and how many more are like it."""
    if not services:
        return NO_SERVICE
    reasons = [reason for own, reason in services if own is status]
    more = len(reasons) - 1
    if status is Status.OPERATIONAL and more:
        return Text(f"all {len(reasons)} services operational", f"บริการทั้ง {len(reasons)} รายการปกติ")
    if not more:
        return reasons[0]
    word, noun = _MORE[status], "service" if more == 1 else "services"
    return Text(
        f"{reasons[0].en} (and {more} more {noun} {word.en})",
        f"{reasons[0].th} (และอีก {more} บริการ{word.th})",
    )


def _awaited(evidence: Evidence) -> Text:
    awaited, n = evidence.awaited, evidence.devices
    return Text(
        f"{evidence.reporting} of {n} sensors reporting, {awaited} not heard yet",
        f"เซ็นเซอร์ {evidence.reporting} จาก {n} ตัวส่งข้อมูลแล้ว อีก {awaited} ตัวยังไม่ได้รับข้อมูล",
    )


def _all_reporting(evidence: Evidence) -> Text:
    n = evidence.devices
    if n == 1:
        return Text("its sensor is reporting", "เซ็นเซอร์ส่งข้อมูลปกติ")
    return Text(f"all {n} sensors reporting", f"เซ็นเซอร์ทั้ง {n} ตัวส่งข้อมูลปกติ")


def _joined(parts: Sequence[str], last: str) -> str:
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
