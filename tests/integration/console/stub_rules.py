"""The rules of the made-up city: those in force, the files that they stand in, and the mistakes in others."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from tests.integration.console.city_data import JSON, rfc3339, text

MISTAKES: list[JSON] = [
    {
        "file": "rules/canals.yaml",
        "line": 14,
        "key": "rules[1].on",
        "value": "FloodMonitoring.levle",
        "message": "is no metric of FloodMonitoring; did you mean currentLevel?",
        "allowed": "currentLevel, depth, danger",
    },
    {
        "file": "rules/schools.yaml",
        "line": None,
        "key": "rules",
        "value": None,
        "message": "this group stands in two files",
        "allowed": None,
    },
]


def rule(number: int, name: str, kind: str, when: JSON | None, **changes: Any) -> JSON:
    """One rule in force; ``changes`` replace its fields."""
    group = name.split("/", maxsplit=1)[0]
    made = {
        "id": name,
        "group": group,
        "domain": "environment",
        "version": f"sha256:{number:064x}",
        "source": {
            "file": f"library/environment/{group}.yaml",
            "line": 10 + 12 * number,
            "pack": "environment",
        },
        "on": "AirQualityObserved",
        "metric": "pm25",
        "kind": kind,
        "when": when,
        "levels": None,
        "severity": "warning",
        "for": "5m",
        "keep_firing_for": "15m",
        "schedule": None,
        "where": {},
        "lateness": "0s",
        "mode": "live",
        "against": None,
        "title": text("PM2.5 high at {name}, {zone}", "ฝุ่น PM2.5 สูงที่ {name} {zone}"),
        "advice": text("Wear a mask outdoors.", "สวมหน้ากากเมื่ออยู่กลางแจ้ง"),
        "alerts": {"pending": 0, "firing": 0},
        "group_evaluations": 1260,
    }
    return {**made, **changes}


def busy_rules() -> list[JSON]:
    """A few rules of several kinds, one of them in shadow mode."""
    window = {"window": {"agg": "mean", "over": "24h", "coverage": 0.75}, "above": 37.5, "clear_below": 35}
    own = {"file": "rules/canals.yaml", "line": 5, "pack": None}
    return [
        rule(
            *(1, "air-quality/pm25-unhealthy", "window", window),
            levels={"minor": 37.5, "major": 75, "critical": 150},
            severity=None,
            alerts={"pending": 2, "firing": 1},
        ),
        rule(
            *(2, "air-quality/pm25-earlier", "window", {**window, "above": 30, "clear_below": 28}),
            mode="shadow",
            against="air-quality/pm25-unhealthy",
            alerts={"pending": 0, "firing": 3},
        ),
        rule(
            *(3, "air-quality/haze", "quorum", {"quorum": {"of": {"above": 75}, "share": 0.5}}),
            severity="major",
            title=text("Haze over {zone}", "หมอกควันปกคลุม {zone}"),
            schedule={"days": "mon-fri", "hours": "06:00-20:00", "holidays": "exclude"},
        ),
        rule(
            *(4, "flood/road-deep", "above", {"above": 0.2, "clear_below": 0.1}),
            on="FloodMonitoring",
            metric="level",
            severity="critical",
            source=own,
            where={"zones": ["ong-ang"]},
            title=text("Road under water in {zone}", "น้ำท่วมผิวถนน {zone}"),
        ),
        rule(
            *(5, "noise/nuisance", "expr", {"expr": "LAeq - LA90 > 10.0"}),
            metric=None,
            title=text("Nuisance noise near {name}", "เสียงรบกวนใกล้ {name}"),
        ),
        rule(
            *(6, "traffic/silent", "absent", {"absent": {"after": "15m", "of": "zone"}}),
            domain="mobility",
            metric=None,
            severity="minor",
            title=text("Traffic sensors silent in {zone}", "เซ็นเซอร์จราจรเงียบใน {zone}"),
        ),
    ]


def comparison() -> JSON:
    """What the shadow rule did in a week beside the live one."""
    now = time.time()
    alone = {
        "alert": "01JC0000000000000000000001",
        "severity": "minor",
        "fired": rfc3339(now - 7200),
        "ends_at": None,
        "zone": "samyan",
        "device": "aq-07",
        "service": "air-quality",
    }
    return {
        "rule": "air-quality/pm25-earlier",
        "against": "air-quality/pm25-unhealthy",
        "start": rfc3339(now - 7 * 86_400),
        "end": rfc3339(now),
        "fired": {"shadow": 9, "live": 5},
        "firing_seconds": {"shadow": 41_000.0, "live": 20_500.0},
        "counts": {"both": 5, "only_shadow": 4, "only_live": 0},
        "both": [],
        "only_shadow": [alone],
        "only_live": [],
    }


class StubRules:
    """The rules' state, as a test arranges it, and the HTTP paths over it."""

    def __init__(self) -> None:
        self.rules = busy_rules()
        self.problems: list[JSON] = []
        self.last: JSON | None = None
        self.reloads = 0
        self.digest = 1

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        router.add_get(f"{api}/rules", self._rules)
        router.add_get(f"{api}/rules/state", self._state)
        router.add_post(f"{api}/rules/reload", self._reload)
        router.add_get(f"{api}/rules/{{id:[^/%]+(?:/|%2[Ff])[^/%]+}}/comparison", self._comparison)
        router.add_get(f"{api}/rules/{{id:.+}}", self._rule)

    def reloaded(self, outcome: str = "loaded", **changes: list[str]) -> JSON:
        """Note a reload that had this outcome."""
        fates: JSON = {"added": [], "changed": [], "removed": [], **changes}
        touched = {name for names in fates.values() for name in names}
        kept = [one["id"] for one in self.rules if one["id"] not in touched]
        self.last = {
            **fates,
            "kept": kept,
            "at": rfc3339(time.time()),
            "by": "operator-7",
            "outcome": outcome,
        }
        return self.last

    async def _rules(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": self.rules, "next": None})

    async def _rule(self, request: web.Request) -> web.Response:
        found = next((one for one in self.rules if one["id"] == request.match_info["id"]), None)
        if found is None:
            return web.json_response({"title": "Not found", "status": 404}, status=404)
        return web.json_response(found)

    async def _state(self, _request: web.Request) -> web.Response:
        state = {
            "loaded_at": rfc3339(time.time() - 8040),
            "digest": f"sha256:{self.digest:064x}",
            "rules": len(self.rules),
            "packs": ["environment", "mobility"],
            "files": ["rules/canals.yaml", "rules/schools.yaml"],
            "problems": self.problems,
            "last": self.last,
        }
        return web.json_response(state)

    async def _reload(self, _request: web.Request) -> web.Response:
        self.reloads += 1
        if self.problems:
            self.reloaded("refused")
            detail = "the rules in force stay as they are; rules/canals.yaml:14: no such metric"
            body = {"title": "Mistakes in the rules", "status": 422, "detail": detail}
            return web.json_response(body, status=422, content_type="application/problem+json")
        self.digest += 1
        changes = self.reloaded(changed=["flood/road-deep"], added=["noise/nuisance"])
        return web.json_response(changes)

    async def _comparison(self, request: web.Request) -> web.Response:
        named = next((one for one in self.rules if one["id"] == request.match_info["id"]), None)
        if named is None or named["against"] is None:
            body = {"title": "It is past that", "status": 409, "detail": "no rule to compare with"}
            return web.json_response(body, status=409, content_type="application/problem+json")
        return web.json_response(comparison())
