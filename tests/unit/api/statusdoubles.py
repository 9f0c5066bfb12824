"""Services, what they were, KPIs and notes, in memory: as their ports promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import City, Domain
from services.bus.protocol import Bus
from services.runtime.clock import Clock, rfc3339
from services.runtime.ports import InvalidError, NotFoundError, Page
from services.status.notes import NotesService
from services.store.records.notes import NoteRecord

DAY = 86_400_000
START = 1_767_546_000_000
LONG_AGO = "2026-01-05T00:00:00.000Z"
REASON = {
    "en": "Air quality: 1 of 2 sensors silent in North",
    "th": "คุณภาพอากาศ: เซ็นเซอร์ 1 จาก 2 ตัวไม่ส่งข้อมูล ที่เหนือ",
}


def service(service_id: str = "air-quality", status: str = "operational", **fields: Any) -> dict[str, Any]:
    """A service's document, whole."""
    evidence = {
        "devices": 2,
        "reporting": 1,
        "silent": 1,
        "awaited": 0,
        "freshness": 12,
        "interval": 60,
        "open_alerts": 1,
        "alerts": {"critical": 0, "major": 1, "minor": 0, "warning": 0},
        "probe": {
            "up": 1,
            "down": 0,
            "unknown": 0,
            "items": [
                {
                    "id": "front-door",
                    "up": True,
                    "at": LONG_AGO,
                    "latency": 80.5,
                    "code": 200,
                    "certificate_days": 61.0,
                }
            ],
        },
        "quality": {"completeness": 0.98, "refused": 0, "stuck": 1, "clock": 0, "gaps": 0},
        "needs": [{"id": "power", "name": {"en": "Power", "th": "ไฟฟ้า"}, "status": "operational"}],
        "kpis": [
            {"id": "k", "title": {"en": "K", "th": "เค"}, "value": 0.9, "unit": "%", "low": None, "high": 0.8}
        ],
        "maintenance": None,
        "closed_until": None,
    }
    return {
        "id": service_id,
        "name": {"en": "Air quality", "th": "คุณภาพอากาศ"},
        "domain": "environment",
        "criticality": "normal",
        "owner": {"en": "Environment Department", "th": "สำนักสิ่งแวดล้อม"},
        "status": status,
        "since": LONG_AGO,
        "reason": REASON,
        "rule": "silence-degraded",
        "counted": True,
        "zones": [
            {
                "zone": "north",
                "status": status,
                "since": LONG_AGO,
                "reason": REASON,
                "devices": 1,
                "reporting": 0,
            },
            {
                "zone": "south",
                "status": "operational",
                "since": LONG_AGO,
                "reason": REASON,
                "devices": 1,
                "reporting": 1,
            },
        ],
        "evidence": evidence,
        "objective": {
            "target": 0.99,
            "window": "30d",
            "attained": 0.9971,
            "budget_left": 0.42,
            "good_seconds": 2_000.0,
            "counted_seconds": 2_006.0,
            "month": {"start": LONG_AGO, "attained": 0.99, "budget_left": 0.0},
            "burn": [
                {
                    "id": "fast",
                    "severity": "critical",
                    "long": "1h",
                    "short": "5m",
                    "rate_long": 1.5,
                    "rate_short": None,
                    "limit": 14.4,
                    "firing": False,
                }
            ],
        },
        **fields,
    }


def change(number: int, kind: str = "service", subject: str = "air-quality", **fields: Any) -> dict[str, Any]:
    """A status change; a higher number is a later one."""
    return {
        "at": rfc3339(START + number * 1000),
        "until": None,
        "kind": kind,
        "subject": subject,
        "status": "degraded",
        "rule": "silence-degraded",
        "reason": REASON,
        "counted": True,
        "revised": False,
        "recorded": rfc3339(START + number * 1000),
        **fields,
    }


def day(date: str, **seconds: float) -> dict[str, Any]:
    """A day of uptime; what of it is not given was operational."""
    held = {"operational": 0.0, "degraded": 0.0, "outage": 0.0, "maintenance": 0.0, "unknown": 0.0}
    held |= {"operational": 86_400.0 - sum(seconds.values())} | seconds
    return {"day": date, "seconds": held, "worst": "operational", "attained": 1.0}


KPI = {
    "id": "pm25-compliance",
    "domain": "environment",
    "title": {"en": "PM2.5 compliance", "th": "การผ่านเกณฑ์ PM2.5"},
    "formula": {"en": "days kept / days", "th": "วันที่ผ่าน / วัน"},
    "unit": "%",
    "direction": "up",
    "target": 95.0,
    "band": None,
    "source": "project default",
    "verified": False,
}


class StatusWork:
    """What there is of statuses beside the domains."""

    def __init__(self) -> None:
        self.all_services = {"air-quality": service(), "power": service("power", domain="energy")}
        self.all_changes: list[dict[str, Any]] = []
        self.days: list[dict[str, Any]] = [day("2026-01-04"), day("2026-01-05", outage=864.0)]
        self.asked: list[Any] = []
        self.fail: Exception | None = None

    def services(self) -> Sequence[Mapping[str, Any]]:
        return list(self.all_services.values())

    def service(self, service_id: str) -> Mapping[str, Any]:
        if service_id not in self.all_services:
            raise NotFoundError(f"no service {service_id}")
        return self.all_services[service_id]

    def zones(self) -> Sequence[Mapping[str, Any]]:
        found = [{"id": one["id"], "status": one["status"]} for one in self.all_services.values()]
        told = {"status": "operational", "since": LONG_AGO, "reason": REASON, "services": found}
        return [{"zone": zone, **told} for zone in ("north", "south")]

    def explain(self, service_id: str) -> Mapping[str, Any]:
        found = self.service(service_id)
        silent = {"measure": "silent", "of": [], "unit": "share", "title": found["name"], "value": 0.5}
        compared = {**silent, "op": "above", "limit": 0.5, "clear": None, "holds": False, "latched": False}
        rule = {
            "id": "silence-outage",
            "status": "outage",
            "decided": False,
            "state": "off",
            "since": None,
            "until": None,
            "counted": True,
            "wait": "0s",
            "keep": "2m",
            "when": compared,
            "unless": None,
        }
        told = {
            "at": LONG_AGO,
            "due": None,
            "set": "city",
            "measures": [silent],
            "rules": [rule],
            **{name: found[name] for name in ("status", "since", "rule", "reason", "counted", "evidence")},
        }
        named = {name: found[name] for name in ("id", "name", "domain", "criticality")}
        return {**named, **told, "zones": [{"zone": "north", **told}]}

    async def changes(
        self, kind: str, subjects: Sequence[str], *, start: int, end: int, limit: int, cursor: str | None
    ) -> Page:
        self._ask((kind, tuple(subjects), start, end, limit))
        found = [
            one
            for one in sorted(self.all_changes, key=lambda one: str(one["at"]), reverse=True)
            if one["kind"] == kind
            and one["subject"] in subjects
            and rfc3339(start) <= one["at"] < rfc3339(end)
        ]
        return Page(found[:limit], "more" if len(found) > limit else None)

    async def uptime(self, kind: str, subject: str, *, days: int, end: int) -> Sequence[Mapping[str, Any]]:
        self._ask((kind, subject, days, end))
        return self.days[-days:]

    async def objectives(self, *, start: int, end: int) -> Sequence[Mapping[str, Any]]:
        self._ask((start, end))
        return [{"service": "air-quality", **self.all_services["air-quality"]["objective"]}]

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        return [KPI, {**KPI, "id": "saifi", "domain": "energy", "direction": "band", "band": [60, 85]}]

    async def kpis(
        self,
        *,
        domain: str | None = None,
        kpi: str | None = None,
        zones: Sequence[str] = (),
        period: str = "month",
        start: int | None = None,
        end: int | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        self._ask((domain, kpi, tuple(zones), period, start, end))
        if kpi == "none":
            raise NotFoundError("no KPI none")
        if period == "year" and zones == ("*",):
            raise InvalidError.at("zone", "makes too many values", "fewer zones")
        told = {
            "period": {"kind": period, "start": LONG_AGO, "end": "2026-02-01T00:00:00.000Z"},
            "value": 97.5,
            "state": "met",
            "coverage": 0.9,
            "samples": 28,
            "previous": 95.0,
            "trend": "better",
        }
        none = {"value": None, "state": "not_enough_data", "previous": None, "trend": None}
        return [{**KPI, "zone": zone, **told, **(none if zone else {})} for zone in (zones or (None,))]

    async def report(self, period: str, language: str | None) -> str:
        self._ask((period, language))
        if period.endswith("-13"):
            raise InvalidError.at("period", "is no month")
        return f"<!doctype html><title>{period} {language}</title>"

    def _ask(self, question: Any) -> None:
        self.asked.append(question)
        if self.fail is not None:
            raise self.fail


class KeptNotes:
    """:class:`services.store.records.notes.NoteRecords` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, NoteRecord] = {}
        self.reads = 0

    async def add(self, record: NoteRecord) -> None:
        self.kept[record.id] = record

    async def change(self, record: NoteRecord) -> bool:
        if self.kept[record.id].changes != record.changes - 1:
            return False
        self.kept[record.id] = record
        return True

    async def get(self, note: str) -> NoteRecord | None:
        return self.kept.get(note)

    async def page(
        self, *, since: int | None = None, limit: int, cursor: str | None = None
    ) -> tuple[list[NoteRecord], str | None]:
        self.reads += 1
        if cursor is not None and not cursor.isalnum():
            raise ValueError("no cursor of this list")
        found = [
            one
            for one in sorted(self.kept.values(), key=lambda one: (one.updated_at, one.id), reverse=True)
            if one.withdrawn is None
            and (since is None or one.updated_at >= since)
            and (cursor is None or one.id < cursor)
        ]
        return found[:limit], found[limit - 1].id if len(found) > limit else None


def notes_of(city: City, kept: KeptNotes, bus: Bus, clock: Clock) -> NotesService:
    """The real notes on records in memory."""
    return NotesService(city, kept, bus, clock)  # type: ignore[arg-type]


def note(number: int, **fields: Any) -> NoteRecord:
    """A note; a higher number is a newer one."""
    at = START + number * 1000
    texts = {"en": "We are looking into it.", "th": "กำลังตรวจสอบ"}
    told: dict[str, Any] = {
        "id": f"01Q0000000000000000000{number:04d}",
        "created_at": at,
        "updated_at": at,
        "state": "investigating",
        "title": {"en": "No air data in the north", "th": "ไม่มีข้อมูลอากาศทางเหนือ"},
        "services": ["air-quality"],
        "domain": "environment",
        "incident": None,
        "starts_at": None,
        "ends_at": None,
        "updates": [{"at": at, "by": "nok", "state": fields.get("state", "investigating"), "text": texts}],
    }
    return NoteRecord(**(told | fields))


def domains_of(services: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The seven domains with these services, each as its worst."""
    ranks = ["operational", "maintenance", "unknown", "degraded", "outage"]
    found = []
    for domain in Domain:
        own = [one for one in services if one["domain"] == domain.value]
        worst = max((one["status"] for one in own), key=ranks.index, default="unknown")
        found.append(
            {
                "domain": domain.value,
                "title": {"en": f"Smart {domain.value.title()}", "th": f"อัจฉริยะ {domain.value}"},
                "status": worst,
                "since": LONG_AGO,
                "reason": REASON,
                "services": own,
            }
        )
    return found
