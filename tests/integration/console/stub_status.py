"""What statuses were and why, indicators, and what the public is told, as the API answers it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.integration.console.city_data import JSON, ZONES, rfc3339, text
from tests.integration.console.city_status import (
    BANGKOK,
    changes,
    days,
    explained,
    kpi_values,
    note,
    whole,
    zone_statuses,
)
from tests.integration.console.stub_answers import problem
from tests.integration.console.stub_work import ME

KINDS = {"services": "service", "zones": "zone", "domains": "domain"}


class StubStatus:
    """Over the domains of a city. ``kept``: an older server has none of it, and answers 404."""

    def __init__(self, domains: dict[str, JSON], push: Callable[[str, Any], None]) -> None:
        self.domains = domains
        self.kept = True
        self.notes: dict[str, JSON] = {}
        self.posts: list[tuple[str, JSON]] = []
        self.asked: list[str] = []
        self._push = push
        self._ids = itertools.count(7)

    def arrange(self) -> None:
        """Every service tells all, and two notes stand on the public page."""
        for name, domain in self.domains.items():
            domain["services"] = [whole(service, name) for service in domain["services"]]
        market = text("Market gates are being repaired", "กำลังซ่อมประตูตลาด")
        told = text("Counting is paused until Friday.", "หยุดนับจำนวนผู้คนถึงวันศุกร์")
        over = text("Lamps in Yothi", "ไฟถนนย่านโยธี")
        light = text("All lamps are lit again.", "ไฟถนนติดครบทุกดวงแล้ว")
        for made in (
            note(1, "identified", market, told, services=["footfall"], domain="economy"),
            note(2, "resolved", over, light, services=["street-lights"]),
        ):
            self.notes[made["id"]] = made

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        add = router.add_get
        add(f"{api}/zones/status", self._guarded(self._zones))
        for many, kind in KINDS.items():
            add(f"{api}/{many}/{{id}}/history", self._guarded(self._history(kind)))
            add(f"{api}/{many}/{{id}}/uptime", self._guarded(self._uptime))
        add(f"{api}/services/{{id}}/explain", self._guarded(self._explain))
        add(f"{api}/kpis", self._guarded(self._kpis))
        add(f"{api}/notes", self._guarded(self._notes))
        router.add_post(f"{api}/notes", self._add_note)
        router.add_put(f"{api}/notes/{{id}}", self._update_note)
        router.add_delete(f"{api}/notes/{{id}}", self._withdraw_note)

    def _guarded(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            self.asked.append(request.path_qs)
            if not self.kept:
                return problem(404, "Not found", "There is no such path.")
            response: web.Response = await handler(request)
            return response

        return answer

    async def _zones(self, _request: web.Request) -> web.Response:
        return _list(zone_statuses(self.domains))

    def _history(self, kind: str) -> Any:
        async def answer(request: web.Request) -> web.Response:
            found = changes(kind, request.match_info["id"])
            start, end = request.query.get("start", ""), request.query.get("end", "z")
            limit = int(request.query.get("limit", 100))
            return _list([one for one in found if start <= one["at"] < end][:limit])

        return answer

    async def _uptime(self, request: web.Request) -> web.Response:
        return _list(days(request.match_info["id"], int(request.query["days"])))

    async def _explain(self, request: web.Request) -> web.Response:
        services = [one for domain in self.domains.values() for one in domain["services"]]
        found = next((one for one in services if one["id"] == request.match_info["id"]), None)
        return web.json_response(explained(found)) if found else problem(404, "Not found", "No such service.")

    async def _kpis(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        zones: list[str | None] = list(ZONES) if query.get("zone") == "*" else [None]
        spans = _months(query.get("start"), query.get("end"))
        return _list(kpi_values(query, spans, zones))

    async def _notes(self, _request: web.Request) -> web.Response:
        return _list(sorted(self.notes.values(), key=lambda one: one["updated_at"], reverse=True))

    async def _add_note(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("add", body))
        told = note(next(self._ids), body["state"], body["title"], body["text"], by=ME)
        at = rfc3339(time.time())
        told |= {key: body[key] for key in ("services", "domain", "incident")}
        told |= {"created_at": at, "updated_at": at}
        return self._kept(told)

    async def _update_note(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append(("update", body))
        found = self.notes[request.match_info["id"]]
        if body.get("number") != found["number"]:
            return problem(409, "Conflict", "operator-3 wrote to this note a moment ago.")
        at = rfc3339(time.time())
        step = {"at": at, "state": body["state"], "text": body["text"], "by": ME}
        return self._kept(
            found
            | {"state": body["state"], "updated_at": at, "number": found["number"] + 1}
            | {"updates": [*found["updates"], step]}
        )

    async def _withdraw_note(self, request: web.Request) -> web.Response:
        gone = self.notes.pop(request.match_info["id"])
        self.posts.append(("withdraw", {"id": gone["id"]}))
        self._push("note", gone)
        return web.json_response(gone)

    def _kept(self, told: JSON) -> web.Response:
        self.notes[told["id"]] = told
        self._push("note", told)
        return web.json_response(told)


def _list(items: list[JSON]) -> web.Response:
    return web.json_response({"items": items, "next": None})


def _months(start: str | None, end: str | None) -> list[tuple[str, str]]:
    """The months of Bangkok that begin in a span; without one, this month."""
    now = datetime.now(BANGKOK)
    first = _first(now if start is None else datetime.fromisoformat(start).astimezone(BANGKOK))
    last = now if end is None else datetime.fromisoformat(end).astimezone(BANGKOK)
    found = []
    while first < last:
        after = _first(first + timedelta(days=32))
        found.append((_utc(first), _utc(after)))
        first = after
    return found


def _first(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _utc(moment: datetime) -> str:
    return rfc3339(moment.timestamp())
