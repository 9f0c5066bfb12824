"""A city of two services whose October can be reckoned by hand, behind the ports that a report asks.

October 2026 in Bangkok (+07:00, no clock changes) has 31 days of 86,400 s: 2,678,400 s. Of it

- the portal was operational but for an outage of 3 h on the 5th (10:00 to 13:00), degraded for 90 min on the
  10th (00:00 to 01:30), and unknown for 60 min on the 20th (12:00 to 13:00), of which Nakhon itself was deaf
  for the first 30; half an hour of maintenance on the 25th (02:00 to 02:30);
- the air was unknown from the beginning until the 2nd (nothing recorded), and operational from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from devices.model import City, Domain, Objective, SmartService, Text, Zone
from services.runtime.clock import ManualClock, rfc3339
from services.runtime.ports import InvalidError, Page
from services.status.kpis.periods import Calendar, Kind
from services.status.report.parts import ReportParts
from services.store.records.ulid import ulid

BANGKOK = ZoneInfo("Asia/Bangkok")
CALENDAR = Calendar("Asia/Bangkok")
DAY = 86_400


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 10) -> int:
    """A moment of 2026 by the clocks of Bangkok (ms)."""
    return int(datetime(2026, month, day, hour, minute, tzinfo=BANGKOK).timestamp() * 1000)


START, END = at(1), at(1, month=11)
NOW = at(3, 9, 30, month=11)

CITY = City(
    "tiny",
    Text("Tiny city", "เมืองเล็ก"),
    "Asia/Bangkok",
    {
        name: Zone(name, Text(name.title(), thai), center=(100.5, 13.7), radius=600.0)
        for name, thai in (("samyan", "สามย่าน"), ("yothi", "โยธี"))
    },
    {
        "portal": SmartService(
            "portal",
            Domain.GOVERNANCE,
            Text("City portal", "พอร์ทัลเมือง"),
            (),
            ("ServiceProbe",),
            Objective(0.995, 30 * DAY * 1000),
        ),
        "air": SmartService(
            "air", Domain.ENVIRONMENT, Text("Air quality", "คุณภาพอากาศ"), (), ("AirQualityObserved",)
        ),
    },
)

WELL = ("operational", "operational", "all is well", "ปกติ")
Step = tuple[int, str, str, str, str]

PORTAL: list[Step] = [
    (at(20, 6, month=9), *WELL),
    (at(5, 10), "outage", "probes-outage", "2 of 2 probes fail", "การตรวจสอบล้มเหลว 2 จาก 2"),
    (at(5, 13), *WELL),
    (at(10, 0), "degraded", "alerts", "1 major alert", "การแจ้งเตือนรุนแรง 1 รายการ"),
    (at(10, 1, 30), *WELL),
    (at(20, 12), "unknown", "deaf", "Nakhon can't hear", "นครไม่ได้รับข้อมูล"),
    (at(20, 12, 30), "unknown", "nothing-heard", "nothing heard", "ไม่ได้รับข้อมูล"),
    (at(20, 13), *WELL),
    (at(25, 2), "maintenance", "maintenance", "planned work", "บำรุงรักษา"),
    (at(25, 2, 30), *WELL),
]
AIR: list[Step] = [(at(2), *WELL)]
REVISED = at(10, 0)
"""The change of the portal that late data brought to light, an hour after."""


def change(kind: str, subject: str, step: Step, until: int | None) -> dict[str, Any]:
    moment, status, rule, english, thai = step
    return {
        "at": rfc3339(moment),
        "until": None if until is None else rfc3339(until),
        "kind": kind,
        "subject": subject,
        "status": status,
        "rule": rule,
        "reason": {"en": english, "th": thai},
        "counted": status != "maintenance" and rule != "deaf",
        "revised": subject == "portal" and moment == REVISED,
        "recorded": rfc3339(moment + (3_600_000 if moment == REVISED else 0)),
    }


class History:
    """What the records would tell of these steps."""

    def __init__(self, steps: Mapping[tuple[str, str], Sequence[Step]]) -> None:
        self._steps = steps

    async def changes(
        self, kind: str, subjects: Sequence[str], *, start: int, end: int, limit: int, cursor: str | None
    ) -> Page:
        found = []
        for subject in subjects:
            steps = self._steps.get((kind, subject), ())
            untils = [*(step[0] for step in steps[1:]), None][: len(steps)]
            found += [
                change(kind, subject, step, until)
                for step, until in zip(steps, untils, strict=True)
                if start <= step[0] < end
            ]
        found.sort(key=lambda one: one["at"], reverse=True)
        place = int(cursor or 0)
        rest = found[place : place + limit]
        return Page(rest, str(place + limit) if place + limit < len(found) else None)

    async def uptime(self, kind: str, subject: str, *, days: int, end: int) -> Sequence[Mapping[str, Any]]:
        steps = list(self._steps.get((kind, subject), ()))
        last = datetime.fromtimestamp((end - 1) / 1000, BANGKOK).date()
        found = []
        for back in reversed(range(days)):
            day = last - timedelta(days=back)
            found.append(_day(day, steps, end))
        return found

    async def objectives(self, *, start: int, end: int) -> Sequence[Mapping[str, Any]]:
        if start >= end:
            return []
        # 2,678,400 s less half an hour of maintenance and half an hour of deafness = 2,674,800 s count;
        # lost: outage 10,800 s, degraded 5,400 s, unknown 1,800 s = 18,000 s.
        return [
            {
                "service": "portal",
                "target": 0.995,
                "window": "30d",
                "attained": round(2_656_800 / 2_674_800, 6),
                "budget_left": round((13_374 - 18_000) / 13_374, 4),
                "good_seconds": 2_656_800,
                "counted_seconds": 2_674_800,
                "budget_seconds": 13_374,
                "budget_left_seconds": -4_626,
                "burn": [],
                "month": {},
            }
        ]


def _day(day: date, steps: Iterable[Step], end: int) -> dict[str, Any]:
    first = int(datetime(day.year, day.month, day.day, tzinfo=BANGKOK).timestamp() * 1000)
    last = min(first + DAY * 1000, end)
    held = dict.fromkeys(("operational", "degraded", "outage", "maintenance", "unknown"), 0.0)
    ordered = list(steps)
    reached = first
    status = "unknown"
    for moment, new, *_ in ordered:
        if moment <= first:
            status = new
        elif moment < last:
            held[status] += (moment - reached) / 1000
            reached, status = moment, new
    held[status] += (last - reached) / 1000
    known = any(moment < last for moment, *_ in ordered)
    order = ["outage", "degraded", "unknown", "maintenance", "operational"]
    worst = next((name for name in order if held[name]), None) if known else None
    return {"day": day.isoformat(), "seconds": held, "worst": worst, "attained": None}


class Services:
    def services(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": service.id,
                "name": service.name.as_dict(),
                "domain": service.domain.value,
                "criticality": "normal",
                "owner": {"en": "City office", "th": "สำนักงานเมือง"} if service.id == "portal" else None,
                "status": "operational",
                "evidence": {"quality": {"completeness": 0.987} if service.id == "air" else None},
            }
            for service in CITY.services.values()
        ]

    def service(self, service_id: str) -> Mapping[str, Any]:
        return next(one for one in self.services() if one["id"] == service_id)

    def zones(self) -> Sequence[Mapping[str, Any]]:
        return []

    def explain(self, service_id: str) -> Mapping[str, Any]:
        return {}


KPI = {
    "id": "pm25-compliance",
    "domain": "environment",
    "title": {"en": "PM2.5 compliance", "th": "วันที่ PM2.5 ผ่านเกณฑ์"},
    "formula": {"en": "station-days with mean <= 37.5 / valid station-days", "th": "วันที่ผ่าน / วันที่นับได้"},
    "unit": "%",
    "direction": "up",
    "target": 95.0,
    "band": None,
    "source": "project default",
    "verified": False,
}


class Kpis:
    """91 % now; 80, 81 … 91 over twelve months, of which the third has not enough data; two zones."""

    def __init__(self, most: float = inf) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.most = most
        """Periods that a question about more than one KPI may ask for."""

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        return [KPI]

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
        assert start is not None
        assert end is not None
        self.asked.append((period, tuple(zones)))
        found = []
        spans = list(CALENDAR.between(Kind(period), start, end))
        if kpi is None and len(spans) > self.most:
            raise InvalidError.at("start", "too much")
        for place, span in enumerate(spans):
            named = {"kind": period, "start": rfc3339(span.start), "end": rfc3339(span.end)}
            for zone, less in ((None, 0),) if not zones else (("samyan", 0), ("yothi", 20)):
                value = None if len(spans) > 3 and place == 2 else 91.0 - (len(spans) - 1 - place) - less
                state = "not_enough_data" if value is None else "missed"
                found.append(
                    KPI
                    | {
                        "zone": zone,
                        "period": named,
                        "value": value,
                        "state": state,
                        "coverage": 0.4 if value is None else 0.93,
                        "samples": 100,
                        "previous": None,
                        "trend": "better",
                    }
                )
        return found


class Alerts:
    """Alerts as (fired, domain, severity, rule); pages newest beginning first."""

    def __init__(self, fired: Sequence[tuple[int, str, str, str]]) -> None:
        self._documents = sorted(
            (_alert(number, *one) for number, one in enumerate(fired)),
            key=lambda document: document["id"],
            reverse=True,
        )

    async def alerts(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        rest = [one for one in self._documents if cursor is None or one["id"] < cursor]
        return Page(rest[:limit], rest[limit - 1]["id"] if len(rest) > limit else None)


def _alert(number: int, fired: int, domain: str, severity: str, rule: str) -> dict[str, Any]:
    return {
        "id": ulid(fired - 300_000, number),
        "domain": domain,
        "severity": severity,
        "rule": rule,
        "mode": "shadow" if rule.startswith("shadow") else "live",
        "times": {"fired": rfc3339(fired)},
    }


FIRED = [
    (at(30, 23, 59, month=9), "environment", "minor", "air/dust"),
    *((at(7, 8, minute), "environment", "major", "air/dust") for minute in range(12)),
    (at(7, 9, 30), "mobility", "critical", "traffic/jam"),
    (at(8, 1), "governance", "warning", "portal/slow"),
    (at(8, 2), "governance", "warning", "shadow/tried"),
    (at(1, 0, month=11), "environment", "major", "air/dust"),
]
"""14 within October: 10 + 2 of the dust within the slots of 08:00 and 08:10, one jam, one slow portal."""


class Floods:
    async def floods(self, *, limit: int, cursor: str | None) -> Page:
        return Page(
            [
                _flood("city", at(7, 8, 9), at(7, 8, 29), 12, 11),
                _flood("environment", at(7, 8, 10), at(7, 8, 39), 12, 11),
                _flood("city", at(28, 8, month=9), at(28, 9, month=9), 20, 15),
            ]
        )


def _flood(scope: str, began: int, ended: int, alerts: int, peak: int) -> dict[str, Any]:
    return {
        "id": ulid(began, 1),
        "scope": scope,
        "began": rfc3339(began),
        "ended": rfc3339(ended),
        "alerts": alerts,
        "peak": peak,
        "summary": {},
    }


class Deadlines:
    async def deadlines(self, *, start: int, end: int) -> Mapping[str, Any]:
        def stage(domain: str | None, name: str, count: int) -> dict[str, Any]:
            return {
                "domain": domain,
                "stage": name,
                "count": count,
                "p50": 0.08 if count else None,
                "p90": 0.21 if count else None,
                "p99": 130.5 if count else None,
                "max": 200.0 if count else None,
                "target": 0.9286 if count else None,
            }

        names = ("taken_to_received", "received_to_delivered", "delivered_to_notified")
        return {
            "all": [stage(None, name, 14) for name in names],
            "items": [stage("environment", name, 12) for name in names]
            + [stage("mobility", "received_to_delivered", 0)],
        }


async def refused(start: int, end: int) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "code": "out_of_range",
            "path": "values.pm25",
            "contract": "AirQualityObserved@1",
            "count": 1_234,
            "devices": 3,
        }
    ]


LEDGER = {
    "since": "2026-01-01T00:00:00.000Z",
    "received": 1_000_000,
    "stored": 990_000,
    "duplicate": 8_000,
    "quarantined": 1_990,
    "pending": 10,
}


def parts(**more: Any) -> ReportParts:
    """The ports of the city, all of them unless told otherwise."""
    domain_steps = {("domain", "governance"): PORTAL, ("domain", "environment"): AIR}
    given: dict[str, Any] = {
        "city": CITY,
        "clock": ManualClock(NOW),
        "version": "0.1.0",
        "services": Services(),
        "history": History({("service", "portal"): PORTAL, ("service", "air"): AIR, **domain_steps}),
        "kpis": Kpis(),
        "alerts": Alerts(FIRED),
        "floods": Floods(),
        "deadlines": Deadlines(),
        "refused": refused,
        "ledger": lambda: LEDGER,
        "devices": lambda: 42,
        "operators": 2,
    }
    return ReportParts(**(given | more))
