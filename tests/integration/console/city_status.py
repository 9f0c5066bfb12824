"""Made-up services, days, changes, explanations and indicators, in the shapes of the API."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.integration.console.city_data import JSON, SERVICES, TITLES, ZONES, rfc3339, text

BANGKOK = timezone(timedelta(hours=7))
DAY = 86_400
OWNERS = {
    "environment": ("Environment Department", "สำนักสิ่งแวดล้อม"),
    "mobility": ("Traffic and Transport Department", "สำนักการจราจรและขนส่ง"),
    "energy": ("Metropolitan Electricity Authority", "การไฟฟ้านครหลวง"),
    "living": ("Public Works Department", "สำนักการโยธา"),
    "people": ("Education Department", "สำนักการศึกษา"),
    "governance": ("City Office", "สำนักปลัดเมือง"),
    "economy": ("City Markets Office", "สำนักงานตลาดเมือง"),
}
CRITICALITY = {"flood-watch": "high", "e-services": "high", "footfall": "low"}


def whole(service: JSON, domain: str) -> JSON:
    """A service with all that a server of today tells of it."""
    evidence, status = service["evidence"], service["status"]
    silent = evidence["devices"] - evidence["reporting"]
    more = {
        "silent": silent,
        "awaited": 0,
        "interval": 60,
        "alerts": {"critical": 0, "major": evidence["open_alerts"], "minor": 0, "warning": 0},
        "quality": {"completeness": 0.982, "refused": 1, "stuck": 0, "clock": 0, "gaps": 2},
        "needs": [],
        "kpis": [],
        "maintenance": _work(status),
        "closed_until": None,
    }
    en, th = OWNERS[domain]
    return service | {
        "domain": domain,
        "criticality": CRITICALITY.get(service["id"], "normal"),
        "owner": text(en, th),
        "rule": {"operational": "well", "degraded": "silence", "outage": "critical-alerts"}.get(
            status, status
        ),
        "counted": status != "maintenance",
        "reason": service["reason"] or text("All is well", "ทุกอย่างปกติ"),
        "zones": [_part(zone, status, silent) for zone in ("yothi", "samyan", "rama-4")],
        "evidence": evidence | more | _special(service["id"]),
        "objective": objective(status),
    }


def _work(status: str) -> JSON | None:
    if status != "maintenance":
        return None
    title = text("New access points", "เปลี่ยนจุดกระจายสัญญาณ")
    return {"id": "wifi-2026", "title": title, "until": rfc3339(time.time() + 7200)}


def _special(service: str) -> JSON:
    """What only some services stand on."""
    if service == "e-services":
        return {"probe": PROBES | {"items": [one | {"at": rfc3339(time.time() - 40)} for one in _FOUND]}}
    if service == "ev-charging":
        name = text("Street lights", "ไฟถนน")
        return {"needs": [{"id": "street-lights", "name": name, "status": "operational"}]}
    if service == "parking":
        title = text("Parking occupancy", "อัตราการใช้ที่จอดรถ")
        off = {"id": "parking-occupancy", "title": title, "value": 91.2, "unit": "%", "low": 60, "high": 85}
        return {"kpis": [off], "closed_until": rfc3339(time.time() + 9000)}
    return {}


_FOUND: list[JSON] = [
    {"id": "front-page", "up": True, "latency": 184.0, "code": 200, "certificate_days": 61},
    {"id": "payments", "up": False, "latency": None, "code": 503, "certificate_days": 9},
    {"id": "resolver", "up": None, "latency": None, "code": None, "certificate_days": None},
]
PROBES: JSON = {"up": 1, "down": 1, "unknown": 1}


def _part(zone: str, status: str, silent: int) -> JSON:
    hit = zone == "yothi"
    state = status if hit else "operational"
    why = text(f"{silent} of 4 sensors silent", f"เซ็นเซอร์ {silent} จาก 4 ตัวไม่ส่งข้อมูล")
    return {
        "zone": zone,
        "status": state,
        "since": rfc3339(time.time() - 8040),
        "reason": why if hit else text("All is well", "ทุกอย่างปกติ"),
        "devices": 4,
        "reporting": 4 - (silent if hit else 0),
    }


def objective(status: str) -> JSON:
    """What is attained over 30 days, and how fast the budget goes."""
    missed = status == "outage"
    month = datetime.now(BANGKOK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "target": 0.995,
        "window": "30d",
        "attained": 0.9912 if missed else 0.9971,
        "budget_left": -0.76 if missed else 0.42,
        "good_seconds": 2_584_000,
        "counted_seconds": 2_592_000,
        "month": {
            "start": month.astimezone(UTC).isoformat(),
            "attained": 0.9964,
            "budget_left": 0.31,
        },
        "burn": [
            _burn("fast", "critical", ("1h", "5m"), 18.2 if missed else 0.4, 14.4, firing=missed),
            _burn("slow", "major", ("6h", "30m"), 5.1 if missed else 0.2, 6.0, firing=False),
        ],
    }


def _burn(name: str, severity: str, spans: tuple[str, str], rate: float, limit: float, **more: Any) -> JSON:
    long, short = spans
    rates = {"rate_long": rate, "rate_short": rate * 1.1, "limit": limit}
    return {"id": name, "severity": severity, "long": long, "short": short} | rates | more


def today() -> str:
    return datetime.now(BANGKOK).date().isoformat()


def days(subject: str, count: int) -> list[JSON]:
    """Mostly good days; each subject has its own bad ones. The oldest ten are before anything was kept."""
    rolled = random.Random(subject)
    end = datetime.now(BANGKOK).date()
    return [_day((end - timedelta(days=back)).isoformat(), rolled) for back in reversed(range(count - 10))]


def _day(name: str, rolled: random.Random) -> JSON:
    worst = rolled.choices(["operational", "degraded", "outage", "maintenance", "unknown"], [30, 4, 1, 2, 1])[
        0
    ]
    spent = 0 if worst == "operational" else rolled.randrange(60, 1500)
    seconds = {"operational": DAY - spent, "degraded": 0, "outage": 0, "maintenance": 0, "unknown": 0}
    if spent:
        seconds[worst] = spent
    bad = seconds["outage"] + seconds["degraded"] + seconds["unknown"]
    return {"day": name, "seconds": seconds, "worst": worst, "attained": 1 - bad / DAY}


def changes(kind: str, subject: str) -> list[JSON]:
    """Three changes, the newest first; the middle one was computed again."""
    now = time.time()
    steps = [
        (8_040, None, "degraded", "silence", text("4 of 12 sensors silent", "เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล")),
        (60_000, 8_040, "operational", "well", text("All is well", "ทุกอย่างปกติ")),
        (64_000, 60_000, "outage", "critical-alerts", text("1 critical alert", "แจ้งเตือนวิกฤต 1 รายการ")),
    ]
    return [
        {
            "at": rfc3339(now - at),
            "until": None if until is None else rfc3339(now - until),
            "kind": kind,
            "subject": subject,
            "status": status,
            "rule": rule,
            "reason": reason,
            "counted": True,
            "revised": status == "operational",
            "recorded": rfc3339(now - at + 900),
        }
        for at, until, status, rule, reason in steps
    ]


def explained(service: JSON) -> JSON:
    """Five rules: one that holds on, one that decides, one that waits, one held back, one that does not."""
    now = time.time()
    silent = _compared("silent", "share", 0.3333, 0.1, text("silent devices", "อุปกรณ์ที่ไม่ส่งข้อมูล"), holds=True)
    closed = _compared("closed", "yes or no", False, True, text("outside its hours", "นอกเวลา"), op="is")
    alerts = _compared("alerts", "count", 1, 1, text("open alerts", "แจ้งเตือน"), op="at_least", holds=True)
    alerts |= {"of": ["critical", "major"]}
    outage = silent | {"limit": 0.5, "clear": 0.3, "latched": False, "holds": False}
    shut = {"join": "all", "holds": False, "parts": [closed, silent]}
    rules = [
        _rule("closed", "operational", "off", shut, keep="15m"),
        _rule("silence-outage", "outage", "off", outage),
        _rule("silence", "degraded", "holds", silent | {"clear": 0.05}, decided=True),
        _rule("alerts", "degraded", "blocked", alerts, unless=closed),
        _rule("probes-outage", "outage", "waiting", alerts, wait="1m", since=rfc3339(now - 20)),
    ]
    whole = {
        "at": rfc3339(now),
        "status": service["status"],
        "rule": "silence",
        "reason": service["reason"],
        "counted": True,
        "due": rfc3339(now + 40),
        "set": "city",
        "measures": [],
        "rules": rules,
    }
    parts = [whole | {"zone": zone, "since": rfc3339(now - 8040)} for zone in ("yothi", "samyan")]
    return whole | {"id": service["id"], "since": service["since"], "zones": parts}


def _compared(measure: str, unit: str, value: Any, limit: Any, title: JSON, **more: Any) -> JSON:
    made = {"measure": measure, "of": [], "op": "above", "limit": limit, "clear": None, "value": value}
    return made | {"unit": unit, "title": title, "holds": False, "latched": False} | more


def _rule(name: str, status: str, state: str, when: JSON, **more: Any) -> JSON:
    made = {"id": name, "status": status, "decided": False, "state": state, "since": None, "until": None}
    return made | {"counted": True, "wait": "0s", "keep": "0s", "when": when, "unless": None} | more


def zone_statuses(domains: dict[str, JSON]) -> list[JSON]:
    """Every zone as its services' parts are; where nothing is known of, it is unknown."""
    return [_zone(zone, domains) for zone in ZONES]


def _zone(zone: str, domains: dict[str, JSON]) -> JSON:
    worst = ("outage", "degraded", "unknown", "maintenance", "operational")
    inside = [
        {"id": service["id"], "status": part["status"]}
        for domain in domains.values()
        for service in domain["services"]
        for part in service.get("zones", [])
        if part["zone"] == zone
    ]
    status = min((one["status"] for one in inside), key=worst.index, default="unknown")
    reason = text(f"{len(inside)} services", f"{len(inside)} บริการ")
    if not inside:
        reason = text("No service is in this zone", "ไม่มีบริการในพื้นที่นี้")
    since = rfc3339(time.time() - 8040)
    return {"zone": zone, "status": status, "since": since, "reason": reason, "services": inside}


_KPIS: list[tuple[str, str, str, str, str, Any]] = [
    ("environment", "pm25-compliance", "PM2.5 compliance", "สัดส่วนวันที่ฝุ่น PM2.5 ไม่เกินเกณฑ์", "up", 95),
    ("environment", "pm25-annual", "PM2.5, mean of the days", "ฝุ่น PM2.5 เฉลี่ยรายวัน", "down", 15),
    ("mobility", "travel-time-index", "Travel Time Index", "ดัชนีเวลาเดินทาง", "down", 1.5),
    ("mobility", "parking-occupancy", "Parking occupancy", "อัตราการใช้ที่จอดรถ", "band", (60, 85)),
    ("energy", "lamp-availability", "Lamp availability", "ความพร้อมใช้ของไฟถนน", "up", 98),
    ("energy", "co2e", "CO₂e", "ก๊าซเรือนกระจก", "down", None),
    ("living", "cctv-availability", "CCTV availability", "ความพร้อมใช้ของกล้อง", "up", 95),
    ("people", "classroom-air", "Classroom air", "อากาศในห้องเรียน", "up", 90),
    ("governance", "e-service-uptime", "E-service uptime", "ความพร้อมใช้ของบริการออนไลน์", "up", 99.5),
    ("economy", "footfall", "Footfall", "จำนวนผู้คน", "up", None),
]
_UNITS = {"pm25-annual": "µg/m³", "travel-time-index": "1", "co2e": "kg", "footfall": "/d"}
_MIDDLES = {"pm25-annual": 21.0, "travel-time-index": 1.4, "co2e": 8200.0, "footfall": 1830.0}


def kpi_values(query: dict[str, str], spans: list[tuple[str, str]], zones: list[str | None]) -> list[JSON]:
    """Values of every KPI that is meant, by span and zone."""
    meant = [
        one for one in _KPIS if query.get("domain", one[0]) == one[0] and query.get("kpi", one[1]) == one[1]
    ]
    return [
        _kpi(one, query.get("period", "month"), span, zone)
        for one in meant
        for zone in zones
        for span in spans
    ]


def _kpi(
    one: tuple[str, str, str, str, str, Any], kind: str, span: tuple[str, str], zone: str | None
) -> JSON:
    domain, name, en, th, direction, aim = one
    rolled = random.Random(f"{name} {span[0][:10]} {zone}")
    middle = _MIDDLES.get(name, 94.0)
    value, previous = (round(middle * rolled.uniform(0.95, 1.05), 2) for _ in range(2))
    little = name == "classroom-air" or zone == "chong-nonsi"
    band = list(aim) if isinstance(aim, tuple) else None
    target = None if band else aim
    return {
        "id": name,
        "domain": domain,
        "title": text(en, th),
        "formula": text("good readings / all readings", "ค่าที่ดี / ค่าทั้งหมด"),
        "unit": _UNITS.get(name, "%"),
        "direction": direction,
        "target": target,
        "band": band,
        "source": "project default" if name != "travel-time-index" else "ITU-T Y.4903",
        "verified": name == "travel-time-index",
        "zone": zone,
        "period": {"kind": kind, "start": span[0], "end": span[1]},
        "value": None if little else value,
        "state": "not_enough_data" if little else _state(value, direction, target, band),
        "coverage": 0.212 if little else 0.981,
        "samples": 41 if little else 8640,
        "previous": previous,
        "trend": None if little else _trend(value, previous, direction),
    }


def _state(value: float, direction: str, target: float | None, band: list[float] | None) -> str:
    if band:
        return "in_band" if band[0] <= value <= band[1] else "out_of_band"
    if target is None:
        return "no_target"
    return "met" if (value >= target if direction == "up" else value <= target) else "missed"


def _trend(value: float, previous: float, direction: str) -> str:
    if value == previous:
        return "same"
    return "better" if (value > previous) == (direction == "up") else "worse"


def note(number: int, state: str, title: JSON, told: JSON, **changes: Any) -> JSON:
    """What the public is told."""
    at = rfc3339(time.time() - 3600)
    made = {
        "id": f"01JN{number:022d}",
        "number": 1,
        "created_at": at,
        "updated_at": at,
        "state": state,
        "title": title,
        "services": [],
        "domain": None,
        "incident": None,
        "starts_at": None,
        "ends_at": None,
        "updates": [{"at": at, "state": state, "text": told, "by": "operator-3"}],
        "by": "operator-3",
        "withdrawn_at": None,
    }
    return made | changes


def titled(domain: str) -> JSON:
    return text(*TITLES[domain])


def service_ids() -> list[str]:
    return [named[0] for services in SERVICES.values() for named in services]
