"""A small city that answers as the contract says, for the console's page alone.

It serves the built page and made-up data, so that a test decides what happens and when. To look at the page
by hand: ``python -m tests.integration.console.stub_scenes --scene night``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import mimetypes
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.integration.console.city_data import (
    JSON,
    KINDS,
    TITLES,
    TYPE,
    ZONES,
    device,
    domain_status,
    explanation,
    reading,
    rfc3339,
    series,
    text,
    zone,
)
from tests.integration.console.stub_answers import problem
from tests.integration.console.stub_data import StubData
from tests.integration.console.stub_rules import StubRules
from tests.integration.console.stub_status import StubStatus
from tests.integration.console.stub_work import ME, StubWork, filtered

CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
TOKEN = "let-me-in"
DEVICES = 240


class StubCity:
    """The city's state, as a test arranges it, and the HTTP paths over it."""

    def __init__(self, dist: Path) -> None:
        self.domains = {domain: domain_status(domain) for domain in TITLES}
        self.alerts: dict[str, JSON] = {}
        self.role = "operator"
        self.signed_in = True
        self.refuses_streams = False
        self.acknowledged_by_other: str | None = None
        self.posts: list[tuple[str, JSON]] = []
        self.ledger = {"received": 1200, "stored": 1190, "duplicate": 6, "quarantined": 4, "pending": 0}
        self.ledgers: dict[str, JSON] = {}
        self.data = StubData()
        self.rules = StubRules()
        self.work = StubWork(self.alerts, self.push)
        self.status = StubStatus(self.domains, self.push)
        self.histories: dict[str, list[JSON]] = {}
        self.notifications: dict[str, list[JSON]] = {}
        # From memory: a page that leaves while a file is sent leaves no file open.
        files = [file for file in dist.rglob("*") if file.is_file()] if dist.exists() else []
        self._files = {f"/{file.relative_to(dist).as_posix()}": file.read_bytes() for file in files}
        self._streams: set[asyncio.Queue[bytes | None]] = set()
        self._ids = itertools.count(1)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        api = "/api/v1"
        app.router.add_get(f"{api}/session", self._session)
        app.router.add_post(f"{api}/session", self._sign_in)
        app.router.add_delete(f"{api}/session", self._sign_out)
        app.router.add_get(f"{api}/domains", self._list(lambda: list(self.domains.values())))
        app.router.add_get(f"{api}/zones", self._list(lambda: [zone(z) for z in ZONES]))
        app.router.add_get(f"{api}/devices", self._list(lambda: [device(n) for n in range(DEVICES)]))
        app.router.add_get(f"{api}/devices/{{id}}", self._device)
        app.router.add_get(f"{api}/types", self._list(lambda: [TYPE]))
        app.router.add_get(f"{api}/alerts", self._list_alerts)
        self.work.add_routes(app.router, api)
        app.router.add_get(f"{api}/alerts/{{id}}", self._alert)
        app.router.add_post(f"{api}/alerts/{{id}}/{{action}}", self._act)
        app.router.add_get(f"{api}/observations", self._observations)
        app.router.add_get(f"{api}/observations/latest", self._latest)
        app.router.add_get(f"{api}/ledger", self._ledger)
        app.router.add_get(f"{api}/events", self._events)
        self.data.add_routes(app.router, api)
        self.rules.add_routes(app.router, api)
        self.status.add_routes(app.router, api)
        app.router.add_get("/{path:.*}", self._file)
        app.on_shutdown.append(self._hang_up)
        return app

    def push(self, event: str, data: Any) -> None:
        """Send an event to every page that listens."""
        lines = f"id: {next(self._ids)}\nevent: {event}\ndata: {json.dumps(data)}\n\n"
        for stream in self._streams:
            stream.put_nowait(lines.encode())

    def raise_alert(self, raised: JSON) -> None:
        self.alerts[raised["id"]] = raised
        self.push("alert", raised)

    def drop_streams(self) -> None:
        """Cut every stream, and take no new one until ``refuses_streams`` is False again."""
        self.refuses_streams = True
        for stream in self._streams:
            stream.put_nowait(None)

    async def _hang_up(self, _app: web.Application) -> None:
        for stream in self._streams:
            stream.put_nowait(None)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/api/") and not self.signed_in and request.method != "POST":
            return problem(401, "Not signed in", "Bring a token.")
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = CSP
        return response

    def _list(self, items: Any) -> Any:
        async def answer(_request: web.Request) -> web.Response:
            return web.json_response({"items": items(), "next": None})

        return answer

    async def _list_alerts(self, request: web.Request) -> web.Response:
        found = filtered(self.alerts.values(), request.query)
        limit = int(request.query.get("limit", 1000))
        return web.json_response({"items": found[:limit], "next": "more" if found[limit:] else None})

    async def _file(self, request: web.Request) -> web.Response:
        path = "/index.html" if request.path == "/" else request.path
        body = self._files.get(path)
        if body is None:
            return problem(404, "Not found", "There is no such file.")
        return web.Response(body=body, content_type=mimetypes.guess_type(path)[0] or "text/plain")

    async def _session(self, _request: web.Request) -> web.Response:
        city = {
            "id": "bangkok-pilot",
            "name": text("Bangkok pilot", "กรุงเทพฯ นำร่อง"),
            "timezone": "Asia/Bangkok",
        }
        return web.json_response({"name": "operator-7", "role": self.role, "city": city})

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("token") != TOKEN:
            return problem(401, "Wrong token", "This token is not valid.")
        self.signed_in = True
        return web.json_response({"name": "operator-7", "role": self.role})

    async def _sign_out(self, _request: web.Request) -> web.Response:
        self.signed_in = False
        return web.Response(status=204)

    async def _alert(self, request: web.Request) -> web.Response:
        found = self.alerts.get(request.match_info["id"])
        if not found:
            return problem(404, "Not found", "There is no such alert.")
        history = [
            {"at": found["starts_at"], "change": "pending", "by": None, "note": None},
            {"at": found["times"]["fired"], "change": "firing", "severity": found["severity"], "by": None},
        ]
        if acknowledged := found["acknowledged"]:
            history.append({"change": "acknowledged", **acknowledged})
        history += self.histories.get(found["id"], [])
        whole = {"explanation": explanation(found), **found, "history": history}
        return web.json_response(whole | {"notifications": self.notifications.get(found["id"], [])})

    async def _act(self, request: web.Request) -> web.Response:
        action, body = request.match_info["action"], await request.json()
        found = self.alerts[request.match_info["id"]]
        self.posts.append((found["id"], body))
        at = rfc3339(time.time())
        if (other := self.acknowledged_by_other) and action == "acknowledge":
            self._change(found, acknowledged={"by": other, "at": at, "note": "on my way"})
            return problem(409, "Already acknowledged", f"{other} acknowledged this alert a moment ago.")
        if body.get("number", found["number"]) != found["number"]:
            return problem(409, "Conflict", "operator-3 commented on this alert a moment ago.")
        steps: dict[str, JSON] = {
            "acknowledge": {"acknowledged": {"by": ME, "at": at, "note": body.get("note", "")}},
            "unacknowledge": {"acknowledged": None},
            "assign": {"assigned_to": body.get("to")},
            "comment": {},
            "close": {"state": "resolved", "ends_at": at, "closed_by": ME},
        }
        self._change(found, **steps[action])
        if action in {"comment", "close"}:
            change = {"comment": "commented", "close": "closed"}[action]
            self.histories.setdefault(found["id"], []).append(
                {"at": at, "change": change, "by": ME, "note": body["note"], "number": found["number"]}
            )
        return web.json_response(found)

    def _change(self, found: JSON, **changes: Any) -> None:
        found |= changes | {"number": found["number"] + 1}

    async def _observations(self, request: web.Request) -> web.Response:
        metric, device = request.query["metric"], request.query.get("device")
        start, end = (datetime.fromisoformat(request.query[name]).timestamp() for name in ("start", "end"))
        kind = next((kind for kind in KINDS if kind.metric == metric), None)
        return web.json_response({"items": series(metric, start, end, device, kind), "next": None})

    async def _ledger(self, request: web.Request) -> web.Response:
        device = request.query.get("device")
        since = {"since": rfc3339(time.time() - 90_000)}
        if device is not None and (counts := self.ledgers.get(device)):
            return web.json_response(since | counts)
        return web.json_response(since | {"domains": {}, "broker": {}} | self.ledger)

    async def _device(self, request: web.Request) -> web.Response:
        found = next((d for n in range(DEVICES) if (d := device(n))["id"] == request.match_info["id"]), None)
        return web.json_response(found) if found else problem(404, "Not found", "There is no such device.")

    async def _latest(self, request: web.Request) -> web.Response:
        known = [reading(number) for number in range(DEVICES)]
        items = [r for r in known if r["device"] == request.query.get("device")]
        return web.json_response({"items": items, "next": None})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self.refuses_streams:
            return problem(503, "Unavailable", "The stream is away.")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        queue.put_nowait(b"retry: 500\n\n")
        self._streams.add(queue)
        await response.prepare(request)
        try:
            while (lines := await queue.get()) is not None:
                await response.write(lines)
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            self._streams.discard(queue)
        return response
