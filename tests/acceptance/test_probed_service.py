"""A service without sensors: Nakhon asks it, and what it finds goes the way of every reading."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from blockbuster import BlockBuster

from services.runtime.probeconfig import Probes
from tests.acceptance.stage import Stage, stage
from tests.support.smallcity import CITY, DEVICES

pytestmark = pytest.mark.real

PORTAL = """
  - id: portal-service
    domain: governance
    name: {en: Portal, th: พอร์ทัล}
    objective: {target: 0.99, window: 30d}
probes:
  - {id: portal, zone: north, service: portal-service, every: 10s, timeout: 5s, http: "http://127.0.0.1:%d/"}
"""


@dataclass
class Portal:
    """A service of the city, somewhere in the network."""

    port: int = 0
    status: int = 200

    async def answer(self, _request: web.Request) -> web.Response:
        return web.Response(status=self.status, text="welcome")


@asynccontextmanager
async def portal() -> AsyncIterator[Portal]:
    found, app = Portal(), web.Application()
    app.router.add_get("/", found.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


async def look(here: Stage) -> dict[str, Any]:
    """The service, as an operator sees it."""
    return dict(await here.get("services/portal-service"))


async def until(here: Stage, rule: str) -> dict[str, Any]:
    """Let beats of the probe pass until this rule decides: what it asks answers in its own time."""
    found: dict[str, Any] = {}
    for _ in range(40):
        await here.pass_time(5)
        found = await look(here)
        if found["rule"] == rule:
            return found
    pytest.fail(f"{rule} never decided; at last {found['rule']} did: {found['reason']['en']}")


async def test_a_portal_that_fails_and_comes_back(tmp_path: Path, no_blocking_calls: BlockBuster) -> None:
    async with portal() as outside:
        files = {"city.yaml": CITY.rstrip() + PORTAL % outside.port, "devices.csv": DEVICES}
        allowed = Probes.model_validate({"allow": ["127.0.0.0/8"], "http_ports": [outside.port]})
        async with stage(tmp_path, no_blocking_calls, files, probes=allowed) as here:
            assert (await look(here))["status"] == "unknown"

            well = await until(here, "well")
            assert well["reason"] == {"en": "Portal: its probe answers", "th": "พอร์ทัล: การตรวจสอบผ่าน"}
            assert well["evidence"]["probe"]["items"][0]["error"] is None

            outside.status = 503
            failing = await until(here, "probes")
            assert failing["status"] == "degraded"
            assert failing["reason"]["en"] == "Portal: its probe fails: portal (503)"
            (found,) = failing["evidence"]["probe"]["items"]
            assert (found["up"], found["code"]) == (False, 503)
            assert "503" in found["error"]["en"]
            assert "503" in found["error"]["th"]
            assert (await until(here, "probes-outage"))["status"] == "outage"

            outside.status = 200
            assert (await until(here, "well"))["status"] == "operational"

            readings = await here.get(
                "observations?device=portal&start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z"
            )
            assert {reading["values"]["up"] for reading in readings["items"]} == {True, False}
            assert (await here.get("ledger?device=portal"))["stored"] == len(readings["items"])
            history = await here.get("services/portal-service/history")
            statuses = [change["status"] for change in history["items"]]
            assert statuses == ["operational", "degraded", "outage", "degraded", "operational", "unknown"]


async def test_without_leave_nothing_inside_is_asked(tmp_path: Path, no_blocking_calls: BlockBuster) -> None:
    async with portal() as outside:
        files = {"city.yaml": CITY.rstrip() + PORTAL % outside.port, "devices.csv": DEVICES}
        at_any_port = Probes.model_validate({"http_ports": [outside.port]})
        async with stage(tmp_path, no_blocking_calls, files, probes=at_any_port) as here:
            await here.pass_time(30)
            found = await look(here)
            assert found["status"] == "unknown"
            error = found["evidence"]["probe"]["items"][0]["error"]
            assert "127.0.0.1" in error["en"]
            assert "127.0.0.1" in error["th"]
