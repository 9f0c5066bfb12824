"""The data side of the made-up city: what was refused, how good the rest is, and what Nakhon can't do now."""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import web

from tests.integration.console.city_data import JSON, TITLES, ZONES, rfc3339

CONTRACT = "AirQualityObserved@1"
PROBLEMS = ("stuck", "clock", "incomplete", "gaps", "refused")


def account(stored: int, duplicate: int = 0, quarantined: int = 0, pending: int = 0) -> JSON:
    """Counts that add up."""
    counts = {"stored": stored, "duplicate": duplicate, "quarantined": quarantined, "pending": pending}
    return {"received": sum(counts.values()), **counts}


def busy_ledger() -> JSON:
    """Six domains that send, one that never did, and readings that belong to none."""
    domains = {
        "environment": account(1_284_031, 902, 1_310, 12),
        "mobility": account(3_902_117, 48_211, 87, 140),
        "energy": account(944_510, 12, 4, 3),
        "living": account(20_400),
        "people": account(5_113, 1),
        "governance": account(312),
        "unknown": account(0, 0, 402),
    }
    total = {name: sum(counts[name] for counts in domains.values()) for name in account(0)}
    return {**total, "domains": domains, "broker": {"connected": True, "dropped": 0}}


def cause(key: int, code: str, count: int, path: str | None, expected: str, **changes: Any) -> JSON:
    """One cause; ``changes`` replace its fields."""
    now = time.time()
    made = {
        "cause": f"{key:016x}",
        "code": code,
        "path": path,
        "contract": CONTRACT,
        "expected": expected,
        "count": count,
        "devices": 1,
        "some_devices": [f"aq-{key:02d}"],
        "first": rfc3339(now - 86_400 * 2),
        "last": rfc3339(now - 17 * key),
        "example": f"01JC{key:022d}",
    }
    return {**made, **changes}


def busy_causes() -> list[JSON]:
    """What a city's devices get wrong."""
    many = {"devices": 37, "some_devices": ["aq-02", "aq-05", "aq-11", "aq-17"]}
    outside = {"contract": None, "devices": 0, "some_devices": []}
    return [
        cause(1, "out_of_range", 1_204, "values.pm25", "0 to 1000 µg/m³", **many),
        cause(2, "unknown_device", 402, "topic.device", "a registered device; nearest: aq-02", **outside),
        cause(3, "unknown_metric", 96, "[].values.PM2_5", "pm25, temperature; did you mean pm25?"),
        cause(4, "future_time", 51, "ts", "at most 60 s after …"),
        cause(5, "malformed_json", 9, None, "JSON; unexpected sign at character …", contract=None),
        cause(6, "rate_limited", 4_180, None, "20 readings a second", contract=None),
    ]


PAYLOADS = {
    "out_of_range": {
        "ts": 1763701200000,
        "values": {"pm25": -3, "temperature": 31.2},
        "location": [100.5, 13.7],
    },
    "unknown_metric": [
        {"ts": 1763701200000, "values": {"PM2_5": 12.5}},
        {"ts": 1763701260000, "values": {"PM2_5": 12.9}},
    ],
    "future_time": {"ts": 1963701200000, "pm25": 12.5},
}


def entry(of: JSON, number: int) -> JSON:
    """One refused reading of a cause."""
    device = of["some_devices"][number % len(of["some_devices"])] if of["some_devices"] else None
    payload = json.dumps(PAYLOADS.get(of["code"], {"pm25": 12.5}), separators=(",", ":"))
    return {
        "id": f"01JE{int(of['cause'], 16):06d}{number:016d}",
        "received": rfc3339(time.time() - 40 * number - 3),
        "topic": f"nakhon/v1/bangkok-pilot/samyan/environment/{device or 'aq-999'}/telemetry",
        "device": device,
        **{name: of[name] for name in ("code", "path", "expected", "contract")},
        "value": -3 if of["code"] == "out_of_range" else None,
        "payload": '{"pm25": 12.5,}' if of["code"] == "malformed_json" else payload,
        "more": 40 if of["code"] == "rate_limited" else 0,
        "replayed": None,
    }


def quality(number: int, **changes: Any) -> JSON:
    """The data of a device with which nothing is wrong; ``changes`` replace its fields."""
    made = {
        "device": f"aq-{number:02d}",
        "zone": list(ZONES)[number % len(ZONES)],
        "domain": next(iter(TITLES)),
        "service": "air-quality",
        "since": rfc3339(time.time() - 86_000),
        "expected": 276,
        "received": 276,
        "completeness": 1.0,
        "refused": 0,
        "gaps": {"count": 0, "longest": 0, "last": None},
        "stuck": [],
        "clock": {"state": "right", "offset": 0.3, "drift": None},
        "problems": [],
    }
    return {**made, **changes}


def busy_qualities() -> list[JSON]:
    """Four devices with problems, one of which nothing is known, and others that are fine."""
    now = time.time()
    gap = {"start": rfc3339(now - 30_000), "end": rfc3339(now - 8_400)}
    stuck = {"type": "AirQualityObserved", "metric": "pm25", "since": rfc3339(now - 12_000)}
    return [
        quality(
            3,
            received=201,
            completeness=0.7283,
            refused=2,
            stuck=[stuck],
            gaps={"count": 1, "longest": 21_600, "last": gap},
            clock={"state": "ahead", "offset": -45.2, "drift": -3.1},
            problems=list(PROBLEMS),
        ),
        quality(7, clock={"state": "behind", "offset": 4_210.0, "drift": None}, problems=["clock"]),
        quality(
            11,
            received=140,
            completeness=0.5072,
            problems=["incomplete", "gaps"],
            gaps={"count": 4, "longest": 5_400, "last": {**gap, "end": None}},
        ),
        quality(12, completeness=None, expected=0, received=0, clock=UNKNOWN_CLOCK),
        *(quality(number) for number in range(20, 40)),
        quality(17, refused=1_102, problems=["refused"]),
    ]


UNKNOWN_CLOCK = {"state": "unknown", "offset": None, "drift": None}


class StubData:
    """The state, as a test arranges it, and the HTTP paths over it."""

    def __init__(self) -> None:
        self.causes: list[JSON] = []
        self.qualities = [quality(number) for number in range(5)]
        self.reasons: list[str] = []
        self.mended = False
        self.away: str | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posts: list[tuple[str, JSON]] = []

    def arrange(self) -> None:
        """As busy as the rest of the city."""
        self.causes, self.qualities = busy_causes(), busy_qualities()

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        router.add_get("/readyz", self._ready)
        router.add_get(f"{api}/quarantine/causes", self._causes)
        router.add_get(f"{api}/quarantine", self._entries)
        router.add_post(f"{api}/quarantine/replay", self._replay_all)
        router.add_post(f"{api}/quarantine/{{id}}/replay", self._replay)
        router.add_get(f"{api}/quality", self._quality)

    async def _ready(self, _request: web.Request) -> web.Response:
        ready = not self.reasons
        return web.json_response({"ready": ready, "reasons": self.reasons}, status=200 if ready else 503)

    def _page(self, request: web.Request, name: str, items: list[JSON]) -> web.Response:
        self.asked.append((name, dict(request.query)))
        if self.away is None:
            return web.json_response({"items": items, "next": None})
        body = {"title": "Unavailable", "status": 503, "detail": self.away}
        return web.json_response(body, status=503, content_type="application/problem+json")

    async def _causes(self, request: web.Request) -> web.Response:
        wanted = request.query
        items = [
            c
            for c in self.causes
            if wanted.get("code", c["code"]) == c["code"]
            and wanted.get("cause", c["cause"]) == c["cause"]
            and ("device" not in wanted or wanted["device"] in c["some_devices"])
        ]
        return self._page(request, "causes", sorted(items, key=lambda c: -c["count"]))

    async def _entries(self, request: web.Request) -> web.Response:
        of = next(c for c in self.causes if c["cause"] == request.query["cause"])
        return self._page(request, "quarantine", [entry(of, number) for number in range(6)])

    def _verdict(self) -> JSON:
        now = rfc3339(time.time())
        if self.mended:
            return {"received": now, "accepted": 1, "rejected": []}
        mistake = {
            "index": 0,
            "code": "out_of_range",
            "path": "values.pm25",
            "value": -3,
            "contract": CONTRACT,
        }
        rejected = [{**mistake, "expected": "0 to 1000 µg/m³", "also": []}]
        return {"received": now, "accepted": 0, "rejected": rejected}

    async def _replay(self, request: web.Request) -> web.Response:
        self.posts.append((request.match_info["id"], {}))
        return web.json_response(self._verdict())

    async def _replay_all(self, request: web.Request) -> web.Response:
        form = await request.json()
        self.posts.append(("all", form))
        first = "cursor" not in form
        answer = {
            "replayed": 1_000 if first else 204,
            "refused": 0 if self.mended else 3,
            "skipped": 0,
            "remaining": 204 if first else 0,
            "verdicts": [] if self.mended else [{"id": "01J", **self._verdict()}],
            "next": "01JNEXT" if first else None,
        }
        return web.json_response(answer)

    async def _quality(self, request: web.Request) -> web.Response:
        wanted = request.query
        problems = set(filter(None, wanted.get("problem", "").split(",")))
        items = [
            q
            for q in self.qualities
            if all(wanted.get(name, q[name]) == q[name] for name in ("device", "zone", "domain"))
            and (not problems or problems & set(q["problems"]))
        ]
        return self._page(request, "quality", items)
