"""Incidents, silences, maintenance and who is told, in memory: as their ports promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from services.runtime.clock import Clock, rfc3339
from services.runtime.ports import ConflictError, InvalidError, NotFoundError, Page
from tests.unit.api.doubles import Alerts, alert, paged, step, taken

DUTY = {"en": "Duty officer", "th": "เจ้าหน้าที่เวร"}
LONG_AGO = "2026-01-05T00:00:00.000Z"


def incident(number: int, **fields: Any) -> dict[str, Any]:
    """An incident; a higher number is a newer one."""
    return {
        "id": f"01K0000000000000000000{number:04d}",
        "number": 2,
        "state": "open",
        "title": {"en": "Air in the north", "th": "อากาศทางเหนือ"},
        "severity": "major",
        "highest_severity": "critical",
        "domain": "environment",
        "zone": "north",
        "service": "air-quality",
        "cause": None,
        "opened_at": LONG_AGO,
        "joined_at": LONG_AGO,
        "resolved_at": None,
        "alerts": 3,
        "open": 2,
        "acknowledged": None,
        "assigned_to": None,
        "closed_by": None,
        "merged_into": None,
        "common": {"zone": "north", "service": "air-quality"},
        **fields,
    }


def silence(number: int, **fields: Any) -> dict[str, Any]:
    """A silence."""
    return {
        "id": f"01L0000000000000000000{number:04d}",
        "number": 1,
        "matcher": {"zones": ["north"]},
        "starts_at": LONG_AGO,
        "ends_at": "2026-01-06T00:00:00.000Z",
        "reason": "a festival",
        "created_by": "a operator",
        "created_at": LONG_AGO,
        "ended_by": None,
        "changed_by": None,
        "changed_at": None,
        "state": "active",
        "replaces": None,
        "alerts": 1,
        **fields,
    }


def maintenance(number: int, **fields: Any) -> dict[str, Any]:
    """A maintenance window."""
    return {
        "id": f"01M0000000000000000000{number:04d}",
        "title": {"en": "Lamps are cleaned", "th": "ล้างโคมไฟ"},
        "matcher": {"services": ["lights"]},
        "schedule": {
            "start": "2026-01-05T01:00",
            "duration": "2h",
            "rrule": "FREQ=WEEKLY;BYDAY=MO",
            "exdates": [],
            "timezone": "Asia/Bangkok",
        },
        "reason": "cleaning",
        "created_by": "a operator",
        "created_at": LONG_AGO,
        "ended_by": None,
        "ended_at": None,
        "origin": "added",
        "state": "pending",
        "active": False,
        "next": [{"start": "2026-01-11T18:00:00.000Z", "end": "2026-01-11T20:00:00.000Z"}],
        "alerts": 0,
        **fields,
    }


def notification(number: int, **fields: Any) -> dict[str, Any]:
    """A notification."""
    return {
        "id": f"01N0000000000000000000{number:04d}",
        "receiver": "duty-officer",
        "channel": "email",
        "state": "delivered",
        "reason": "firing",
        "created": LONG_AGO,
        "due": None,
        "delivered": LONG_AGO,
        "attempts": 1,
        "error": None,
        "digest": None,
        "incident": None,
        "alerts": 1,
        **fields,
    }


def flood(number: int, **fields: Any) -> dict[str, Any]:
    """A flood."""
    return {
        "id": f"01P0000000000000000000{number:04d}",
        "scope": "city",
        "began": LONG_AGO,
        "ended": None,
        "alerts": 40,
        "peak": 31,
        "summary": {
            "rules": [{"rule": "air/pm25-high", "count": 40}],
            "zones": [{"zone": "north", "count": 40}],
            "incidents": [{"incident": incident(1)["id"], "count": 40}],
        },
        **fields,
    }


class Operations:
    """All that operators have beside alerts."""

    def __init__(self, clock: Clock, alerts: Alerts) -> None:
        self._clock = clock
        self._alerts = alerts
        self.all_incidents: dict[str, dict[str, Any]] = {}
        self.histories: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.all_silences: dict[str, dict[str, Any]] = {}
        self.all_maintenance: dict[str, dict[str, Any]] = {}
        self.all_notifications: dict[str, dict[str, Any]] = {}
        self.all_floods: dict[str, dict[str, Any]] = {}
        self.asked: list[Any] = []

    async def incidents(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        return paged(self.all_incidents, filters, limit, cursor)

    async def incident(self, incident_id: str) -> Mapping[str, Any]:
        found = _found(self.all_incidents, "incident", incident_id)
        counts = {"severity": {"major": 2}, "rule": {"air/pm25-high": 2}, "zone": {"north": 2}}
        history = self.histories[incident_id]
        return {**found, "history": history, "cause_alert": alert(1), "counts": counts}

    async def acknowledge_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        before = _found(self.all_incidents, "incident", incident_id)["acknowledged"]
        if before is not None:
            raise ConflictError(f"incident {incident_id} was acknowledged by {before['by']}")
        given = {"by": by, "at": rfc3339(self._clock.now()), "note": note}
        return await self._told(incident_id, "acknowledged", by, note, number, acknowledged=given)

    async def assign_incident(
        self, incident_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        return await self._told(incident_id, "assigned", by, None, number, assigned_to=to)

    async def comment_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        return await self._told(incident_id, "commented", by, note, number)

    async def close_incident(
        self, incident_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        ended = {"state": "resolved", "resolved_at": rfc3339(self._clock.now()), "closed_by": by}
        return await self._told(incident_id, "closed", by, note, number, **ended)

    async def _told(
        self, incident_id: str, change: str, by: str, note: str | None, number: int | None, **fields: Any
    ) -> Mapping[str, Any]:
        item = _found(self.all_incidents, "incident", incident_id)
        taken(item, number, self.histories[incident_id])
        item |= {**fields, "number": item["number"] + 1}
        done = step(item["number"], self._clock.now(), change, by, note)
        self.histories[incident_id].append(done)
        return await self.incident(incident_id)

    async def silences(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        return paged(self.all_silences, filters, limit, cursor)

    async def silence(self, silence_id: str) -> Mapping[str, Any]:
        return _found(self.all_silences, "silence", silence_id)

    async def add_silence(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        return self._written(body, by, None)

    async def edit_silence(
        self, silence_id: str, body: Mapping[str, Any], *, by: str, number: int | None = None
    ) -> Mapping[str, Any]:
        taken(await self.silence(silence_id), number, ())
        await self.end_silence(silence_id, by=by)
        return self._written(body, by, silence_id)

    def _written(self, body: Mapping[str, Any], by: str, replaces: str | None) -> Mapping[str, Any]:
        self.asked.append(body)
        starts = self._clock.now() if body["starts_at"] is None else body["starts_at"]
        if body["ends_at"] <= starts:
            raise InvalidError.at("ends_at", "lies before it begins")
        made = silence(
            len(self.all_silences) + 1,
            matcher=body["matcher"],
            starts_at=rfc3339(starts),
            ends_at=rfc3339(body["ends_at"]),
            reason=body["reason"],
            created_by=by,
            replaces=replaces,
        )
        self.all_silences[made["id"]] = made
        return made

    async def end_silence(self, silence_id: str, *, by: str) -> Mapping[str, Any]:
        found = _found(self.all_silences, "silence", silence_id)
        if found["state"] == "expired":
            raise ConflictError(f"silence {silence_id} is over")
        found |= {"state": "expired", "ended_by": by}
        return found

    async def preview(self, matcher: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(matcher)
        zones = matcher.get("zones", ["*"])
        found = [
            item
            for item in self._alerts.items.values()
            if any(fnmatchcase(item["zone"], pattern) for pattern in zones)
        ]
        return {"alerts": len(found), "items": found[:20]}

    async def maintenance(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        return paged(self.all_maintenance, filters, limit, cursor)

    async def maintenance_window(self, maintenance_id: str) -> Mapping[str, Any]:
        return _found(self.all_maintenance, "maintenance", maintenance_id)

    async def add_maintenance(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        self.asked.append(body)
        rrule = body["schedule"]["rrule"]
        if rrule is not None and not rrule.startswith("FREQ="):
            raise InvalidError.at("schedule.rrule", "must say how often", "FREQ=WEEKLY;BYDAY=MO and the like")
        schedule = {**body["schedule"], "timezone": body["schedule"]["timezone"] or "Asia/Bangkok"}
        number = len(self.all_maintenance) + 1
        made = maintenance(number, **{**body, "schedule": schedule}, created_by=by)
        self.all_maintenance[made["id"]] = made
        return made

    async def end_maintenance(self, maintenance_id: str, *, by: str) -> Mapping[str, Any]:
        found = _found(self.all_maintenance, "maintenance", maintenance_id)
        if found["origin"] == "city":
            raise ConflictError(f"{maintenance_id} stands in the city's alerting.yaml: take it out there")
        found |= {"state": "expired", "ended_by": by, "next": []}
        return found

    async def notifications(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        return paged(self.all_notifications, filters, limit, cursor)

    async def receivers(self) -> Sequence[Mapping[str, Any]]:
        channel = {
            "id": "email",
            "kind": "email",
            "state": "ok",
            "waiting": 0,
            "delivered": 7,
            "failed": 1,
            "last_error": "the mail server refused",
            "last_delivered": LONG_AGO,
        }
        return [
            {"name": name, "title": DUTY, "channels": [channel]} for name in ("duty-officer", "night-watch")
        ]

    async def test_receiver(self, name: str, *, by: str) -> Sequence[Mapping[str, Any]]:
        if name not in {"duty-officer", "night-watch"}:
            raise NotFoundError(f"no receiver {name}")
        self.asked.append((name, by))
        return [notification(9, receiver=name, reason="test", alerts=0)]

    async def floods(self, *, limit: int, cursor: str | None) -> Page:
        return paged(self.all_floods, {}, limit, cursor)

    async def deadlines(self, *, start: int, end: int) -> Mapping[str, Any]:
        self.asked.append((start, end))
        measured = {"count": 12, "p50": 0.1, "p90": 0.4, "p99": 2.5, "max": 3.0, "target": 0.9167}
        stages = ("received_to_delivered", "delivered_to_notified", "delivered_to_acknowledged")
        items = [
            {"domain": domain, "stage": stage, **measured}
            for domain in ("energy", "environment")
            for stage in stages
        ]
        return {"all": [{**item, "domain": None} for item in items[:3]], "items": items}

    async def explain(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(query)
        if query["rule"] == "air/none":
            raise NotFoundError("no rule air/none")
        if query["domain"] is None and query["rule"] is None and query["device"] is None:
            raise InvalidError.at("domain", "nothing says which domain is meant")
        at = rfc3339(query["at"])
        told = {"receiver": "duty-officer", "title": DUTY, "channels": ["email"], "route": "environment"}
        quiet = {"en": "zone is north, not south", "th": "โซนเป็น north ไม่ใช่ south"}
        return {
            "alert": {**query, "at": at},
            "timeline": [{**told, "after": 0, "at": at, "reason": "firing", "every": None}],
            "routes": [
                {"route": "south", "takes": False, "why": quiet, "muted_until": None, "closes": None},
                {"route": "environment", "takes": True, "why": None, "muted_until": None, "closes": at},
            ],
            "held": [
                {"kind": "silence", "id": "s", "now": True, "by": "nok", "reason": quiet, "until": at},
            ],
        }


def _found(items: Mapping[str, dict[str, Any]], what: str, name: str) -> dict[str, Any]:
    if name not in items:
        raise NotFoundError(f"no {what} {name}")
    return items[name]
