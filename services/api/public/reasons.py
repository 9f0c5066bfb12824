"""Why a service has its status, for everybody: from its status, counts and zones alone.

What operators read may name devices and alerts; none of that is used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from devices.model import Text
from services.api.parameters import parse_moment
from services.api.public.model import MAINTENANCE, OPERATIONAL, UNKNOWN
from services.api.public.words import STATUS, both, joined
from services.runtime.walltime import moment

_SEVERITIES = {
    "critical": Text("critical", "วิกฤต"),
    "major": Text("major", "รุนแรง"),
    "minor": Text("minor", "เล็กน้อย"),
    "warning": Text("warning", "เฝ้าระวัง"),
}
_FINE = Text("works as it should", "ทำงานตามปกติ")


def public_reason(document: Mapping[str, Any], zones: Mapping[str, Text], timezone: ZoneInfo) -> Text:
    """Why, from the API's document of a service. ``zones`` are the names of the city's zones."""
    status, evidence = document["status"], document.get("evidence") or {}
    if status == MAINTENANCE:
        clauses = [_work(evidence, timezone)]
    elif evidence.get("closed_until") is not None:
        clauses = [_closed(evidence["closed_until"], timezone)]
    elif status == UNKNOWN:
        clauses = [_unknown(evidence)]
    elif status == OPERATIONAL:
        clauses = [_reporting(evidence)]
    else:
        clauses = list(_amiss(document, evidence, zones)) or [_some_trouble(document, zones)]
    return joined(clauses)


def domain_reason(status: str, services: Sequence[tuple[str, Text]]) -> Text:
    """Why a domain has its status: which of its services, given by status and name, have it."""
    if not services:
        return Text("No service is defined", "ยังไม่ได้กำหนดบริการ")
    own = [name for its_status, name in services if its_status == status]
    word, n = STATUS[status], len(services)
    if len(own) == n and n > 1:
        return Text(f"All {n} services: {word.en.lower()}", f"บริการทั้ง {n} รายการ: {word.th}")
    if not own:
        return Text(f"{n} services", f"{n} บริการ")
    names = both(own)
    return Text(f"{names.en}: {word.en.lower()}", f"{names.th}: {word.th}")


def _work(evidence: Mapping[str, Any], timezone: ZoneInfo) -> Text:
    until = (evidence.get("maintenance") or {}).get("until")
    if until is None:
        return Text("planned work is under way", "อยู่ระหว่างงานบำรุงรักษาตามแผน")
    at = moment(parse_moment(until), timezone)
    return Text(f"planned work until {at.en}", f"งานบำรุงรักษาตามแผนถึง {at.th}")


def _closed(until: str, timezone: ZoneInfo) -> Text:
    at = moment(parse_moment(until), timezone)
    return Text(f"outside its hours until {at.en}", f"นอกเวลาให้บริการ ถึง {at.th}")


def _unknown(evidence: Mapping[str, Any]) -> Text:
    devices, awaited = evidence.get("devices", 0), evidence.get("awaited", 0)
    if not devices and not evidence.get("probe"):
        return Text("nothing tells how it does", "ไม่มีข้อมูลที่บอกสถานะได้")
    if awaited:
        heard = evidence.get("reporting", 0)
        return Text(
            f"{heard} of {devices} sensors heard so far", f"ได้รับข้อมูลแล้ว {heard} จาก {devices} เซ็นเซอร์"
        )
    return Text("nothing is heard of it", "ไม่ได้รับข้อมูล")


def _reporting(evidence: Mapping[str, Any]) -> Text:
    devices, reporting = evidence.get("devices", 0), evidence.get("reporting", 0)
    if devices > 1:
        what = "all" if reporting == devices else f"{reporting} of"
        th = f"เซ็นเซอร์ทั้ง {devices} ตัว" if reporting == devices else f"เซ็นเซอร์ {reporting} จาก {devices} ตัว"
        return Text(f"{what} {devices} sensors reporting", f"{th}ส่งข้อมูลปกติ")
    return _FINE


def _amiss(
    document: Mapping[str, Any], evidence: Mapping[str, Any], zones: Mapping[str, Text]
) -> Iterator[Text]:
    devices = evidence.get("devices", 0)
    silent = evidence.get("silent", 0)
    if silent:
        where = _where(document, zones)
        en, th = f"{silent} of {devices} sensors silent", f"เซ็นเซอร์ {silent} จาก {devices} ตัวไม่ส่งข้อมูล"
        yield Text(f"{en} in {where.en}", f"{th} ที่{where.th}") if where else Text(en, th)
    probe = evidence.get("probe") or {}
    if down := probe.get("down", 0):
        asked = down + probe.get("up", 0) + probe.get("unknown", 0)
        yield Text(f"{down} of {asked} checks fail", f"การตรวจสอบ {down} จาก {asked} รายการไม่ผ่าน")
    yield from _needs(evidence)
    yield from _alerts(evidence.get("alerts") or {})
    if off := evidence.get("kpis"):
        names = both([Text(one["title"]["en"], one["title"]["th"]) for one in off])
        yield Text(f"off its target: {names.en}", f"ไม่เป็นไปตามเป้าหมาย: {names.th}")
    quality = evidence.get("quality") or {}
    if wrong := quality.get("stuck", 0) + quality.get("clock", 0):
        more = min(wrong, devices)
        yield Text(
            f"data of {more} of {devices} sensors unreliable",
            f"ข้อมูลของเซ็นเซอร์ {more} จาก {devices} ตัวเชื่อถือไม่ได้",
        )


def _needs(evidence: Mapping[str, Any]) -> Iterator[Text]:
    needed = [one for one in evidence.get("needs") or () if one["status"] != OPERATIONAL]
    if needed:
        names = both([Text(one["name"]["en"], one["name"]["th"]) for one in needed])
        yield Text(f"depends on {names.en}", f"ขึ้นกับ{names.th}")


def _alerts(counts: Mapping[str, int]) -> Iterator[Text]:
    there = [(name, counts[name]) for name in _SEVERITIES if counts.get(name)]
    if there:
        told = both([Text(f"{n} {_SEVERITIES[s].en}", f"{_SEVERITIES[s].th} {n}") for s, n in there])
        noun = "alert" if sum(n for _, n in there) == 1 else "alerts"
        yield Text(f"{told.en} {noun} open", f"มีการแจ้งเตือนระดับ{told.th} รายการ")


def _where(document: Mapping[str, Any], zones: Mapping[str, Text]) -> Text | None:
    """The zones of a service in which a sensor is missing, those where most are first."""
    missing = sorted(
        (part["reporting"] - part["devices"], part["zone"]) for part in document.get("zones") or ()
    )
    names = [zones[zone] for less, zone in missing if less < 0 and zone in zones]
    return both(names) if names else None


def _some_trouble(document: Mapping[str, Any], zones: Mapping[str, Text]) -> Text:
    """Where it is amiss, when the counts don't say why."""
    parts = document.get("zones") or ()
    names = [zones[p["zone"]] for p in parts if p["status"] == document["status"] and p["zone"] in zones]
    if not names:
        return Text("does not do as it should", "ทำงานไม่เป็นไปตามปกติ")
    where = both(names)
    return Text(f"trouble in {where.en}", f"มีปัญหาที่{where.th}")
