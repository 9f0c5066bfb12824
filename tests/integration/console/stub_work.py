"""What operators work with beside the alerts: incidents, silences, maintenance, floods, who is told.

A test arranges it; the page acts on it over the same paths that the API has.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from tests.integration.console.city_data import ZONES, rfc3339, text
from tests.integration.console.stub_answers import problem

JSON = dict[str, Any]
ME = "operator-7"
SEVERITIES = ("critical", "major", "minor", "warning")
_FIELDS = {
    "rules": "rule",
    "domains": "domain",
    "zones": "zone",
    "services": "service",
    "devices": "device",
    "severities": "severity",
    "incidents": "incident",
}


def matches(matcher: JSON, alert: JSON) -> bool:
    """Whether an alert is one of those that a matcher means."""
    return all(
        any(fnmatchcase(alert[key] or "", pattern) for pattern in matcher[field])
        for field, key in _FIELDS.items()
        if matcher.get(field)
    )


def incident(number: int, alerts: Sequence[JSON], **changes: Any) -> JSON:
    """An incident of these alerts; ``changes`` replace its fields."""
    first = alerts[0]
    zone_en, zone_th = ZONES[first["zone"]][:2]
    worst = min((a["severity"] for a in alerts), key=SEVERITIES.index)
    made = {
        "id": f"01JC{number:022d}",
        "number": 1,
        "state": "open",
        "title": text(f"Street lights in {zone_en}", f"ไฟถนนใน{zone_th}"),
        "severity": worst,
        "highest_severity": worst,
        "domain": first["domain"],
        "zone": first["zone"],
        "service": first["service"],
        "cause": None,
        "opened_at": first["starts_at"],
        "joined_at": alerts[-1]["starts_at"],
        "resolved_at": None,
        "alerts": len(alerts),
        "open": sum(a["state"] == "firing" for a in alerts),
        "acknowledged": None,
        "assigned_to": None,
        "closed_by": None,
        "merged_into": None,
        "common": {"zone": first["zone"], "service": first["service"]},
    } | changes
    for alert in alerts:
        alert["incident"] = made["id"]
        if made["cause"] and alert["id"] != made["cause"]:
            alert["cause"] = made["cause"]
    return made


def step(number: int, change: str, words: JSON, by: str | None = None, **more: Any) -> JSON:
    """A line of a log book."""
    kind = {None: "rule", "nakhon": "nakhon"}.get(by, "operator")
    actor = {"kind": kind, "name": by}
    at = more.pop("at", rfc3339(time.time()))
    return {
        "number": number,
        "at": at,
        "change": change,
        "by": by,
        "note": None,
        "actor": actor,
        "text": words,
    } | more


def notice(receiver: str, channel: str, state: str, **changes: Any) -> JSON:
    """Something that somebody was told, or is to be."""
    created = time.time() - 80
    return {
        "id": f"n-{receiver}-{channel}-{state}",
        "receiver": receiver,
        "channel": channel,
        "state": state,
        "reason": "firing",
        "created": rfc3339(created),
        "delivered": rfc3339(created + 2) if state == "delivered" else None,
        "attempts": 1,
        "error": None,
        "digest": None,
        "incident": None,
        "alerts": 1,
        "due": None,
    } | changes


def flood(alerts: int, **changes: Any) -> JSON:
    return {
        "id": "01JF0000000000000000000001",
        "scope": "city",
        "began": rfc3339(time.time() - 600),
        "ended": None,
        "alerts": alerts,
        "peak": alerts,
        "summary": {
            "rules": [
                {
                    "rule": "lights/lamp-out",
                    "title": text("Street lamp out", "โคมไฟถนนดับ"),
                    "count": alerts - 40,
                },
                {"rule": "power/undervoltage", "title": text("Voltage low", "แรงดันไฟฟ้าต่ำ"), "count": 40},
            ],
            "zones": [{"zone": "makkasan", "count": alerts}],
            "incidents": [],
        },
    } | changes


RECEIVERS = [
    {
        "name": "duty-officer",
        "title": text("Duty officer", "เจ้าหน้าที่เวร"),
        "channels": [
            {
                "kind": "line",
                "state": "ok",
                "waiting": 0,
                "delivered": 412,
                "failed": 0,
                "last_error": None,
                "last_delivered": rfc3339(time.time() - 78),
            },
            {
                "kind": "email",
                "state": "failing",
                "waiting": 3,
                "delivered": 57,
                "failed": 2,
                "last_error": "451 4.7.1 mail.example.org: greylisted, please try again later",
                "last_delivered": rfc3339(time.time() - 7400),
            },
        ],
    },
    {
        "name": "lights-crew",
        "title": text("Street-light crew", "ทีมไฟถนน"),
        "channels": [
            {
                "kind": "webhook",
                "state": "limited",
                "waiting": 28,
                "delivered": 1290,
                "failed": 0,
                "last_error": None,
                "last_delivered": rfc3339(time.time() - 12),
            }
        ],
    },
]


def explained(now: float) -> JSON:
    """Who would hear of an alert that fires now."""

    def told(after: float, receiver: str, channels: list[str], reason: str, every: int | None = None) -> JSON:
        title = next((one["title"] for one in RECEIVERS if one["name"] == receiver), None)
        return {
            "after": int(after * 1000),
            "at": rfc3339(now + after),
            "receiver": receiver,
            "title": title,
            "channels": channels,
            "route": "energy",
            "reason": reason,
            "every": every,
        }

    return {
        "query": {},
        "timeline": [
            told(10, "lights-crew", ["webhook"], "firing"),
            told(310, "duty-officer", ["line", "email"], "escalation"),
            told(910, "city-office", [], "escalation"),
            told(14_410, "lights-crew", ["webhook"], "repeat", 14_400_000),
        ],
        "routes": [
            {"route": "energy", "takes": True, "why": None, "muted_until": None, "closes": None},
        ],
        "held": [],
    }


DEADLINES = [
    {"domain": domain, "stage": stage, "count": count, "p50": p50, "p90": p90, "p99": p99, "target": target}
    for domain, stage, count, p50, p90, p99, target in (
        ("environment", "received_to_delivered", 212, 0.019, 0.03, 0.084, 1.0),
        ("environment", "delivered_to_notified", 212, 10.4, 11.0, 14.2, None),
        ("environment", "delivered_to_acknowledged", 190, 140.0, 400.0, 2210.0, 0.93),
        ("energy", "received_to_delivered", 1804, 0.022, 0.05, 0.31, 0.999),
        ("energy", "delivered_to_acknowledged", 1700, 300.0, 900.0, 4000.0, 0.97),
    )
]


class StubWork:
    """Incidents, silences, maintenance, floods and notifications, over the alerts of a city."""

    def __init__(self, alerts: dict[str, JSON], push: Callable[[str, Any], None]) -> None:
        self.alerts = alerts
        self.incidents: dict[str, JSON] = {}
        self.silences: dict[str, JSON] = {}
        self.maintenance: dict[str, JSON] = {}
        self.notices: list[JSON] = []
        self.receivers = RECEIVERS
        self.floods: list[JSON] = []
        self.logs: dict[str, list[JSON]] = {}
        self.posts: list[tuple[str, JSON]] = []
        self.tested: list[str] = []
        self.faster: str | None = None
        self.counts: JSON | None = None
        self._push = push
        self._ids = itertools.count(1)

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        router.add_get(f"{api}/alerts/counts", self._count)
        router.add_post(f"{api}/alerts/acknowledge", self._acknowledge_many)
        router.add_get(f"{api}/incidents", self._list_incidents)
        router.add_get(f"{api}/incidents/{{id}}", self._incident)
        router.add_post(f"{api}/incidents/{{id}}/{{action}}", self._act_on_incident)
        router.add_get(f"{api}/silences", self._list_silences)
        router.add_post(f"{api}/silences", self._add_silence)
        router.add_post(f"{api}/silences/preview", self._preview)
        router.add_put(f"{api}/silences/{{id}}", self._edit_silence)
        router.add_delete(f"{api}/silences/{{id}}", self._end_silence)
        router.add_get(f"{api}/maintenance", self._list_maintenance)
        router.add_post(f"{api}/maintenance", self._add_maintenance)
        router.add_delete(f"{api}/maintenance/{{id}}", self._end_maintenance)
        router.add_get(f"{api}/receivers", always(self.receivers))
        router.add_post(f"{api}/receivers/{{name}}/test", self._test)
        router.add_get(f"{api}/notifications", self._list_notices)
        router.add_get(f"{api}/floods", self._list_floods)
        router.add_get(f"{api}/deadlines", always(DEADLINES))
        router.add_get(f"{api}/routes/explain", self._explain)

    # What a test arranges.

    def silence(self, matcher: JSON, reason: str, *, starts: float = -600, ends: float = 3600) -> JSON:
        """A silence from ``starts`` to ``ends`` seconds from now; what it means is held from now on."""
        now = time.time()
        made: JSON = {
            "id": f"01JS{next(self._ids):022d}",
            "matcher": matcher,
            "starts_at": rfc3339(now + starts),
            "ends_at": rfc3339(now + ends),
            "reason": reason,
            "created_by": "operator-3",
            "created_at": rfc3339(now + min(starts, -60)),
            "ended_by": None,
            "replaces": None,
        }
        self.silences[made["id"]] = made
        if starts <= 0 < ends:
            self._hold(made)
        return made

    def window(self, title: JSON, matcher: JSON, schedule: JSON, **changes: Any) -> JSON:
        """A window of maintenance."""
        made = {
            "id": f"01JM{next(self._ids):022d}",
            "title": title,
            "matcher": matcher,
            "schedule": {"exdates": [], "timezone": "Asia/Bangkok"} | schedule,
            "reason": "order 4711",
            "created_by": "operator-3",
            "origin": "added",
            "state": "planned",
            "active": False,
            "next": occurrences(schedule),
        } | changes
        self.maintenance[made["id"]] = made
        return made

    def change(self, made: JSON, change: str, words: JSON, by: str | None, **changes: Any) -> JSON:
        """Somebody's step on an incident, told to every page."""
        made |= changes | {"number": made["number"] + 1}
        self.logs.setdefault(made["id"], []).append(step(made["number"], change, words, by))
        self._push("incident", {**made, "change": change})
        return made

    def _hold(self, silence: JSON) -> None:
        suppressed = {
            "kind": "silence",
            "id": silence["id"],
            "by": silence["created_by"],
            "reason": text(silence["reason"], silence["reason"]),
            "until": silence["ends_at"],
        }
        for alert in self.firing():
            if matches(silence["matcher"], alert):
                self._tell(alert, "suppressed", suppressed=suppressed)

    def _release(self, silence_id: str) -> None:
        for alert in self.firing():
            if (alert["suppressed"] or {}).get("id") == silence_id:
                self._tell(alert, "unsuppressed", suppressed=None)

    def _tell(self, alert: JSON, change: str, **changes: Any) -> None:
        alert |= changes | {"number": alert["number"] + 1}
        self._push("alert", {**alert, "change": change})

    def firing(self) -> list[JSON]:
        return [a for a in self.alerts.values() if a["state"] == "firing"]

    # What the page asks.

    async def _count(self, _request: web.Request) -> web.Response:
        return web.json_response(self.counts or counted(self.firing()))

    async def _acknowledge_many(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("alerts", body))
        items = []
        for alert_id in body["ids"]:
            alert = self.alerts[alert_id]
            taken = alert["acknowledged"]
            if taken is None:
                alert["acknowledged"] = {"by": ME, "at": rfc3339(time.time()), "note": body["note"]}
            detail = taken and f"{taken['by']} acknowledged it before."
            items.append({"id": alert_id, "ok": taken is None, "detail": detail})
        return web.json_response({"items": items})

    async def _list_incidents(self, request: web.Request) -> web.Response:
        state = request.query.get("state")
        return await listed([i for i in self.incidents.values() if state in {None, i["state"]}])

    async def _incident(self, request: web.Request) -> web.Response:
        found = self.incidents.get(request.match_info["id"])
        return (
            web.json_response(self._whole(found)) if found else problem(404, "Not found", "No such incident.")
        )

    def _whole(self, found: JSON) -> JSON:
        members = [a for a in self.firing() if a["incident"] == found["id"]]
        counts = {
            "rule": dict(Counter(a["rule"] for a in members)),
            "severity": dict(Counter(a["severity"] for a in members)),
            "zone": dict(Counter(a["zone"] for a in members)),
        }
        opened = step(
            1,
            "opened",
            text("Opened: the feeder is down", "เปิดเหตุการณ์: สายป้อนดับ"),
            "nakhon",
            at=found["opened_at"],
        )
        return found | {
            "cause_alert": self.alerts.get(found["cause"] or ""),
            "counts": counts,
            "history": [opened, *self.logs.get(found["id"], [])],
        }

    async def _act_on_incident(self, request: web.Request) -> web.Response:
        found = self.incidents[request.match_info["id"]]
        action, body = request.match_info["action"], await request.json()
        self.posts.append((action, body))
        if self.faster:
            name, self.faster = self.faster, None
            self.change(found, "assigned", text(f"{name} took it", f"{name} รับไป"), name, assigned_to=name)
            return problem(409, "Conflict", f"{name} took this incident at 03:12:45.")
        now = rfc3339(time.time())
        changes: dict[str, JSON] = {
            "acknowledge": {"acknowledged": {"by": ME, "at": now, "note": body.get("note")}},
            "assign": {"assigned_to": body.get("to")},
            "comment": {},
            "close": {"state": "resolved", "closed_by": ME, "resolved_at": now, "open": 0},
        }
        past = {
            "acknowledge": "acknowledged",
            "assign": "assigned",
            "comment": "commented",
            "close": "closed",
        }[action]
        words = text(f"{ME} {past} it: “{body.get('note', '')}”", f"{ME}: “{body.get('note', '')}”")
        return web.json_response(self._whole(self.change(found, past, words, ME, **changes[action])))

    async def _list_silences(self, _request: web.Request) -> web.Response:
        return await listed([self._silence(s) for s in reversed(self.silences.values())])

    def _silence(self, silence: JSON) -> JSON:
        now = rfc3339(time.time())
        over, coming = silence["ends_at"] <= now, silence["starts_at"] > now
        held = sum((a["suppressed"] or {}).get("id") == silence["id"] for a in self.firing())
        return silence | {"state": "expired" if over else "pending" if coming else "active", "alerts": held}

    async def _add_silence(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("silence", body))
        made = self.silence(body["matcher"], body["reason"]) | {"created_by": ME, "ends_at": body["ends_at"]}
        made["starts_at"] = body["starts_at"] or made["starts_at"]
        self.silences[made["id"]] = made
        self._push("suppression", {"kind": "silence", "document": made})
        return web.json_response(self._silence(made), status=201)

    async def _edit_silence(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("edit", body))
        found = self.silences[request.match_info["id"]]
        found |= {"matcher": body["matcher"], "ends_at": body["ends_at"], "reason": body["reason"]}
        return web.json_response(self._silence(found))

    async def _end_silence(self, request: web.Request) -> web.Response:
        found = self.silences[request.match_info["id"]]
        found |= {"ends_at": rfc3339(time.time() - 1), "ended_by": ME}
        self._release(found["id"])
        self._push("suppression", {"kind": "silence", "document": found})
        return web.json_response(self._silence(found))

    async def _preview(self, request: web.Request) -> web.Response:
        matcher = (await request.json())["matcher"]
        held = [a for a in self.firing() if matches(matcher, a)]
        return web.json_response({"alerts": len(held), "items": held[:20]})

    async def _list_maintenance(self, _request: web.Request) -> web.Response:
        return await listed(list(self.maintenance.values()))

    async def _add_maintenance(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("maintenance", body))
        if body["schedule"]["rrule"] == "FREQ=DAILY" and body["reason"] == "wrong":
            return problem(422, "Invalid", "schedule.rrule: this comes never")
        made = self.window(
            body["title"], body["matcher"], body["schedule"], reason=body["reason"], created_by=ME
        )
        return web.json_response(made, status=201)

    async def _end_maintenance(self, request: web.Request) -> web.Response:
        found = self.maintenance[request.match_info["id"]]
        found |= {"next": [], "active": False, "state": "ended"}
        return web.json_response(found)

    async def _list_notices(self, request: web.Request) -> web.Response:
        state = request.query.get("state")
        return await listed([n for n in self.notices if state in {None, n["state"]}])

    async def _test(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.tested.append(name)
        channels = next(one["channels"] for one in self.receivers if one["name"] == name)
        items = [
            notice(name, one["kind"], "failed", error=one["last_error"])
            if one["state"] == "failing"
            else notice(name, one["kind"], "delivered")
            for one in channels
        ]
        return web.json_response({"receiver": name, "items": items})

    async def _list_floods(self, _request: web.Request) -> web.Response:
        return await listed(self.floods)

    async def _explain(self, request: web.Request) -> web.Response:
        self.posts.append(("explain", dict(request.query)))
        return web.json_response(explained(time.time()))


def occurrences(schedule: JSON) -> list[JSON]:
    """The next five times, near enough for a page: it shows what it is told."""
    bangkok = timedelta(hours=7)
    start = datetime.fromisoformat(schedule["start"]).replace(tzinfo=UTC) - bangkok
    long = timedelta(hours=2)
    rrule = schedule.get("rrule") or ""
    days = {"FREQ=DAILY": 1, "FREQ=WEEKLY": 7, "FREQ=MONTHLY": 30}.get(rrule.split(";")[0])
    times = [start] if days is None else [start + n * timedelta(days=days) for n in range(5)]
    return [{"start": rfc3339(t.timestamp()), "end": rfc3339((t + long).timestamp())} for t in times]


def counted(firing: Iterable[JSON]) -> JSON:
    """How many alerts fire, and where."""
    heard = [a for a in firing if not a["suppressed"]]
    zones: dict[str, JSON] = {}
    for alert in heard:
        zone = zones.setdefault(alert["zone"], {"open": 0, "severity": alert["severity"]})
        zone["open"] += 1
        zone["severity"] = min(zone["severity"], alert["severity"], key=SEVERITIES.index)
    return {
        "open": len(heard),
        "unacknowledged": sum(not a["acknowledged"] for a in heard),
        "suppressed": len(list(firing)) - len(heard),
        "severities": {name: sum(a["severity"] == name for a in heard) for name in SEVERITIES},
        "zones": zones,
        "rules": dict(Counter(a["rule"] for a in heard)),
    }


def filtered(alerts: Iterable[JSON], query: Any) -> list[JSON]:
    """The alerts that the parameters of ``alerts`` ask for, newest first."""
    found = sorted(alerts, key=lambda a: a["starts_at"], reverse=True)
    for name in ("state", "severity", "domain", "zone", "device", "rule", "incident", "assigned_to", "cause"):
        if wanted := query.get(name):
            found = [a for a in found if a[name] in wanted.split(",")]
    for name in ("acknowledged", "suppressed"):
        if wanted := query.get(name):
            found = [a for a in found if bool(a[name]) is (wanted == "true")]
    return found


async def listed(items: Sequence[Any]) -> web.Response:
    return web.json_response({"items": items, "next": None})


def always(items: Sequence[Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return await listed(items)

    return answer
