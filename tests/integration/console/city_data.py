"""Made-up data of a small city, in the shapes of the contract."""

from __future__ import annotations

import math
import random
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rules.explaining import arithmetic

JSON = dict[str, Any]

TITLES = {
    "environment": ("Smart Environment", "สิ่งแวดล้อมอัจฉริยะ"),
    "mobility": ("Smart Mobility", "การเดินทางและขนส่งอัจฉริยะ"),
    "energy": ("Smart Energy", "พลังงานอัจฉริยะ"),
    "living": ("Smart Living", "การดำรงชีวิตอัจฉริยะ"),
    "people": ("Smart People", "พลเมืองอัจฉริยะ"),
    "governance": ("Smart Governance", "การบริหารภาครัฐอัจฉริยะ"),
    "economy": ("Smart Economy", "เศรษฐกิจอัจฉริยะ"),
}
SERVICES = {
    "environment": [
        ("air-quality", "Air quality", "คุณภาพอากาศ"),
        ("flood-watch", "Flood watch", "เฝ้าระวังน้ำท่วม"),
    ],
    "mobility": [
        ("traffic-counts", "Traffic counts", "ปริมาณจราจร"),
        ("parking", "Parking", "ที่จอดรถ"),
        ("ev-charging", "Electric vehicle charging", "สถานีชาร์จยานยนต์ไฟฟ้า"),
    ],
    "energy": [("street-lights", "Street lights", "ไฟถนน"), ("solar", "Solar roofs", "หลังคาโซลาร์")],
    "living": [("cameras", "Public cameras", "กล้องสาธารณะ")],
    "people": [("public-wifi", "Public Wi-Fi", "ไวไฟสาธารณะ")],
    "governance": [("e-services", "Online services", "บริการออนไลน์")],
    "economy": [("footfall", "Market footfall", "จำนวนผู้คนในตลาด")],
}
ZONES = {
    "samyan": ("Samyan", "สามย่าน", 100.5300, 13.7339, 750),
    "rama-4": ("Rama 4", "พระราม 4", 100.5435, 13.7220, 700),
    "makkasan": ("Makkasan", "มักกะสัน", 100.5621, 13.7522, 900),
    "khlong-phadung": ("Khlong Phadung Krung Kasem", "คลองผดุงกรุงเกษม", 100.5111, 13.7611, 800),
    "ong-ang": ("Khlong Ong Ang", "คลองโอ่งอ่าง", 100.504, 13.743, 500),
    "bang-lamphu": ("Bang Lamphu", "บางลำพู", 100.496, 13.762, 600),
    "yothi": ("Yothi", "โยธี", 100.529, 13.766, 700),
    "rama-1": ("Rama I", "พระราม 1", 100.534, 13.746, 500),
    "chong-nonsi": ("Khlong Chong Nonsi", "คลองช่องนนทรี", 100.530, 13.720, 600),
    "phahonyothin": ("Phahonyothin transport centre", "ศูนย์คมนาคมพหลโยธิน", 100.541, 13.803, 1000),
}


class Kind(NamedTuple):
    """A kind of alert: texts take the name of the zone."""

    severity: str
    domain: str
    zone: str
    device: str | None
    rule: str
    metric: str
    value: float | None
    threshold: float | None
    en: str
    th: str


KINDS = [
    Kind(
        *("critical", "environment", "ong-ang", "fl-03", "flood/road-deep", "level", 0.24, 0.2),
        en="{}: road under water",
        th="{}: น้ำท่วมผิวถนน",
    ),
    Kind(
        *("major", "environment", "samyan", "aq-01", "air-quality/pm25-unhealthy", "pm25", 81.2, 75),
        en="PM2.5 unhealthy in {}",
        th="ฝุ่น PM2.5 เกินมาตรฐาน {}",
    ),
    Kind(
        *("minor", "mobility", "yothi", None, "traffic/silent", "intensity", None, None),
        en="Traffic sensors silent in {}",
        th="เซ็นเซอร์จราจรไม่ส่งข้อมูลในพื้นที่ {}",
    ),
    Kind(
        *("warning", "energy", "makkasan", "sl-114", "lights/lamp-out", "activePower", 3.1, 12),
        en="Street lamp out in {}",
        th="โคมไฟถนนดับ {}",
    ),
    Kind(
        *("major", "energy", "rama-4", "ac-07", "power/undervoltage", "voltage", 198.4, 207),
        en="Voltage low on feeder in {}",
        th="แรงดันไฟฟ้าต่ำในสายป้อน {}",
    ),
    Kind(
        *("minor", "environment", "phahonyothin", "no-12", "noise/night", "LAeq", 74.8, 70),
        en="Noise above the limit at {}",
        th="เสียงดังเกินมาตรฐานที่ {}",
    ),
]
ADVICE = (
    "Send a crew to look, and close the road if the level rises.",
    "ส่งเจ้าหน้าที่ตรวจสอบ และปิดถนนหากระดับน้ำสูงขึ้น",
)
REASONS = {
    "degraded": ("{} of 12 sensors silent in Yothi", "เซ็นเซอร์ {} จาก 12 ตัวในย่านโยธีไม่ส่งข้อมูล"),
    "outage": ("a critical alert is open in Khlong Ong Ang", "มีการแจ้งเตือนวิกฤตในย่านคลองโอ่งอ่าง"),
    "maintenance": ("planned work until 05:00", "บำรุงรักษาตามแผนถึง 05:00 น."),
    "unknown": ("nothing heard for 2 h 14 min", "ไม่ได้รับข้อมูลมา 2 ชั่วโมง 14 นาที"),
}


def rfc3339(seconds: float) -> str:
    """Seconds since the epoch as the API writes them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(en: str, th: str) -> JSON:
    return {"en": en, "th": th}


def domain_status(domain: str, status: str = "operational", silent: int = 0) -> JSON:
    """One domain whose first service has the status; ``silent`` of its devices say nothing."""
    first, *others = SERVICES[domain]
    en, th = TITLES[domain]
    return {
        "domain": domain,
        "title": text(en, th),
        "status": status,
        "since": rfc3339(time.time() - 8040),
        "reason": reason(status, first[1], first[2], silent),
        "services": [
            service(first, status, silent),
            *(service(other, "operational", 0) for other in others),
        ],
    }


def service(named: tuple[str, str, str], status: str, silent: int) -> JSON:
    """One service with 12 devices."""
    service_id, en, th = named
    heard = status != "unknown"
    missed = status == "outage"
    return {
        "id": service_id,
        "name": text(en, th),
        "status": status,
        "since": rfc3339(time.time() - 8040),
        "reason": reason(status, en, th, silent),
        "evidence": {
            "devices": 12,
            "reporting": 12 - silent if heard else 0,
            "freshness": 4 if heard else None,
            "open_alerts": 1 if status in {"degraded", "outage"} else 0,
            "probe": None,
        },
        "objective": {
            "target": 0.995,
            "window": "30d",
            "attained": 0.9912 if missed else 0.9971,
            "budget_left": -0.76 if missed else 0.42,
        },
    }


def reason(status: str, en: str, th: str, silent: int) -> JSON | None:
    """Why a service of this name has its status."""
    if status not in REASONS:
        return None
    why_en, why_th = REASONS[status]
    return text(f"{en}: {why_en.format(silent)}", f"{th}: {why_th.format(silent)}")


def alert(number: int, *, age: float | None = None, **changes: Any) -> JSON:
    """One firing alert of the made-up city; ``changes`` replace its fields."""
    kind = KINDS[number % len(KINDS)]
    started = time.time() - (95 + 613 * number if age is None else age)
    zone_en, zone_th = ZONES[kind.zone][:2]
    made = {
        "id": f"01JB{number:022d}",
        "number": 2,
        "fingerprint": f"{number:016x}",
        "rule": kind.rule,
        "rule_version": "sha256:5b6f0c0d",
        "domain": kind.domain,
        "zone": kind.zone,
        "device": kind.device,
        "service": SERVICES[kind.domain][0][0],
        "severity": kind.severity,
        "state": "firing",
        "starts_at": rfc3339(started),
        "ends_at": None,
        "acknowledged": None,
        "assigned_to": None,
        "suppressed": None,
        "incident": None,
        "cause": None,
        "occurrences": 1,
        "flapping": False,
        "held_until": None,
        "closed_by": None,
        "labels": {},
        "title": text(kind.en.format(zone_en), kind.th.format(zone_th)),
        "advice": text(*ADVICE),
        "evidence": evidence(kind),
        "times": times(started),
    }
    return {**made, **changes}


def evidence(kind: Kind) -> JSON:
    return {
        "metric": kind.metric,
        "value": kind.value,
        "window": None if kind.value is None else "10m mean",
        "threshold": kind.threshold,
        "readings": [],
    }


def explanation(alert: JSON) -> JSON:
    """The arithmetic in a sentence."""
    return dict(arithmetic(alert["evidence"]).as_dict())


def window_evidence(ends: float) -> JSON:
    """What a rule over the mean of six hours has to say, up to a moment (s)."""
    return {
        "metric": "pm25",
        "value": 81.2,
        "window": "6h mean",
        "threshold": 75,
        "readings": [{"time": rfc3339(ends), "value": 96.4}],
        "agg": "mean",
        "over": "6h",
        "from": rfc3339(ends - 6 * 3600),
        "to": rfc3339(ends),
        "count": 68,
        "coverage": 0.944,
    }


def anomaly_evidence(at: float) -> JSON:
    """What a rule over unusual readings has to say of one at a moment (s)."""
    return {
        "metric": "pm25",
        "value": 0.9994,
        "window": None,
        "threshold": 0.999,
        "readings": [{"time": rfc3339(at), "value": 96.4}],
        "expected": 41.2,
        "low": 33.0,
        "high": 49.5,
        "score": 0.9994,
    }


def quorum_evidence(at: float) -> JSON:
    """What a rule over several devices of a zone has to say."""
    values = {"aq-01": 96.4, "aq-04": 88.1, "aq-09": 79.0}
    return {
        "metric": "pm25",
        "value": 3.0,
        "window": "devices at once",
        "threshold": 3.0,
        "readings": [{"time": rfc3339(at), "value": v, "device": d} for d, v in values.items()],
        "devices": list(values),
        "count": 3,
        "total": 5,
    }


def times(taken: float) -> JSON:
    """A reading that was delivered as an alert 18 ms after its rule fired."""
    after = {"taken": 0.0, "received": 0.084, "fired": 0.091, "persisted": 0.103, "delivered": 0.109}
    return {name: rfc3339(taken + seconds) for name, seconds in after.items()}


def zone(zone_id: str) -> JSON:
    en, th, lon, lat, radius = ZONES[zone_id]
    shape = random.Random(zone_id)
    ring = []
    for corner in range(9):
        angle, size = corner * math.tau / 9, radius * shape.uniform(0.75, 1.15) / 111_320
        ring.append(
            [lon + size * math.cos(angle) / math.cos(math.radians(lat)), lat + size * math.sin(angle)]
        )
    return {
        "id": zone_id,
        "name": text(en, th),
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }


def device(number: int) -> JSON:
    place = random.Random(number)
    zone_id = list(ZONES)[number % len(ZONES)]
    _, _, lon, lat, radius = ZONES[zone_id]
    at = [c + place.uniform(-0.6, 0.6) * radius / 111_320 for c in (lon, lat)]
    return {
        "id": f"aq-{number:02d}",
        "types": ["AirQualityObserved"],
        "name": "",
        "domain": "environment",
        "zone": zone_id,
        "service": "air-quality",
        "location": at,
        "interval": "5m",
        "labels": {},
        "enabled": True,
        "topic": f"nakhon/v1/bangkok-pilot/{zone_id}/environment/aq-{number:02d}/telemetry",
        "last_seen": rfc3339(time.time() - 20),
        "online": True,
    }


TYPE = {
    "name": "AirQualityObserved",
    "version": 1,
    "domain": "environment",
    "interval": "5m",
    "title": text("Air quality", "คุณภาพอากาศ"),
    "metrics": {
        "pm25": {"type": "number", "unit": "µg/m³", "title": text("PM2.5", "ฝุ่น PM2.5")},
        "temperature": {"type": "number", "unit": "°C", "title": text("Temperature", "อุณหภูมิ")},
    },
}


def reading(number: int) -> JSON:
    values = {"pm25": round(random.uniform(18, 52), 1), "temperature": round(random.uniform(27, 34), 1)}
    return {
        "time": rfc3339(time.time()),
        "device": f"aq-{number:02d}",
        "zone": list(ZONES)[number % len(ZONES)],
        "type": "AirQualityObserved",
        "values": values,
    }


def series(metric: str, start: float, end: float, device: str | None, kind: Kind | None) -> list[JSON]:
    """Sixty readings that climb from well below the threshold to the value of an alert."""
    value = (kind.value if kind else None) or 50.0
    calm = ((kind.threshold if kind else None) or 40.0) * 0.6
    items = []
    for n in range(60):
        climbed = calm + (value - calm) / (1 + math.exp((38 - n) / 4))
        values = {metric: climbed * (1 + 0.05 * math.sin(n * 1.7))}
        at = rfc3339(start + (end - start - 60) * n / 59)
        items.append({"time": at, "device": device, "zone": "samyan", "type": TYPE["name"], "values": values})
    return items
